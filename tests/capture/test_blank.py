"""Pictures of nothing."""

from __future__ import annotations

import logging
from io import BytesIO

import pytest
from PIL import Image
from tests.capture.conftest import Take
from tests.pixels import GREEN, WHITE, pixel

from pagelapse.adapters.browser.first_frames import still_vectors
from pagelapse.capture import blank
from pagelapse.capture.images import first_frame, is_uniform

PAINTED = "<div style='background:#00ff00;height:300px'>Here</div>"


def _late(after_ms: int) -> str:
    fill = f'document.body.innerHTML = "{PAINTED}"'
    return f"<body style='margin:0'><script>setTimeout(() => {{ {fill} }}, {after_ms})</script>"


def _picture(image: Image.Image, image_format: str) -> bytes:
    out = BytesIO()
    image.save(out, image_format)
    return out.getvalue()


def _tries(caplog: pytest.LogCaptureFixture) -> list[tuple[bool, bool]]:
    records = [record for record in caplog.records if record.message == "blank picture"]
    return [(record.taken_again, record.still_blank) for record in records]  # type: ignore[attr-defined]


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_one_colour_is_told_from_content(image_format: str) -> None:
    """A picture of one colour is noticed in each format, and a few pixels of another one are content."""
    image = Image.new("RGB", (640, 400), "#fdfdf0")
    assert is_uniform(_picture(image, image_format))
    image.paste("#000000", (300, 200, 316, 216))
    assert not is_uniform(_picture(image, image_format))


def test_animated_pictures_have_a_first_frame() -> None:
    """An animated picture is given as its first frame, and one that stands still as it is."""
    frames = [Image.new("RGB", (8, 8), color) for color in ("#00ff00", "#ff0000")]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    still = first_frame(out.getvalue())
    assert still is not None
    assert pixel(still, 4, 4) == GREEN
    assert first_frame(_picture(frames[0], "PNG")) is None
    assert first_frame(b"no picture") is None


def test_animated_vectors_stand_still() -> None:
    """SVG pictures lose their animations and nothing else."""
    assert still_vectors(b'<svg><rect><animate attributeName="x"/></rect></svg>') == (
        b'<svg><rect><no-animate attributeName="x"/></rect></svg>'
    )
    assert still_vectors(b"<svg><g><set to='1'></set></g></svg>") == b"<svg><g><no-set to='1'></no-set></g></svg>"
    assert still_vectors(b"<svg><rect/></svg>") is None


@pytest.mark.browser
def test_a_blank_picture_is_taken_again(
    take: Take, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is still empty when it is quiet is waited for, and pictured with what its script brings."""
    monkeypatch.setattr(blank, "PATIENCE_S", 20.0)
    with caplog.at_level(logging.INFO):
        taken = take(html=_late(700), delay_ms=None, budget_s=60)
    assert pixel(taken.file.body, 400, 100) == GREEN
    assert _tries(caplog) == [(True, False)]


@pytest.mark.browser
def test_a_page_with_nothing_on_it_is_pictured_once(take: Take, caplog: pytest.LogCaptureFixture) -> None:
    """A page that is as blank as its picture costs no second one."""
    with caplog.at_level(logging.INFO):
        assert pixel(take(html="<body>", delay_ms=None).file.body, 400, 100) == WHITE
    assert _tries(caplog) == [(False, True)]


@pytest.mark.browser
def test_who_asks_for_no_wait_gets_none(take: Take, caplog: pytest.LogCaptureFixture) -> None:
    """With a wait of one's own, even none, an empty page is not waited for any longer."""
    with caplog.at_level(logging.INFO):
        assert pixel(take(html=_late(60_000), delay_ms=0).file.body, 400, 100) == WHITE
    assert _tries(caplog) == [(False, True)]


def test_damaged_animations_are_left_alone() -> None:
    """A picture that breaks off anywhere is no reason to hold up the page that it belongs to."""
    out = BytesIO()
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "lime", "blue", "white")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    whole = out.getvalue()
    for length in range(len(whole)):
        first_frame(whole[:length])


def test_vectors_of_nothing_but_animations_end() -> None:
    """However many animations a picture begins and doesn't end, each is looked at once: this ends within the day."""
    still = still_vectors(b"<svg>" + b"<set>" * 200_000)
    assert still is not None
    assert b"<set" not in still
