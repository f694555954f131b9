"""Which URLs and domains belong together."""

from __future__ import annotations

import pytest

from pagelapse.adapters.sites import cookie_domain, origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://ada:secret@Example.COM:80/x?y#z", "http://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://example.com:80/", "https://example.com:80"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("http://www.münchen.example/", "http://www.xn--mnchen-3ya.example"),
    ],
)
def test_origin_is_written_as_browsers_write_it(url: str, expected: str) -> None:
    """An origin has no default port, no name and password, and a host in lower case and IDNA."""
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("host", "domain", "expected"),
    [
        ("www.shop.example.co.uk", "example.co.uk", ".example.co.uk"),
        ("www.shop.example.co.uk", ".Shop.Example.co.uk", ".shop.example.co.uk"),
        ("example.com", "example.com", ".example.com"),
        ("localhost", "localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("github.io", "github.io", "github.io"),
        ("www.münchen.de", "münchen.de", ".xn--mnchen-3ya.de"),
    ],
)
def test_domains_that_a_server_may_set_cookies_for(host: str, domain: str, expected: str) -> None:
    """A cookie may be for the page's host or for a parent of it; addresses and single labels are hosts only."""
    assert cookie_domain(f"http://{host}:8000/", domain) == expected


@pytest.mark.parametrize(
    ("host", "domain", "word"),
    [
        ("www.example.co.uk", "co.uk", "public suffix"),
        ("ada.github.io", "github.io", "public suffix"),
        ("a.localhost", "localhost", "public suffix"),
        ("example.com", "www.example.com", "neither"),
        ("badexample.com", "example.com", "neither"),
        ("127.0.0.1", "0.0.1", "neither"),
        ("example.com", "", "neither"),
    ],
)
def test_domains_that_it_may_not(host: str, domain: str, word: str) -> None:
    """Cookies for public suffixes, for children and for strangers are refused with the reason."""
    with pytest.raises(ValueError, match=word):
        cookie_domain(f"http://{host}/", domain)
