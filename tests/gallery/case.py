"""A page of the gallery, and what to look at in its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image
from tests.pixels import Color, near

Check = Callable[["Look"], None]

VIEWPORT = (800, 600)
"""CSS px; of every page that doesn't say otherwise."""

LOSS = 12
"""How far a channel may be off, of 255: what lossy formats do to flat colours."""


@dataclass(frozen=True)
class Case:
    """One page.

    Args:
        name: Its file's name without the ending.
        promise: What a right picture shows, in a sentence.
        check: Looks at the picture.
        options: `CaptureOptions` beside the address; without any, the whole page at 800 by 600.
        query: Of its address.
        restless: It never loads or rests, so whoever pictures it may say that it was still changing.
    """

    name: str
    promise: str
    check: Check
    options: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    restless: bool = False

    @property
    def path(self) -> str:
        """Its address on the tests' site."""
        return f"/gallery/{self.name}.html{self.query}"

    def asked(self) -> dict[str, Any]:
        """All options beside the address."""
        width, height = VIEWPORT
        return {"full_page": True, "viewport": {"width": width, "height": height}, **self.options}

    def wrong(self, picture: bytes) -> list[str]:
        """What is wrong with a picture of it, PNG or any format that Pillow reads; nothing, when it is right."""
        if not picture:
            return ["0 bytes"]
        with Image.open(BytesIO(picture)) as opened:
            look = Look(opened.convert("RGB"))
        self.check(look)
        return look.wrong


class Look:
    """A picture that is looked at; `wrong` collects what is not as it should be."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.wrong: list[str] = []

    def size(self, width: int, height: int) -> None:
        """It has this size, px."""
        if self.image.size != (width, height):
            self.wrong.append(f"{self.image.width} x {self.image.height} px instead of {width} x {height}")

    def height(self, least: int, most: int) -> None:
        """Its height is within these, px."""
        if not least <= self.image.height <= most:
            self.wrong.append(f"{self.image.height} px high instead of {least} to {most}")

    def color(self, x: int, y: int) -> Color | None:
        """The colour at a point; `None` outside."""
        if not (0 <= x < self.image.width and 0 <= y < self.image.height):
            return None
        value = self.image.getpixel((x, y))
        assert isinstance(value, tuple)
        return int(value[0]), int(value[1]), int(value[2])

    def point(self, x: int, y: int, wanted: Color, what: str, tolerance: int = LOSS) -> None:
        """A point has a colour."""
        found = self.color(x, y)
        if found is None:
            self.wrong.append(f"{what} is not in the picture ({x}, {y})")
        elif not near(found, wanted, tolerance):
            self.wrong.append(f"{what} at ({x}, {y}) is {found} instead of {wanted}")

    def box(self, x: int, y: int, width: int, height: int, wanted: Color, what: str, tolerance: int = LOSS) -> None:
        """A box has a colour, at its corners (2 px inside) and in its middle."""
        for dx, dy in ((2, 2), (width - 3, 2), (2, height - 3), (width - 3, height - 3), (width // 2, height // 2)):
            self.point(x + dx, y + dy, wanted, what, tolerance)

    def rows(self, top: int, count: int, *, height: int = 100, first: int = 0, x: int = 0) -> None:
        """Rows follow each other, each with its number's bar from end to end."""
        for i in range(count):
            at, wanted = top + i * height, bar(first + i)
            for y in (at + 1, at + height // 2, at + height - 2):
                self.point(x + 30, y, wanted, f"row {first + i}")

    def slots(self, top: int, count: int, *, height: int = 100, slot: int = 80, right: int = 20) -> None:
        """Each row's picture is there, all of it: green, 120 px wide, 10 px below the row's top."""
        left = self.image.width - right - 120
        for i in range(count):
            self.box(left, top + i * height + 10, 120, slot, (0, 255, 0), f"picture {i}")

    def only(self, wanted: Color, above: int, below: int, x: int, what: str) -> None:
        """In a column, the colour is between two rows and nowhere else."""
        column = self.image.crop((x, 0, x + 1, self.image.height)).tobytes()
        found = [y for y in range(self.image.height) if near((*column[3 * y : 3 * y + 3],), wanted)]
        if not found:
            self.wrong.append(f"{what} is missing")
        elif found[0] < above or found[-1] >= below:
            self.wrong.append(f"{what} is at {found[0]} to {found[-1]} instead of {above} to {below}")

    def none_of(self, unwanted: Color, what: str, tolerance: int = 60) -> None:
        """Nothing has a colour."""
        for count, value in self.image.getcolors(self.image.width * self.image.height) or []:
            if isinstance(value, tuple) and near((value[0], value[1], value[2]), unwanted, tolerance):
                self.wrong.append(f"{what}: {count} px of {value}")
                return

    def ink(self, x: int, y: int, width: int, height: int, what: str) -> None:
        """Something dark stands in a box."""
        darkest, _ = self.image.crop((x, y, x + width, y + height)).convert("L").getextrema()
        if not isinstance(darkest, int | float) or darkest > 100:
            self.wrong.append(f"{what} is not to be seen")


def bar(i: int) -> Color:
    """The colour that `rows.js` gives to a row's bar."""
    return i * 7 % 256, i * 40 % 256, 128
