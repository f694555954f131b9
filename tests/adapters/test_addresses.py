"""The rule of what a capture may reach."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagelapse.adapters.addresses import NEVER, Allowance, is_public

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.1.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "192.167.255.255", "100.128.0.1", "2606:4700:4700::1111",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    """Addresses that are not globally routable are refused, also inside translated forms."""
    assert not is_public(ip_address(address))
    assert Allowance().refusal(address, 80, [ip_address(address)]) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address: str) -> None:
    """Addresses of the public internet are reached, also through a translating gateway."""
    assert is_public(ip_address(address))
    assert Allowance().refusal(address, 80, [ip_address(address)]) is None


@given(st.ip_addresses(v=4))
def test_translated_forms_are_judged_as_what_they_carry(address: object) -> None:
    """An IPv4 address is judged the same inside IPv4-mapped, NAT64 and 6to4 forms."""
    number = int(ip_address(str(address)))
    direct = is_public(ip_address(str(address)))
    forms = [0xFFFF << 32 | number, 0x0064_FF9B << 96 | number, 0x2002 << 112 | number << 80]
    assert [is_public(ip_address(form)) for form in forms] == [direct] * 3


def test_one_private_address_refuses_a_name() -> None:
    """A name with a public and a private address is refused: which one is dialled must not be left to chance."""
    both = [ip_address("8.8.8.8"), ip_address("10.0.0.1")]
    assert Allowance().refusal("example.com", 80, both) is not None


@pytest.mark.parametrize(
    ("entry", "host", "port", "address", "allowed"),
    [
        ("10.0.0.0/8", "intranet.example", 80, "10.1.2.3", True),
        ("10.0.0.0/8", "intranet.example", 80, "192.168.1.1", False),
        ("127.0.0.1", "localhost", 8080, "127.0.0.1", True),
        ("127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1", True),
        ("127.0.0.1:8080", "127.0.0.1", 8081, "127.0.0.1", False),
        ("intranet.example", "Intranet.Example.", 80, "10.1.2.3", True),
        ("intranet.example:443", "intranet.example", 80, "10.1.2.3", False),
        ("intranet.example", "evil.example", 80, "10.1.2.3", False),
        ("[::1]:80", "::1", 80, "::1", True),
        ("fd00::/8", "host.example", 80, "fd00::5", True),
    ],
)
def test_settings_allow_what_they_name(entry: str, host: str, port: int, address: str, allowed: bool) -> None:
    """An entry allows its host, port or network, and nothing else."""
    assert (Allowance((entry,)).refusal(host, port, [ip_address(address)]) is None) == allowed


@pytest.mark.parametrize("address", sorted(map(str, NEVER)))
def test_metadata_is_refused_whatever_is_allowed(address: str) -> None:
    """No setting opens the metadata addresses, by network or by name."""
    allowance = Allowance(("0.0.0.0/0", "::/0", "metadata.example"))
    assert allowance.refusal("metadata.example", 80, [ip_address(address)]) is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "0.0.0.0", "other.example"])
def test_own_endpoints_are_refused_whatever_is_allowed(host: str) -> None:
    """No setting opens the Lambda runtime API or the emulator's endpoint, under whatever name of this machine."""
    allowance = Allowance(("127.0.0.0/8", "::1", "0.0.0.0", host), ("127.0.0.1:9001",))
    address = ip_address(host if host[0] in "01:" else "127.0.0.1")
    assert allowance.refusal(host, 9001, [address]) is not None
    assert allowance.refusal(host, 9002, [address]) is None
