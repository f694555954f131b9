"""Accounts, keys and usage in DynamoDB."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from pagelapse.adapters.capture_items import CaptureItem
from pagelapse.adapters.table import AccountItem, EmailItem, Item, KeyItem, RateItem, UsageItem, connect
from pagelapse.adapters.writes import applied
from pagelapse.records import REVOKED_KEY_DAYS, Account, ApiKey, Limits, Lookup, Standing


class AccountTable:
    """The accounts' part of the table."""

    def __init__(self, table_name: str) -> None:
        self._connection = connect(table_name)

    def put_account(self, account: Account, keys: Sequence[ApiKey]) -> None:
        """Store a new account and its first keys in one write."""
        with TransactWrite(connection=self._connection) as write:
            _put_account(write, account, keys)

    def register(self, account: Account, key: ApiKey, email_hash: str) -> bool:
        """Store a new account and its first key; false when the email address has an account already."""
        email = EmailItem.at(email_hash)
        email.account_id = account.account_id

        def write_all() -> None:
            with TransactWrite(connection=self._connection) as write:
                write.save(email, condition=EmailItem.pk.does_not_exist())
                _put_account(write, account, [key])

        return applied(write_all)

    def find_account(self, account_id: str) -> Account | None:
        """The account, by one consistent read."""
        place = AccountItem.at(account_id)
        try:
            return AccountItem.get(place.pk, place.sk, consistent_read=True).account()
        except AccountItem.DoesNotExist:
            return None

    def set_suspended(self, account_id: str, at: int | None) -> bool:
        """Suspend the account since Unix time `at`, or resume it with `None`; false when there is no such account."""
        suspended = AccountItem.suspended_at
        actions: list[Action] = [suspended.remove() if at is None else suspended.set(at)]
        item = AccountItem.at(account_id)
        return applied(lambda: item.update(actions=actions, condition=AccountItem.pk.exists()))

    def change_limits(self, account_id: str, limits: Limits) -> bool:
        """Change the limits that are given, in one write; false when there is no such account."""
        actions: list[Action] = []
        if "screenshot_limit" in limits:
            captures = limits["screenshot_limit"]
            limit = AccountItem.screenshot_limit
            actions.append(limit.remove() if captures is None else limit.set(captures))
        if "request_limit" in limits:
            actions.append(AccountItem.request_limit.set(limits["request_limit"]))
        if "workers" in limits:
            at_once = limits["workers"]
            actions.append(AccountItem.workers.remove() if at_once is None else AccountItem.workers.set(at_once))
        for name in ("allowed_networks", "allowed_origins"):
            if name in limits:
                texts, attribute = " ".join(limits[name]), getattr(AccountItem, name)
                actions.append(attribute.set(texts) if texts else attribute.remove())
        if "address_limit" in limits:
            per_address = limits["address_limit"]
            attribute = AccountItem.address_limit
            actions.append(attribute.remove() if per_address is None else attribute.set(per_address))
        if "signature_required" in limits:
            actions.append(AccountItem.signature_required.set(limits["signature_required"]))
        item = AccountItem.at(account_id)
        return applied(lambda: item.update(actions=actions, condition=AccountItem.pk.exists()))

    def charge(self, account_id: str, seconds: float, *, now: float, latest: float) -> bool:
        """Charge `seconds` of the account's rate by one conditional UpdateItem, or by two after a silence.

        Returns:
            False when the account's `rate_until` would lie beyond the Unix time `latest`.
        """
        item, until, kind = RateItem.at(account_id), RateItem.rate_until, RateItem.kind.set(RateItem)
        running: Condition = (until > now) & (until <= latest - seconds)
        silent: Condition = until.does_not_exist() | (until <= now)

        def add() -> bool:
            return applied(lambda: item.update(actions=[kind, until.add(seconds)], condition=running))

        def begin() -> bool:
            return applied(lambda: item.update(actions=[kind, until.set(now + seconds)], condition=silent))

        # Between the first two somebody else may have begun.
        return add() or begin() or add()

    def standing(self, account_id: str, month: str) -> Standing:
        """The account, and what it has used in the month, by one read."""
        places: list[Item] = [AccountItem.at(account_id), UsageItem.at(account_id, month)]
        found = {type(item): item for item in Item.batch_get([(p.pk, p.sk) for p in places])}
        account, usage = found.get(AccountItem), found.get(UsageItem)
        return Standing(
            account.account() if isinstance(account, AccountItem) else None,
            int(usage.captures) if isinstance(usage, UsageItem) else 0,
            int(usage.location_bytes or 0) if isinstance(usage, UsageItem) else 0,
        )

    def put_key(self, key: ApiKey) -> bool:
        """Store a new key; false when there is no such account."""

        def write_both() -> None:
            with TransactWrite(connection=self._connection) as write:
                account = AccountItem.at(key.account_id)
                write.update(account, actions=[AccountItem.key_writes.add(1)], condition=AccountItem.pk.exists())
                write.save(_key_item(key), condition=KeyItem.pk.does_not_exist())

        return applied(write_both)

    def keys_and_version(self, account_id: str) -> tuple[list[ApiKey], int]:
        """The account's keys, revoked ones too, and what `write_key` must be given to depend on them."""
        place = AccountItem.at(account_id)
        writes = AccountItem.get(place.pk, place.sk, consistent_read=True).key_writes
        return self.keys_of(account_id), int(writes or 0)

    def write_key(self, key: ApiKey, version: int) -> bool:
        """Store a key, new or changed; false when others were written since `keys_and_version`."""
        writes = AccountItem.key_writes
        unchanged: Condition = (writes == version) if version else writes.does_not_exist()

        def write_both() -> None:
            with TransactWrite(connection=self._connection) as write:
                account = AccountItem.at(key.account_id)
                write.update(account, actions=[writes.add(1)], condition=AccountItem.pk.exists() & unchanged)
                write.save(_key_item(key))

        return applied(write_both)

    def keys_of(self, account_id: str) -> list[ApiKey]:
        """The account's keys, revoked ones too."""
        found = KeyItem.query(f"ACCOUNT#{account_id}", KeyItem.sk.startswith("KEY#"), consistent_read=True)
        return [item.api_key() for item in found]

    def revoke_key(self, account_id: str, key_id: str, *, at: int) -> bool:
        """Mark a key as revoked; false when there is no such key. The first revocation's time stays."""
        keys = [key for key in self.keys_of(account_id) if key.key_id == key_id]
        for key in keys:
            if key.revoked_at is None:
                KeyItem.at(account_id, key.key_hash).update(actions=[KeyItem.revoked_at.set(at)])
        return bool(keys)

    def look_up(self, account_id: str, key_hash: str, month: str, digest: str | None) -> Lookup:
        """Read account, key, usage and capture record by one consistent BatchGetItem."""
        places: list[Item] = [AccountItem.at(account_id), KeyItem.at(account_id, key_hash)]
        places += [UsageItem.at(account_id, month), RateItem.at(account_id)]
        if digest is not None:
            places.append(CaptureItem.at(account_id, digest))
        found = {type(item): item for item in Item.batch_get([(p.pk, p.sk) for p in places], consistent_read=True)}
        account, key = found.get(AccountItem), found.get(KeyItem)
        usage, capture, rate = found.get(UsageItem), found.get(CaptureItem), found.get(RateItem)
        return Lookup(
            account.account() if isinstance(account, AccountItem) else None,
            key.api_key() if isinstance(key, KeyItem) else None,
            int(usage.captures) if isinstance(usage, UsageItem) else 0,
            capture.record() if isinstance(capture, CaptureItem) else None,
            int(usage.location_bytes or 0) if isinstance(usage, UsageItem) else 0,
            float(rate.rate_until) if isinstance(rate, RateItem) else 0,
        )


def _put_account(write: TransactWrite, account: Account, keys: Sequence[ApiKey]) -> None:
    item = AccountItem.at(account.account_id)
    item.name, item.secret_token = account.name, account.secret_token
    item.screenshot_limit, item.created_at = account.screenshot_limit, account.created_at
    item.request_limit = account.request_limit
    write.save(item, condition=AccountItem.pk.does_not_exist())
    for key in keys:
        write.save(_key_item(key), condition=KeyItem.pk.does_not_exist())


def _key_item(key: ApiKey) -> KeyItem:
    item = KeyItem.at(key.account_id, key.key_hash)
    item.key_kind, item.label, item.created_at = key.kind, key.label, key.created_at
    if key.revoked_at is not None:
        item.revoked_at, item.expires_at = key.revoked_at, key.revoked_at + REVOKED_KEY_DAYS * 86_400
    return item
