"""Where an account's requests may come from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes import MemoryTable

from pagelapse.errors import AddressRateExceeded, AddressRestricted, OriginRestricted
from pagelapse.records import Account
from pagelapse.restrictions import Restrictions, Visitor, network_of, origin_of, visitor_of

ACCOUNT = Account("aaaaaaaaaaaa", "a", "secret")
HERE = Visitor("203.0.113.7", "https://example.com")


@pytest.mark.parametrize(
    ("networks", "address", "passes"),
    [
        ((), "198.51.100.1", True),
        (("203.0.113.0/24",), "203.0.113.7", True),
        (("203.0.113.0/24",), "::ffff:203.0.113.7", True),
        (("203.0.113.0/24", "2001:db8::/32"), "2001:db8::1", True),
        (("203.0.113.0/24",), "198.51.100.1", False),
        (("203.0.113.0/24",), "2001:db8::1", False),
        (("203.0.113.0/24",), "", False),
        (("203.0.113.0/24",), "nonsense", False),
    ],
)
def test_addresses(networks: tuple[str, ...], address: str, passes: bool) -> None:
    """An account for certain networks is refused to every other address, and to one that can't be told."""
    restrictions, account = Restrictions(MemoryTable()), replace(ACCOUNT, allowed_networks=networks)
    if passes:
        restrictions.admit(account, Visitor(address))
    else:
        with pytest.raises(AddressRestricted):
            restrictions.admit(account, Visitor(address))


@pytest.mark.parametrize("origin", ["https://example.com:8443", "http://example.com", "https://a.example.com", None])
def test_origins(origin: str | None) -> None:
    """An account for certain origins is refused to every other, and to who tells none."""
    restrictions = Restrictions(MemoryTable())
    account = replace(ACCOUNT, allowed_origins=("https://example.com", "https://example.org"))
    restrictions.admit(account, HERE)
    with pytest.raises(OriginRestricted):
        restrictions.admit(account, replace(HERE, origin=origin))


def test_requests_per_address() -> None:
    """Each address has its own count, which begins anew after a minute; without a limit nothing is counted."""
    table, now = MemoryTable(), [1000.0]
    restrictions = Restrictions(table, clock=lambda: now[0])
    restrictions.admit(ACCOUNT, HERE)
    assert table.windows == {}
    account = replace(ACCOUNT, address_limit=2)
    for _ in range(2):
        restrictions.admit(account, HERE)
    with pytest.raises(AddressRateExceeded) as refused:
        restrictions.admit(account, HERE)
    assert 0 < refused.value.retry_after_s <= 60
    restrictions.admit(account, replace(HERE, address="203.0.113.8"))
    now[0] += 60
    restrictions.admit(account, HERE)


def test_who_is_no_visitor_is_not_restricted() -> None:
    """The operator's command line is let through."""
    account = replace(ACCOUNT, allowed_networks=("203.0.113.0/24",), allowed_origins=("https://a.example",))
    Restrictions(MemoryTable()).admit(account, None)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.com/page?x=1", "https://example.com"),
        ("https://example.com:443", "https://example.com"),
        ("http://example.com:8080/", "http://example.com:8080"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]"),
        ("null", None),
        ("file:///etc", None),
        ("https://example.com:x", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str | None) -> None:
    """Origins are compared by scheme, host and port; usual ports and letters' case make no difference."""
    assert origin_of(url) == origin


def test_a_page_tells_its_origin_or_its_address() -> None:
    """The Origin header counts; where a browser sends none, as for images, the Referer's origin does."""
    assert visitor_of("::1", "https://a.example", "https://b.example/x").origin == "https://a.example"
    assert visitor_of("::1", None, "https://b.example/x").origin == "https://b.example"
    assert visitor_of(None, None, None) == Visitor("", None)


def test_networks_are_written_the_usual_way() -> None:
    """An address is a network of its own; bits beyond the mask don't matter."""
    assert [network_of(text) for text in ("203.0.113.7", " 203.0.113.7/24", "2001:db8::1/32")] == [
        "203.0.113.7/32", "203.0.113.0/24", "2001:db8::/32",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="does not appear"):
        network_of("here")
