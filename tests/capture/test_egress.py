"""What pages try to reach, with a canary that must not hear of it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.capture.conftest import Take, either_tab
from tests.site.hostile import VECTORS
from tests.site.server import Canary, Site

from pagelapse.errors import TargetRefused, TargetUnreachable

pytestmark = [pytest.mark.browser, either_tab]

HOSTS = ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("host", HOSTS)
def test_private_page_is_refused(take: Take, canary: Canary, host: str) -> None:
    """A page on a refused address is an error in every notation of the address, and no connection is made."""
    with pytest.raises(TargetRefused) as caught:
        take(url=f"http://{host}:{canary.port}/")
    canary.settle()
    assert caught.value.option == "url"
    assert canary.hits == 0


def test_name_that_does_not_resolve_is_unreachable(take: Take) -> None:
    """A host that does not exist is told as unreachable, with its name."""
    with pytest.raises(TargetUnreachable, match=r"nothing\.invalid"):
        take(url="http://nothing.invalid/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_a_private_page_is_refused(take: Take, site: Site, canary: Canary, status: int) -> None:
    """A redirect to a refused address is refused like the address itself."""
    with pytest.raises(TargetRefused):
        take(url=site.url(f"/redirect?status={status}&to=http://127.0.0.1:{canary.port}/"))
    canary.settle()
    assert canary.hits == 0


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "data:text/html,x", "chrome://version", "javascript:1"])
def test_redirect_to_another_scheme_is_refused(take: Take, site: Site, scheme: str) -> None:
    """A redirect to anything but http and https shows nothing."""
    with pytest.raises(TargetUnreachable):
        take(url=site.url(f"/redirect?to={scheme}"))


@pytest.mark.parametrize("by", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("vector", VECTORS)
def test_page_reaches_nothing_private(take: Take, site: Site, canary: Canary, vector: str, by: str) -> None:
    """Nothing in a page opens a connection to a refused address, given as an address or as a name."""
    html = VECTORS[vector].format(host=f"{by}:{canary.port}", site=site.url(""))
    take(url=site.url(f"/html?body={quote(html)}"), delay_ms=300)
    canary.settle()
    assert canary.hits == 0


def test_canary_would_have_heard(take: Take, site: Site) -> None:
    """The same kinds of request do reach a host that is allowed, so that the silence above means something."""
    html = f"<img src='{site.url('/png')}'><script>fetch('{site.url('/echo')}', {{mode:'no-cors'}})</script>"
    take(html=html + f"<iframe src='{site.url('/simple.html')}'></iframe>", delay_ms=300)
    assert {seen.path for seen in site.requests} >= {"/png", "/echo", "/simple.html"}


def test_own_document_reads_no_file(take: Take) -> None:
    """A document of the caller's can't show or reach this machine's files."""
    html = "<iframe src='file:///etc/passwd'></iframe><script>location = 'file:///etc/passwd'</script><p>still here"
    taken = take(html=html, output="html", delay_ms=300)
    assert b"still here" in taken.file.body
    assert b"root:" not in taken.file.body
