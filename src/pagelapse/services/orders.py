"""Orders: captures for later. They are stored before they are queued, and known by a number within their account."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from pagelapse.accounts import Caller
from pagelapse.capture.jobs import CaptureJob, Failure, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.errors import InvalidOption, JobNotFound, ServiceBusy
from pagelapse.records import Order, PictureExport, usage_month
from pagelapse.services.configurations import OVERDUE_S, Queues
from pagelapse.services.flight import new_key_prefix
from pagelapse.services.order_ports import OrderStore

MAX_ORDER_BYTES = 200_000
"""Of an order's options as JSON, and of the caller's words. DynamoDB's items end at 400 KB (AWS quota)."""

MOST_ATTEMPTS = 3
"""How often an order without a report is queued before it is given up."""

_CREATIONS = 5
_FIRST_POLL_S = 0.1
_LONGEST_POLL_S = 1.0
_LONG_OPTIONS = {"script": 0, "style": 0, "post_data": 0, "cookies": 0, "html": 0}


@dataclass(frozen=True, slots=True)
class Placed:
    """An order, and whether it was there before."""

    order: Order
    found: bool


class Orders:
    """What an account can do with its orders.

    Args:
        store: The records.
        queues: Where captures go.
        sleep: Lets a test watch the waiting.
        tell: Posts to an order's webhook what became of it.
    """

    def __init__(
        self,
        store: OrderStore,
        queues: Queues,
        *,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[Order], None] | None = None,
    ) -> None:
        self._store = store
        self._queues = queues
        self._sleep = sleep
        self._tell = tell

    def place(
        self,
        caller: Caller,
        options: CaptureOptions,
        wishes: Mapping[str, JsonValue],
        *,
        max_age_s: int,
        thumbnail: ThumbnailSize | None = None,
        export: PictureExport | None = None,
        alike: Collection[str] = (),
        webhook: str | None = None,
        start: Callable[[CaptureJob], None] | None = None,
    ) -> Placed:
        """Find an order of the same options that is not older than `max_age_s` seconds, or make one.

        Args:
            caller: Whose order it is.
            options: What to capture.
            wishes: The caller's own words, kept with the order.
            max_age_s: 0 asks for a new one.
            thumbnail: To be made together with the picture.
            export: Where to copy it as soon as it is there; an order that is found is not copied again.
            alike: The words that must be the same for an order to be found.
            webhook: Where to post what becomes of a new order.
            start: Takes the capture of a new order, or queues it by `queue`, in the place of the queue.

        Raises:
            UsageLimitExceeded: The month's captures are used up.
            ServiceBusy: Others order the same all the time.
            InvalidOption: When the order is too large to be stored, or no capture goes out from its location.
            ConnectorNotFound: The account has no connector as the options name.
        """
        self._queues.connectors.check(caller.account.account_id, options)
        account_id, digest = caller.account.account_id, options.digest()
        for _ in range(_CREATIONS):
            seen = self._store.latest_number(account_id, digest)
            found = self._store.find(account_id, seen) if seen is not None and max_age_s > 0 else None
            if found is not None and _answers_for(found, wishes, alike, max_age_s):
                return Placed(found, found=True)
            self._queues.locations.check(options.location, caller.location_bytes)
            order = self._new(account_id, options, wishes)
            order = replace(order, thumbnail=thumbnail, export=export, webhook=webhook)
            if self._store.create(order, seen=seen, limit=caller.account.screenshot_limit):
                self._start(order, start or self.queue)
                return Placed(order, found=False)
        raise ServiceBusy("The same is ordered by others all the time; ask again in a few seconds.")

    def get(self, account_id: str, number: int) -> Order:
        """One of the account's orders.

        Raises:
            JobNotFound: When there is none such, or it is somebody else's.
        """
        found = self._store.find(account_id, number)
        if found is None:
            raise JobNotFound("There is no such order in this account.")
        return found

    def wait(self, order: Order, *, until: float) -> Order:
        """The order once it has ended, or as it is at Unix time `until`, seconds; read at growing intervals."""
        seconds = _FIRST_POLL_S
        while order.pending and time.time() + seconds < until:
            self._sleep(seconds)
            order = self.get(order.account_id, order.number)
            seconds = min(_LONGEST_POLL_S, seconds * 1.5)
        return order

    def recent(self, account_id: str, limit: int, *, before: int | None = None) -> list[Order]:
        """The account's last orders, newest first, of those with a lower number than `before`."""
        return self._store.recent(account_id, limit, before=before)

    def see_to(self, order: Order, now: float) -> str:
        """Queue an overdue order once more, or give it up; one whose webhook has not heard of it is told of again.

        Returns:
            `retried`, `given_up`, or `lost` to somebody else.
        """
        if not order.pending:
            return self._tell_of(order)
        if order.attempts >= MOST_ATTEMPTS or order.options is None:
            gone = Failure(code="capture_failed", message="The capture broke down.")
            if not self._store.give_up(order, gone, due_at=int(now) + OVERDUE_S):
                return "lost"
            return self._tell_of(replace(order, state="failed", failure=gone))
        if not self._store.retry(order, overdue_at=int(now) + OVERDUE_S):
            return "lost"
        self._queues.captures.send(self._job(order, order.options).model_dump_json())
        return "retried"

    def _tell_of(self, order: Order) -> str:
        if self._tell is not None:
            self._tell(order)
        self._store.told(order)
        return "given_up"

    def _new(self, account_id: str, options: CaptureOptions, wishes: Mapping[str, JsonValue]) -> Order:
        _check_size(options)
        now = time.time()
        number = self._store.next_number(account_id)
        return Order(
            account_id,
            number,
            f"{number:012x}{secrets.token_hex(12)}",
            options.digest(),
            new_key_prefix(),
            usage_month(now),
            int(now * 1000),
            wishes,
            options,
            overdue_at=int(now) + OVERDUE_S,
        )

    def queue(self, job: CaptureJob) -> None:
        """Let a capture wait for its turn."""
        self._queues.captures.send(job.model_dump_json())

    def _start(self, order: Order, start: Callable[[CaptureJob], None]) -> None:
        """Begin a new order. One that can't be begun has failed, so that it isn't counted."""
        assert order.options is not None  # noqa: S101 - it is new
        try:
            start(self._job(order, order.options))
        except Exception:
            self._store.fail(order, Failure(code="capture_failed", message="The capture could not be started."))
            raise

    def _job(self, order: Order, options: CaptureOptions) -> CaptureJob:
        return CaptureJob(
            purpose="order",
            job_id=order.job_id,
            account_id=order.account_id,
            options=options,
            key_prefix=order.key_prefix,
            thumbnail=order.thumbnail,
            announce=True,
            proxy=self._queues.locations.proxy_for(options.location),
        )


def number_of(job_id: str) -> int | None:
    """The number of the order that a job id belongs to; `None` when it belongs to none."""
    try:
        return int(job_id[:12], 16)
    except ValueError:
        return None


def _answers_for(order: Order, wishes: Mapping[str, JsonValue], alike: Collection[str], max_age_s: int) -> bool:
    """Whether an order of the same options is as good as a new one."""
    return _is_fresh(order, max_age_s) and all(order.wishes.get(name) == wishes.get(name) for name in alike)


def _is_fresh(order: Order, max_age_s: int) -> bool:
    """Whether the order may answer for a new one; one that is under way may, too."""
    if order.erased or order.state == "failed":
        return False
    moment_ms = order.result.taken_at_ms if order.result else order.ordered_at_ms
    return moment_ms / 1000 + max_age_s > time.time()


def _check_size(options: CaptureOptions) -> None:
    if len(options.model_dump_json(exclude_defaults=True)) <= MAX_ORDER_BYTES:
        return
    longest = max(_LONG_OPTIONS, key=lambda name: len(repr(getattr(options, name))))
    raise InvalidOption("is too long for a capture that is ordered for later", option=longest)
