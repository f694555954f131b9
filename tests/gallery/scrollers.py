"""Pages that scroll in other ways than by the document, and what stays on the screen meanwhile."""

from __future__ import annotations

from tests.gallery.case import Case, Look, bar
from tests.pixels import BLACK, BLUE, CYAN, GREEN, MAGENTA, RED, WHITE, YELLOW

_BAR, _FOOT = (34, 68, 136), (255, 136, 0)


def _shell(look: Look) -> None:
    look.size(800, 56 + 2500 + 40)
    look.box(400, 0, 400, 56, _BAR, "bar at the top")
    look.rows(56, 25, x=160)
    look.slots(56, 25)
    look.box(0, 2556, 800, 40, _FOOT, "foot")


def _fixed(look: Look) -> None:
    look.height(56 + 3000, 56 + 3000)
    look.box(400, 0, 300, 56, _BAR, "bar at the top")
    look.rows(56, 30)


def _body(look: Look) -> None:
    look.size(800, 2060)
    look.rows(0, 20)
    look.box(0, 2000, 800, 60, MAGENTA, "end")


def _deck(look: Look) -> None:
    colors = (RED, GREEN, BLUE, YELLOW, MAGENTA)[: max(4, look.image.height // 600)]
    look.size(800, len(colors) * 600)
    for i, color in enumerate(colors):
        look.point(5, i * 600 + 3, color, f"screen {i}")
        look.point(790, i * 600 + 595, color, f"screen {i}")
        look.ink(200, i * 600, 400, 100, f"title {i}")


def _five(look: Look) -> None:
    look.size(800, 3000)
    _deck(look)


def _four(look: Look) -> None:
    look.size(800, 2400)
    _deck(look)


def _slotted(look: Look) -> None:
    look.size(800, 56 + 2200)
    look.rows(56, 22)


def _frame(look: Look) -> None:
    look.size(800, 56 + 1800)
    look.rows(56, 18)


def _feed(look: Look) -> None:
    look.height(1000, 30_000)
    look.rows(0, look.image.height // 100)


def _sticky(look: Look) -> None:
    look.size(800, 60 + 4 * 840)
    look.only(RED, 0, 60, 700, "the fixed bar")
    for part in range(4):
        top = 60 + part * 840
        look.box(200, top, 400, 40, CYAN, f"heading {part}")
        look.rows(top + 40, 8, first=part * 8)


def _shrinking(look: Look) -> None:
    look.size(800, 120 + 3000)
    look.only(RED, 0, 120, 700, "the header")
    look.box(0, 0, 800, 120, RED, "the header")
    look.rows(120, 30)


def _foot(look: Look) -> None:
    look.size(800, 2060)
    look.only(RED, 2000, 2060, 500, "the bar at the bottom")
    look.only(BLUE, 1919, 1981, 750, "the chat bubble")
    look.box(300, 200, 200, 100, CYAN, "what floats in the first screen")
    look.rows(0, 20)


def _hero(look: Look) -> None:
    look.size(800, 600 + 300 + 600 + 600 + 1000)
    for top, height, color in ((0, 600, RED), (600, 300, GREEN), (900, 600, BLUE), (1500, 600, YELLOW)):
        look.box(0, top, 800, height, color, f"hero at {top}")
    look.rows(2100, 10)


def _wall(look: Look) -> None:
    look.size(800, 2060)
    look.box(200, 150, 400, 200, CYAN, "the wall")
    look.rows(700, 13, first=7)
    look.box(0, 2000, 800, 60, MAGENTA, "end")


def _smooth(look: Look) -> None:
    look.size(800, 2460)
    look.rows(0, 24)
    look.box(0, 2400, 800, 60, MAGENTA, "end")


def _parallax(look: Look) -> None:
    look.size(800, 3 * 1100)
    for part in range(3):
        top = part * 1100
        look.box(0, top, 800, 400, BLUE, f"band {part}")
        look.rows(top + 400, 4, first=part * 4)
        look.box(0, top + 800, 800, 300, GREEN, f"slow layer {part}")


def _virtual(look: Look) -> None:
    look.size(800, 56 + 4000)
    look.rows(56, 40)


def _windowed(look: Look) -> None:
    look.size(800, 56 + 6000 + 60)
    look.rows(56, 60)


def _table(look: Look) -> None:
    look.size(800, 61 * 40)
    look.only(RED, 0, 40, 400, "the head")
    for i in range(60):
        look.box(120, 40 + i * 40, 600, 40, bar(i), f"line {i}")
        look.point(60, 40 + i * 40 + 3, CYAN, f"the column that sticks, line {i}")


def _modal(look: Look) -> None:
    look.size(800, 2000)
    look.box(250, 225, 300, 150, CYAN, "the dialog")
    look.only(MAGENTA, 10, 80, 740, "the popover")
    look.rows(0, 20)


def _carousel(look: Look) -> None:
    look.size(800, 1500)
    look.box(0, 0, 800, 300, GREEN, "the carousel's picture")
    look.rows(300, 12)


def _quirks(look: Look) -> None:
    look.size(800, 2000)
    look.point(400, 50, RED, "upper half")
    look.point(400, 1900, GREEN, "lower half")
    look.none_of(BLACK, "no black but the text's", 0) if look.color(799, 1999) == WHITE else None


CASES = (
    Case("app-shell", "An app whose main part scrolls is shown whole, its foot at the end.", _shell),
    Case("app-fixed", "A page that scrolls in a fixed layer is shown whole.", _fixed),
    Case("app-body", "A page whose body is the scroller is shown whole.", _body),
    Case("app-snap", "A snapping scroller is shown whole, each screen as high as the screen.", _five),
    Case("app-shadow", "A scroller in a shadow root is shown whole.", _slotted),
    Case("app-frame", "A frame that fills the window is shown whole.", _frame),
    Case("app-feed", "An inner feed without end stops at a limit; every row up to it is right.", _feed),
    Case("sticky", "Fixed bars and sticky headings are shown once, where they belong.", _sticky),
    Case("shrinking-header", "A header that shrinks and hides is shown as at the top.", _shrinking),
    Case("fixed-footer", "Bars at the bottom and chat bubbles are shown once, at the page's end.", _foot),
    Case("hero", "Heroes are as high as the screen, not as the page.", _hero),
    Case("cookie-wall", "A wall that locks scrolling does not cut the page off.", _wall),
    Case("cookie-wall-fixed", "Nor does one that fixes the body.", _wall),
    Case("fullpage-deck", "A deck that a script moves by transforms is shown whole.", _four),
    Case("smooth-scroller", "A layer that a script moves instead of scrolling is shown whole.", _smooth),
    Case("parallax", "Fixed backgrounds and slow layers leave no hole.", _parallax),
    Case("virtual-list", "A list that only has the rows on screen is shown with all rows.", _virtual),
    Case("virtual-window", "So is a page that only has the posts on screen.", _windowed),
    Case("table", "A table's sticky head and column are shown once.", _table),
    Case("modal", "A dialog and a popover are shown once, in the first screen.", _modal),
    Case("carousel", "A carousel shows its picture, not a gap between two.", _carousel),
    Case("quirks", "A page without a doctype is whole.", _quirks),
)
