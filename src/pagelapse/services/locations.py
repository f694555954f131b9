"""Real locations: the operator's pool of proxies, by the places that callers may name."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence

from pydantic import SecretStr

from pagelapse.adapters.proxies import parse_proxy
from pagelapse.errors import InvalidOption, UsageLimitExceeded
from pagelapse.observability import logger

Pool = Mapping[str, Sequence[str]]
"""By location: proxies' URLs, and the names of other locations that it contains."""

ANYWHERE = ("All", "Random")
"""Names for the whole pool, unless the operator gives them a meaning of their own."""

_MALFORMED = "the pool of real locations must be a JSON object of lists of proxies and locations"


def parse_pool(text: str) -> Pool:
    """Read the pool's JSON; empty text is an empty pool.

    Raises:
        ValueError: When it is malformed, contains itself, or names a location that it doesn't have. The message holds
            locations' names and nothing of a proxy.
    """
    if not text.strip():
        return {}
    try:
        pool = json.loads(text)
    except ValueError:
        raise ValueError(_MALFORMED) from None
    if not isinstance(pool, dict) or not all(_is_entry(entry) for entry in pool.values()):
        raise ValueError(_MALFORMED)
    for name in pool:
        for proxy in _proxies(pool, name):
            _check(name, proxy)
    return pool


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and bool(entry) and all(isinstance(part, str) for part in entry)


def _check(name: str, proxy: str) -> None:
    try:
        parse_proxy(proxy)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _proxies(pool: Pool, name: str, above: tuple[str, ...] = ()) -> list[str]:
    """The proxies of a location and of all that it contains, each once."""
    if name not in pool:
        raise ValueError(f"{above[-1]}: there is no location {name}")
    if name in above:
        raise ValueError(f"{name}: contains itself")
    found: list[str] = []
    for part in pool[name]:
        found += [part] if "://" in part else _proxies(pool, part, (*above, name))
    return list(dict.fromkeys(found))


def _by_name(pool: Pool) -> Mapping[str, Sequence[str]]:
    """All proxies of each location, and of the whole pool."""
    named = {name: _proxies(pool, name) for name in pool}
    everywhere = list(dict.fromkeys(proxy for proxies in named.values() for proxy in proxies))
    return dict.fromkeys(ANYWHERE, everywhere) | named if everywhere else named


class Locations:
    """Chooses proxies.

    Args:
        pool: From `parse_pool`.
        monthly_bytes: What an account may receive through proxies per calendar month (UTC).
        current: Gives the pool's JSON as it is now, where that may change while the process lives.
    """

    def __init__(self, pool: Pool, *, monthly_bytes: int, current: Callable[[], str] | None = None) -> None:
        self._pool = _by_name(pool)
        self._current = current
        self._text = current() if current else ""
        self.monthly_bytes = monthly_bytes

    def _known(self) -> Mapping[str, Sequence[str]]:
        """The proxies by location. A pool that was changed for the worse leaves the one before in use."""
        text = self._current() if self._current else ""
        if text != self._text:
            self._text = text
            try:
                self._pool = _by_name(parse_pool(text))
            except ValueError as error:
                logger.warning("the changed pool of real locations is malformed", extra={"why": str(error)})
        return self._pool

    def names(self) -> list[str]:
        """What callers may name, in alphabetical order."""
        return sorted(self._known())

    def has(self, location: str | None) -> bool:
        """Whether the pool has such a location."""
        return location in self._known()

    def proxy_for(self, location: str | None) -> SecretStr | None:
        """A proxy at `location`, any of them if there are several; `None` for no location.

        Raises:
            InvalidOption: When the pool has no such location.
        """
        if location is None:
            return None
        proxies = self._known().get(location)
        if not proxies:
            raise InvalidOption("is not one of the locations that GET /real_locations lists", option="location")
        return SecretStr(secrets.choice(proxies))

    def check(self, location: str | None, used_bytes: int) -> None:
        """Pass when a capture at `location` may begin.

        Raises:
            InvalidOption: As `proxy_for`.
            UsageLimitExceeded: When the month's bytes are used up.
        """
        if self.proxy_for(location) is not None and used_bytes >= self.monthly_bytes:
            raise UsageLimitExceeded("The account has used up its real location bandwidth of this month.")


NOWHERE = Locations({}, monthly_bytes=0)
"""No location at all."""
