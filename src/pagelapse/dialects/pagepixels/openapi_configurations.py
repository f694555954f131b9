"""What PagePixels' configurations, jobs, lists and limits say about themselves in OpenAPI."""

from __future__ import annotations

from typing import Any, get_args

from pagelapse.dialects import comparing
from pagelapse.dialects.pagepixels import plans
from pagelapse.dialects.pagepixels.openapi import FAILURE, FAILURES, KEY, schema_of
from pagelapse.dialects.pagepixels.params import SnapParams
from pagelapse.monitoring.comparisons import Verdict
from pagelapse.monitoring.listings import MAX_PAGE_RECORDS
from pagelapse.monitoring.schedules import INTERVALS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_LINK: Schema = {"type": "string", "format": "uri"}
_CONFIG: Schema = {"type": "object", "description": "The parameters, as given.", "additionalProperties": True}
_SCHEDULE: Schema = {
    "scheduled_screenshot": {"type": "boolean", "default": False, "description": "Capture again and again."},
    "scheduled_every": {"type": "integer", "minimum": 1, "description": "Needed with scheduled_screenshot."},
    "scheduled_interval": {"type": "string", "enum": list(INTERVALS), "description": "Likewise."},
}
_TITLES: Schema = {
    "custom_title": {"type": "string", "description": "Titles the configuration."},
    "custom_description": {"type": "string", "description": "Describes the configuration."},
    "placeholder_url": {**_LINK, "description": "Shown at the embed URL until the first screenshot exists."},
}
_PAGING: tuple[Schema, ...] = (
    {"name": "page", "schema": {"type": "integer", "minimum": 1, "default": 1}},
    {"name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_RECORDS, "default": 1000}},
    {"name": "after", "schema": {"type": "integer"}, "description": "Only what was made later: Unix time, s or ms."},
    {"name": "before", "schema": {"type": "integer"}, "description": "Only what was made earlier, likewise."},
    {"name": "order", "schema": {"type": "string", "enum": ["ASC", "DESC"], "default": "DESC"}},
)


def _object(**properties: Schema) -> Schema:
    """An object that has all of these."""
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


_ANALYSIS = _object(prompts=_list(_TEXT), responses=_list(_TEXT))
_ANALYSIS["description"] = "With analyze_image_with_ai; error_code and note say why there is no response."
_ANALYSIS["properties"] |= {"error_code": _TEXT, "note": _TEXT}
_SCREENSHOT = _object(
    direct_link=_LINK,
    direct_thumbnail_link={"type": ["string", "null"], "format": "uri"},
    taken_at_timestamp={"type": "integer", "description": "Unix time, seconds."},
    job_id=_TEXT,
)
_SCREENSHOT["properties"]["ai_analysis"] = _ANALYSIS
_SCREENSHOT["properties"]["comparison"] = _object(
    verdict={"type": "string", "enum": list(get_args(Verdict))},
    against_job_id={"type": ["string", "null"]},
    ratio={"type": ["number", "null"], "description": "Of the picture's pixels that differ."},
    regions={"type": "integer"},
    text_changed={"type": "boolean"},
    diff_link={"type": ["string", "null"], "format": "uri"},
)
_SCREENSHOT["properties"]["comparison"]["description"] = "In lists, with compare; not PagePixels' own."
_ACCOUNT_SCREENSHOT = {
    **_SCREENSHOT,
    "properties": {
        "screenshot_configuration_id": {**_TEXT, "description": "Empty for a snap."},
        **_SCREENSHOT["properties"],
    },
}
_IDS = _object(last_job_id=_TEXT, screenshot_config_id=_TEXT, embed_url=_LINK)
_CREATED_AT: Schema = {"type": "string", "description": "Unix time, milliseconds."}
_CHANGE = _object(
    id=_TEXT,
    screenshot_configuration_id=_TEXT,
    previous_value=_TEXT,
    retrieved_value=_TEXT,
    config={"type": "object", "description": "The action."},
    sent_at=_CREATED_AT,
)
_COUNT: Schema = {"type": "integer"}

_ANSWERS: dict[str, Schema] = {
    "create": {"screenshot_configuration_id": _TEXT, "job_id": _TEXT, "embed_url": _LINK},
    "list_all": {"screenshot_configurations": _list(_object(config=_CONFIG, ids=_IDS, created_at=_CREATED_AT))},
    "get": {"config": _CONFIG, "ids": _IDS, "created_at": _CREATED_AT},
    "update": {"config": _CONFIG},
    "delete": {"deleted": {"const": True}, "screenshot_configuration": _CONFIG},
    "capture": {"job_id": _TEXT, "embed_url": _LINK},
    "screenshots": {"screenshots": _list(_SCREENSHOT)},
    "account_screenshots": {"screenshots": _list(_ACCOUNT_SCREENSHOT)},
    "changes": {"change_notifications": _list(_CHANGE)},
    "job": {"screenshot": _SCREENSHOT},
    "limits": {
        "results": _object(
            screenshot_limit={"type": ["integer", "null"], "description": "Null is unlimited."},
            screenshot_current_month_usage=_COUNT,
            real_location_bandwidth_limit_in_bytes=_COUNT,
            real_location_bandwidth_current_month_usage_in_bytes=_COUNT,
        )
    },
}
_LISTS = ("list_all", "screenshots", "account_screenshots", "changes")
_NOT_FOUND = "There is no such configuration or job in this account."
_TOO_MANY = "Too many requests; `Retry-After` says when to ask again."


def operation(name: str) -> dict[str, Any]:
    """The operation object of one of the endpoints, named as in `_ANSWERS`."""
    answer = _object(success={"const": True}, **_ANSWERS[name])
    parameters = [{"name": "access_token", "schema": KEY}, *(_PAGING if name in _LISTS else ())]
    found: dict[str, Any] = {
        "parameters": [{"in": "query", "required": False, **parameter} for parameter in parameters],
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            **FAILURES,
            **{status: _failure(text) for status, text in (("404", _NOT_FOUND), ("429", _TOO_MANY))},
        },
    }
    if name in ("create", "update"):
        found["requestBody"] = _body(required=["url"] if name == "create" else [])
    return found


def _failure(text: str) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": FAILURE}}}


def _body(*, required: list[str]) -> Schema:
    """The parameters; in an update each may be null, which takes it away."""
    names = {"access_token"} | plans.names()
    kept = {name: schema for name, schema in schema_of(SnapParams)["properties"].items() if name in names}
    properties = {**kept, **_TITLES, **_SCHEDULE, comparing.NAME: comparing.schema()}
    schema: Schema = {"type": "object", "required": required, "properties": properties}
    types = ("application/json", "application/x-www-form-urlencoded")
    return {"content": {media_type: {"schema": schema} for media_type in types}}
