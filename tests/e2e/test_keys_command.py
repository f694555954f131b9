"""`pagelapse account` and `pagelapse key`, against the deployed stack."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import httpx
import pytest
from tests.site.server import Site

from pagelapse.local.stack import Stack

pytestmark = pytest.mark.e2e


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


def test_unknown_accounts_and_keys_are_told(stack: Stack) -> None:
    """A key for nobody, and a revocation of nothing, end in one sentence."""
    assert _pagelapse(stack, "key", "create", "000000000000", status=1).startswith("pagelapse: no account")
    assert _pagelapse(stack, "key", "revoke", "000000000000", "abc", status=1).startswith("pagelapse: no key")
