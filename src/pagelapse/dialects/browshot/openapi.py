"""What Browshot's endpoints say about themselves in OpenAPI, generated from their parameters."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_KEY = {"type": "string", "description": "The API key."}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "status": {"const": "error"}},
}
_PNG = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
_X_ERROR = {"X-Error": {"schema": {"type": "string"}, "description": "What happened."}}


def json_operation(model: type[BaseModel], *, body: bool = False) -> dict[str, Any]:
    """The operation object of an endpoint that answers with JSON."""
    answer = {"type": "object", "description": "Errors have `error` and `status`."}
    responses = {
        "200": {"description": "The answer.", "content": {"application/json": {"schema": answer}}},
        "403": {"description": "The request is malformed.", "content": {"application/json": {"schema": _ERROR}}},
    }
    return _operation(model, responses, body=body)


def picture_operation(model: type[BaseModel], *, body: bool = False) -> dict[str, Any]:
    """The operation object of an endpoint that answers with a picture."""
    responses = {
        "200": {"description": "The screenshot or its thumbnail.", "content": _PNG},
        "302": {"description": "The screenshot is in progress, or too large for the answer; see `Location`."},
        "400": {"description": "The request is malformed, or no screenshots are left.", "headers": _X_ERROR},
        "403": {"description": "The same, outside of the simple API.", "headers": _X_ERROR},
        "404": {"description": "There is no screenshot; a picture says so.", "content": _PNG, "headers": _X_ERROR},
    }
    return _operation(model, responses, body=body)


def _operation(model: type[BaseModel], responses: dict[str, Any], *, body: bool) -> dict[str, Any]:
    schema = model.model_json_schema()
    schema["properties"] = {"key": _KEY} | schema.get("properties", {})
    schema.pop("description", None)
    operation: dict[str, Any] = {"responses": responses}
    if body:
        types = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
        operation["requestBody"] = {"content": {media_type: {"schema": schema} for media_type in types}}
        return operation
    required = schema.get("required", [])
    operation["parameters"] = [
        {"name": name, "in": "query", "required": name in required, "schema": property_schema}
        for name, property_schema in schema["properties"].items()
    ]
    return operation
