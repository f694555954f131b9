"""What moves, and is to be still where that is asked for."""

from __future__ import annotations

from tests.gallery.case import Case, Look
from tests.pixels import BLUE, CYAN, GREEN, MAGENTA, RED, WHITE

_STILL = {"deterministic": True}
_FILM = (0, 192, 64)


def _caret(look: Look) -> None:
    look.none_of(RED, "a caret")


def _styles(look: Look) -> None:
    look.box(0, 0, 400, 100, GREEN, "what has ended")
    look.box(0, 100, 100, 100, BLUE, "what never ends")
    look.point(200, 150, WHITE, "where it may go")
    look.box(0, 200, 50, 50, MAGENTA, "a pseudo-element")
    look.box(0, 300, 100, 100, CYAN, "a script's animation")


def _vectors(look: Look) -> None:
    for top, color in ((0, RED), (100, BLUE)):
        look.box(0, top, 100, 100, color, "the vector")
        look.point(300, top + 50, WHITE, "where it may go")


def _pictures(look: Look) -> None:
    for i in range(3):
        look.box(0, i * 100, 20 if i == 2 else 200, 20 if i == 2 else 100, GREEN, f"the first frame, {i}")


def _films(look: Look) -> None:
    look.height(1700, 1720)
    for top, color in ((0, _FILM), (200, BLUE), (400, _FILM), (1500, _FILM)):
        look.box(20, top + 20, 240, 100, color, f"the film at {top}", tolerance=40)


CASES = (
    Case("caret", "No caret blinks in a field that has the focus.", _caret, options={"full_page": False}),
    Case("css-animation", "Animations by styles and scripts stand still.", _styles, options=_STILL),
    Case("svg-animation", "Animations by SMIL stand still, also in pictures.", _vectors, options=_STILL),
    Case("gif-animation", "Animated pictures show their first frame, also another site's.", _pictures, options=_STILL),
    Case("video", "Films show a frame or their poster, also below the screen.", _films),
)
