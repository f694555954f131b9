"""A configuration's history, to scrub through and to compare."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.configurations import Screenshot
from pagelapse.monitoring.listings import Page
from pagelapse.web.access import Visit, go
from pagelapse.web.configurations import rhythm, status

FRAMES = 60
"""On one page: with more, its HTML would pass 100 KB."""

_CHANGES = 100
_LAST_PAGE = 1000

View = Literal["one", "side", "swipe", "difference"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of the history, and what had changed on it."""

    screenshot: Screenshot
    changes: tuple[Change, ...] = ()

    @property
    def note(self) -> str:
        """The changes in a few words; empty without any."""
        found, count = self.screenshot.comparison, len(self.changes)
        seen = found is not None and found.verdict == "changed"
        parts = [_percent(found.ratio)] if found and seen and found.ratio else []
        if count or (found and seen and found.text_changed):
            parts.append(f"{count} texts changed" if count > 1 else "text changed")
        return ", ".join(parts) or ("changed" if seen else "")

    def diff_key(self, before: Frame) -> str | None:
        """S3 key of the picture that marks what differs from `before`, where there is one."""
        found = self.screenshot.comparison
        return found.diff_key if found and found.against_job_id == before.screenshot.job_id else None


async def show(visit: Visit) -> Response:
    """A page of it, the newest picture first to be seen."""
    configurations, caller = composition.configurations(), visit.caller
    found = configurations.get(caller, visit.request.path_params["configuration_id"])
    number = max(1, visit.number("page", 1, most=_LAST_PAGE))
    newest_first = configurations.list_screenshots(caller, Page(number, FRAMES), found.configuration_id)
    changes = configurations.list_changes(caller, Page(1, _CHANGES), found.configuration_id)
    frames = _frames(newest_first[::-1], changes)
    at = _index(visit, frames, "shot", "at", len(frames) - 1)
    job = configurations.last_jobs(caller.account.account_id, [found]).get(found.configuration_id)
    return visit.render(
        "history.html",
        configuration=found,
        status=status(found, job),
        failure=job.failure.message if job and job.failure else "",
        rhythm=rhythm(found.plan.schedule),
        frames=frames,
        changes=changes,
        at=at,
        other=_index(visit, frames, "with", "with_at", max(0, at - 1)),
        view=_view(visit.text("view")),
        link=configurations.link,
        number=number,
        newer=number - 1 if number > 1 else None,
        older=number + 1 if len(newest_first) == FRAMES else None,
    )


async def capture(visit: Visit) -> Response:
    """Take a picture now."""
    return _back(visit, composition.configurations().capture(visit.caller, _id(visit)).configuration_id)


async def pause(visit: Visit) -> Response:
    """Let the schedule rest."""
    return _back(visit, composition.configurations().set_paused(visit.caller, _id(visit), True).configuration_id)


async def resume(visit: Visit) -> Response:
    """Go on with the schedule."""
    return _back(visit, composition.configurations().set_paused(visit.caller, _id(visit), False).configuration_id)


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["configuration_id"])


def _back(visit: Visit, configuration_id: str) -> Response:
    """To the list, when the form was there, or to the history."""
    return go("/app/configurations" if visit.text("from") == "list" else f"/app/configurations/{configuration_id}")


def _frames(screenshots: list[Screenshot], changes: list[Change]) -> list[Frame]:
    """Pictures in their order, each with the changes that were found on it.

    A change is noted when its picture is recorded: after it was taken, and before the next one is.
    """
    found: list[list[Change]] = [[] for _ in screenshots]
    moments = [each.taken_at_ms for each in screenshots]
    for change in changes:
        place = bisect_right(moments, change.sent_at_ms) - 1
        if place >= 0:
            found[place].append(change)
    return [Frame(each, tuple(those)) for each, those in zip(screenshots, found, strict=True)]


def _index(visit: Visit, frames: list[Frame], by_id: str, by_place: str, default: int) -> int:
    """The frame that is asked for, by its job's id or by its place."""
    wanted = visit.text(by_id)
    found = [place for place, frame in enumerate(frames) if frame.screenshot.job_id == wanted]
    return found[0] if found else visit.number(by_place, default, most=max(0, len(frames) - 1))


def _percent(ratio: float) -> str:
    """`2.3 % changed`; a change of any size is more than none."""
    return f"{ratio * 100:.1f} % changed" if ratio >= 0.0005 else "<0.1 % changed"


def _view(text: str) -> View:
    return next((view for view in get_args(View) if view == text), "one")
