"""What Pixcap's endpoints say about themselves in OpenAPI, generated from their parameters."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from pagelapse.dialects.pixcap.params import ScreenshotParams

_KEY = {"type": "string", "description": "The API key; or send it as `X-API-Key`."}
_FAILURE = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string", "description": "What happened, led by the parameter at fault."},
            },
        },
    },
}
_SCREENSHOT = {
    "type": "object",
    "properties": {
        "image": {"type": ["string", "null"], "description": "Base64; null when the picture is above 4 MB."},
        "image_url": {"type": "string", "format": "uri", "description": "Only when `image` is null."},
        "metadata": {
            "type": "object",
            "properties": {
                "url": {"type": "string"},
                "width": {"type": "integer", "description": "Of the picture, px."},
                "height": {"type": "integer", "description": "Of the picture, px."},
                "format": {"enum": ["png", "jpeg"]},
                "responseTimeMs": {"type": "integer"},
                "timestamp": {"type": "string", "format": "date-time"},
            },
        },
        "credits_remaining": {"type": "integer"},
    },
}
_API_KEY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "active": {"type": "boolean"},
        "created_at": {"type": "string", "format": "date-time"},
        "deactivated_at": {"type": ["string", "null"], "format": "date-time"},
    },
}
_REASONS = {
    "400": "The url or another parameter is at fault, or the url is blocked.",
    "401": "No API key, or no valid one.",
    "402": "The month's credits are used up.",
    "429": "Too many requests; `Retry-After` says how long to wait.",
    "500": "The capture failed, or something went wrong on our side.",
}
FAILURES: dict[str, Any] = {
    status: {"description": text, "content": {"application/json": {"schema": _FAILURE}}}
    for status, text in _REASONS.items()
}
_HEADERS = {
    "X-Screenshot-Width": "Of the picture, px.",
    "X-Screenshot-Height": "Of the picture, px.",
    "X-Response-Time": "Such as `2340ms`.",
    "X-Credits-Remaining": "Captures left this month.",
    "X-RateLimit-Limit": "Requests of the window.",
    "X-RateLimit-Remaining": "Requests left of it.",
    "X-RateLimit-Reset": "When it ends, Unix time in seconds.",
}


def envelope(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a successful answer around its `data`."""
    return {"type": "object", "properties": {"success": {"const": True}, "data": schema}}


def operation(data: dict[str, Any], *, status: str = "200", description: str = "Done.") -> dict[str, Any]:
    """An operation object whose answer is JSON with this `data`, or a failure."""
    content = {"application/json": {"schema": envelope(data)}}
    return {"responses": {status: {"description": description, "content": content}} | FAILURES}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """A request body with these parameters, as JSON or as a form."""
    schema = model.model_json_schema()
    schema.pop("description", None)
    schema.pop("title", None)
    return _body(schema)


def registration_operation(model: type[BaseModel]) -> dict[str, Any]:
    """The operation object of `/register`."""
    texts = {name: {"type": "string"} for name in ("message", "email", "api_key")}
    data = {"type": "object", "properties": texts | {"credits": {"type": "integer"}}}
    return {"requestBody": body_of(model)} | operation(data, status="201", description="The account's key, this once.")


def keys_operation() -> dict[str, Any]:
    """The operation object of the list of keys."""
    return operation({"type": "object", "properties": {"keys": {"type": "array", "items": _API_KEY}}})


def key_operation(model: type[BaseModel] | None = None) -> dict[str, Any]:
    """The operation object of a key; with the parameters of a new one, whose text is in the answer."""
    if model is None:
        return operation(_API_KEY)
    text = {"api_key": {"type": "string", "description": "Shown this once."}}
    shown = _API_KEY | {"properties": _API_KEY["properties"] | text}
    return {"requestBody": body_of(model)} | operation(shown, status="201", description="The key.")


def screenshot_operation(*, body: bool = False) -> dict[str, Any]:
    """The operation object of `/screenshot`."""
    schema = ScreenshotParams.model_json_schema()
    schema["properties"] = {"api_key": _KEY} | schema["properties"]
    schema.pop("description", None)
    schema.pop("title", None)
    if body:
        content: dict[str, Any] = {"application/json": {"schema": envelope(_SCREENSHOT)}}
        return {"requestBody": _body(schema), "responses": {"200": _taken(content)} | FAILURES}
    image = {"schema": {"type": "string", "format": "binary"}}
    answers = {"200": _taken({"image/png": image, "image/jpeg": image})}
    redirect = {"302": {"description": "The picture is too large for the answer; it is at `Location`."}}
    return {"parameters": _query(schema), "responses": answers | redirect | FAILURES}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    types = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    return {"content": {media_type: {"schema": schema} for media_type in types}}


def _taken(content: dict[str, Any]) -> dict[str, Any]:
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()}
    return {"description": "The picture.", "headers": headers, "content": content}


def _query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": property_schema}
        for name, property_schema in schema["properties"].items()
    ]
