"""A synchronous HTTP client of the API in this process."""

from __future__ import annotations

import asyncio
from typing import Any

from httpx import ASGITransport, AsyncClient, Response

from pagelapse.api.app import app


class Client:
    """Takes what `httpx.request` takes; follows no redirects and hides no exception."""

    address = "127.0.0.1"
    """Where requests come from."""

    def get(self, path: str, **arguments: Any) -> Response:
        """GET."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> Response:
        """POST."""
        return self.request("POST", path, **arguments)

    def request(self, method: str, path: str, **arguments: Any) -> Response:
        """Any method."""

        async def send() -> Response:
            async with AsyncClient(
                transport=ASGITransport(app=app, client=(self.address, 1234)), base_url="http://api.test"
            ) as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(send())
