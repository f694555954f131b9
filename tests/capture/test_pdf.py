"""Printed pages, judged by what is in the PDF."""

from __future__ import annotations

import re
import zlib
from urllib.parse import quote

import pytest
from tests.capture.conftest import Take
from tests.site.server import Site

from pagelapse.capture.result import Capture

pytestmark = pytest.mark.browser

A4 = pytest.approx((595, 842), abs=1)
PAPER = """
<style>
  body { margin: 0 } div { height: 300px; background: #ff0000 }
  @media print { div { background: #0000ff } }
</style><div></div>
"""


def _sheets(taken: Capture) -> list[tuple[int, int]]:
    """Width and height of each page, points."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", taken.file.body)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def _drawn(taken: Capture) -> str:
    """The drawing commands of all pages."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", taken.file.body, re.DOTALL)
    return "\n".join(_inflated(stream) for stream in streams)


def _inflated(stream: bytes) -> str:
    try:
        return zlib.decompress(stream).decode("latin-1")
    except zlib.error:
        return ""


def test_page_is_printed(take: Take, site: Site) -> None:
    """A page is printed in its style for paper with its backgrounds, on A4; an element to be pictured is ignored."""
    taken = take(url=site.url(f"/html?body={quote(PAPER)}"), output="pdf", selector="#nothing")
    assert taken.file.body.startswith(b"%PDF-")
    assert (taken.file.media_type, taken.file.extension) == ("application/pdf", "pdf")
    assert (taken.file.width, taken.file.height) == (None, None)
    assert _sheets(taken) == [A4]
    assert "0 0 1 rg" in _drawn(taken)
    assert "1 0 0 rg" not in _drawn(taken)


def test_paper_formats(take: Take, site: Site) -> None:
    """A long page is printed on as many sheets of the format asked for as it takes."""
    letters = _sheets(take(url=site.url("/tall.html"), output="pdf", pdf_format="Letter"))
    assert set(letters) == {(612, 792)}
    assert 5 < len(letters) < 12


def test_lazy_images_are_printed(take: Take, site: Site) -> None:
    """Images that load on scrolling are on the paper."""
    take(url=site.url("/tall.html"), output="pdf")
    assert len(site.seen("/png")) == 5


def test_full_page_is_one_long_sheet(take: Take, site: Site) -> None:
    """A full page is printed as it looks on the screen, on one sheet as wide as the window and as long as the page."""
    rows = f"<style>body{{margin:0}}p{{margin:0;height:5000px;background:#00ff00}}</style>{PAPER}<p>"
    viewport = {"width": 960, "height": 600}
    taken = take(url=site.url(f"/html?body={quote(rows)}"), output="pdf", full_page=True, viewport=viewport)
    assert _sheets(taken) == [(720, 5300 * 72 // 96)]
    assert "1 0 0 rg" in _drawn(taken)
    assert "0 0 1 rg" not in _drawn(taken)


def test_pages_longer_than_any_sheet_go_on(take: Take) -> None:
    """A page of more than 200 inches goes on on another sheet."""
    taken = take(html="<body style='margin:0;height:25000px'>", output="pdf", full_page=True)
    assert _sheets(taken) == [(960, 14_400), (960, 14_400)]


def test_printing_without_scripts(take: Take, site: Site) -> None:
    """A page whose scripts are switched off is printed all the same."""
    page = site.url(f"/html?body={quote(PAPER)}")
    assert _sheets(take(url=page, output="pdf", java_script_enabled=False)) == [A4]
