"""`pagelapse account` and `pagelapse key`, against the deployed stack."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.site.server import Site

from pagelapse.cli import main
from pagelapse.local.stack import Stack
from pagelapse.settings import service_settings

pytestmark = pytest.mark.e2e

Run = Callable[..., str]


def _pagelapse(stack: Stack, *argv: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pagelapse.cli", *argv],
        env={"PATH": os.defpath, **stack.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def _status(stack: Stack, key: str, site: Site) -> int:
    query = {"access_token": key, "url": site.url("/simple.html"), "wait": "0"}
    return httpx.get(f"{stack.url}/snap", params=query, timeout=40).status_code


def test_a_key_works_from_its_making_to_its_revocation(stack: Stack, site: Site) -> None:
    """A new account's key works at once, further keys beside it, and a revoked one no more."""
    made = _pagelapse(stack, "account", "create", "a test", "--limit", "5")
    account = re.search(r"account +(\w+)", made)
    first = re.search(r"private key +(\S+)", made)
    assert account
    assert first
    assert _status(stack, first[1], site) == 200

    second_id, second = _pagelapse(stack, "key", "create", account[1], "--label", "second").split()[:2]
    assert _status(stack, second, site) == 200
    listed = _pagelapse(stack, "key", "list", account[1])
    assert re.search(rf"{second_id} +private +active .* second", listed)
    assert first[1] not in listed
    assert second not in listed

    _pagelapse(stack, "key", "revoke", account[1], second_id)
    assert _status(stack, second, site) == 401
    assert _status(stack, first[1], site) == 200
    assert re.search(rf"{second_id} +private +revoked", _pagelapse(stack, "key", "list", account[1]))


@pytest.fixture
def run(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs commands in this process, and returns what they print."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)

    def command(*argv: str, status: int = 0) -> str:
        assert main(argv) == status
        told = capsys.readouterr()
        return told.out if status == 0 else told.err

    service_settings.cache_clear()
    yield command
    service_settings.cache_clear()


def test_limits_can_be_changed(stack: Stack, run: Run) -> None:
    """New limits hold at once, one at a time or both; without any, the command prints what they are."""
    made = run("account", "create", "limited", "--limit", "5")
    account, key = _account(made), _private_key(made)
    assert _limit(stack, key) == (200, 5)
    run("account", "limits", account, "--screenshots", "7")
    assert _limit(stack, key) == (200, 7)
    shown = run("account", "limits", account, "--screenshots", "unlimited", "--requests", "30")
    assert shown.split()[:8] == ["screenshots", "per", "month", "unlimited", "requests", "per", "minute", "30"]
    assert run("account", "limits", account) == shown
    assert _limit(stack, key) == (200, None)


@pytest.mark.parametrize("command", [["suspend"], ["resume"], ["limits"], ["limits", "--requests", "5"]])
def test_unknown_accounts_stay_unknown(run: Run, command: list[str]) -> None:
    """A suspension or a limit of nobody's is told in one sentence."""
    told = run("account", command[0], "000000000000", *command[1:], status=1)
    assert told == "pagelapse: no account 000000000000\n"


def test_a_suspension_holds_until_it_is_ended(stack: Stack, run: Run) -> None:
    """A suspended account's key is refused, and works again when the account is resumed."""
    made = run("account", "create", "to be suspended")
    account, key = _account(made), _private_key(made)
    assert run("account", "suspend", account) == f"{account} is suspended\n"
    assert _limit(stack, key) == (403, None)
    assert run("account", "resume", account) == f"{account} is active\n"
    assert _limit(stack, key) == (200, None)


def _account(made: str) -> str:
    found = re.search(r"account +(\w+)", made)
    assert found
    return found[1]


def _private_key(made: str) -> str:
    found = re.search(r"private key +(\S+)", made)
    assert found
    return found[1]


def _limit(stack: Stack, key: str) -> tuple[int, int | None]:
    """What the account's key is told of its monthly limit."""
    response = httpx.get(f"{stack.url}/account_limits", params={"access_token": key}, timeout=40)
    return response.status_code, response.json().get("results", {}).get("screenshot_limit")


def test_unknown_accounts_and_keys_are_told(stack: Stack) -> None:
    """A key for nobody, and a revocation of nothing, end in one sentence."""
    assert _pagelapse(stack, "key", "create", "000000000000", status=1).startswith("pagelapse: no account")
    assert _pagelapse(stack, "key", "revoke", "000000000000", "abc", status=1).startswith("pagelapse: no key")
