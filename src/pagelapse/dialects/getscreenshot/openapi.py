"""What GetScreenshot's endpoints say about themselves in OpenAPI, generated from their parameters."""

from __future__ import annotations

from typing import Any

from pagelapse.dialects.getscreenshot.params import COSMETIC, Params

_KEY = {"type": "string", "description": "The API key."}
_LINK = {"type": "string", "format": "uri"}
_SCREENSHOT = {
    "type": "object",
    "required": ["status", "message", "screenshotImage", "screenshot", "url", "width", "height"],
    "properties": {
        "status": {"const": "success"},
        "message": {"type": "string"},
        "screenshotImage": _LINK,
        "screenshot": _LINK,
        "screenshotPDF": {**_LINK, "description": "With pdf."},
        "url": {"type": "string"},
        "width": {"type": "integer", "description": "Of the image, px."},
        "height": {"type": "integer", "description": "Of the image, px."},
    },
}
_QUOTA = {"type": ["integer", "null"], "description": "`null` is unlimited."}
_USAGE = {
    "type": "object",
    "properties": {
        "status": {"const": "success"},
        "usedQuota": {"type": "integer"},
        "remainingQuota": _QUOTA,
        "totalQuota": _QUOTA,
        "planName": {"type": "string"},
        "resetDate": {"type": "string", "format": "date"},
    },
}
_FAILURE = {
    "type": "object",
    "required": ["status", "message"],
    "properties": {"status": {"enum": ["failed", "denied"]}, "message": {"type": "string"}},
}
_REASONS = {
    "400": "The url, another parameter, the page or the bucket is at fault.",
    "403": "No API key, or no valid one.",
    "429": "Too many requests, or the month's screenshots are used up.",
    "500": "Something went wrong on our side.",
    "503": "No browser is free; ask again.",
    "504": "The page takes too long.",
}


def screenshot_operation() -> dict[str, Any]:
    """The operation object of `/v1/get-screenshot`."""
    schema = Params.model_json_schema()
    cosmetic = {name: {"type": "string", "description": f"No effect. {why}"} for name, why in COSMETIC.items()}
    return _operation({**schema["properties"], **cosmetic}, ["apikey", *schema["required"]], _SCREENSHOT)


def key_operation() -> dict[str, Any]:
    """The operation object of `/v1/get-screenshot/validate-key`."""
    return _operation({}, ["apikey"], {"type": "object"})


def usage_operation() -> dict[str, Any]:
    """The operation object of `/v1/usage`."""
    email = {"type": "string", "description": "No effect: the key is enough here."}
    return _operation({"email": email}, ["apikey"], _USAGE)


def _operation(properties: dict[str, Any], required: list[str], answer: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "query", "required": name in required, "schema": described}
        for name, described in {"apikey": _KEY, **properties}.items()
    ]
    responses = {"200": _json("Done.", answer)} | {code: _json(why, _FAILURE) for code, why in _REASONS.items()}
    return {"parameters": parameters, "responses": responses}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
