"""Accounts and their API keys.

A key reads `pl_<account id>_<kind><random>`: the account's id in it lets one BatchGetItem find everything, and the
prefix lets secret scanners find leaked keys. The table holds only its SHA-256, which suffices for 128 random bits.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pagelapse.errors import AccountSuspended, InvalidKey, MissingKey
from pagelapse.monitoring.webhooks import webhook_secret
from pagelapse.rate_limit import RateLimiter, RateStore
from pagelapse.records import (
    REQUEST_LIMIT,
    Account,
    ApiKey,
    CaptureRecord,
    KeyKind,
    Limits,
    Lookup,
    usage_month,
)
from pagelapse.restrictions import VISITOR, Restrictions, Windows

_KEY = re.compile(r"pl_([0-9a-f]{12})_(?:priv|publ)[0-9a-f]{32}")
_PREFIX: dict[KeyKind, str] = {"private": "priv", "publishable": "publ"}
_NOBODY = "0" * 12
"""An account id that is never given out, looked up for malformed keys so that they take as long as others."""


class AccountStore(RateStore, Protocol):
    """What accounts need of the table."""

    def put_account(self, account: Account, keys: Sequence[ApiKey]) -> None:
        """Store a new account and its first keys in one write."""
        ...

    def find_account(self, account_id: str) -> Account | None:
        """The account, if there is one."""
        ...

    def set_suspended(self, account_id: str, at: int | None) -> bool:
        """Suspend the account since Unix time `at`, or resume it with `None`; false when there is no such account."""
        ...

    def change_limits(self, account_id: str, limits: Limits) -> bool:
        """Change the limits that are given; false when there is no such account."""
        ...

    def put_key(self, key: ApiKey) -> bool:
        """Store a new key; false when there is no such account."""
        ...

    def keys_of(self, account_id: str) -> list[ApiKey]:
        """The account's keys, revoked ones too."""
        ...

    def revoke_key(self, account_id: str, key_id: str, *, at: int) -> bool:
        """Mark a key as revoked; false when there is no such key."""
        ...

    def look_up(self, account_id: str, key_hash: str, month: str, digest: str | None) -> Lookup:
        """Read account, key, usage and capture record in one consistent round trip."""
        ...


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A new account with the texts of its keys, which are shown this once."""

    account: Account
    private_key: str = field(repr=False)
    publishable_key: str = field(repr=False)
    secret_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what was read about the request on the way."""

    account: Account
    kind: KeyKind
    usage: int
    """Captures counted this month."""
    record: CaptureRecord | None = None
    location_bytes: int = 0
    """Received through real locations' proxies this month."""

    @property
    def must_sign(self) -> bool:
        """Whether the request needs a signature, where its dialect has them."""
        return self.kind == "publishable" or self.account.signature_required

    @property
    def captures_left(self) -> int | None:
        """Captures that the account may still take this month; `None` is unlimited."""
        limit = self.account.screenshot_limit
        return None if limit is None else max(0, limit - self.usage)


class Accounts:
    """Makes accounts and keys, and tells whose key it is.

    Args:
        store: The accounts' part of the table.
        windows: Counts requests per address; without it, nobody asks where a request comes from.
    """

    def __init__(self, store: AccountStore, windows: Windows | None = None) -> None:
        self._store = store
        self._limiter = RateLimiter(store)
        self._restrictions = Restrictions(windows) if windows else None

    def create_account(
        self,
        name: str,
        *,
        screenshot_limit: int | None = None,
        request_limit: int = REQUEST_LIMIT,
        workers: int | None = None,
        signature_required: bool = False,
    ) -> NewAccount:
        """Create an account with a private and a publishable key.

        Args:
            name: For people to recognize it.
            screenshot_limit: Captures per calendar month (UTC); `None` is unlimited.
            request_limit: Requests per minute.
            workers: Captures at the same time; `None` is unlimited.
            signature_required: Whether requests need a signature where a dialect has them.
        """
        account = new_account(
            name,
            screenshot_limit=screenshot_limit,
            request_limit=request_limit,
            workers=workers,
            signature_required=signature_required,
        )
        private, private_key = new_key(account.account_id, "private", "first")
        publishable, publishable_key = new_key(account.account_id, "publishable", "first")
        self._store.put_account(account, [private_key, publishable_key])
        return NewAccount(account, private, publishable, account.secret_token)

    def suspend(self, account_id: str) -> None:
        """Refuse the account's requests and skip its schedules from now on; raises `LookupError` as `resume`."""
        self._set_suspended(account_id, int(time.time()))

    def resume(self, account_id: str) -> None:
        """End a suspension.

        Raises:
            LookupError: When there is no such account.
        """
        self._set_suspended(account_id, None)

    def _set_suspended(self, account_id: str, at: int | None) -> None:
        if not self._store.set_suspended(account_id, at):
            raise LookupError(f"no account {account_id}")

    def change_limits(self, account_id: str, limits: Limits) -> Account:
        """Change an account's limits; what it has used this month stays counted.

        Args:
            account_id: Whose.
            limits: Those to change; none of them to see what they are.

        Returns:
            The account as it is then.

        Raises:
            LookupError: When there is no such account.
        """
        changed = not limits or self._store.change_limits(account_id, limits)
        account = self._store.find_account(account_id) if changed else None
        if account is None:
            raise LookupError(f"no account {account_id}")
        return account

    def create_key(self, account_id: str, kind: KeyKind = "private", label: str = "") -> tuple[ApiKey, str]:
        """Create a key; its text, the second value, can't be read again.

        Raises:
            LookupError: When there is no such account.
        """
        text, key = new_key(account_id, kind, label)
        if not self._store.put_key(key):
            raise LookupError(f"no account {account_id}")
        return key, text

    def webhook_secret(self, account_id: str) -> str:
        """The secret that signs the account's webhooks.

        Raises:
            LookupError: When there is no such account.
        """
        account = self._store.find_account(account_id)
        if account is None:
            raise LookupError(f"no account {account_id}")
        return webhook_secret(account.secret_token)

    def list_keys(self, account_id: str) -> list[ApiKey]:
        """The account's keys, oldest first, revoked ones too."""
        return sorted(self._store.keys_of(account_id), key=lambda key: (key.created_at, key.key_id))

    def revoke_key(self, account_id: str, key_id: str) -> None:
        """Revoke a key from now on; revoking it again changes nothing.

        Raises:
            LookupError: When there is no such key.
        """
        if not self._store.revoke_key(account_id, key_id, at=int(time.time())):
            raise LookupError(f"no key {key_id} in account {account_id}")

    def identify(self, key_text: str | None, *, digest: str | None = None) -> Caller:
        """Whose key `key_text` is; malformed, unknown and revoked keys take the same time and say the same.

        Args:
            key_text: As the caller sent it.
            digest: Of the capture options, to read their record on the same round trip.

        Raises:
            MissingKey: When there is none.
            InvalidKey: When it is no account's, or revoked.
            AccountSuspended: When the operator has suspended the account.
            AddressRestricted: When it is not for the visitor's address.
            OriginRestricted: When it is not for the page that sends the request.
            RateLimitExceeded: When the account, or the visitor's address, asks too often.
        """
        if not key_text:
            raise MissingKey("An API key is needed.")
        well_formed = _KEY.fullmatch(key_text)
        account_id = well_formed[1] if well_formed else _NOBODY
        return self.identify_hash(account_id, hash_key(key_text), digest=digest)

    def identify_hash(self, account_id: str, key_hash: str, *, digest: str | None = None) -> Caller:
        """As `identify`, for a key that is known by its hash, as those of people who are signed in."""
        found = self._store.look_up(account_id, key_hash, usage_month(time.time()), digest)
        if found.account is None or found.key is None or found.key.revoked_at is not None:
            raise InvalidKey("The API key is not valid.")
        if found.account.suspended_at is not None:
            raise AccountSuspended("The account is suspended; please contact support.")
        if self._restrictions:
            self._restrictions.admit(found.account, VISITOR.get())
        self._limiter.admit(found.account, found.rate_until)
        return Caller(found.account, found.key.kind, found.usage, found.record, found.location_bytes)


def hash_key(key_text: str) -> str:
    """Lower-case hex SHA-256 of a key's text."""
    return hashlib.sha256(key_text.encode(errors="surrogatepass")).hexdigest()


def new_account(
    name: str,
    *,
    screenshot_limit: int | None,
    request_limit: int = REQUEST_LIMIT,
    workers: int | None = None,
    signature_required: bool = False,
) -> Account:
    """An account that is in no table yet; the arguments are those of `Accounts.create_account`."""
    account_id, secret, now = secrets.token_hex(6), secrets.token_hex(20), int(time.time())
    return Account(account_id, name, secret, screenshot_limit, now, None, request_limit, workers, signature_required)


def new_key(account_id: str, kind: KeyKind, label: str) -> tuple[str, ApiKey]:
    """A key's text, which can't be read again, and what the table is to know of it."""
    text = f"pl_{account_id}_{_PREFIX[kind]}{secrets.token_hex(16)}"
    return text, ApiKey(account_id, hash_key(text), kind, label, int(time.time()))
