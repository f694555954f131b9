"""Signed-in browsers in DynamoDB, which deletes them some time after they end."""

from __future__ import annotations

import time
from contextlib import suppress

from pynamodb.exceptions import DeleteError

from pagelapse.adapters.table import SignInItem, connect


class SignInTable:
    """The sign-ins' part of the table."""

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def put(self, account_id: str, token_hash: str, key_hash: str, *, until: int) -> None:
        """Remember until Unix time `until`, seconds, with which key a browser was signed in."""
        item = SignInItem.at(account_id, token_hash)
        item.key_hash, item.expires_at = key_hash, until
        item.save()

    def find(self, account_id: str, token_hash: str) -> str | None:
        """The hash of that key (consistent read); `None` when nobody is signed in so, or not any more."""
        place = SignInItem.at(account_id, token_hash)
        try:
            item = SignInItem.get(place.pk, place.sk, consistent_read=True)
        except SignInItem.DoesNotExist:
            return None
        return item.key_hash if (item.expires_at or 0) > time.time() else None

    def remove(self, account_id: str, token_hash: str) -> None:
        """Forget it; doing so again changes nothing."""
        with suppress(DeleteError):
            SignInItem.at(account_id, token_hash).delete()
