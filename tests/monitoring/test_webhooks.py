from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from pagelapse.local.layout import REPOSITORY
from pagelapse.monitoring.webhooks import (
    LONGEST_RETRY_S,
    Delivery,
    body_of,
    headers_of,
    retry_after_s,
    webhook_secret,
)

CHANGE: dict[str, Any] = {
    "id": "da4b9237bacccdf19c0760cab7aec4a8359010b0",
    "screenshot_configuration_id": "827b7f5d-da55-44aa-a2d5-236b75cb1a14",
    "previous_value": "18",
    "retrieved_value": "19 <b>€</b>",
    "config": {"type": "change", "selector": "#price", "send_to": "webhook", "url": "https://example.com/hook"},
    "sent_at": "1632624177263",
}


def _delivery(**changes: Any) -> Delivery:
    given = {"delivery_id": "d1", "account_id": "a1", "url": "https://example.com/hook", "payload": CHANGE}
    return Delivery.model_validate(given | changes)


def test_a_receiver_can_verify_a_webhook() -> None:
    """The signature is what docs/webhooks.md has receivers compute, over exactly the bytes that are posted."""
    secret = webhook_secret("token")
    body = body_of(_delivery())
    headers = headers_of(_delivery(), secret, body, now=1_700_000_000)
    expected = hmac.new(secret.encode(), b"1700000000." + body, hashlib.sha256).hexdigest()
    assert headers["X-Pagelapse-Signature"] == f"v1={expected}"
    assert headers["X-Pagelapse-Timestamp"] == "1700000000"
    assert headers["X-Pagelapse-Delivery"] == "d1"
    assert json.loads(body) == CHANGE


def test_the_documented_receiver_works() -> None:
    """The Python code of docs/webhooks.md accepts our webhooks, and refuses changed, stale and foreign ones."""
    (source,) = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "webhooks.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 - our own documentation
    secret, body, now = webhook_secret("token"), body_of(_delivery()), int(time.time())
    fresh, stale = (headers_of(_delivery(), secret, body, now=at) for at in (now, now - 301))
    assert names["is_ours"](secret, fresh, body)
    assert not names["is_ours"](secret, fresh, body + b" ")
    assert not names["is_ours"](secret, stale, body)
    assert not names["is_ours"](webhook_secret("other"), fresh, body)


def test_each_account_has_a_secret_of_its_own() -> None:
    """Another account's secret signs differently, and the secret does not tell the token that it is derived from."""
    one, other = webhook_secret("token-1"), webhook_secret("token-2")
    assert one != other
    assert (len(one), one.startswith("whsec_"), "token-1" in one) == (70, True, False)


def test_slack_gets_a_sentence_it_can_show() -> None:
    """Slack's form holds one text, in which a page can neither mention people nor fake links."""
    text = json.loads(body_of(_delivery(kind="slack")))
    assert text == {"text": "*#price* changed from “18” to “19 &lt;b&gt;€&lt;/b&gt;”."}


def test_slack_gets_a_long_value_cut() -> None:
    """A long text is cut before Slack would refuse it."""
    changed = CHANGE | {"retrieved_value": "x" * 50_000}
    assert len(body_of(_delivery(kind="slack", payload=changed))) < 2000


def test_slack_gets_a_text_as_it_is() -> None:
    """A payload that brings its own text is not reworded."""
    assert json.loads(body_of(_delivery(kind="slack", payload={"text": "<!here> done"}))) == {"text": "<!here> done"}


@pytest.mark.parametrize("url", ["ftp://example.com/", "example.com", "", "http://a b/"])
def test_a_delivery_needs_a_web_address(url: str) -> None:
    """What is no web address can't be queued."""
    with pytest.raises(ValidationError):
        _delivery(url=url)


def test_waits_grow_to_an_hour() -> None:
    """Each failure doubles the wait up to an hour; fourteen attempts take about four hours."""
    waits = [retry_after_s(attempt) for attempt in range(1, 14)]
    assert 4 <= waits[0] <= 5
    assert all(later > 1.2 * earlier for earlier, later in pairwise(waits[:9]))
    assert max(waits) <= LONGEST_RETRY_S
    assert 3 * 3600 < sum(waits) < 5 * 3600
    assert retry_after_s(1000) <= LONGEST_RETRY_S


def test_a_receiver_may_ask_for_a_longer_wait() -> None:
    """`Retry-After` is kept, within the longest wait."""
    assert retry_after_s(1, 60) == 60
    assert retry_after_s(1, 10**8) == LONGEST_RETRY_S
