"""The same capture in each dialect's words, as the pages show it."""

from __future__ import annotations

import itertools
import shlex
from typing import Any

import pytest
from tests.dialects.client import Client
from tests.dialects.contract import Contract
from tests.dialects.test_every_dialect import contract  # noqa: F401 - a fixture
from tests.world import World

from pagelapse.capture.jobs import CaptureJob
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.curl import KEY, Curl, SimpleCapture, curl
from pagelapse.dialects.registry import DIALECTS, dialect_of

BASE = "https://api.test"
EXCUSED = {
    "waits": "delay_ms",
    "PNG": "type",
    "quality": "quality",
    "ads": "block_ads block_trackers",
    "cookie": "cookie_banners",
    "screens": "viewport",
    "viewport": "viewport",
    "scrolls": "scroll",
}
"""The fields of `CaptureOptions` that a sentence of `Curl.differs` with the word speaks of."""

CAPTURES = [
    SimpleCapture("https://example.com/"),
    SimpleCapture("https://example.com/a%20b?q=1&r=%C3%BC#x", 400, 300, full_page=True, type="jpeg", delay_s=2),
    SimpleCapture("https://example.com/'\"$(id)`id`\\", type="webp", block_ads=True, reject_cookies=True),
    SimpleCapture("https://example.com/", 100, 5000, delay_s=10),
]


def _request(made: Curl, key: str) -> tuple[str, dict[str, str]]:
    """What curl would send, by a shell's rules of quoting."""
    words = shlex.split(made.command.replace(KEY, key))
    (url,) = [word for word in words if word.startswith(BASE)]
    pairs = [after for word, after in itertools.pairwise(words) if word == "--data-urlencode"]
    return url.removeprefix(BASE), dict(pair.split("=", 1) for pair in pairs)


def _fields(options: CaptureOptions, but: set[str]) -> dict[str, Any]:
    return options.model_dump(exclude=but)


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("name", [dialect.name for dialect in DIALECTS])
def test_curl_asks_for_the_same(client: Client, world: World, name: str, capture: SimpleCapture) -> None:
    """Pasted into a shell, a dialect's request asks for the same capture, but for what is said to differ."""
    made = curl(name, BASE, capture)
    path, parameters = _request(made, world.new.private_key)
    response = client.get(path, params=parameters)
    assert response.status_code < 400, response.text
    (job,) = [job for job in world.runner.jobs if isinstance(job, CaptureJob)]
    excused = {field for word, fields in EXCUSED.items() if word in "; ".join(made.differs) for field in fields.split()}
    excused |= {"inventory"}
    assert _fields(job.options, excused) == _fields(capture.options(), excused)


def test_examples_are_of_their_own_dialect(contract: Contract) -> None:  # noqa: F811 - the fixture
    """A dialect's request goes to a path of its own, with the key where its contract has it."""
    dialect = dialect_of(contract.path)
    assert dialect is not None
    path, parameters = _request(curl(dialect.name, BASE, CAPTURES[0]), "the-key")
    assert dialect_of(path) == dialect
    assert parameters[contract.key_parameter] == "the-key"


def test_nothing_of_an_address_reaches_the_shell(client: Client) -> None:
    """An address with quotes, variables and commands in it stays one word of the command."""
    for dialect in DIALECTS:
        _, parameters = _request(curl(dialect.name, BASE, CAPTURES[2]), "k")
        assert CAPTURES[2].url in parameters.values()
