"""Pages that are read: their text, and Markdown of it."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import quote

import pytest
from tests.capture.conftest import Take
from tests.site.server import Site

from pagelapse.capture.reading import to_markdown

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>T</title><style>p { color: red }</style><h1>Größe</h1>
<p onclick=x()>One <b>bold</b> <a href="/there?a=1">link</a>.</p><script>var hidden = 1</script>
<p style="display:none">secret</p><noscript>none</noscript><svg><text>drawn</text></svg>
<ul><li>first<li>second</ul><table><tr><th>a<th>b<tr><td>1<td>2</table><img src="/png?n=1" alt="Picture">
<a href="javascript:alert(1)">bad</a><img src="data:image/png;base64,AAAA">
<script>document.body.append(Object.assign(document.createElement('p'), { textContent: 'late \\ud800' }))</script>"""


@pytest.mark.parametrize("scripted", [True, False])
def test_text(take: Take, site: Site, scripted: bool) -> None:
    """The text is what the browser shows, no more, also of a page whose scripts are off."""
    taken = take(url=site.url(f"/html?body={quote(PAGE)}"), output="text", java_script_enabled=scripted)
    text = taken.file.body.decode()
    assert (taken.file.media_type, taken.file.extension) == ("text/plain; charset=utf-8", "txt")
    assert "Größe\n\nOne bold link." in text
    assert ("late" in text, "none" in text) == (scripted, not scripted)
    assert not any(word in text for word in ("secret", "hidden", "color"))


@pytest.mark.parametrize("scripted", [True, False])
def test_markdown(take: Take, site: Site, scripted: bool) -> None:
    """Markdown keeps headings, lists, tables, links and images, with addresses that lead there from anywhere."""
    taken = take(url=site.url(f"/html?body={quote(PAGE)}"), output="markdown", java_script_enabled=scripted)
    text = taken.file.body.decode()
    assert (taken.file.media_type, taken.file.extension) == ("text/markdown; charset=utf-8", "md")
    there, picture = site.url("/there?a=1"), site.url("/png?n=1")
    assert text.startswith(f"# Größe\n\nOne **bold** [link]({there}).\n\n")
    assert "- first\n- second\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n" in text
    assert f"![Picture]({picture})" in text
    assert ("late" in text, "none" in text) == (scripted, not scripted)
    assert not any(word in text for word in ("secret", "hidden", "color", "drawn", "javascript:", "data:"))


@pytest.mark.parametrize(
    ("page", "reason"),
    [("<div>" * 450 + "deep", "nested too deep"), ("<p>" + "long " * 110_000, "too long")],
)
def test_what_is_too_much_for_markdown_is_text(take: Take, page: str, reason: str) -> None:
    """A page that Markdown can't be made of comes as its text, and says so."""
    taken = take(html=page, output="markdown")
    assert taken.file.body.decode().strip()[-4:] in ("deep", "long")
    assert taken.file.extension == "md"
    assert taken.shortfalls == (f"the page is {reason} for Markdown, and this is its text",)


def test_hostile_pages_take_no_longer() -> None:
    """What would take Markdown minutes, such as endless lists and gaps, ends in time."""
    assert to_markdown("<p>a" + " " * 400_000 + "b", limit_s=30) == "a b\n"
    with pytest.raises(TimeoutError):
        to_markdown("<ol>" + "<li>a</li>" * 5_000 + "</ol>", limit_s=0.05)


def test_pictures_do_not_wait_for_markdown() -> None:
    """What makes Markdown is imported for Markdown only."""
    script = "import sys; import pagelapse.capture.pipeline; print('bs4' in sys.modules, 'markdownify' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
