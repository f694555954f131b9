"""Pictures that are to be compared: the same page gives the same bytes."""

from __future__ import annotations

import hashlib

import pytest
from tests.capture.conftest import Take
from tests.pixels import GREEN, pixel
from tests.site.server import PAGES, Site

from pagelapse.capture.options import CaptureOptions

pytestmark = pytest.mark.browser


def test_a_restless_page_looks_the_same_every_time(take: Take, site: Site) -> None:
    """With clocks, dice, spinners and a caret, in frames too, `deterministic` gives the same bytes again."""
    shape = {"viewport": {"width": 600, "height": 1900}}
    url = site.url("/restless.html")
    first, second = (take(url=url, deterministic=True, delay_ms=wait, **shape) for wait in (0, 300))
    assert first.shortfalls == second.shortfalls == ()
    assert first.file.body == second.file.body


def test_animations_are_over(take: Take, site: Site) -> None:
    """Animations and transitions of a minute show how they end."""
    still = take(url=site.url("/restless.html?inner"), deterministic=True, delay_ms=100).file.body
    assert pixel(still, 50, 25) == pixel(still, 50, 75) == GREEN


def test_a_document_of_ones_own_looks_the_same_every_time(take: Take) -> None:
    """It is the same for a given document, and without scripts, where only styles move."""
    page = (PAGES / "restless.html").read_text().replace("!location.search", "false")
    for scripted in (True, False):
        bodies = {take(html=page, deterministic=True, java_script_enabled=scripted).file.body for _ in range(2)}
        assert len(bodies) == 1


def test_a_page_that_never_rests_is_told(take: Take) -> None:
    """A page that scripts repaint without end is pictured all the same, and said to have been moving."""
    again = "(function f() { document.body.textContent = n++; requestAnimationFrame(f) })()"
    taken = take(html=f"<body><script>let n = 0; {again}</script>", deterministic=True)
    assert taken.shortfalls == ("the page did not look the same twice",)


def test_waiting_for_the_clock_ends(take: Take) -> None:
    """A script that waits for the time to pass comes to its end."""
    page = "<body style='background:#f00'><script>const t = Date.now(); while (Date.now() - t < 50);"
    page += "document.body.style.background = '#0f0'</script>"
    assert pixel(take(html=page, deterministic=True).file.body, 5, 5) == GREEN


def test_ordinary_captures_keep_their_digest() -> None:
    """What is not asked for changes no stored picture's key; asking for it does."""
    url = "https://example.com/"
    ordinary = hashlib.sha256(f'{{"url":"{url}"}}'.encode()).hexdigest()
    assert CaptureOptions(url=url).digest() == CaptureOptions(url=url, deterministic=False).digest() == ordinary
    assert CaptureOptions(url=url, deterministic=True).digest() != ordinary
