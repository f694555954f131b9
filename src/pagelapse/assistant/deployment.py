"""A deployment as the tools use it: our own API over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
from mcp.server.mcpserver.exceptions import ToolError

BASE = "/pagelapse/v1"
MAX_PICTURE_BYTES = 5_000_000
"""Of a picture that is handed to an assistant."""

_TIMEOUT_S = 60.0
Json = dict[str, Any]


class Deployment:
    """Asks a deployment's API.

    Args:
        client: Whose base is the deployment's address, with the key in its headers.
        files: Fetches pictures by their public links, without the key.
    """

    def __init__(self, client: httpx.AsyncClient, files: httpx.AsyncClient) -> None:
        self._client = client
        self._files = files

    async def ask(self, method: str, path: str, body: Json | None = None, **query: object) -> Json:
        """The answer to a request below `BASE`.

        Raises:
            ToolError: When there is none, or a problem: what the deployment says of it.
        """
        params = {name: str(value) for name, value in query.items() if value is not None}
        try:
            answer = await self._client.request(method, f"{BASE}{path}", json=body, params=params)
        except httpx.HTTPError as error:
            raise ToolError(f"The deployment can't be reached ({type(error).__name__}).") from error
        content: Json = answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else {}
        if answer.status_code >= 400:
            raise ToolError(str(content.get("detail") or f"The deployment answers with status {answer.status_code}."))
        return content

    async def file(self, url: str) -> bytes:
        """A stored file's bytes; raises `ToolError`."""
        try:
            answer = await self._files.get(url)
        except httpx.HTTPError as error:
            raise ToolError(f"The file can't be fetched ({type(error).__name__}).") from error
        if answer.status_code != httpx.codes.OK or len(answer.content) > MAX_PICTURE_BYTES:
            raise ToolError(f"The file can't be shown; it is at {url}")
        return answer.content


def connect(url: str, key: str) -> Deployment:
    """A deployment at `url`, for the account with this key."""
    headers = {"Authorization": f"Bearer {key}"}
    client = httpx.AsyncClient(base_url=url.rstrip("/"), headers=headers, timeout=_TIMEOUT_S)
    return Deployment(client, httpx.AsyncClient(timeout=_TIMEOUT_S))
