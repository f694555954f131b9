"""The pages that are watched, and the form for another one."""

from __future__ import annotations

import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.dialects import models
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import PagelapseError
from pagelapse.monitoring.configurations import Configuration, Job, Plan
from pagelapse.monitoring.listings import Page
from pagelapse.monitoring.schedules import Interval, Schedule
from pagelapse.observability import log_url
from pagelapse.web.access import Visit, go
from pagelapse.web.capture import THUMBNAIL, Url
from pagelapse.web.failures import status_of

ON_A_PAGE = 50
_LAST_PAGE = 1000


class WatchForm(BaseModel):
    """The fields of the form."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    url: Url
    width: int = Field(1280, ge=1, le=10_000)
    height: int = Field(800, ge=1, le=10_000)
    full_page: bool = False
    every: int = Field(1, ge=1, le=10**9)
    interval: Interval | Literal["never"] = "days"
    compare: bool = False
    webhook: Url | None = None

    def plan(self, created_at_ms: int) -> Plan:
        """A watch in our own API's words; raises `InvalidOption`, naming the parameter."""
        from pagelapse.dialects.native import watches  # and with it FastAPI, which no page needs

        words: dict[str, object] = {
            "url": self.url,
            "viewport": f"{self.width}x{self.height}",
            "full_page": self.full_page,
            "deterministic": True,
            "every": None if self.interval == "never" else f"{self.every} {self.interval}",
            "compare": self.compare or None,
            "webhook": self.webhook,
            "thumbnail": f"{THUMBNAIL.width}x",
        }
        return watches.plan(Parameters(words), created_at_ms)


async def show(visit: Visit) -> Response:
    """A page of the list."""
    return _page(visit)


async def create(visit: Visit) -> Response:
    """Watch a page from now on; its first picture is taken at once."""
    try:
        form = models.parse(WatchForm, visit.form)
        made = composition.configurations().create(visit.caller, form.plan)
    except PagelapseError as error:
        note(visit.request.scope, error=error.code, option=error.option)
        return _page(visit, error=error)
    note(visit.request.scope, job_id=made.last_job_id, target=log_url(made.plan.options.url))
    return go(f"/app/configurations/{made.configuration_id}")


def status(configuration: Configuration, job: Job | None) -> str:
    """In a word: what a configuration does now."""
    if job is not None and job.state == "pending" and configuration.busy_until > time.time():
        return "capturing"
    if job is not None and job.state == "failed":
        return "failed"
    if configuration.plan.schedule is None:
        return "unscheduled"
    return "paused" if configuration.plan.paused else "scheduled"


def rhythm(schedule: Schedule | None) -> str:
    """How often, in words."""
    if schedule is None:
        return "only when asked"
    unit = schedule.interval
    return f"every {unit.removesuffix('s')}" if schedule.every == 1 else f"every {schedule.every} {unit}"


def _page(visit: Visit, error: PagelapseError | None = None) -> Response:
    number = max(1, visit.number("page", 1, most=_LAST_PAGE))
    configurations = composition.configurations()
    found = configurations.list_configurations(visit.caller, Page(number, ON_A_PAGE))
    jobs = configurations.last_jobs(visit.caller.account.account_id, found)
    usual = {"url": "", "width": 1280, "height": 800, "every": 1, "interval": "days", "webhook": ""}
    ticked = {"full_page": False, "compare": visit.request.method == "GET"}
    return visit.render(
        "configurations.html",
        status_of(error) if error else 200,
        watched=[_shown(each, jobs.get(each.configuration_id)) for each in found],
        form=usual | ticked | dict(visit.form.values),
        error=error,
        newer=number - 1 if number > 1 else None,
        older=number + 1 if len(found) == ON_A_PAGE else None,
    )


def _shown(configuration: Configuration, job: Job | None) -> dict[str, object]:
    failed = job.failure if job else None
    return {
        "id": configuration.configuration_id,
        "url": configuration.plan.options.url,
        "status": status(configuration, job),
        "paused": configuration.plan.paused,
        "rhythm": rhythm(configuration.plan.schedule),
        "next_run": configuration.next_run,
        "failure": failed.message if failed else "",
    }
