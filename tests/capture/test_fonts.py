"""Fonts: every script that pages are written in, and the widths of the fonts that pages ask for."""

from __future__ import annotations

import pytest
from PIL import Image
from tests.capture.conftest import Take
from tests.pixels import load

pytestmark = pytest.mark.browser

SAMPLES = {
    "Latin": "ÀßçęøřšžŁİ",
    "Latin of Vietnam": "ệươđẵ",
    "Greek": "Ελληνικάώ",
    "Cyrillic": "КириллицаґЇ",
    "Arabic": "العربيةپچگ",
    "Hebrew": "עבריתםןף",
    "Devanagari": "हिनदीभषा",
    "Thai": "ภาษาไทย",
    "Chinese, simplified": "简体中文测试网页",
    "Chinese, traditional": "繁體中文測試網頁嘅咗",
    "Japanese": "日本語ひらがなカタカナ",
    "Korean": "한국어글꼴",
    "Bengali": "বাংলাভষ",
    "Tamil": "தமிழமொ",
    "Telugu": "తెలుగుభష",
    "Gujarati": "ગુજરાતીભષ",
    "Gurmukhi": "ਪੰਜਾਬੀਭ",
    "Kannada": "ಕನನಡಭಷ",
    "Malayalam": "മലയാളഭ",
    "Odia": "ଓଡିଆଭଷ",
    "Sinhala": "සිංහලභෂ",
    "Khmer": "ភាសាខមែរ",
    "Lao": "ພາສາລາວ",
    "Burmese": "မြနမာဘသ",
    "Georgian": "ქართული",
    "Armenian": "Հայերեն",
    "Ethiopic": "አማርኛፊደል",
    "Tibetan": "བོདསྐད",
    "emoji": "😀🚀🏁❤🥹🫠🇩",
    "symbols": "→⇒✓✗★☎∑√≤─█▲①€₹₿⌘⏎⚙⚤⎋ⓘ",
    "letters of mathematics": "\U0001d49c\U0001d538\U0001d4d7\U0001d4ee\U0001d50a\U0001d7d9",
}
CELL = 48
COLUMNS = 22
MISSING = "\U0010fffd"
"""For private use: no font has it."""

UNASSIGNED = "\u0378"


def _sheet(rows: dict[str, str], style: str) -> str:
    cells = "".join(
        "<tr>" + "".join(f"<td>&#{ord(letter)};" for letter in text.ljust(COLUMNS, "\u00a0")) for text in rows.values()
    )
    return (
        f"<style>body,table{{margin:0;border-spacing:0}}td{{padding:0;overflow:hidden;{style}}}"
        f"td{{width:{CELL}px;min-width:{CELL}px;height:{CELL}px;max-width:{CELL}px;text-align:center;line-height:1}}"
        f"</style><table>{cells}</table>"
    )


def _ink(image: Image.Image, row: int, column: int) -> tuple[tuple[int, int], bytes]:
    """What is drawn in a cell, wherever in it."""
    cell = image.crop((column * CELL, row * CELL, (column + 1) * CELL, (row + 1) * CELL)).convert("L")
    ink = cell.point(lambda value: 255 * (value < 200))
    drawn = ink.crop(ink.getbbox() or (0, 0, 0, 0))
    return drawn.size, drawn.tobytes()


@pytest.mark.parametrize("style", ["font:24px sans-serif", "font:bold 24px serif"])
def test_no_script_comes_out_as_boxes(take: Take, style: str) -> None:
    """Han, Kana, Hangul, Arabic, Hebrew, Indic, South-East Asian and other scripts, symbols and emoji are drawn."""
    rows = {"none": MISSING + UNASSIGNED, **SAMPLES}
    sheet = _sheet(rows, style)
    picture = load(take(html=sheet, viewport={"width": COLUMNS * CELL, "height": len(rows) * CELL}).file.body)
    box = _ink(picture, 0, 0)
    assert box == _ink(picture, 0, 1)
    boxes = {
        f"{script}: {letter}"
        for row, (script, text) in enumerate(rows.items())
        for column, letter in enumerate(text)
        if row and _ink(picture, row, column) in (box, ((0, 0), b""))
    }
    assert boxes == set()


WIDTHS = {
    "Arial": (1706, 1139),
    "Helvetica": (1706, 1139),
    "Times New Roman": (1821, 909),
    "Courier New": (1229, 1229),
    "Calibri": (1751, 1019),
    "Cambria": (1819, 903),
    "Georgia": (1898, 990),
    "Verdana": (1726, 1220),
    "Comic Sans MS": (1808, 1122),
}
"""Of M and of e, in units of which 2048 are the font's size, as the fonts' makers have them."""

NEARLY = {"Verdana": 0.04}
"""The share by which DejaVu Sans is wider; no free font is as wide as Verdana."""


def test_fonts_that_pages_ask_for_have_their_widths(take: Take) -> None:
    """Text in Arial, Times, Courier, Calibri, Cambria, Georgia, Verdana or Comic Sans takes the room it takes there."""
    spans = "".join(f"<p><span style='font:2048px \"{name}\"'>{letter}</span>" for name in WIDTHS for letter in "Me")
    write = "document.body.innerText=[...document.querySelectorAll('span')].map(s=>s.getBoundingClientRect().width)"
    text = take(html=spans, output="text", script=write).file.body.decode()
    found = [float(width) for width in text.split(",")]
    for name, (m, e) in WIDTHS.items():
        share = NEARLY.get(name, 0.001)
        assert [name, found.pop(0) / m, found.pop(0) / e] == [
            name,
            pytest.approx(1, abs=share),
            pytest.approx(1, abs=share),
        ]


def test_emoji_have_colours(take: Take) -> None:
    """Emoji are pictures in colour, not outlines."""
    picture = load(
        take(html=_sheet({"emoji": "🚀"}, "font:24px Arial"), viewport={"width": 96, "height": 96}).file.body
    )
    colours = picture.convert("RGB").getcolors(96 * 96) or []
    assert any(max(colour) - min(colour) > 100 for _, colour in colours if isinstance(colour, tuple))


@pytest.mark.parametrize(("font", "like"), [("Meiryo", "Noto Sans JP"), ("PingFang SC", "Noto Sans SC")])
def test_han_has_the_forms_of_the_language_that_its_font_is_for(take: Take, font: str, like: str) -> None:
    """A page in a Japanese or Chinese system font has its letters' Japanese or Chinese forms, also without `lang`."""
    forms = {
        name: take(html=_sheet({"han": "直骨"}, f"font:24px '{name}'"), viewport={"width": 96, "height": 48}).file.body
        for name in (font, like, "Noto Sans JP", "Noto Sans SC")
    }
    assert forms["Noto Sans JP"] != forms["Noto Sans SC"]
    assert forms[font] == forms[like]
