"""JSON Schemas of our own API's resources and requests."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel

from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.native.fields import DESCRIPTIONS
from pagelapse.dialects.native.params import (
    NOT_OPTIONS,
    OPTION_NAMES,
    BatchParams,
    CaptureParams,
    CompareParams,
    WatchParams,
)
from pagelapse.monitoring.comparisons import Verdict

Schema = dict[str, Any]
_REFERENCES = "#/components/schemas/{model}"


def _texts(*names: str) -> Schema:
    return {name: {"type": "string"} for name in names}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Schema, *, required: bool = True, description: str = "") -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(properties)
    return schema | ({"description": description} if description else {})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TIME: Schema = {"type": "string", "format": "date-time"}
_LINK: Schema = {"type": "string", "format": "uri"}
_COUNT: Schema = {"type": "integer"}
_STATUS: Schema = {"enum": ["queued", "running", "done", "failed"]}
_REQUEST: Schema = {"type": "object", "description": "The parameters as given, without secrets."}

_SIDE = _object({"capture": _maybe({"type": "string"}), "taken_at": _maybe(_TIME), "url": _maybe(_LINK)})
_REGION = _object(
    {
        "kind": {"enum": ["changed", "inserted", "removed"]},
        **dict.fromkeys(("x", "y", "width", "height", "before_y", "before_height", "pixels"), _COUNT),
    },
    description="Pixels of the later picture, and rows of the earlier one.",
)
_TEXT_CHANGES = _object(
    {
        "changed": {"type": "boolean"},
        **dict.fromkeys(("added", "removed"), _COUNT),
        "diff": {"type": "string"},
        "truncated": {"type": "boolean"},
    }
)

RESOURCES: dict[str, Schema] = {
    "Problem": _object(
        {
            **_texts("type", "title"),
            "status": _COUNT,
            "code": {"type": "string", "description": "Of the kind of problem; stable."},
            "detail": {"type": "string", "description": "For people, led by the parameter at fault."},
            "parameter": {"type": "string"},
        },
        required=False,
        description="RFC 9457.",
    ),
    "File": _object(
        {
            "url": _LINK,
            "media_type": {"type": "string"},
            "size": _COUNT,
            "width": _maybe(_COUNT),
            "height": _maybe(_COUNT),
        }
    ),
    "Failure": _object({**_texts("code", "detail"), "parameter": _maybe({"type": "string"})}),
    "Capture": _object(
        {
            "object": {"const": "capture"},
            "id": {"type": "string"},
            "status": _STATUS,
            "request": _maybe(_REQUEST),
            "watch": _maybe({"type": "string"}),
            "created_at": _maybe(_TIME),
            "taken_at": _maybe(_TIME),
            "file": _maybe(_ref("File")),
            "thumbnail": _maybe(_ref("File")),
            "source": _maybe(_ref("File")),
            "page": _maybe(
                _object({"url": _maybe(_LINK), "status": _maybe(_COUNT)}, description="What its server said.")
            ),
            "complete": _maybe({"type": "boolean", "description": "False: the best picture before the time was up."}),
            "shortfall": _maybe({"type": "string", "description": "What was still missing then."}),
            "error": _maybe(_ref("Failure")),
            "comparison": {"type": "object", "description": "In lists of a watch that compares: what was found."},
        },
        required=False,
    ),
    "Watch": _object(
        {
            "object": {"const": "watch"},
            "id": {"type": "string"},
            "request": {"type": "object", "description": "The parameters as given."},
            "created_at": _TIME,
            "next_capture_at": _maybe(_TIME),
            "last_capture": _maybe({"type": "string"}),
        }
    ),
    "Change": _object(
        {
            "type": {"const": "watch.changed"},
            **_texts("id", "watch"),
            "capture": _maybe({"type": "string"}),
            "selector": {"type": "string"},
            **_texts("before", "after"),
            "changed_at": _TIME,
        }
    ),
    "Comparison": _object(
        {
            "object": {"const": "comparison"},
            "verdict": {"enum": list(get_args(Verdict))},
            "watch": _maybe({"type": "string"}),
            "before": _maybe(_SIDE),
            "after": _SIDE,
            "ratio": {"type": "number", "description": "Of the compared pixels that differ."},
            **dict.fromkeys(("pixels", "compared", "width", "height", "more_regions"), _COUNT),
            "regions": {"type": "array", "items": _REGION},
            "diff": _maybe({**_LINK, "description": "The later picture, what differs marked."}),
            "text": _maybe(_TEXT_CHANGES),
            "seen_in": _maybe({"type": "string", "description": "The earlier capture that shows the same."}),
        },
        required=False,
    ),
    "Batch": _object(
        {
            "object": {"const": "batch"},
            "id": {"type": "string"},
            "status": _STATUS,
            **dict.fromkeys(("total", "done", "failed"), _COUNT),
            "sitemap": _maybe(_LINK),
            "created_at": _TIME,
            "ended_at": _maybe(_TIME),
            "archive": _maybe(_object({"url": _LINK, "size": _COUNT, "name": {"type": "string"}, "expires_at": _TIME})),
            "error": _maybe(_ref("Failure")),
        }
    ),
    "Account": _object(
        {
            "object": {"const": "account"},
            **_texts("id", "name"),
            "limits": _object({"captures_per_month": _maybe(_COUNT), "requests_per_minute": _COUNT}),
            "usage": _object({"captures": _COUNT, "captures_left": _maybe(_COUNT)}),
        }
    ),
    "Delivery": _object({"object": {"const": "delivery"}, "id": {"type": "string"}}),
}


def list_of(name: str) -> Schema:
    """A page of a list."""
    cursor = _maybe({"type": "string", "description": "`cursor` of the next page; null on the last one."})
    return _object({"object": {"const": "list"}, "data": {"type": "array", "items": _ref(name)}, "next": cursor})


def capture_properties() -> tuple[Schema, Schema]:
    """The parameters of a capture, described, and the schemas that they refer to."""
    schema = CaptureOptions.model_json_schema(ref_template=_REFERENCES)
    properties = {}
    for name, described in schema["properties"].items():
        ours = OPTION_NAMES.get(name, name)
        if name not in NOT_OPTIONS:
            properties[ours] = {**_plain(described), "description": DESCRIPTIONS[ours]}
    return properties, {name: _plain(each) for name, each in schema["$defs"].items()}


def own_properties(model: type[BaseModel]) -> Schema:
    """The parameters of an endpoint beside those of a capture."""
    schema = model.model_json_schema(ref_template=_REFERENCES)
    return {name: _plain(each) for name, each in schema["properties"].items()}


def requests() -> dict[str, Schema]:
    """The bodies of requests, and the schemas that they refer to."""
    capture, definitions = capture_properties()
    pages = {name: each for name, each in capture.items() if name not in ("url", "html")}
    thumbnail = CaptureParams.model_json_schema(ref_template=_REFERENCES)["$defs"]
    return {
        **definitions,
        **{name: _plain(each) for name, each in thumbnail.items()},
        "CaptureRequest": _object(capture | own_properties(CaptureParams), required=False),
        "WatchRequest": _object(capture | own_properties(WatchParams), required=False),
        "CompareRequest": _object(own_properties(CompareParams) | pages, required=False),
        "BatchRequest": _object(own_properties(BatchParams) | pages, required=False),
    }


def _plain(schema: Schema) -> Schema:
    """Without pydantic's titles, which repeat the names."""
    kept = {name: each for name, each in schema.items() if name != "title"}
    if "properties" in kept:
        kept["properties"] = {name: _plain(each) for name, each in kept["properties"].items()}
    return kept
