"""The tools for assistants, over fakes and the protocol package's own client."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp_types import CallToolResult, ImageContent, TextContent
from tests.dialects.native.conftest import URL, Api
from tests.world import World

from pagelapse.api.app import app
from pagelapse.assistant import tools
from pagelapse.assistant.deployment import Deployment
from pagelapse.assistant.server import make_server
from pagelapse.capture.jobs import CaptureJob, Failure
from pagelapse.errors import CaptureTimeout

Call = Callable[..., CallToolResult]


@pytest.fixture
def call(api: Api, world: World) -> Call:
    """Calls a tool of the server."""

    def stored(request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        body = world.pictures.objects.get(request.url.path.removeprefix("/"))
        return httpx.Response(404) if body is None else httpx.Response(200, content=body)

    async def send(name: str, arguments: dict[str, Any]) -> CallToolResult:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test", headers=api.headers)
        files = httpx.AsyncClient(transport=httpx.MockTransport(stored))
        async with client, files, Client(make_server(Deployment(client, files))) as assistant:
            return await assistant.call_tool(name, arguments)

    return lambda name, **arguments: asyncio.run(send(name, arguments))


def _text(result: CallToolResult) -> str:
    assert not result.is_error, result
    (text,) = (each.text for each in result.content if isinstance(each, TextContent))
    return text


def test_a_page_is_shown(call: Call, world: World) -> None:
    """A capture comes as a picture, with its id and its link; without ads and banners unless asked for."""
    result = call("capture", url=URL, full_page=True)
    (image,) = (each for each in result.content if isinstance(each, ImageContent))
    (job,) = world.runner.jobs
    assert (base64.b64decode(image.data), image.mime_type) == (job.job_id.encode(), "image/jpeg")
    assert (job.options.full_page, job.options.block_ads, job.options.cookie_banners) == (True, True, "reject")
    assert json.loads(_text(result))["id"] == job.job_id
    call("capture", url=URL, clean=False)
    assert world.runner.jobs[1].options.block_ads is False


def test_large_pictures_are_shown_smaller(call: Call, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that is too large for an assistant is shown smaller."""
    monkeypatch.setattr(tools, "_fits", lambda _file: False)
    result = call("capture", url=URL)
    (image,) = (each for each in result.content if isinstance(each, ImageContent))
    assert base64.b64decode(image.data) == b"small"


def test_a_page_is_read(call: Call, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is read as Markdown; of a long one, the beginning."""
    assert _text(call("read_page", url=URL)) == "# hello"
    monkeypatch.setattr(tools, "MAX_TEXT", 3)
    assert _text(call("read_page", url=URL)).startswith("# h\n\n[4 characters left out")


@pytest.mark.slow
def test_slow_pages_are_waited_for(call: Call, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture that outlasts one request is waited for; one that takes too long is told with its id."""
    monkeypatch.setattr(tools, "_POLL_S", 0.01)
    monkeypatch.setattr(tools, "_WAIT_S", 0.05)

    def slow(_job: CaptureJob) -> None:
        raise CaptureTimeout("still capturing")

    world.runner.before = slow
    result = call("capture", url=URL)
    assert result.is_error
    assert "it goes on as" in repr(result.content)


def test_problems_are_told(call: Call, world: World) -> None:
    """What goes wrong is told in the API's words, and no key with it."""
    world.runner.failure = Failure(code="target_unreachable", message="example.com can't be reached")
    for name, arguments, words in (
        ("capture", {"url": URL}, "example.com can't be reached"),
        ("capture", {"url": "nothing"}, "url: must begin with http"),
        ("stop_watching", {"watch": "nothing"}, "There is no such"),
    ):
        result = call(name, **arguments)
        assert result.is_error
        assert words in repr(result.content)
        assert world.new.private_key not in repr(result)


def test_pages_are_watched(call: Call, api: Api, world: World) -> None:
    """A page is watched, listed and let go."""
    watch = json.loads(_text(call("watch", url=URL, every="6 hours", texts=["#price"])))
    assert watch["request"]["every"] == "6 hours"
    assert [each["id"] for each in json.loads(_text(call("list_watches")))] == [watch["id"]]
    call("stop_watching", watch=watch["id"])
    assert json.loads(_text(call("list_watches"))) == []
