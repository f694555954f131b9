"""What an assistant can do: see pages, read them, compare pictures, and have pages watched."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Image
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from pagelapse.assistant.deployment import Deployment, Json

MAX_TEXT = 60_000
"""Characters of a page that are handed to an assistant."""

_MAX_WIDTH, _MAX_HEIGHT = 1600, 4000
"""px of a picture that is shown as it is; larger ones are shown smaller."""

_WAIT_S = 120.0
_POLL_S = 1.0
_MOST_PAGES = 10

Url = Annotated[str, Field(description="The page's address, http or https.")]
Content = list[Image | str]


class Tools:
    """The tools, over a deployment.

    Args:
        deployment: Who takes the pictures.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    async def capture(
        self,
        url: Url,
        full_page: Annotated[bool, Field(description="The whole page instead of the window.")] = False,
        viewport: Annotated[str, Field(description="The window's size, CSS px.")] = "1280x800",
        selector: Annotated[str | None, Field(description="Picture this element only (CSS).")] = None,
        clean: Annotated[bool, Field(description="Block ads, reject cookie banners, hide pop-ups.")] = True,
        color_scheme: Annotated[Literal["light", "dark"], Field(description="What the page is told is preferred.")] = (
            "light"
        ),
    ) -> Content:
        """Take a picture of a web page and show it; its id can be compared with others later."""
        body: Json = {"url": url, "full_page": full_page, "viewport": viewport, "color_scheme": color_scheme}
        body |= {"type": "jpeg", "quality": 80, "thumbnail": f"{_MAX_WIDTH}x{_MAX_HEIGHT}"}
        body |= _clean() if clean else {}
        if selector:
            body["selector"] = selector
        capture = await self._ended(await self._deployment.ask("POST", "/captures", body))
        shown = capture["file"] if _fits(capture["file"]) else capture["thumbnail"] or capture["file"]
        return [await self._image(shown), _summary(capture)]

    async def read_page(
        self,
        url: Url,
        form: Annotated[Literal["markdown", "text"], Field(description="With the page's structure or without.")] = (
            "markdown"
        ),
    ) -> str:
        """Open a web page in a real browser, scripts and all, and read what it says."""
        body: Json = {"url": url, "output": form, **_clean()}
        capture = await self._ended(await self._deployment.ask("POST", "/captures", body))
        text = (await self._deployment.file(capture["file"]["url"])).decode(errors="replace")
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}\n\n[{len(text) - MAX_TEXT} characters left out]"

    async def compare(
        self,
        before: Annotated[str, Field(description="A capture's id.")],
        after: Annotated[str, Field(description="A later capture's id.")],
    ) -> Content:
        """Compare two pictures that were taken before: how much differs, where, and a picture that marks it."""
        found = await self._deployment.ask("POST", "/comparisons", {"before": before, "after": after})
        told = json.dumps({name: value for name, value in found.items() if name != "object"}, ensure_ascii=False)
        return [await self._image({"url": found["diff"]}), told] if found.get("diff") else [told]

    async def watch(
        self,
        url: Url,
        every: Annotated[str, Field(description="Such as 30 minutes, hour, 6 hours, day, week.")] = "day",
        texts: Annotated[list[str] | None, Field(description="CSS selectors of texts to watch.")] = None,
        webhook: Annotated[str | None, Field(description="Address that is told of each change.")] = None,
    ) -> str:
        """Have a page captured again and again, its pictures compared, and its changes listed."""
        body: Json = {"url": url, "every": every, "texts": texts or [], "compare": True, **_clean()}
        if webhook:
            body["webhook"] = webhook
        return json.dumps(await self._deployment.ask("POST", "/watches", body), ensure_ascii=False)

    async def list_watches(self) -> str:
        """List the watched pages."""
        return json.dumps((await self._deployment.ask("GET", "/watches", limit=100))["data"], ensure_ascii=False)

    async def list_changes(
        self,
        watch: Annotated[str | None, Field(description="A watch's id; without it, of all.")] = None,
        limit: Annotated[int, Field(ge=1, le=100, description="Most changes of each kind.")] = 20,
    ) -> str:
        """List what changed on watched pages, newest first: watched texts, and pictures."""
        place = f"/watches/{watch}" if watch else ""
        texts = await self._deployment.ask("GET", f"{place}/changes", limit=limit)
        pictures = await self._changed_pictures(f"{place}/comparisons", limit)
        return json.dumps({"texts": texts["data"], "pictures": pictures}, ensure_ascii=False)

    async def _changed_pictures(self, path: str, limit: int) -> list[Json]:
        """The newest that differ, out of a list that also has those which don't."""
        changed: list[Json] = []
        after: dict[str, Any] = {}
        for _ in range(_MOST_PAGES):
            page = await self._deployment.ask("GET", path, limit=100, **after)
            changed += [each for each in page["data"] if each["verdict"] == "changed"]
            if page["next"] is None or len(changed) >= limit:
                break
            after = {"cursor": page["next"]}
        return changed[:limit]

    async def stop_watching(self, watch: Annotated[str, Field(description="A watch's id.")]) -> str:
        """Stop watching a page, and delete the pictures and changes of it."""
        await self._deployment.ask("DELETE", f"/watches/{watch}")
        return "It is watched no more."

    async def _ended(self, capture: Json) -> Json:
        """The capture once it is done; raises `ToolError` when it fails, or takes too long."""
        left = _WAIT_S
        while capture["status"] in ("queued", "running") and left > 0:
            await asyncio.sleep(_POLL_S)
            left -= _POLL_S
            capture = await self._deployment.ask("GET", f"/captures/{capture['id']}")
        if capture["status"] == "failed":
            raise ToolError(capture["error"]["detail"])
        if capture["status"] != "done":
            raise ToolError(f"The capture takes long; it goes on as {capture['id']}.")
        return capture

    async def _image(self, file: Json) -> Image:
        body = await self._deployment.file(file["url"])
        form = {b"\x89PNG": "png", b"RIFF": "webp"}.get(body[:4], "jpeg")
        return Image(data=body, format=form)


def _clean() -> Json:
    return {"block_ads": True, "block_trackers": True, "cookie_banners": "reject", "hide_widgets": True}


def _fits(file: Json) -> bool:
    return (file["width"] or 0) <= _MAX_WIDTH and (file["height"] or 0) <= _MAX_HEIGHT


def _summary(capture: Json) -> str:
    """What is worth knowing beside the picture."""
    names = ("id", "taken_at", "page", "complete", "shortfall")
    told = {name: capture[name] for name in names} | {"link": capture["file"]["url"]}
    return json.dumps(told, ensure_ascii=False)
