"""Directions, sizes and kinds of content."""

from __future__ import annotations

from functools import partial

from tests.gallery.case import Case, Look
from tests.pixels import BLUE, GREEN, MAGENTA, RED, YELLOW


def _tall(look: Look, *, rows: int) -> None:
    look.size(200, rows * 1000)
    for y in range(0, rows * 1000, 3):
        wanted = (y // 1000 * 2, round(y % 1000 * 0.255), 0)
        found = look.color(100, y)
        if found is None or max(abs(a - b) for a, b in zip(found, wanted, strict=True)) > 3:
            look.wrong.append(f"line {y} is {found} instead of {wanted}")
            return


def _shadow(look: Look) -> None:
    look.size(800, 960)
    look.box(0, 0, 800, 80, RED, "header")
    look.rows(80, 8)
    look.box(0, 880, 800, 80, BLUE, "footer")


def _canvas(look: Look) -> None:
    look.size(800, 2800)
    for i, (color, what) in enumerate(((RED, "canvas"), (GREEN, "WebGL"), (BLUE, "worker's"), (MAGENTA, "late"))):
        look.box(0, i * 700, 300, 200, color, what)


def _rtl(look: Look) -> None:
    look.size(1600, 1150)
    look.point(1590, 10, RED, "top bar")
    for i, color in enumerate((RED, GREEN, BLUE, MAGENTA)):
        look.box(1200 - i * 400, 50, 400, 200, color, f"column {i} from the right")


def _vertical(look: Look) -> None:
    look.size(2000, 600)
    for i, color in enumerate((RED, GREEN, BLUE, YELLOW)):
        look.point(1500 - i * 500 + 10, 590, color, f"page {i} from the right")
        look.point(1500 - i * 500 + 490, 590, color, f"page {i} from the right")


def _wide(look: Look) -> None:
    look.size(2400, 1000)
    for y in range(10):
        for x in range(6):
            look.box(x * 400, y * 100, 400, 100, (x * 50, y * 25, 128), f"cell {x}, {y}")


def _plain(look: Look, *, height: int, color: tuple[int, int, int]) -> None:
    look.size(800, 600)
    look.box(0, 0, 800, height, color, "the block")


def _huge(look: Look) -> None:
    look.size(800, 6500)
    look.ink(0, 0, 400, 20, "the first line")
    look.rows(6000, 5)


def _width(look: Look, *, width: int) -> None:
    if look.image.width != width:
        look.wrong.append(f"{look.image.width} px wide instead of {width}")


def _phone(look: Look, *, scale: int, width: int) -> None:
    look.size(width * scale, 2000 * scale)
    for i in range(20):
        look.box(0, i * 100 * scale, 40 * scale, 100 * scale, (i * 7 % 256, i * 40 % 256, 128), f"row {i}")


def _device(width: int, height: int, scale: float) -> dict[str, object]:
    viewport = {"width": width, "height": height}
    return {"viewport": viewport, "device_scale_factor": scale, "is_mobile": True, "has_touch": True}


CASES = (
    Case(
        "tall", "60,000 px have every line, without a seam.", partial(_tall, rows=60), query="?rows=60",
        options={"viewport": {"width": 200, "height": 600}},
    ),
    Case(
        "tall", "100,000 px have every line, without a seam.", partial(_tall, rows=100), query="?rows=100",
        options={"viewport": {"width": 200, "height": 600}},
    ),
    Case("shadow", "A page of shadow roots and slots is whole.", _shadow),
    Case("canvas", "Canvas, WebGL and a worker's canvas are painted, also below the screen.", _canvas),
    Case("rtl", "A right-to-left page is shown up to its left end.", _rtl),
    Case("vertical", "Vertical lines are shown from the first on the right to the last on the left.", _vertical),
    Case("wide", "A page that is wider than the screen is shown whole.", _wide),
    Case(
        "dark", "Who asks for a dark page gets it.", partial(_plain, height=300, color=BLUE),
        options={"color_scheme": "dark"},
    ),
    Case("print-only", "What is for paper is not on the screen.", partial(_plain, height=200, color=GREEN)),
    Case("huge-dom", "Sixty thousand elements are no hindrance.", _huge),
    Case("phone", "A phone's page has three pixels for one.", partial(_phone, scale=3, width=390),
         options=_device(390, 844, 3)),
    Case("phone", "A tablet's page is exactly 2048 px wide.", partial(_phone, scale=2, width=1024),
         query="?tablet", options=_device(1024, 1366, 2)),
    Case("desktop-only", "So is one that says nothing about its width.", partial(_width, width=2048),
         options=_device(1024, 1366, 2)),
)  # fmt: skip
