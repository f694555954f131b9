"""Orders against a real DynamoDB protocol."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.definition_store import DefinitionTable
from pagelapse.adapters.due_index import DueTable
from pagelapse.adapters.order_store import OrderTable
from pagelapse.capture.jobs import Failure, Inventory, StoredFile, Target, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import UsageLimitExceeded
from pagelapse.local.stack import Stack
from pagelapse.records import Order, Ordered, PictureCopy, PictureExport, usage_month

pytestmark = pytest.mark.e2e

OPTIONS = CaptureOptions(url="https://example.com/")
FAILURE = Failure(code="capture_failed", message="No.", option="url")
FILE = StoredFile(key="pictures/x.png", media_type="image/png", size=3, width=1, height=1)
RESULT = Ordered(file=FILE, source=FILE, taken_at_ms=5, target=Target(url="https://example.com/", status=200))
EMBEDDED = Inventory(images=("https://example.com/ü.png",))


@pytest.fixture
def accounts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """Accounts in the deployed table."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    return Accounts(AccountTable(stack.outputs["TableName"]))


@pytest.fixture
def orders(stack: Stack, accounts: Accounts) -> OrderTable:
    """Orders in the deployed table."""
    return OrderTable(stack.outputs["TableName"], picture_days=1)


@pytest.fixture
def new(accounts: Accounts) -> NewAccount:
    """A new account."""
    return accounts.create_account("orders")


def _order(new: NewAccount, number: int, **more: object) -> Order:
    now = time.time()
    order = Order(
        new.account.account_id, number, f"{number:012x}{secrets.token_hex(12)}", secrets.token_hex(32), "pictures/x",
        usage_month(now), int(now * 1000), {"url": "https://example.com/", "more": {"a": 1}}, OPTIONS,
        overdue_at=int(now) + 900,
    )  # fmt: skip
    return replace(order, **more)  # type: ignore[arg-type]


def _finish(orders: OrderTable, order: Order) -> bool:
    thumbnails = {"320x": FILE}
    return orders.finish(order, RESULT, inventory=EMBEDDED, thumbnails=thumbnails, started_at_ms=7, proxied_bytes=0)


def test_orders_come_back_as_stored(orders: OrderTable, new: NewAccount) -> None:
    """An order is read back as it was written, alone and among the account's last ones."""
    export = PictureExport(wishes={"to": "x"}, bucket="mine", suffix=".png")
    first, second = _order(new, 1, thumbnail=ThumbnailSize(width=320), export=export), _order(new, 2)
    assert [orders.create(order, seen=None, limit=None) for order in (first, second)] == [True, True]
    assert orders.find(new.account.account_id, 1) == first
    assert orders.recent(new.account.account_id, 100) == [second, first]
    assert orders.recent(new.account.account_id, 1) == [second]
    assert [orders.find(new.account.account_id, number) for number in (0, 3, -1, 10**15)] == [None] * 4
    assert (orders.latest_number(first.account_id, first.digest), orders.latest_number("a", "b")) == (1, None)


def test_numbers_are_unique(orders: OrderTable, new: NewAccount) -> None:
    """Twenty orders at once get twenty numbers, counted from 1, and do not show among the orders."""
    with ThreadPoolExecutor(20) as threads:
        numbers = list(threads.map(lambda _: orders.next_number(new.account.account_id), range(20)))
    assert sorted(numbers) == list(range(1, 21))
    assert orders.recent(new.account.account_id, 100) == []


def test_equal_orders_at_once_are_made_once(accounts: Accounts, orders: OrderTable, new: NewAccount) -> None:
    """Of ten equal orders at the same moment one is stored, and one is counted."""
    with ThreadPoolExecutor(10) as threads:
        made = list(
            threads.map(lambda n: orders.create(_order(new, n, digest="d" * 64), seen=None, limit=None), range(1, 11))
        )
    assert (made.count(True), accounts.identify(new.private_key).usage) == (1, 1)


def test_the_limit(accounts: Accounts, orders: OrderTable, new: NewAccount) -> None:
    """The limit holds in the write that counts, and a failure makes room once, however often it is told."""
    first = _order(new, 1)
    assert orders.create(first, seen=None, limit=1)
    with pytest.raises(UsageLimitExceeded):
        orders.create(_order(new, 2), seen=None, limit=1)
    assert [orders.fail(first, FAILURE), orders.fail(first, FAILURE), _finish(orders, first)] == [True, False, False]
    assert accounts.identify(new.private_key).usage == 0
    assert orders.create(_order(new, 3), seen=None, limit=1)


def test_an_order_ends_once(accounts: Accounts, orders: OrderTable, new: NewAccount) -> None:
    """Begun once, finished once: what is told again changes nothing, and the options are forgotten."""
    order = _order(new, 1)
    orders.create(order, seen=None, limit=None)
    assert [orders.begin(order, at_ms=6), orders.begin(order, at_ms=8)] == [True, False]
    assert [_finish(orders, order), _finish(orders, order), orders.fail(order, FAILURE)] == [True, False, False]
    found = orders.find(order.account_id, 1)
    assert found
    assert (found.state, found.options, found.started_at_ms, found.result) == ("done", None, 7, RESULT)
    assert (found.inventory, found.thumbnails) == (EMBEDDED, {"320x": FILE})
    assert (accounts.identify(new.private_key).usage, orders.begin(order, at_ms=9)) == (1, False)


def test_overdue_orders_are_found(stack: Stack, orders: OrderTable, new: NewAccount) -> None:
    """The index of due work names an order until it has ended; a retry moves it on, once."""
    order = _order(new, 1, overdue_at=1)
    orders.create(order, seen=None, limit=None)
    due = DueTable(stack.outputs["TableName"])

    def found() -> list[Order]:
        batches = [batch for shard in due.shards for batch in due.due(shard, time.time())]
        return [each for batch in batches for each in batch if isinstance(each, Order) and each.job_id == order.job_id]

    assert found() == [order]
    later = int(time.time()) + 900
    assert [orders.retry(order, overdue_at=later), orders.retry(order, overdue_at=later)] == [True, False]
    assert found() == []
    assert orders.postpone(order, due_at=1, proxied_bytes=5)
    assert [each.state for each in found()] == ["queued"]
    assert orders.give_up(order, FAILURE, due_at=1)
    assert [each.state for each in found()] == ["failed"]
    assert [orders.told(order), orders.fail(order, FAILURE)] == [True, False]
    assert (orders.postpone(order, due_at=1, proxied_bytes=0), found()) == (False, [])


def test_thumbnails_copies_and_pages(orders: OrderTable, new: NewAccount) -> None:
    """What belongs to a picture is remembered, and goes with it."""
    order = _order(new, 1)
    orders.create(order, seen=None, limit=None)
    copy = PictureCopy(wishes={"to": "x"}, url="https://x.test/")
    assert [orders.add_thumbnail(order, "x_33pc", FILE), orders.add_copy(order, copy)] == [False, False]
    assert not orders.share(order, "t" * 22, "")
    _finish(orders, order)
    assert [orders.add_thumbnail(order, "x_33pc", FILE), orders.add_copy(order, copy)] == [True, True]
    assert [orders.share(order, token * 22, "note") for token in "tut"] == [True, False, True]
    found = orders.find(order.account_id, 1)
    assert found
    assert (set(found.thumbnails), found.copies) == ({"320x", "x_33pc"}, {copy.label(): copy})
    shared = orders.shared("t" * 22)
    assert shared
    assert (shared.account_id, shared.number, shared.note, orders.shared("u" * 22)) == (
        order.account_id,
        1,
        "note",
        None,
    )


def test_parts_are_erased(orders: OrderTable, new: NewAccount) -> None:
    """What is erased is not in the table any more; an order under way keeps everything."""
    order = _order(new, 1)
    orders.create(order, seen=None, limit=None)
    assert not orders.erase(order, {"picture"}, {}, None)
    _finish(orders, order)
    orders.share(order, secrets.token_urlsafe(16), "")
    assert orders.erase(order, {"picture", "url", "metadata"}, {"size": "page"}, RESULT)
    found = orders.find(order.account_id, 1)
    assert found
    assert found.erased == {"picture", "url", "metadata"}
    assert (found.wishes, found.thumbnails, found.copies, found.share) == ({"size": "page"}, {}, {}, None)
    assert (found.inventory, found.ordered_at_ms, found.started_at_ms, found.ended_at_ms) == (None, 0, None, None)
    assert found.picture is None


def test_what_is_erased_stays_so(orders: OrderTable, new: NewAccount) -> None:
    """Whoever read an order before a part of it was erased can't write that part back."""
    order = _order(new, 1)
    orders.create(order, seen=None, limit=None)
    _finish(orders, order)
    read = orders.find(order.account_id, 1)
    assert read
    assert orders.erase(read, {"url"}, {"more": 1}, RESULT)
    assert not orders.erase(read, {"metadata"}, read.wishes, RESULT)
    again = orders.find(order.account_id, 1)
    assert again
    assert orders.erase(again, {"metadata"}, again.wishes, RESULT)
    found = orders.find(order.account_id, 1)
    assert found
    assert (dict(found.wishes), found.erased) == ({"more": 1}, frozenset({"url", "metadata"}))


def test_definitions(stack: Stack, new: NewAccount) -> None:
    """Definitions are numbered within their kind and their account; a number is given once."""
    table, account_id = DefinitionTable(stack.outputs["TableName"]), new.account.account_id
    assert [table.add(account_id, "browser", 1000, {"name": name}) for name in ("a", "b")] == [True, False]
    assert table.add(account_id, "instance", 1000, {"width": 1})
    assert table.all(account_id, "browser") == {1000: {"name": "a"}}
    assert table.find(account_id, "instance", 1000) == {"width": 1}
    assert (table.find(account_id, "browser", 1001), table.all("0" * 12, "browser")) == (None, {})
