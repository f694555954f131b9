"""Asks the Pixcap dialect, over fakes."""

from __future__ import annotations

from httpx import Response
from tests.dialects.client import Client
from tests.world import World

URL = "https://example.com/"
PATH = "/api/v1/screenshot"


def key_of(world: World) -> dict[str, str]:
    """The header with the account's key."""
    return {"X-API-Key": world.new.private_key}


def take(client: Client, world: World, **params: str) -> Response:
    """`GET /screenshot`."""
    return client.get(PATH, params={"url": URL, **params}, headers=key_of(world))


def limits(response: Response) -> tuple[int, int]:
    """The limit and what remains of it, by the headers."""
    return int(response.headers["X-RateLimit-Limit"]), int(response.headers["X-RateLimit-Remaining"])
