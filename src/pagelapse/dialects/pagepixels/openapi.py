"""What PagePixels' endpoints say about themselves in OpenAPI, generated from their parameters."""

from __future__ import annotations

from functools import cache
from typing import Any

from pagelapse.capture.result import MEDIA_TYPES
from pagelapse.dialects.pagepixels.params import COSMETIC, SnapHtmlParams, SnapParams

KEY = {"type": "string", "description": "The API key; or send it as `Authorization: Bearer`."}
_IMAGE = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}
FAILURE = {
    "type": "object",
    "required": ["success", "error_code"],
    "properties": {
        "success": {"const": False},
        "error_code": {"type": "string"},
        "note": {"type": "string", "description": "What happened, led by the parameter at fault."},
    },
}
_LINKS = {
    "type": "object",
    "properties": {
        "success": {"const": True},
        "screenshot": {
            "type": "object",
            "properties": {
                "screenshot_configuration_id": {"type": "string"},
                "direct_link": {"type": "string", "format": "uri"},
                "direct_thumbnail_link": {"type": ["string", "null"], "format": "uri"},
                "taken_at_timestamp": {"type": "integer", "description": "Unix time, seconds."},
                "job_id": {"type": "string"},
            },
        },
        "html": {"type": "string", "description": "With html_only."},
        "text": {"type": "string", "description": "With text_only."},
        "markdown": {"type": "string", "description": "With markdown_only."},
        "ai_analysis": {
            "type": "object",
            "description": "With analyze_image_with_ai.",
            "properties": {name: {"type": "array", "items": {"type": "string"}} for name in ("prompts", "responses")},
        },
    },
}
_REASONS = {
    "400": "The url, another parameter or the page is at fault.",
    "401": "No API key, or no valid one.",
    "403": "The hash_key is wrong, or the month's screenshots are used up.",
    "408": "The page takes too long; ask again.",
    "500": "Something went wrong on our side.",
    "502": "The AI service did not answer.",
    "503": "No browser is free; ask again.",
}
FAILURES: dict[str, Any] = {
    status: {"description": text, "content": {"application/json": {"schema": FAILURE}}}
    for status, text in _REASONS.items()
}


def snap_operation(*, body: bool = False) -> dict[str, Any]:
    """The operation object of `/snap`."""
    return _operation(SnapParams, body=body)


def snap_html_operation(*, body: bool = False) -> dict[str, Any]:
    """The operation object of `/snap_html`."""
    return _operation(SnapHtmlParams, body=body)


def _operation(model: type[SnapParams] | type[SnapHtmlParams], *, body: bool) -> dict[str, Any]:
    schema = schema_of(model)
    operation: dict[str, Any] = {"responses": _responses()}
    if body:
        types = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
        operation["requestBody"] = {"content": {media_type: {"schema": schema} for media_type in types}}
    else:
        operation["parameters"] = _query(schema)
    return operation


@cache
def schema_of(model: type[SnapParams] | type[SnapHtmlParams]) -> dict[str, Any]:
    """The parameters of an endpoint, as JSON Schema; made once, as it takes 10 ms of a cold start."""
    schema = model.model_json_schema()
    cosmetic = {name: {"type": "string", "description": f"No effect. {why}"} for name, why in COSMETIC.items()}
    schema["properties"] = {"access_token": KEY} | schema["properties"] | cosmetic
    schema.pop("description", None)
    return schema


def _query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": property_schema}
        for name, property_schema in schema["properties"].items()
    ]


def _responses() -> dict[str, Any]:
    content: dict[str, Any] = dict.fromkeys(MEDIA_TYPES.values(), _IMAGE)
    content |= {
        "application/json": {"schema": _LINKS},
        **dict.fromkeys(("text/html", "text/plain", "text/markdown"), _TEXT),
    }
    redirect = {"description": "The file is too large for the answer; it is at `Location`."}
    return {
        "200": {"description": "The image, its links, or what the page says.", "content": content},
        "302": redirect,
    } | FAILURES
