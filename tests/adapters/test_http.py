"""Our own HTTP calls, against a server that misbehaves and a canary that must not hear of them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address

import httpx
import pytest
from tests.site.server import IN_VAIN_S, Canary, Site

from pagelapse.adapters.addresses import Allowance, IPAddress
from pagelapse.adapters.http import MAX_REDIRECTS, AddressRefused, Answer, AnswerTooLarge, HttpClient, HttpError


@pytest.fixture
def client(site: Site) -> HttpClient:
    """May reach the test site by its address, and nothing else private."""
    return HttpClient(Allowance((f"127.0.0.1:{site.port}",)))


def _get(client: HttpClient, url: str, *, max_bytes: int = 10_000, timeout_s: float = 5) -> Answer:
    return client.get(url, max_bytes=max_bytes, timeout_s=timeout_s)


def test_an_answer_comes_whole(client: HttpClient, site: Site) -> None:
    """Status, headers and bytes of an answer, also after redirects and without the machine's proxy settings."""
    answer = _get(client, site.url(f"/redirect?to={site.url('/png')}"))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.body.startswith(b"\x89PNG")
    assert site.seen("/png")[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_refused(canary: Canary, host: str) -> None:
    """An address that is not public is refused in every notation, by GET and by POST, and never dialled."""
    client = HttpClient(Allowance())
    with pytest.raises(AddressRefused):
        _get(client, f"http://{host}:{canary.port}/")
    with pytest.raises(AddressRefused):
        client.post(f"https://{host}:{canary.port}/", b"x", {}, max_bytes=1, timeout_s=5)
    canary.settle()
    assert canary.hits == 0


def test_a_redirect_to_a_private_address_is_refused(client: HttpClient, site: Site, canary: Canary) -> None:
    """Each hop of a redirect is checked like the first address."""
    with pytest.raises(AddressRefused):
        _get(client, site.url(f"/redirect?to=http://127.0.0.1:{canary.port}/"))
    canary.settle()
    assert canary.hits == 0


def test_a_redirect_to_another_scheme_leads_nowhere(client: HttpClient, site: Site) -> None:
    """Only http and https are followed."""
    with pytest.raises(HttpError, match="not an http or https"):
        _get(client, site.url("/redirect?to=file:///etc/passwd"))


def test_the_checked_address_is_the_dialled_one(site: Site, canary: Canary) -> None:
    """A name that resolves differently a moment later gains nothing: it is asked for once."""
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[IPAddress]:
        asked.append(host)
        return [ip_address("127.0.0.1")] if len(asked) == 1 else [ip_address("169.254.169.254")]

    client = HttpClient(Allowance((f"rebind.example:{site.port}",)), resolve)
    assert _get(client, f"http://rebind.example:{site.port}/png").status == 200
    assert asked == ["rebind.example"]
    assert site.seen("/png")[0].headers["host"] == f"rebind.example:{site.port}"


def test_one_private_address_among_public_ones_refuses_the_name(canary: Canary) -> None:
    """A name with a public and a private address is refused whole."""
    both = [ip_address("93.184.216.34"), ip_address("127.0.0.1")]
    client = HttpClient(Allowance(), lambda _host, _port: both)
    with pytest.raises(AddressRefused):
        _get(client, f"http://mixed.example:{canary.port}/")
    assert canary.hits == 0


def test_post_sends_its_body_and_follows_nothing(client: HttpClient, site: Site) -> None:
    """A POST arrives with its headers, and a redirect is handed back as the answer."""
    answer = client.post(site.url("/redirect?to=/png"), b'{"a":1}', {"X-Test": "yes"}, max_bytes=100, timeout_s=5)
    assert answer.status == 302
    (seen,) = site.requests
    assert (seen.method, seen.headers["x-test"], seen.headers["content-length"]) == ("POST", "yes", "7")


def test_an_answer_has_a_size_limit(client: HttpClient, site: Site) -> None:
    """An answer above the limit is an error, not memory."""
    assert len(_get(client, site.url("/png"), max_bytes=5000).body) > 50
    with pytest.raises(HttpError, match="more than 50 bytes"):
        _get(client, site.url("/png"), max_bytes=50)


@pytest.mark.parametrize("path", ["/never", "/stalling"])
def test_a_silent_server_is_given_up(client: HttpClient, site: Site, path: str) -> None:
    """A server that stops answering costs no more than the time allowed."""
    started = time.monotonic()
    with pytest.raises(HttpError, match="in time"):
        _get(client, site.url(path), max_bytes=200_000, timeout_s=0.5)
    assert time.monotonic() - started < IN_VAIN_S


@pytest.fixture
def dripping() -> Iterator[int]:
    """A port whose server sends one byte of a header every tenth of a second."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        until = time.monotonic() + IN_VAIN_S
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not ended.wait(0.1) and time.monotonic() < until:
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    yield listening.getsockname()[1]
    ended.set()
    thread.join()
    listening.close()


def test_a_dripping_server_is_given_up(dripping: int) -> None:
    """A byte now and then doesn't keep a connection alive past the time allowed."""
    started = time.monotonic()
    with pytest.raises(HttpError, match="in time"):
        _get(HttpClient(Allowance(("127.0.0.1",))), f"http://127.0.0.1:{dripping}/", timeout_s=0.6)
    assert time.monotonic() - started < IN_VAIN_S


def test_endless_redirects_end(client: HttpClient, site: Site) -> None:
    """A circle of redirects is left after a few hops."""
    with pytest.raises(HttpError, match="redirects too often"):
        _get(client, site.url("/circle"))
    assert len(site.seen("/circle")) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("url", ["ftp://example.com/", "example", "http://", "http://[::1", "http://a\x00b/"])
def test_what_is_no_web_address_is_an_error(client: HttpClient, url: str) -> None:
    """A malformed address is told as such instead of breaking."""
    with pytest.raises(HttpError):
        _get(client, url)


def test_an_error_does_not_quote_the_address(client: HttpClient, site: Site) -> None:
    """Credentials and query of an address stay out of messages, which are shown and logged."""
    with pytest.raises(HttpError) as caught:
        _get(client, site.url("/reset?token=secret").replace("://", "://user:hidden@"))
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_renamed_attribute_of_httpx_is_noticed(monkeypatch: pytest.MonkeyPatch, client: HttpClient) -> None:
    """Connections that can't be checked are not made: a library that changed underneath is an error."""

    class Changed(httpx.HTTPTransport):
        def __init__(self, **_: object) -> None:
            self._pool = None  # type: ignore[assignment]

    monkeypatch.setattr(httpx, "HTTPTransport", Changed)
    with pytest.raises(TypeError, match="can't be checked"):
        _get(client, "http://example.com/")


def test_an_answer_says_where_it_came_from(client: HttpClient, site: Site) -> None:
    """After redirects the answer's address is the last one."""
    assert _get(client, site.url("/redirect?to=/simple.html")).url == site.url("/simple.html")


def test_an_answer_that_is_too_large_can_be_told_from_none(client: HttpClient, site: Site) -> None:
    """More bytes than asked for are an error of their own kind."""
    with pytest.raises(AnswerTooLarge):
        _get(client, site.url("/simple.html"), max_bytes=10)
