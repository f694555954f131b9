"""`pagelapse mcp` as an assistant starts it, against the deployed stack."""

from __future__ import annotations

import asyncio
import base64
import json
import sys

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, ImageContent, TextContent
from tests.conftest import ROOT
from tests.e2e.native.conftest import Api
from tests.pixels import RED, near, pixel
from tests.site.server import Site

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def _texts(result: CallToolResult) -> str:
    assert not result.is_error, result
    return "\n".join(each.text for each in result.content if isinstance(each, TextContent))


def _image(result: CallToolResult) -> bytes:
    (found,) = (each for each in result.content if isinstance(each, ImageContent))
    return base64.b64decode(found.data)


def test_an_assistant_at_work(api: Api, stack: Stack, site: Site) -> None:
    """Over stdin and stdout, an assistant sees a page, reads it, compares it with another, and has it watched."""
    settings = {
        "PYTHONPATH": str(ROOT / "src"),
        "PAGELAPSE_URL": stack.url,
        "PAGELAPSE_KEY": api.account.private_key,
    }
    command = StdioServerParameters(command=sys.executable, args=["-m", "pagelapse.cli", "mcp"], env=settings)

    async def work() -> None:
        async with Client(command, read_timeout_seconds=120) as assistant:
            tools = {tool.name for tool in (await assistant.list_tools()).tools}
            assert {"capture", "read_page", "compare", "watch", "list_changes"} <= tools
            seen = await assistant.call_tool("capture", {"url": site.url("/simple.html"), "viewport": "300x200"})
            assert near(pixel(_image(seen), 100, 50), RED, tolerance=8)
            read = await assistant.call_tool("read_page", {"url": site.url("/html?body=<h1>Hello</h1>")})
            assert _texts(read).strip() == "# Hello"
            again = await assistant.call_tool("capture", {"url": site.url("/echo"), "viewport": "300x200"})
            ids = {"before": json.loads(_texts(seen))["id"], "after": json.loads(_texts(again))["id"]}
            found = await assistant.call_tool("compare", ids)
            assert json.loads(_texts(found))["verdict"] == "changed"
            assert _image(found)
            watched = json.loads(_texts(await assistant.call_tool("watch", {"url": site.url("/simple.html")})))
            listed = json.loads(_texts(await assistant.call_tool("list_watches", {})))
            assert [each["id"] for each in listed] == [watched["id"]]
            changes = json.loads(_texts(await assistant.call_tool("list_changes", {"watch": watched["id"]})))
            assert changes == {"texts": [], "pictures": []}
            refused = await assistant.call_tool("capture", {"url": "http://127.0.0.1:1/"})
            assert refused.is_error

    asyncio.run(work())
