from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from tests.fakes import MemoryTable

from pagelapse.accounts import Accounts
from pagelapse.errors import InvalidKey, InvalidSignature, MissingKey
from pagelapse.signatures import check_signature


@pytest.fixture
def table() -> MemoryTable:
    """An empty table."""
    return MemoryTable()


@pytest.fixture
def accounts(table: MemoryTable) -> Accounts:
    """Accounts in it."""
    return Accounts(table)


def test_keys_open_their_account(accounts: Accounts) -> None:
    """Both keys of a new account identify it, each as what it is."""
    new = accounts.create_account("a")
    callers = [accounts.identify(key) for key in (new.private_key, new.publishable_key)]
    assert [(caller.account, caller.kind) for caller in callers] == [
        (new.account, "private"),
        (new.account, "publishable"),
    ]


def test_key_texts_are_nowhere_in_the_table(accounts: Accounts, table: MemoryTable) -> None:
    """The table never holds a key's text, and a key has at least 128 random bits."""
    new = accounts.create_account("a")
    assert new.private_key not in repr(vars(table))
    random_part = re.fullmatch(r"pl_[0-9a-f]{12}_priv([0-9a-f]+)", new.private_key)
    assert random_part
    assert len(random_part[1]) * 4 >= 128


def test_secrets_do_not_show_in_reprs(accounts: Accounts) -> None:
    """A new account that lands in a log shows no key and no secret."""
    new = accounts.create_account("a")
    assert not any(secret in repr(new) for secret in (new.private_key, new.publishable_key, new.secret_token))


@pytest.mark.parametrize("key", [None, ""])
def test_no_key(accounts: Accounts, key: str | None) -> None:
    """A request without a key is told so."""
    with pytest.raises(MissingKey):
        accounts.identify(key)


@pytest.mark.parametrize("key", ["x", "pl_", "pl_000000000000_priv" + "0" * 32, "ü" * 500, "\ud800", "a\x00b"])
def test_keys_of_nobody(accounts: Accounts, table: MemoryTable, key: str) -> None:
    """Malformed and unknown keys fail alike, after the same single lookup."""
    table.reads = 0
    with pytest.raises(InvalidKey, match="is not valid"):
        accounts.identify(key)
    assert table.reads == 1


def test_a_revoked_key_opens_nothing_from_then_on(accounts: Accounts) -> None:
    """A revoked key fails as an unknown one does, and the account's other keys go on working."""
    new = accounts.create_account("a")
    key, text = accounts.create_key(new.account.account_id, "private", "ci")
    accounts.revoke_key(new.account.account_id, key.key_id)
    with pytest.raises(InvalidKey, match="is not valid"):
        accounts.identify(text)
    assert accounts.identify(new.private_key).account == new.account
    listed = {listed.key_id: listed for listed in accounts.list_keys(new.account.account_id)}
    assert listed[key.key_id].revoked_at is not None


def test_a_key_does_not_open_another_account(accounts: Accounts) -> None:
    """Exchanging the account's id inside a key makes it worthless."""
    one, two = accounts.create_account("1"), accounts.create_account("2")
    with pytest.raises(InvalidKey):
        accounts.identify(one.private_key.replace(one.account.account_id, two.account.account_id))


def test_keys_need_an_account(accounts: Accounts) -> None:
    """Nobody makes or revokes keys of an account that does not exist."""
    with pytest.raises(LookupError):
        accounts.create_key("000000000001")
    with pytest.raises(LookupError):
        accounts.revoke_key("000000000001", "0" * 12)


def test_signatures_are_hmac_sha1_of_the_url(accounts: Accounts) -> None:
    """A publishable key's signature is the hex HMAC-SHA1 of the url, in either case of letters."""
    account = accounts.create_account("a").account
    url = "https://en.wikipedia.org/wiki/Perseverance_(rover)"
    signature = hmac.new(account.secret_token.encode(), url.encode(), hashlib.sha1).hexdigest()
    check_signature(account, url, signature)
    check_signature(account, url, signature.upper())


@pytest.mark.parametrize("signature", [None, "", "0" * 40, "é", "\ud800"])
def test_wrong_signatures(accounts: Accounts, signature: str | None) -> None:
    """Without the right signature nothing is signed."""
    with pytest.raises(InvalidSignature):
        check_signature(accounts.create_account("a").account, "https://example.com/", signature)
