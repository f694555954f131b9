"""`pagelapse account`: what it takes and passes on."""

from __future__ import annotations

import argparse

import pytest
from tests.world import World

from pagelapse.commands import keys


def _run(world: World, monkeypatch: pytest.MonkeyPatch, *argv: str) -> int:
    parser = argparse.ArgumentParser()
    keys.add_parsers(parser.add_subparsers())
    monkeypatch.setattr(keys, "_accounts", lambda: world.accounts)
    arguments = parser.parse_args(argv)
    status: int = arguments.run(arguments)
    return status


@pytest.mark.parametrize(
    ("given", "screenshots", "requests"),
    [
        ([], 5, 1000),
        (["--screenshots", "0"], 0, 1000),
        (["--screenshots", "unlimited"], None, 1000),
        (["--requests", "30"], 5, 30),
        (["--screenshots", "9", "--requests", "1"], 9, 1),
    ],
)
def test_only_the_limits_given_are_changed(
    monkeypatch: pytest.MonkeyPatch, given: list[str], screenshots: int | None, requests: int
) -> None:
    """`account limits` changes what it is given and leaves the rest."""
    world = World()
    world.limit(5)
    account_id = world.new.account.account_id
    assert _run(world, monkeypatch, "account", "limits", account_id, *given) == 0
    account = world.table.accounts[account_id]
    assert (account.screenshot_limit, account.request_limit) == (screenshots, requests)


@pytest.mark.parametrize("given", [["--screenshots", "-1"], ["--screenshots", "many"], ["--requests", "0"]])
def test_limits_that_make_no_sense_are_refused(monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    """A limit is a whole number, and an account may ask at least once a minute."""
    world = World()
    with pytest.raises(SystemExit):
        _run(world, monkeypatch, "account", "limits", world.new.account.account_id, *given)
    assert world.table.accounts[world.new.account.account_id] == world.new.account


def test_limits_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that isn't there is told."""
    with pytest.raises(LookupError, match="no account"):
        _run(World(), monkeypatch, "account", "limits", "000000000000", "--requests", "5")


def test_workers_and_signatures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Workers and signatures are set one by one, and the command says how all limits stand."""
    world = World()
    limits = ("account", "limits", world.new.account.account_id)
    assert _run(world, monkeypatch, *limits, "--workers", "3") == 0
    assert _run(world, monkeypatch, *limits, "--signature", "required") == 0
    assert capsys.readouterr().out.splitlines()[-5:-3] == [
        "workers                3",
        "signature              required",
    ]
    assert _run(world, monkeypatch, *limits, "--workers", "unlimited", "--signature", "optional") == 0
    assert world.table.accounts[world.new.account.account_id] == world.new.account


def test_a_new_account_has_the_workers_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new account has as many workers as the operator says, and any number when nothing is said."""
    world = World()
    for arguments, workers in ((["--workers", "2"], 2), (["--workers", "unlimited"], None), ([], None)):
        assert _run(world, monkeypatch, "account", "create", "new", *arguments) == 0
        assert world.table.accounts[capsys.readouterr().out.split()[1]].workers == workers


def test_where_requests_may_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses, origins and requests per address are set, written the usual way, and lifted again."""
    world = World()
    limits = ("account", "limits", world.new.account.account_id)
    given = ["--addresses", "203.0.113.7/24,2001:db8::1", "--origins", "https://A.example/x", "--per-address", "5"]
    assert _run(world, monkeypatch, *limits, *given) == 0
    account = world.table.accounts[world.new.account.account_id]
    assert account.allowed_networks == ("203.0.113.0/24", "2001:db8::1/128")
    assert (account.allowed_origins, account.address_limit) == (("https://a.example",), 5)
    lifted = ["--addresses", "any", "--origins", "any", "--per-address", "unlimited"]
    assert _run(world, monkeypatch, *limits, *lifted) == 0
    assert world.table.accounts[world.new.account.account_id] == world.new.account
    for wrong in (["--addresses", "here"], ["--origins", "example.com"]):
        with pytest.raises(SystemExit):
            _run(world, monkeypatch, *limits, *wrong)
