"""Pages whose parts come when somebody scrolls to them."""

from __future__ import annotations

from tests.gallery.case import Case, Look
from tests.pixels import BLUE, CYAN, MAGENTA, YELLOW, near


def _native(look: Look) -> None:
    look.size(800, 600 + 8 * 500 + 60)
    look.box(0, 0, 800, 600, YELLOW, "hero")
    look.rows(600, 8, height=500)
    look.slots(600, 8, height=500, slot=400)


def _observer(look: Look) -> None:
    look.size(800, 9 * 400 + 60)
    look.rows(0, 9, height=400)
    look.slots(0, 9, height=400, slot=300)


def _ten(look: Look) -> None:
    look.size(800, 10 * 300 + 60)
    look.rows(0, 10, height=300)
    look.slots(0, 10, height=300, slot=250)
    look.box(0, 3000, 800, 60, MAGENTA, "end")


def _shadow(look: Look) -> None:
    look.size(800, 8 * 500 + 60)
    look.rows(0, 8, height=500)
    look.slots(0, 8, height=500, slot=400)


def _cards(look: Look) -> None:
    look.size(800, 7 * 400 + 60)
    for i in range(7):
        look.box(200, i * 400 + 50, 300, 300, BLUE, f"card {i}")


def _infinite(look: Look) -> None:
    look.height(1200, 60_000)
    count = (look.image.height - 40) // 100
    look.rows(0, count)


def _frames(look: Look) -> None:
    look.size(800, 2 * 1500 + 2 * 400)
    for frame in range(2):
        top = 1500 + frame * 1900
        look.rows(top, 4, first=frame * 4)
        look.slots(top, 4)


def _content_visibility(look: Look) -> None:
    look.size(800, 12 * 500 + 60)
    look.rows(0, 60)
    look.slots(0, 60)
    look.box(0, 6000, 800, 60, MAGENTA, "end")


def _snap(look: Look) -> None:
    look.size(800, 7 * 540)
    for i in range(7):
        look.point(700, i * 540 + 270, (i * 30, 0, 128), f"section {i}")
        look.box(100, i * 540 + 100, 300, 200, (0, 255, 0), f"picture {i}")


def _anchor(look: Look) -> None:
    look.size(800, 36 * 100 + 6 * 120 + 60)
    for part in range(6):
        look.box(0, part * 720, 800, 120, CYAN, f"ad {part}")
        look.rows(part * 720 + 120, 6, first=part * 6)


def _two_hundred(look: Look) -> None:
    look.size(800, 2500)
    missing = []
    for i in range(200):
        found = look.color(i % 8 * 100 + 50, i // 8 * 100 + 50)
        if found is None or not near(found, (i * 7 % 256, i * 40 % 256, 128)):
            missing.append(i)
    if missing:
        look.wrong.append(f"{len(missing)} of 200 pictures are missing, the first is {missing[0]}")


CASES = (
    Case("lazy-native", "All pictures that are loading=lazy are there.", _native),
    Case("lazy-observer", "All pictures that an IntersectionObserver loads are there.", _observer),
    Case("lazy-background", "All backgrounds that a throttled scroll handler sets are there.", _ten),
    Case("lazy-debounced", "All pictures that load when scrolling pauses are there.", _ten),
    Case("lazy-shadow", "Lazy pictures in shadow roots are there.", _shadow),
    Case("appear", "What fades in on scrolling is there, fully.", _cards),
    Case("appear-again", "What is shown only while it is on screen is there everywhere.", _cards),
    Case("infinite", "A feed without end stops at a limit; every row up to it is right.", _infinite),
    Case("frames-lazy", "Lazy frames and the lazy pictures in them are there.", _frames),
    Case(
        "content-visibility", "Parts with content-visibility:auto are there, at their own height.", _content_visibility
    ),
    Case("snap", "A page that snaps and scrolls smoothly is whole.", _snap),
    Case("anchor", "What comes in while scrolling pushes the rest down, and nothing is lost.", _anchor),
    Case("images-200", "Two hundred pictures are all there.", _two_hundred),
)
