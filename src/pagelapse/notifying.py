"""The `notify` function: posts what waits on the notify queue, signed, until a receiver has it.

A receiver that does not answer with success is tried again at growing intervals: the message is hidden on the queue
until then, and after its last attempt the queue hands it to the dead-letter queue. What can't succeed goes there at
once: a refused address, an account that is gone, a receiver that answers 410, a message that can't be read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from pagelapse.adapters.account_store import AccountTable
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.http import AddressRefused, Answer, HttpClient, HttpError
from pagelapse.adapters.queues import Queue
from pagelapse.metrics import count_delivery
from pagelapse.monitoring.webhooks import Delivery, body_of, headers_of, retry_after_s, webhook_secret
from pagelapse.observability import correlated, correlation_id, correlation_of, log_origin, log_unexpected, logger
from pagelapse.records import Account
from pagelapse.settings import notify_settings

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 100_000
AT_ONCE = 10
"""Deliveries of one batch, which must not wait for each other's receivers."""

REQUEST_ID = "X-Pagelapse-Request-Id"
"""Tells the receiver under which id our logs have everything that led to the delivery."""

Record = Mapping[str, Any]


class Client(Protocol):
    """Posts to addresses that the egress rule allows."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, max_bytes: int, timeout_s: float) -> Answer:
        """See `adapters.http.HttpClient.post`."""
        ...


class Waiting(Protocol):
    """The queue that the messages come from."""

    def hide(self, receipt: str, seconds: int) -> None:
        """Let a received message come again after so many seconds."""
        ...


class Parked(Protocol):
    """The queue of what was given up."""

    def send(self, body: str) -> None:
        """Send one message."""
        ...


class GivenUp(Exception):
    """Trying again can't help; the message says why.

    Args:
        why: For the log.
        reason: For the metrics: one of few words.
    """

    def __init__(self, why: str, reason: str) -> None:
        super().__init__(why)
        self.reason = reason


class Problem(NamedTuple):
    """What went wrong with an attempt."""

    why: str
    reason: str
    """For the metrics: one of few words."""
    asked_s: int = 0
    """Seconds that the receiver asks to wait."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """Delivers the messages of a batch."""

    client: Client
    account: Callable[[str], Account | None]
    queue: Waiting
    dead_letters: Parked

    def deliver_all(self, records: list[Record]) -> list[dict[str, str]]:
        """Deliver a batch side by side; returns SQS's form of those to come again."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(self._safely, records))
        return [
            {"itemIdentifier": record["messageId"]} for record, ended in zip(records, done, strict=True) if not ended
        ]

    def _safely(self, record: Record) -> bool:
        """Whether the message is done with; a bug of ours leaves it to the queue's own visibility timeout."""
        with correlated(correlation_of(record)):
            try:
                return self._deliver(record)
            except Exception as error:  # noqa: BLE001 - the batch's other messages must not come again because of it
                log_unexpected(error)
                return False

    def _deliver(self, record: Record) -> bool:
        attempt = int(record["attributes"]["ApproximateReceiveCount"])
        details: dict[str, object] = {"message_id": record["messageId"], "attempt": attempt}
        started = time.monotonic()
        try:
            delivery = _parsed(record["body"])
            details |= {"delivery_id": delivery.delivery_id, "account_id": delivery.account_id}
            details["target"] = log_origin(delivery.url)
            problem = self._post(delivery)
        except GivenUp as end:
            logger.warning("delivery given up", extra={**details, "why": str(end)})
            _count("given_up", end.reason, started)
            self.dead_letters.send(record["body"])
            return True
        if problem is None:
            logger.info("delivered", extra=details)
            _count("delivered", None, started)
            return True
        wait_s = retry_after_s(attempt, problem.asked_s)
        logger.warning("delivery failed", extra={**details, "why": problem.why, "again_in_s": wait_s})
        _count("failed", problem.reason, started)
        self.queue.hide(record["receiptHandle"], wait_s)
        return False

    def _post(self, delivery: Delivery) -> Problem | None:
        """What went wrong, if anything did.

        Raises:
            GivenUp: When it would go wrong again.
        """
        account = self.account(delivery.account_id)
        if account is None:
            raise GivenUp("there is no such account", "no_account")
        body = body_of(delivery)
        headers = headers_of(delivery, webhook_secret(account.secret_token), body, now=int(time.time()))
        headers |= {REQUEST_ID: current} if (current := correlation_id()) else {}
        try:
            answer = self.client.post(delivery.url, body, headers, max_bytes=MAX_ANSWER_BYTES, timeout_s=TIMEOUT_S)
        except AddressRefused as refused:
            raise GivenUp(f"the address {refused}", "refused") from refused
        except HttpError as error:
            return Problem(f"the receiver {error}", "unreachable")
        if answer.status == HTTPStatus.GONE:
            raise GivenUp("the receiver answers 410 Gone", "http_410")
        if 200 <= answer.status < 300:
            return None
        reason = f"http_{answer.status // 100}xx"
        return Problem(f"the receiver answers {answer.status}", reason, _retry_after(answer))


def _count(outcome: str, reason: str | None, started: float) -> None:
    count_delivery(outcome=outcome, reason=reason, ms=round((time.monotonic() - started) * 1000))


def _parsed(body: str) -> Delivery:
    try:
        return Delivery.model_validate_json(body)
    except ValidationError as error:
        raise GivenUp("the message is no delivery", "unreadable") from error


def _retry_after(answer: Answer) -> int:
    """Seconds of `Retry-After` (RFC 9110, 10.2.3); its form as a date is left out."""
    text = answer.headers.get("retry-after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@cache
def _notifier() -> Notifier:
    settings = notify_settings()
    accounts = AccountTable(settings.table_name)
    client = HttpClient(Allowance(settings.allow_hosts, settings.forbidden_endpoints))
    queues = Queue(settings.notify_queue_url), Queue(settings.notify_dead_letters_url)
    return Notifier(client, accounts.find_account, *queues)


def handle(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Lambda's entry: a batch of the notify queue; the answer names the messages to come again."""
    return {"batchItemFailures": _notifier().deliver_all(event["Records"])}
