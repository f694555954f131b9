"""The last step of a printed page: a PDF on sheets of paper, or on one as long as the page."""

from __future__ import annotations

from pagelapse.capture.options import PaperFormat
from pagelapse.capture.ports import BrowserGoneError, Sheet
from pagelapse.capture.result import File
from pagelapse.capture.steps import Shooting
from pagelapse.errors import CaptureTimeout

MARGIN_IN = 0.4
"""Chromium's own, about 1 cm."""

MAX_SHEET_IN = 200.0
"""Inches; what readers of PDF 1.4 accept (ISO 32000-1, annex C.2)."""

CSS_PX_PER_IN = 96

PAPERS_IN: dict[PaperFormat, tuple[float, float]] = {
    "A0": (33.11, 46.81),
    "A1": (23.39, 33.11),
    "A2": (16.54, 23.39),
    "A3": (11.69, 16.54),
    "A4": (8.27, 11.69),
    "A5": (5.83, 8.27),
    "A6": (4.13, 5.83),
    "Letter": (8.5, 11),
    "Legal": (8.5, 14),
    "Tabloid": (11, 17),
    "Ledger": (17, 11),
}
"""Width and height, inches (ISO 216, ANSI Y14.1)."""


async def print_page(s: Shooting) -> File:
    """Print the page with its backgrounds, in its style for paper on sheets of the format asked for.

    A full page is printed as it looks on the screen instead, on one sheet without margins; what is longer than a sheet
    can be goes on on the next.

    Raises:
        CaptureTimeout: The page can't be printed within the capture's time.
        BrowserGoneError: The browser gave no bytes.
    """
    try:
        sheet = await _sheet(s)
        body = await s.page.print_pdf(sheet, timeout_s=s.budget.allow(60, reserve_s=0))
    except TimeoutError:
        raise CaptureTimeout("the page could not be printed in time", option="output") from None
    if not body:
        raise BrowserGoneError("the browser gave an empty document")
    return File(body, "application/pdf", "pdf")


async def _sheet(s: Shooting) -> Sheet:
    if not s.options.full_page:
        width_in, height_in = PAPERS_IN[s.options.pdf_format]
        return Sheet(width_in, height_in, MARGIN_IN, as_on_screen=False)
    page = await s.page.document_box(timeout_s=s.budget.allow(3, reserve_s=2))
    return Sheet(_side_in(page.width), _side_in(page.height), margin_in=0, as_on_screen=True)


def _side_in(px: float) -> float:
    return min(MAX_SHEET_IN, max(1.0, px / CSS_PX_PER_IN))
