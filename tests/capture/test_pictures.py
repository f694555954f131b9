"""Every option of a capture, judged by the pixels it gives."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.capture.conftest import Take, either_tab
from tests.pixels import BLUE, CYAN, GREEN, MAGENTA, RED, WHITE, YELLOW, load, near, pixel
from tests.site.server import Site

from pagelapse.errors import ElementNotFound, PictureImpossible

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("image_type", ["png", "jpeg", "webp", "avif"])
def test_picture_has_the_type_and_size_asked_for(take: Take, site: Site, image_type: str) -> None:
    """A capture comes in the format and viewport asked for."""
    taken = take(url=site.url("/simple.html"), type=image_type, viewport={"width": 640, "height": 480})
    image = load(taken.file.body)
    assert image.format == image_type.upper()
    assert image.size == (640, 480) == (taken.file.width, taken.file.height)
    assert near(pixel(image, 100, 50), RED)
    assert near(pixel(image, 100, 150), BLUE)
    assert taken.file.media_type == f"image/{image_type}"


def test_scale_factor_gives_more_pixels(take: Take, site: Site) -> None:
    """A scale factor of 2 doubles both sides of the picture and what is in it."""
    taken = take(url=site.url("/simple.html"), viewport={"width": 400, "height": 300}, device_scale_factor=2)
    image = load(taken.file.body)
    assert image.size == (800, 600)
    assert pixel(image, 390, 190) == RED
    assert pixel(image, 410, 190) == WHITE


def test_quality_trades_size(take: Take, site: Site) -> None:
    """A lower JPEG quality gives a smaller file."""
    small, large = (take(url=site.url("/simple.html"), type="jpeg", quality=q).file.body for q in (10, 100))
    assert len(small) < len(large) * 0.6


def test_element_is_cut_out(take: Take, site: Site) -> None:
    """A selector pictures that element only, exactly."""
    image = load(take(url=site.url("/simple.html"), selector="#hot").file.body)
    assert image.size == (200, 100)
    assert pixel(image, 0, 0) == pixel(image, 199, 99) == BLUE


def test_element_below_the_fold_is_cut_out(take: Take, site: Site) -> None:
    """An element that has to be scrolled to is pictured whole."""
    image = load(take(url=site.url("/tall.html?rows=3"), selector=".row:nth-of-type(3)").file.body)
    assert image.size == (1280, 1000)
    assert pixel(image, 600, 900) == (1, 40, 128)


@pytest.mark.parametrize("full_page", [False, True])
def test_nothing_is_hovered_over_unasked(take: Take, site: Site, full_page: bool) -> None:
    """The element at the page's top left corner does not show its :hover style."""
    style = "body,p{margin:0}p{width:300px;height:300px;background:#0000ff}p:hover{background:#ff0000}"
    page = quote(f"<style>{style}</style><p>")
    taken = take(url=site.url(f"/html?body={page}"), delay_ms=100, full_page=full_page)
    assert pixel(taken.file.body, 50, 50) == BLUE


def test_hover_shows_the_hover_style(take: Take, site: Site) -> None:
    """Hovering over the selected element shows its :hover style."""
    assert pixel(take(url=site.url("/simple.html"), selector="#hot", hover=True).file.body, 100, 50) == GREEN


def test_missing_element_is_an_error_that_names_the_option(take: Take, site: Site) -> None:
    """A selector that matches nothing is told, not pictured as something else."""
    with pytest.raises(ElementNotFound) as caught:
        take(url=site.url("/simple.html"), selector="#nothing", budget_s=11)
    assert caught.value.option == "selector"


def test_bad_selector_is_an_error_that_names_the_option(take: Take, site: Site) -> None:
    """A selector that is not CSS is told as such."""
    with pytest.raises(ElementNotFound, match="CSS") as caught:
        take(url=site.url("/simple.html"), selector="###")
    assert caught.value.option == "selector"


def test_full_page_is_whole_with_lazy_images_loaded(take: Take, site: Site) -> None:
    """A full page has every row, its lazy images loaded, what appears on scrolling, and a hero of one screen."""
    taken = take(url=site.url("/tall.html"), full_page=True, viewport={"width": 800, "height": 600})
    image = load(taken.file.body)
    assert image.size == (800, 600 + 5000 + 200)
    assert pixel(image, 400, 599) == YELLOW
    for row in range(5):
        top = 600 + row * 1000
        assert pixel(image, 400, top + 5) == pixel(image, 400, top + 995) == (row, row * 40, 128)
        assert pixel(image, 100, top + 100) == GREEN
    assert pixel(image, 400, 5700) == RED


def test_very_tall_page_is_stitched_without_a_seam(take: Take, site: Site) -> None:
    """A page of 30,000 px has the right colour in every row."""
    taken = take(url=site.url("/tall.html?rows=29"), full_page=True, viewport={"width": 400, "height": 800}, type="png")
    image = load(taken.file.body)
    assert image.size == (400, 800 + 29_000 + 200)
    for y in range(800, 29_800, 7):
        row = (y - 800) // 1000
        assert pixel(image, 300, y) == (row % 256, (row * 40) % 256, 128), y


def test_page_too_tall_for_its_format_is_refused(take: Take, site: Site) -> None:
    """A full page that WebP can't hold is an error that names the limit, never an empty file."""
    with pytest.raises(PictureImpossible, match="16383") as caught:
        take(url=site.url("/tall.html?rows=20"), full_page=True, type="webp", viewport={"width": 300, "height": 300})
    assert caught.value.option == "type"


@pytest.mark.parametrize(
    ("width", "height", "limit"), [(300, 66_000, r"66000 px high; avif .* 65536"), (1000, 31_000, "30 mega")]
)
def test_page_too_large_for_avif_is_refused(take: Take, width: int, height: int, limit: str) -> None:
    """A page that AVIF can't hold, or that takes too much memory to encode, is an error that names the limit."""
    page = f"<body style='margin:0;height:{height}px'>"
    with pytest.raises(PictureImpossible, match=limit) as caught:
        take(html=page, full_page=True, type="avif", viewport={"width": width, "height": 8000})
    assert caught.value.option == "type"


def test_picture_too_wide_for_its_format_is_refused(take: Take) -> None:
    """So is one that is too wide for it."""
    with pytest.raises(PictureImpossible, match=r"20000 px wide; webp .* 16383") as caught:
        take(html="<body>", type="webp", viewport={"width": 10_000, "height": 100}, device_scale_factor=2)
    assert caught.value.option == "type"


@pytest.mark.parametrize("image_type", ["webp", "avif"])
def test_quality_trades_size_where_pillow_encodes(take: Take, image_type: str) -> None:
    """WebP and AVIF follow the quality too."""
    page = "<body style='background:linear-gradient(30deg,#f00,#00f)'>" + "<h1>Some words</h1>" * 9
    small, large = (take(html=page, type=image_type, quality=q).file.body for q in (10, 100))
    assert len(small) < len(large) * 0.6


def test_tall_avif_is_stitched(take: Take, site: Site) -> None:
    """A page of more than one strip comes as AVIF too, with the right colours."""
    taken = take(url=site.url("/tall.html?rows=9"), full_page=True, viewport={"width": 300, "height": 800}, type="avif")
    image = load(taken.file.body)
    assert (image.format, image.size) == ("AVIF", (300, 10_000))
    assert all(near(pixel(image, 200, 800 + row * 1000 + 500), (row, row * 40 % 256, 128)) for row in range(9))


def test_fixed_wait_lets_late_content_come(take: Take, site: Site) -> None:
    """A fixed wait shows what appears after loading; without it the picture is taken at once."""
    at_once = take(url=site.url("/late.html?after=5000"), delay_ms=0).file.body
    waited = take(url=site.url("/late.html"), delay_ms=1500).file.body
    assert pixel(at_once, 100, 100) == WHITE
    assert pixel(waited, 100, 100) == MAGENTA


def test_waits_for_a_selector(take: Take, site: Site) -> None:
    """The picture is taken as soon as the awaited element is visible."""
    assert pixel(take(url=site.url("/late.html"), wait_for_selector="#late").file.body, 100, 100) == MAGENTA


def test_awaited_element_that_never_comes_is_told_with_the_best_picture(take: Take, site: Site) -> None:
    """An awaited element that does not come costs its time, not the picture."""
    taken = take(url=site.url("/simple.html"), wait_for_selector="#never", budget_s=11)
    assert pixel(taken.file.body, 100, 50) == RED
    assert taken.shortfalls == ("the awaited element had not appeared",)


def test_css_and_script_are_injected(take: Take, site: Site) -> None:
    """Injected CSS and JavaScript change the picture."""
    styled = take(url=site.url("/simple.html"), style="#red { background: #00ffff !important }").file.body
    scripted = take(url=site.url("/simple.html"), script="document.querySelector('#red').style.background='#00ff00'")
    assert pixel(styled, 100, 50) == CYAN
    assert pixel(scripted.file.body, 100, 50) == GREEN


def test_css_and_script_pass_a_strict_content_security_policy(take: Take, site: Site) -> None:
    """A page's Content-Security-Policy doesn't keep the caller's own CSS and JavaScript out."""
    taken = take(
        url=site.url("/csp.html"),
        style="body { background: #00ff00 }",
        script="document.body.innerHTML = '<div style=\"background:#ff0000;width:50px;height:50px\">'",
    )
    assert pixel(taken.file.body, 300, 300) == GREEN
    assert pixel(taken.file.body, 20, 20) == RED


def test_script_that_never_ends_costs_its_own_time_only(take: Take, site: Site) -> None:
    """An injected promise that never settles is given up, and the picture taken."""
    taken = take(url=site.url("/simple.html"), script="new Promise(() => {})", budget_s=11)
    assert pixel(taken.file.body, 100, 50) == RED
    assert taken.shortfalls == ("the script had not ended",)


def test_scripts_can_be_switched_off(take: Take, site: Site) -> None:
    """Without JavaScript the page's scripts don't run, and its picture is taken all the same."""
    taken = take(url=site.url("/scripts.html"), java_script_enabled=False, style="body { background: #00ffff }")
    assert pixel(taken.file.body, 50, 50) == RED
    assert pixel(taken.file.body, 500, 500) == CYAN


def test_without_scripts_nothing_is_waited_for(take: Take, site: Site) -> None:
    """A page without JavaScript is quiet once it has loaded."""
    assert take(url=site.url("/scripts.html"), java_script_enabled=False, delay_ms=None).shortfalls == ()


def test_third_party_scripts_can_be_dropped(take: Take, site: Site) -> None:
    """Scripts of other sites are dropped, those of the page's own site and inline ones run."""
    everything = take(url=site.url("/scripts.html")).file.body
    assert [pixel(everything, 50, y) for y in (50, 150, 250)] == [GREEN, GREEN, GREEN]
    site.requests.clear()
    own = take(url=site.url("/scripts.html"), block_third_party_scripts=True).file.body
    assert [pixel(own, 50, y) for y in (50, 150, 250)] == [GREEN, GREEN, RED]
    assert [seen.query["id"] for seen in site.seen("/green.js")] == [["own"]]


def test_html_is_rendered(take: Take) -> None:
    """A document of the caller's own is pictured."""
    assert pixel(take(html="<body style='background:#ff00ff'>").file.body, 10, 10) == MAGENTA


def test_html_source_is_the_rendered_document(take: Take, site: Site) -> None:
    """The source is that of the document as scripts left it."""
    taken = take(url=site.url("/late.html"), output="html", delay_ms=1000)
    assert b'id="late"' in taken.file.body
    assert taken.file.media_type == "text/html; charset=utf-8"


def test_frames_are_in_the_picture(take: Take, site: Site) -> None:
    """Frames, also those with a document of their own, are pictured."""
    image = load(take(url=site.url("/frames.html")).file.body)
    assert pixel(image, 100, 50) == RED
    assert pixel(image, 100, 400) == CYAN


def test_webgl_is_in_the_picture(take: Take, site: Site) -> None:
    """A WebGL canvas is pictured."""
    assert pixel(take(url=site.url("/webgl.html"), delay_ms=200).file.body, 150, 150) == GREEN


@either_tab
def test_dialogs_and_popups_do_not_stand_in_the_way(take: Take, site: Site) -> None:
    """Dialogs are dismissed, and what a page opens over itself is not in its picture."""
    assert pixel(take(url=site.url("/dialogs.html")).file.body, 100, 100) == GREEN


@either_tab
def test_popups_are_closed(take: Take, site: Site) -> None:
    """A page sees its popups closed, also those that it opens later; those that it can't see are closed as well."""
    assert pixel(take(url=site.url("/popups.html"), delay_ms=2000).file.body, 100, 100) == GREEN
    assert site.seen("/report") == []


@pytest.mark.parametrize("script", ["cjk", "kana", "hangul", "arabic", "hebrew", "devanagari", "thai", "emoji"])
def test_scripts_of_the_world_have_glyphs(take: Take, site: Site, script: str) -> None:
    """Five different characters of a script give five different pictures: none is blank, none is tofu."""
    image = load(take(url=site.url("/world.html"), selector=f"#{script}", delay_ms=None).file.body).convert("RGB")
    cells = [image.crop((x, 0, x + 100, 100)) for x in range(0, 500, 100)]
    assert all(cell.getcolors(1) is None for cell in cells), "blank"
    assert len({cell.tobytes() for cell in cells}) == 5, "tofu"


def test_quiet_page_waits_for_its_images(take: Take, site: Site) -> None:
    """Left to us, the wait ends when the page is quiet, its late parts included."""
    html = "<body style='margin:0'><script>setTimeout(() => document.body.style.background = '#ff0000', 60)</script>"
    assert pixel(take(html=html, delay_ms=None).file.body, 10, 10) == RED
