"""What every dialect says about a capture's target."""

from __future__ import annotations

import json

from pagelapse.capture.jobs import Target
from pagelapse.dialects.answers import target_headers


def test_the_targets_own_answer_is_told() -> None:
    """Status, address after redirects and response headers of the page are told, whatever characters are in them."""
    target = Target(url="https://example.com/ä", status=404, headers={"content-type": "text/html", "x-mood": "☂"})
    told = target_headers(target)
    assert told.pop("X-Pagelapse-Target-Status") == "404"
    assert told.pop("X-Pagelapse-Target-Url") == "https://example.com/?"
    headers = told.pop("X-Pagelapse-Target-Headers")
    assert headers.isascii()
    assert json.loads(headers) == target.headers
    assert told == {}


def test_of_a_target_that_did_not_answer_nothing_is_told() -> None:
    """A document of the caller's own has no status, address or headers."""
    assert target_headers(Target()) == {}


def test_cookies_of_a_target_are_not_told() -> None:
    """Cookies that a page set during the capture, which may be a session, go into no answer that may be shared."""
    target = Target(status=200, headers={"Set-Cookie": "session=1", "server": "x"})
    assert json.loads(target_headers(target)["X-Pagelapse-Target-Headers"]) == {"server": "x"}


def test_an_answer_has_room_for_the_targets_headers() -> None:
    """Of a target with very long headers those are told that fit."""
    target = Target(url="https://x/" + "y" * 9000, status=200, headers={"a": "☂" * 900, "b": "c", "d": "e" * 2900})
    told = target_headers(target)
    assert json.loads(told["X-Pagelapse-Target-Headers"]) == {"b": "c", "d": "e" * 2900}
    assert sum(len(name) + len(value) for name, value in told.items()) < 6000
