"""Many captures, and captures that lose their browser, through the deployed stack."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.pixels import RED, pixel
from tests.site.server import Site

from pagelapse.local import processes
from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

IN_A_ROW = 200
AT_ONCE = 40


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx.Client]:
    """Talks to the stack with its key; waits as long as a burst may queue on two cores."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    headers = {"Authorization": f"Bearer {stack.key}"}
    with httpx.Client(base_url=stack.url, headers=headers, timeout=180, limits=limits) as talking:
        yield talking


def _snap(client: httpx.Client, url: str, **options: object) -> httpx.Response:
    query = {"url": url, "wait": 0, "ttl": 0, "image_format": "png", "page_width": 800, "page_height": 600}
    return client.get("/snap", params={**query, **options})  # type: ignore[dict-item]


def _resident_bytes(stack: Stack) -> int:
    pages = 0
    for pid in processes.belonging_to(stack.layout.tmp):
        with suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_200_captures_in_a_row_succeed_and_memory_stays_flat(stack: Stack, client: httpx.Client, site: Site) -> None:
    """200 fresh captures in a row all give the true picture, and the stack's memory does not grow with them."""
    resident = []
    for turn in range(IN_A_ROW):
        answer = _snap(client, site.url(f"/simple.html?n={turn}"))
        assert answer.status_code == 200, answer.text
        if turn % 50 == 49:
            assert pixel(answer.content, 100, 50) == RED
            resident.append(_resident_bytes(stack))
    assert max(resident[1:]) < resident[0] * 1.3, resident


def test_40_captures_at_once_succeed(client: httpx.Client, site: Site) -> None:
    """40 different captures at the same moment all give the true picture."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda turn: _snap(client, site.url(f"/simple.html?at={turn}")), range(AT_ONCE)))
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE, [answer.text[:200] for answer in answers]
    assert all(pixel(answer.content, 100, 50) == RED for answer in answers)


def test_killed_browser_still_ends_in_a_picture(stack: Stack, client: httpx.Client, site: Site) -> None:
    """A Chromium that is killed in the middle of a capture costs a retry, and the caller gets 200."""

    def kill_browsers() -> None:
        while not site.seen("/held"):
            time.sleep(0.005)
        for pid in processes.belonging_to(stack.layout.tmp):
            with suppress(OSError):
                if Path(f"/proc/{pid}/exe").resolve() == stack.layout.chromium.resolve():
                    os.kill(pid, signal.SIGKILL)
        site.released.set()

    killer = threading.Thread(target=kill_browsers, daemon=True)
    killer.start()
    answer = _snap(client, site.url("/held"))
    killer.join(10)
    assert answer.status_code == 200, answer.text
    assert pixel(answer.content, 100, 50) == RED
    assert len(site.seen("/held")) == 2
