"""What captures keep beside their pictures for comparisons, and what Chromium's own pictures differ in."""

from __future__ import annotations

import pytest
from tests.capture.conftest import Take
from tests.site.server import Site

from pagelapse.capture.jobs import Area
from pagelapse.comparison.compare import compare
from pagelapse.comparison.model import Difference, Settings
from pagelapse.comparison.pictures import decode

pytestmark = pytest.mark.browser

PAGE = (
    "<!doctype html><style>body{{font:16px/1.5 serif;margin:20px}} .b{{width:200px;height:60px;background:#07c;"
    "border-radius:8px;{box}}}</style><h1>The quick brown fox</h1><p style='{text}'>Lorem ipsum dolor sit amet, "
    "consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.</p>"
    "<p>Price: <b>{price}</b> EUR</p><div class=b></div>"
    "<svg width=200 height=100><circle cx={circle} cy=50 r=40 fill=#c33 /></svg>{more}"
)
PLAIN = {"box": "", "text": "", "price": "18.00", "circle": "50", "more": ""}
DOT = "<i style='position:absolute;left:600px;top:300px;width:{}px;height:{}px;background:#000'></i>"


def _difference(take: Take, **changes: str) -> Difference:
    before = decode(take(html=PAGE.format(**PLAIN)).file.body)
    after = decode(take(html=PAGE.format(**PLAIN | changes)).file.body)
    return compare(before, after, Settings()).difference


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "transform:translateX(.3px)"},
        {"text": "transform:translate(.25px,.25px)"},
        {"box": "transform:rotate(.3deg)"},
        {"circle": "50.4"},
    ],
    ids=["text", "text-both-ways", "box", "circle"],
)
def test_smoothing_is_no_change(take: Take, changes: dict[str, str]) -> None:
    """Text and shapes that Chromium draws a part of a pixel further, or turned by a hair, are the same."""
    assert not _difference(take, **changes).changed


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "19.00"},
        {"price": "18,00"},
        {"text": "color:#444"},
        {"text": "font-weight:bold"},
        {"circle": "53"},
        {"more": DOT.format(1, 1)},
        {"more": DOT.format(1, 16)},
        {"box": "outline:1px solid #000"},
    ],
    ids=["digit", "comma", "grey", "bold", "circle", "pixel", "cursor", "outline"],
)
def test_small_changes_are_seen(take: Take, changes: dict[str, str]) -> None:
    """A digit, a comma, a colour, a weight, a line, a cursor and a single pixel are changes, smoothing or not."""
    assert _difference(take, **changes).changed


@pytest.mark.parametrize(
    ("options", "area"),
    [
        ({}, (50, 100, 200, 80)),
        ({"device_scale_factor": 2}, (100, 200, 400, 160)),
        ({"full_page": True}, (50, 100, 200, 80)),
        ({"selector": "main"}, (40, 70, 200, 80)),
    ],
    ids=["window", "scaled", "full-page", "element"],
)
def test_ignored_elements_are_told_in_the_pictures_pixels(
    take: Take, options: dict[str, object], area: tuple[int, int, int, int]
) -> None:
    """The report says where the ignored elements are in the picture, in whatever part and scale it was taken."""
    html = (
        "<!doctype html><body style='margin:0'>"
        "<main style='position:absolute;left:10px;top:30px;width:700px;height:900px'>"
        "<div class=ad style='position:absolute;left:40px;top:70px;width:200px;height:80px'>Ad</div></main>"
        "<div class=ad style='position:absolute;left:5000px;top:0;width:10px;height:10px'></div>"
    )
    taken = take(html=html, ignored=[".ad", "is no [CSS"], viewport={"width": 800, "height": 600}, **options)
    left, top, width, height = area
    assert taken.ignored[0] == Area(x=left, y=top, width=width, height=height)
    assert len(taken.ignored) == (2 if "full_page" in options else 1)


def test_ignored_elements_are_where_they_are_on_a_scrolled_page(take: Take) -> None:
    """A page that has scrolled itself shows its ignored elements where the picture has them."""
    html = (
        "<!doctype html><body style='margin:0;height:3000px'><p id=ad style='position:absolute;top:1100px;margin:0'>Ad"
    )
    scroll = {"type": "run_script", "source": "scrollTo(0, 1000)"}
    taken = take(html=html, ignored=["#ad"], actions=[scroll])
    assert [area.y for area in taken.ignored] == [100]


def test_the_text_is_kept_without_what_is_ignored(take: Take, site: Site) -> None:
    """The page's text is kept beside the picture, without the ignored elements, which the picture shows."""
    site.watched = "<p>Kept</p><div id=ad style='background:#0f0;height:50px'>Advertisement</div>"
    taken = take(url=site.url("/watched"), keep_text=True, ignored=["#ad"])
    assert taken.text
    assert (taken.text.body.decode().split(), taken.text.media_type) == (["Kept"], "text/plain; charset=utf-8")
    assert taken.ignored[0].height == 50
    plain = take(url=site.url("/watched"))
    assert (plain.text, plain.ignored, plain.file.body) == (None, (), taken.file.body)
