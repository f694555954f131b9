"""Which addresses a capture may reach: what is globally routable, and what the operator's settings add."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

NEVER: frozenset[IPAddress] = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.169.253",
        "169.254.169.123",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd00:ec2::253",
        "fd00:ec2::123",
    )
)
"""Instance, container and pod metadata, and the VPC's own resolver and clock (AWS): refused whatever is allowed."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
_IPV4_TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")


def embedded(address: IPAddress) -> tuple[IPAddress, ...]:
    """`address` and every IPv4 address that a gateway may translate it to.

    Covers IPv4-mapped, IPv4-compatible and IPv4-translated forms (RFC 4291, RFC 2765), NAT64 (RFC 6052), 6to4
    (RFC 3056) and Teredo, server and client (RFC 4380).
    """
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    found: list[IPAddress] = [address]
    if any(address in network for network in (_NAT64, _IPV4_COMPATIBLE, _IPV4_TRANSLATED)):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    found.extend(inner for inner in (address.ipv4_mapped, address.sixtofour) if inner is not None)
    found.extend(address.teredo or ())
    return tuple(found)


def resolvable(host: str) -> str:
    """`host` as resolvers know it: not all of them take the root's dot after `localhost` (RFC 6761, 6.3)."""
    return "localhost" if host.rstrip(".").lower() == "localhost" else host


def is_public(address: IPAddress) -> bool:
    """Whether `address`, and all that it may be translated to, is globally routable unicast (IANA registries)."""
    return all(_routable(inner) for inner in embedded(address))


def _routable(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and _is_wrapper(address):
        return True
    if address in NEVER or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return address.is_global


def _is_wrapper(address: ipaddress.IPv6Address) -> bool:
    """Forms that carry an IPv4 address, which is judged in their place."""
    if address in _NAT64_LOCAL:
        return False
    return address in _NAT64 or address.ipv4_mapped is not None or address.sixtofour is not None


@dataclass(frozen=True)
class Allowance:
    """What the operator's settings add to the public internet.

    Args:
        entries: `host`, `host:port`, `address`, `address:port`, `[ipv6]:port` or a network in CIDR form. A host name
            allows whatever it resolves to, except metadata addresses and `forbidden`.
        forbidden: `host:port` pairs refused in spite of the entries: the Lambda runtime API, the emulator's endpoint.
        public: Whether the public internet may be reached without an entry.

    Raises:
        ValueError: On first use, when an entry is none of these.
    """

    entries: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    public: bool = True

    @cached_property
    def _names(self) -> frozenset[tuple[str, int | None]]:
        return frozenset(_split(entry) for entry in self.entries if _network(entry) is None)

    @cached_property
    def _networks(self) -> tuple[tuple[IPNetwork, int | None], ...]:
        return tuple(network for entry in self.entries if (network := _network(entry)) is not None)

    @cached_property
    def _forbidden(self) -> frozenset[tuple[str, int | None]]:
        return frozenset(_split(entry) for entry in self.forbidden)

    def refusal(self, host: str, port: int, addresses: Iterable[IPAddress]) -> str | None:
        """Why a connection may not be made, or `None` when it may. One bad address refuses the whole name."""
        name = host.rstrip(".").lower()
        for address in addresses:
            inner = embedded(address)
            if any(part in NEVER for part in inner) or self._is_forbidden(name, port, inner):
                return f"{address} is never reachable from a capture"
            if not (self.public and is_public(address)) and not self._allows(name, port, address):
                return f"{address} is not a public address" if self.public else f"{address} is not allowed"
        return None

    def _is_forbidden(self, name: str, port: int, addresses: tuple[IPAddress, ...]) -> bool:
        if not self._forbidden:
            return False
        loopback = any(part.is_loopback or part.is_unspecified for part in addresses)
        names = {name, *(str(part) for part in addresses), *(("localhost", "127.0.0.1") if loopback else ())}
        return any((candidate, port) in self._forbidden for candidate in names)

    def _allows(self, name: str, port: int, address: IPAddress) -> bool:
        if (name, None) in self._names or (name, port) in self._names:
            return True
        return any(address in network and wanted in (None, port) for network, wanted in self._networks)


def _split(entry: str) -> tuple[str, int | None]:
    host, colon, port = entry.strip().lower().rpartition(":")
    if colon and port.isdigit() and ("]" in host or ":" not in host):
        return host.strip("[]"), int(port)
    return entry.strip().lower().strip("[]"), None


def _network(entry: str) -> tuple[IPNetwork, int | None] | None:
    host, port = _split(entry)
    try:
        return ipaddress.ip_network(host, strict=False), port
    except ValueError:
        return None
