"""What our own API says about itself in OpenAPI. Only who asks for it imports this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pagelapse.dialects.native.params import PictureParams
from pagelapse.dialects.native.schemas import RESOURCES, capture_properties, list_of, own_properties, requests

Schema = dict[str, Any]

_ABOUT = (
    "Captures, watches and batches of web pages. Send the key as `Authorization: Bearer`. Errors are problem details "
    "(RFC 9457) with a stable `code`. A POST with an `Idempotency-Key` may be repeated for a day and is done once."
)
_IMAGE: Schema = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS: Mapping[str, tuple[str, str, str]] = {
    "createCapture": ("201", "The capture.", "Capture"),
    "listCaptures": ("200", "A page of captures.", "[Capture]"),
    "getCapture": ("200", "The capture as it is now.", "Capture"),
    "deleteCapture": ("204", "It is gone.", ""),
    "createWatch": ("201", "The watch.", "Watch"),
    "listWatches": ("200", "A page of watches.", "[Watch]"),
    "getWatch": ("200", "The watch.", "Watch"),
    "updateWatch": ("200", "The watch as it is now.", "Watch"),
    "deleteWatch": ("204", "It is gone; its pictures follow soon.", ""),
    "captureWatch": ("202", "The capture, which is queued.", "Capture"),
    "listWatchCaptures": ("200", "A page of captures.", "[Capture]"),
    "listWatchChanges": ("200", "A page of changes.", "[Change]"),
    "listChanges": ("200", "A page of changes.", "[Change]"),
    "createComparison": ("200", "The comparison.", "Comparison"),
    "listComparisons": ("200", "A page of changes.", "[Comparison]"),
    "listWatchComparisons": ("200", "A page of comparisons.", "[Comparison]"),
    "createBatch": ("202", "The batch, which is queued.", "Batch"),
    "getBatch": ("200", "The batch as it is now.", "Batch"),
    "listBatchCaptures": ("200", "A page of captures.", "[Capture]"),
    "getAccount": ("200", "The account.", "Account"),
    "testWebhook": ("202", "The delivery, which is queued.", "Delivery"),
}
"""Of each operation: status, description, and what it answers with."""

_BODIES = {"createCapture": "CaptureRequest", "createWatch": "WatchRequest", "createBatch": "BatchRequest"}
_BODIES["createComparison"] = "CompareRequest"
_PAGING: list[Schema] = [
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}},
    {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "`next` of the page before."},
]
_REPEAT: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 255},
    "description": "Makes it safe to send the request again.",
}


def described(document: Schema) -> Schema:
    """The document with parameters, bodies and answers."""
    document["info"]["description"] = _ABOUT
    document["security"] = [{"key": []}]
    document["components"] = {
        "schemas": RESOURCES | requests(),
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
    }
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _describe(method, operation)
    return document


def _describe(method: str, operation: Schema) -> None:
    name = operation["operationId"]
    parameters = [each for each in operation.get("parameters", ()) if each["in"] == "path"]
    if name == "getPicture":
        operation["parameters"] = _picture_parameters()
        operation["responses"] = _picture_responses() | _problems()
        return
    status, description, answer = _ANSWERS[name]
    if answer.startswith("["):
        parameters += _PAGING
    if method == "post":
        parameters.append(_REPEAT)
    operation["parameters"] = parameters
    operation["responses"] = _answers(name, status, description, answer) | _problems()
    body = _body(name)
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}


def _body(name: str) -> Schema | None:
    if name == "testWebhook":
        return {"type": "object", "required": ["url"], "properties": {"url": {"type": "string", "format": "uri"}}}
    if name == "updateWatch":
        return {"$ref": "#/components/schemas/WatchRequest"}
    return {"$ref": f"#/components/schemas/{_BODIES[name]}"} if name in _BODIES else None


def _answers(name: str, status: str, description: str, answer: str) -> Schema:
    if not answer:
        return {status: {"description": description}}
    schema = list_of(answer.strip("[]")) if answer.startswith("[") else {"$ref": f"#/components/schemas/{answer}"}
    content = {"application/json": {"schema": schema}}
    answers = {status: {"description": description, "content": content}}
    if name == "createCapture":
        answers["200"] = {"description": "An equal capture of before, not older than max_age.", "content": content}
        answers["202"] = {"description": "The capture is still under way; see `Location`.", "content": content}
    return answers


def _picture_parameters() -> list[Schema]:
    key = {"key": {"type": "string", "description": "The API key, where no header can be sent."}}
    capture, _ = capture_properties()
    properties = key | capture | own_properties(PictureParams)
    return [
        {"name": name, "in": "query", "required": name == "url", "schema": schema}
        for name, schema in properties.items()
        if name != "html"
    ]


def _picture_responses() -> Schema:
    media_types = ("image/png", "image/jpeg", "image/webp", "image/avif", "application/pdf", "text/html", "text/plain")
    return {
        "200": {"description": "The picture.", "content": dict.fromkeys(media_types, _IMAGE)},
        "302": {"description": "It is too large for the answer; it is at `Location`."},
    }


def _problems() -> Schema:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"default": {"description": "What went wrong.", "content": content}}
