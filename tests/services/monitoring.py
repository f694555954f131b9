"""A stored configuration over fakes, and reports of its captures."""

from __future__ import annotations

import time
from dataclasses import replace

from pydantic import JsonValue
from tests.world import World

from pagelapse.capture.jobs import CaptureJob, CaptureReport, Observation, ThumbnailSize
from pagelapse.capture.options import CaptureOptions
from pagelapse.monitoring.changes import ChangeTarget
from pagelapse.monitoring.configurations import Configuration, Plan
from pagelapse.monitoring.schedules import Schedule

OPTIONS = CaptureOptions(url="https://example.com/")
ACTION: dict[str, JsonValue] = {"type": "change", "selector": "#price", "send_to": "webhook", "url": "https://a.test/"}
TARGET = ChangeTarget(action_index=1, key="price", send_to="webhook", url="https://a.test/", config=ACTION)


def made(
    world: World, *, schedule: Schedule | None = None, watch: bool = False, prompt: str | None = None
) -> Configuration:
    """A new configuration of the world's account."""
    targets = (TARGET,) if watch else ()
    plan = Plan(
        config={"url": "https://example.com/"},
        options=OPTIONS,
        thumbnail=ThumbnailSize(width=320),
        schedule=schedule,
        change_targets=targets,
        analysis_prompt=prompt,
    )
    return world.configurations.create(world.caller(), lambda _now_ms: plan)


def every(minutes: int) -> Schedule:
    """A schedule that begins now."""
    return Schedule(every=minutes, interval="minutes", anchor=int(time.time()))


def report(world: World, text: str | None = None) -> CaptureReport:
    """What `snap` reports of the job queued last."""
    job = CaptureJob.model_validate_json(world.capture_queue.sent[-1])
    found = world.runner.report(job)
    if text is not None:
        observed = Observation(action_index=1, selector="#price", text=text)
        found = found.model_copy(update={"observations": (observed,)})
    return found


def now(world: World, configuration: Configuration) -> Configuration:
    """The configuration as it is stored."""
    return world.monitor.configurations_[configuration.configuration_id]


def become_due(world: World, configuration: Configuration) -> None:
    """Let the configuration's next run be a moment ago, with no capture under way."""
    due = replace(now(world, configuration), next_run=int(time.time()) - 1, busy_until=0)
    world.monitor.configurations_[configuration.configuration_id] = due
