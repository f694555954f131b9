"""What SavePage's endpoint says about itself in OpenAPI, generated from its parameters."""

from __future__ import annotations

from typing import Any

from pagelapse.dialects.savepage.params import Params

_KEY = {"type": "string", "description": "The API key."}
_IMAGE = {"schema": {"type": "string", "format": "binary"}}
_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def operation(*, body: bool = False) -> dict[str, Any]:
    """The operation object."""
    schema = Params.model_json_schema()
    schema["properties"] = {"key": _KEY} | schema["properties"]
    schema["required"] = ["key", *schema["required"]]
    schema.pop("description", None)
    if body:
        types = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
        content = {media_type: {"schema": schema} for media_type in types}
        return {"responses": _responses(), "requestBody": {"content": content}}
    parameters = [
        {"name": name, "in": "query", "required": name in schema["required"], "schema": described}
        for name, described in schema["properties"].items()
        if name != "cookie"
    ]
    return {"responses": _responses(), "parameters": parameters}


def _responses() -> dict[str, Any]:
    return {
        "200": {"description": "The image.", "content": {"image/jpeg": _IMAGE, "image/png": _IMAGE}},
        "302": {"description": "The image is too large for the answer; it is at `Location`."},
        "304": {"description": "The image is no newer than `If-Modified-Since`."},
        "422": {
            "description": "The request failed; `X-Error-Code` is the vendor's number, where it has one.",
            "content": {"application/json": {"schema": _ERROR}},
        },
    }
