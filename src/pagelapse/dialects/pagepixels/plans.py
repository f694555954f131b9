"""PagePixels' parameters of a screenshot configuration: those of a snap, and a schedule."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue

from pagelapse.capture.urls import checked_url
from pagelapse.dialects import comparing
from pagelapse.dialects.pagepixels.analysis import DEFAULT_PROMPT
from pagelapse.dialects.pagepixels.params import SnapParams, known_names, parse
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption, InvalidSchedule
from pagelapse.monitoring.changes import ChangeTarget, target_key
from pagelapse.monitoring.configurations import Plan
from pagelapse.monitoring.schedules import INTERVALS, LONGEST_YEARS, Schedule, is_too_long

SCHEDULE_NAMES = ("scheduled_screenshot", "scheduled_every", "scheduled_interval")

NOT_FOR_CONFIGURATIONS = frozenset({"json", "ttl", "html_only", "text_only", "markdown_only", "hash_key"})
"""A snap's parameters that mean nothing to what is stored; accepted without effect."""

_TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "off", "f", "n"})

Config = Mapping[str, JsonValue]


def names() -> set[str]:
    """The parameters that a configuration keeps."""
    return known_names(SnapParams) - NOT_FOR_CONFIGURATIONS | set(SCHEDULE_NAMES) | {comparing.NAME}


def ignored(parameters: Parameters) -> list[str]:
    """What the caller sent and nobody looks at, sorted."""
    return sorted(parameters.values.keys() - names() - {"access_token"})


def merged(parameters: Parameters, earlier: Config | None = None) -> dict[str, JsonValue]:
    """The caller's parameters as given, over those of `earlier`; only a schedule's have types of their own.

    An empty parameter, or null, is not given: it takes an earlier one away, so that the default applies again.

    Raises:
        InvalidSchedule: When one of those has a value that it can't have.
        InvalidOption: When a parameter was given more than once.
    """
    known = names()
    for name in sorted(parameters.repeated & known):
        raise InvalidOption("was given more than once", option=name)
    sent = {name: value for name, value in parameters.values.items() if name in known}
    given = {name: value for name, value in sent.items() if value not in (None, "")}
    kept = {name: value for name, value in (earlier or {}).items() if name in given or name not in sent}
    typed = {name: _schedule_value(name, value) if name in SCHEDULE_NAMES else value for name, value in given.items()}
    return {**kept, **typed}  # type: ignore[dict-item]  # JSON or form values, both of them JsonValue


def plan(config: Config, created_at_ms: int) -> Plan:
    """What a configuration asks for.

    Args:
        config: From `merged`.
        created_at_ms: Unix time in milliseconds, the anchor of its schedule.

    Raises:
        InvalidSchedule: When a schedule is wanted and is not complete, or longer than 100 years.
        InvalidOption: When another parameter is wrong.
    """
    picture = {name: value for name, value in config.items() if name not in (*SCHEDULE_NAMES, comparing.NAME)}
    params = parse(SnapParams, Parameters(picture))
    options = params.options()
    compared = comparing.comparing_of(config.get(comparing.NAME))
    placeholder = config.get("placeholder_url")
    return Plan(
        config=dict(config),
        options=options if compared is None else compared.options(options),
        thumbnail=params.thumbnail(),
        schedule=_schedule(config, created_at_ms // 1000, options.timezone_id),
        placeholder_url=_checked_placeholder(placeholder) if placeholder else None,
        change_targets=_change_targets(config.get("multi_step_actions")),
        analysis_prompt=(params.ai_prompt or DEFAULT_PROMPT) if params.analyze_image_with_ai else None,
        comparing=compared,
    )


def _schedule_value(name: str, value: object) -> JsonValue:
    if name == "scheduled_screenshot":
        return _boolean(value)
    if name == "scheduled_every":
        return _count(value)
    if value not in INTERVALS:
        raise InvalidSchedule(f"must be one of {', '.join(INTERVALS)}", option=name)
    return str(value)


def _boolean(value: object) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise InvalidSchedule("must be true or false", option="scheduled_screenshot")
    return text in _TRUE


def _count(value: object) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise InvalidSchedule("must be an integer of at least 1", option="scheduled_every")
    return int(text)


def _schedule(config: Config, anchor: int, time_zone: str | None) -> Schedule | None:
    every, interval = config.get("scheduled_every"), config.get("scheduled_interval")
    if isinstance(every, int) and interval in INTERVALS and is_too_long(every, interval):
        raise InvalidSchedule(f"is longer than {LONGEST_YEARS} years", option="scheduled_every")
    if not config.get("scheduled_screenshot"):
        return None
    for name in SCHEDULE_NAMES[1:]:
        if name not in config:
            raise InvalidSchedule("is needed with scheduled_screenshot=true", option=name)
    schedule = {"every": every, "interval": interval, "anchor": anchor, "time_zone": time_zone or "UTC"}
    return Schedule.model_validate(schedule)


def _checked_placeholder(value: JsonValue) -> str:
    try:
        return checked_url(str(value))
    except ValueError as error:
        raise InvalidOption(str(error), option="placeholder_url") from None


def _change_targets(actions: JsonValue) -> tuple[ChangeTarget, ...]:
    """The watched elements among the actions, which `parse` has found to be in order."""
    if isinstance(actions, str):
        actions = json.loads(actions)
    targets: list[ChangeTarget] = []
    selectors: list[str] = []
    for index, action in enumerate(actions if isinstance(actions, list) else [], start=1):
        if isinstance(action, dict) and action.get("type") == "change":
            selector = str(action.get("selector"))
            key = target_key(selector, selectors)
            selectors.append(selector)
            where = {"send_to": action.get("send_to") or "webhook", "url": action.get("url") or ""}
            targets.append(ChangeTarget.model_validate({"action_index": index, "key": key, "config": action, **where}))
    return tuple(targets)
