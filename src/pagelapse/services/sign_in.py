"""Signing in with a key: the browser gets a token in its place, and the table keeps the token's SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Protocol

from pagelapse.accounts import Accounts, Caller, hash_key
from pagelapse.errors import InvalidKey, MissingKey, RateLimitExceeded
from pagelapse.services.rate_windows import RateRule, RateWindows, address_subject

SIGNED_IN_S = 7 * 86_400
"""How long a browser stays signed in."""

ATTEMPTS = RateRule("sign_in", 20, 60)
"""Of an address, good ones too; a key's 128 random bits are not found by trying anyway."""

_TOKEN = re.compile(r"([0-9a-f]{12})\.[0-9a-f]{64}")


class SignInStore(Protocol):
    """What the table must do for it."""

    def put(self, account_id: str, token_hash: str, key_hash: str, *, until: int) -> None:
        """Remember until Unix time `until`, seconds, with which key a browser was signed in."""
        ...

    def find(self, account_id: str, token_hash: str) -> str | None:
        """The hash of that key; `None` when nobody is signed in so, or not any more."""
        ...

    def remove(self, account_id: str, token_hash: str) -> None:
        """Forget it; doing so again changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who uses a browser that is signed in."""

    caller: Caller
    token: str = field(repr=False)
    key_id: str
    """Of the key that they signed in with."""


class SignIns:
    """Lets people in by a key, and knows them again.

    Args:
        store: The table.
        accounts: Judge keys, at each request: a key that is revoked ends all that was signed in with it.
        windows: Count attempts.
    """

    def __init__(self, store: SignInStore, accounts: Accounts, windows: RateWindows) -> None:
        self._store = store
        self._accounts = accounts
        self._windows = windows

    def sign_in(self, key_text: str, address: str) -> str:
        """The token for the browser of somebody who has a private key.

        Args:
            key_text: As typed.
            address: Where the attempt comes from.

        Raises:
            RateLimitExceeded: When too many attempts came from there within a minute.
            InvalidKey: When the key is nobody's, or a publishable one; and as `Accounts.identify` else.
        """
        standing = self._windows.count(address_subject(address), ATTEMPTS)
        if not standing.admitted:
            wait_s = standing.retry_after_s
            raise RateLimitExceeded(f"Too many attempts; try again in {wait_s} s.", retry_after_s=wait_s)
        caller = self._accounts.identify(key_text)
        if caller.kind == "publishable":
            raise InvalidKey("This is a publishable key; sign in with a private one.")
        account_id = caller.account.account_id
        token = f"{account_id}.{secrets.token_hex(32)}"
        self._store.put(account_id, _hash(token), hash_key(key_text), until=int(time.time()) + SIGNED_IN_S)
        return token

    def who(self, token: str | None, *, digest: str | None = None) -> SignedIn:
        """Who a browser's token is of.

        Args:
            token: As the browser sent it.
            digest: Of capture options, to read their record on the same round trip.

        Raises:
            MissingKey: When nobody is signed in with it.
            InvalidKey: When the key has been revoked; and as `Accounts.identify` else.
        """
        well_formed = _TOKEN.fullmatch(token or "")
        key_hash = self._store.find(well_formed[1], _hash(well_formed[0])) if well_formed else None
        if well_formed is None or key_hash is None:
            raise MissingKey("Nobody is signed in.")
        caller = self._accounts.identify_hash(well_formed[1], key_hash, digest=digest)
        return SignedIn(caller, well_formed[0], key_hash[:12])

    def sign_out(self, token: str | None) -> None:
        """Forget a browser; a token that is nobody's changes nothing."""
        well_formed = _TOKEN.fullmatch(token or "")
        if well_formed:
            self._store.remove(well_formed[1], _hash(well_formed[0]))


def form_token(token: str) -> str:
    """What the forms of a browser with this token hold, and no other page can know."""
    return hmac.new(token.encode(), b"pagelapse forms", hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
