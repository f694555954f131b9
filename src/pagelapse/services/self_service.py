"""What people may do with accounts without the operator: make one, and look after its keys."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace
from typing import Protocol

from pagelapse.accounts import new_account, new_key
from pagelapse.errors import EmailTaken, InvalidOption, KeyNotFound, LastKey, RegistrationClosed, TooManyKeys
from pagelapse.records import Account, ApiKey

FIRST_CREDITS = 100
"""Captures per month of an account that somebody made for themselves (Pixcap's text, "Register")."""

MAX_KEYS = 5
"""Active private keys of an account (Pixcap's text, "API Keys")."""

_MAX_EMAIL = 254
"""Characters: RFC 5321, 4.5.3.1.3, less the angle brackets."""
_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\\x00-\x1f\x7f]{1,64}@[^\s@<>\"(),:;\[\]\\/\x00-\x1f\x7f]+\.[^\W_]{2,63}")


class SelfServiceStore(Protocol):
    """What the table must do for it."""

    def register(self, account: Account, key: ApiKey, email_hash: str) -> bool:
        """Store a new account and its first key in one write; false when the email address has an account already."""
        ...

    def keys_and_version(self, account_id: str) -> tuple[list[ApiKey], int]:
        """The account's keys, revoked ones too, and what `write_key` must be given to depend on them."""
        ...

    def write_key(self, key: ApiKey, version: int) -> bool:
        """Store a key, new or changed; false when others were written since `keys_and_version`."""
        ...


class SelfService:
    """Registration and keys.

    Args:
        store: The accounts' table.
        registration: Whether strangers may make accounts.
    """

    def __init__(self, store: SelfServiceStore, *, registration: bool) -> None:
        self._store = store
        self._registration = registration

    def register(self, email: str) -> tuple[Account, str]:
        """Make the account of an email address, with `FIRST_CREDITS` a month.

        Returns:
            The account and its private key's text, which can't be read again.

        Raises:
            RegistrationClosed: When only the operator makes accounts.
            InvalidOption: When `email` is no address; it names `email`.
            EmailTaken: When the address has an account already, however it is capitalized.
        """
        if not self._registration:
            raise RegistrationClosed("Registration is closed here; ask the operator for an account.")
        if len(email) > _MAX_EMAIL or not _EMAIL.fullmatch(email):
            raise InvalidOption("is not an email address", option="email")
        account = new_account(email, screenshot_limit=FIRST_CREDITS)
        text, key = new_key(account.account_id, "private", "first")
        if not self._store.register(account, key, _email_hash(email)):
            raise EmailTaken("There is an account with this email address already.", option="email")
        return account, text

    def keys(self, account_id: str) -> list[ApiKey]:
        """The account's private keys, oldest first, deactivated ones too."""
        keys, _ = self._keys(account_id)
        return keys

    def add_key(self, account_id: str, label: str) -> tuple[ApiKey, str]:
        """Make another private key; the second value is its text, which can't be read again.

        Raises:
            TooManyKeys: When the account has `MAX_KEYS` active ones.
        """
        text, key = new_key(account_id, "private", label)
        while True:
            keys, version = self._keys(account_id)
            if len(_active(keys)) >= MAX_KEYS:
                raise TooManyKeys(f"An account has at most {MAX_KEYS} active keys; deactivate one first.")
            if self._store.write_key(key, version):
                return key, text

    def deactivate(self, account_id: str, key_id: str) -> ApiKey:
        """Refuse a key from now on; doing so again changes nothing.

        Raises:
            KeyNotFound: When the account has no such private key.
            LastKey: When no active key would be left.
        """
        while True:
            keys, version = self._keys(account_id)
            key = next((key for key in keys if key.key_id == key_id), None)
            if key is None:
                raise KeyNotFound("The account has no such key.")
            if key.revoked_at is not None:
                return key
            if len(_active(keys)) == 1:
                raise LastKey("The account's only active key can't be deactivated; make another one first.")
            ended = replace(key, revoked_at=int(time.time()))
            if self._store.write_key(ended, version):
                return ended

    def _keys(self, account_id: str) -> tuple[list[ApiKey], int]:
        keys, version = self._store.keys_and_version(account_id)
        private = [key for key in keys if key.kind == "private"]
        return sorted(private, key=lambda key: (key.created_at, key.key_id)), version


def _active(keys: list[ApiKey]) -> list[ApiKey]:
    return [key for key in keys if key.revoked_at is None]


def _email_hash(email: str) -> str:
    """Of the address in one spelling. Local parts may tell cases apart (RFC 5321, 2.4), but no mail provider does."""
    return hashlib.sha256(email.casefold().encode()).hexdigest()
