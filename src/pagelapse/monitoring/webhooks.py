"""Webhooks: what is posted, how it is signed, and when it is tried again. docs/webhooks.md tells receivers."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue

from pagelapse.capture.urls import checked_url

FIRST_RETRY_S = 5
LONGEST_RETRY_S = 3600
_SLACK_VALUE_LENGTH = 1000


class Delivery(BaseModel):
    """One message to one receiver, as it waits on the notify queue."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    delivery_id: str
    """The same at every attempt: a receiver that has seen it may ignore the repetition."""
    account_id: str
    url: Annotated[str, AfterValidator(checked_url)]
    kind: Literal["webhook", "slack"] = "webhook"
    payload: dict[str, JsonValue]


def webhook_secret(secret_token: str) -> str:
    """The secret that an account's webhooks are signed with.

    Derived, so that it needs no place of its own, and one-way: a receiver that knows it can't sign snap URLs.
    """
    derived = hmac.new(secret_token.encode(), b"pagelapse webhooks", hashlib.sha256)
    return f"whsec_{derived.hexdigest()}"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """`v1=` and the hex HMAC-SHA256 of `<timestamp>.<body>`; the whole text of `secret` is the key."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={signed.hexdigest()}"


def body_of(delivery: Delivery) -> bytes:
    """The JSON to post: the payload itself, or Slack's form of it."""
    content = {"text": _slack_text(delivery.payload)} if delivery.kind == "slack" else delivery.payload
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(delivery: Delivery, secret: str, body: bytes, *, now: int) -> dict[str, str]:
    """The headers of one attempt, made at Unix time `now`."""
    return {
        "Content-Type": "application/json",
        "X-Pagelapse-Delivery": delivery.delivery_id,
        "X-Pagelapse-Timestamp": str(now),
        "X-Pagelapse-Signature": sign(secret, now, body),
    }


def retry_after_s(attempt: int, asked_s: int = 0) -> int:
    """Seconds to wait after the failed attempt with this number, counted from 1.

    Doubles up to an hour. A little is taken off at random, so that what failed together does not come back together.

    Args:
        asked_s: What the receiver's `Retry-After` asks for.
    """
    longest = min(LONGEST_RETRY_S, FIRST_RETRY_S << min(attempt - 1, 20))
    return max(min(asked_s, LONGEST_RETRY_S), round(longest * random.uniform(0.8, 1)))  # noqa: S311 - no secret


def _slack_text(payload: dict[str, JsonValue]) -> str:
    """A payload's own `text`, or a sentence about the change that it tells of (Slack's mrkdwn)."""
    text = payload.get("text")
    if isinstance(text, str):
        return text
    if "retrieved_value" not in payload:
        return _escaped(json.dumps(payload, ensure_ascii=False))
    config = payload.get("config")
    where = config.get("selector") if isinstance(config, dict) else None
    before, after = (_escaped(payload.get(name)) for name in ("previous_value", "retrieved_value"))
    return f"*{_escaped(where or 'The page')}* changed from “{before}” to “{after}”."


def _escaped(value: JsonValue) -> str:
    """Without Slack's three control characters, which could mention people or fake links."""
    text = "" if value is None else str(value)
    short = text if len(text) <= _SLACK_VALUE_LENGTH else text[:_SLACK_VALUE_LENGTH] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
