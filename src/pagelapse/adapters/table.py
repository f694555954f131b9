"""The items of the one DynamoDB table. `pk` groups what is written together, `sk` tells the items apart.

| item | pk | sk |
|---|---|---|
| account | `ACCOUNT#<id>` | `ACCOUNT` |
| key | `ACCOUNT#<id>` | `KEY#<sha-256>` |
| usage | `ACCOUNT#<id>` | `USAGE#<yyyy-mm>` |
| rate | `ACCOUNT#<id>` | `RATE` |
| workers | `ACCOUNT#<id>` | `WORKERS` |
| email address | `EMAIL#<sha-256>` | `EMAIL` |
| rate window | `RATE#<subject>` | `<rule>` |
| capture | `CAPTURE#<id>#<options digest>` | `CAPTURE` |

The discriminator lets one BatchGetItem return them all as what they are.
"""

from __future__ import annotations

from typing import Self, cast

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from pagelapse.records import REQUEST_LIMIT, Account, ApiKey, KeyKind


class Item(Model):
    """Any item of the table."""

    class Meta:
        """`connect` sets the table's name; region and endpoint are the SDK's own."""

        table_name = ""
        connect_timeout_seconds = 3
        read_timeout_seconds = 5
        max_pool_connections = 50

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = NumberAttribute(null=True)
    """Unix time, seconds; DynamoDB deletes the item some time after."""


class AccountItem(Item, discriminator="account"):
    """An account."""

    name = UnicodeAttribute()
    secret_token = UnicodeAttribute()
    screenshot_limit = NumberAttribute(null=True)
    created_at = NumberAttribute()
    suspended_at = NumberAttribute(null=True)
    request_limit = NumberAttribute(null=True)
    workers = NumberAttribute(null=True)
    signature_required = BooleanAttribute(null=True)
    allowed_networks = UnicodeAttribute(null=True)
    """Separated by spaces, as the origins."""
    allowed_origins = UnicodeAttribute(null=True)
    address_limit = NumberAttribute(null=True)
    key_writes = NumberAttribute(null=True)
    """Counts the writes of keys, so that one can depend on what it has read of them."""
    connectors = NumberAttribute(null=True)
    """How many connectors the account has; changed in the writes that make and delete them."""

    @classmethod
    def at(cls, account_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ACCOUNT#{account_id}", "ACCOUNT")

    def account(self) -> Account:
        """The item in the application's terms."""
        limit = None if self.screenshot_limit is None else int(self.screenshot_limit)
        return Account(
            self.pk.partition("#")[2],
            self.name,
            self.secret_token,
            limit,
            int(self.created_at),
            None if self.suspended_at is None else int(self.suspended_at),
            int(self.request_limit or REQUEST_LIMIT),
            None if self.workers is None else int(self.workers),
            bool(self.signature_required),
            tuple((self.allowed_networks or "").split()),
            tuple((self.allowed_origins or "").split()),
            None if self.address_limit is None else int(self.address_limit),
        )


class KeyItem(Item, discriminator="key"):
    """An API key, hashed."""

    key_kind = UnicodeAttribute()
    label = UnicodeAttribute()
    created_at = NumberAttribute()
    revoked_at = NumberAttribute(null=True)

    @classmethod
    def at(cls, account_id: str, key_hash: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ACCOUNT#{account_id}", f"KEY#{key_hash}")

    def api_key(self) -> ApiKey:
        """The item in the application's terms."""
        revoked = None if self.revoked_at is None else int(self.revoked_at)
        account_id, key_hash = self.pk.partition("#")[2], self.sk.partition("#")[2]
        kind = cast("KeyKind", self.key_kind)
        return ApiKey(account_id, key_hash, kind, self.label, int(self.created_at), revoked)


class EmailItem(Item, discriminator="email"):
    """The account that an email address, hashed, belongs to."""

    account_id = UnicodeAttribute()

    @classmethod
    def at(cls, email_hash: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"EMAIL#{email_hash}", "EMAIL")


class UsageItem(Item, discriminator="usage"):
    """What an account used in one month."""

    captures = NumberAttribute(default=0)
    ai_requests = NumberAttribute(null=True)
    """Pictures and prompts sent to be analysed."""
    location_bytes = NumberAttribute(null=True)
    """Received through real locations' proxies."""

    @classmethod
    def at(cls, account_id: str, month: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ACCOUNT#{account_id}", f"USAGE#{month}")


class RateItem(Item, discriminator="rate"):
    """When the account's requests are paid for, at its rate."""

    rate_until = NumberAttribute()

    @classmethod
    def at(cls, account_id: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"ACCOUNT#{account_id}", "RATE")


class RateWindowItem(Item, discriminator="rate-window"):
    """A subject's requests in its present window."""

    requests = NumberAttribute()
    until = NumberAttribute()
    """Unix time, seconds."""

    @classmethod
    def at(cls, subject: str, rule: str) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"RATE#{subject}", rule)


def counted(captures: int, proxied_bytes: int = 0) -> list[Action]:
    """What a write of `UsageItem` does to count a capture, or to give one back."""
    actions: list[Action] = [UsageItem.kind.set(UsageItem), UsageItem.captures.add(captures)]
    return [*actions, UsageItem.location_bytes.add(proxied_bytes)] if proxied_bytes else actions


def captures_below(limit: int | None) -> Condition | None:
    """That one more capture fits a limit."""
    if limit is None:
        return None
    below: Condition = UsageItem.captures < limit
    return below if limit <= 0 else UsageItem.captures.does_not_exist() | below


def analysed(requests: int) -> list[Action]:
    """What a write of `UsageItem` does to count AI requests, or to give some back."""
    return [UsageItem.kind.set(UsageItem), UsageItem.ai_requests.add(requests)]


def analyses_below(limit: int | None, requests: int) -> Condition | None:
    """That so many more AI requests fit a limit, which is not below them itself."""
    if limit is None:
        return None
    fits: Condition = UsageItem.ai_requests.does_not_exist() | (UsageItem.ai_requests <= limit - requests)
    return fits


def connect(table_name: str) -> Connection:
    """Bind the models to a table; the connection is shared by all of them, and made once per process."""
    Item.Meta.table_name = table_name
    return Item._get_connection().connection
