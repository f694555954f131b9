"""Watches: pages that are captured again and again, what changed on them, and who is told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import JsonValue

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.capture.actions import Observe
from pagelapse.dialects.comparing import comparing_of, summary_json
from pagelapse.dialects.native.access import BASE, answer, success
from pagelapse.dialects.native.pages import page_params, page_response
from pagelapse.dialects.native.params import WatchParams, given_values, options_of, own_params, shown
from pagelapse.dialects.native.values import schedule_of
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import CaptureError, JobPending, MadeElsewhere
from pagelapse.monitoring.changes import ChangeTarget, target_key
from pagelapse.monitoring.comparisons import Comparing
from pagelapse.monitoring.configurations import Configuration, Plan, Screenshot
from pagelapse.monitoring.listings import FIRST, Page, record_key
from pagelapse.monitoring.schedules import Schedule
from pagelapse.observability import log_url
from pagelapse.services.order_documents import CAPTURE_FIELDS, Document, file_document, iso_time

DIALECT = "native"

router = APIRouter(prefix=BASE)


@router.post("/watches", operation_id="createWatch")
async def create(request: Request) -> Response:
    """Watch a page; it is captured now for the first time."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        made = composition.configurations().create(caller, lambda now_ms: plan(parameters, now_ms))
        note(request.scope, job_id=made.last_job_id, target=log_url(made.plan.options.url))
        location = f"{BASE}/watches/{made.configuration_id}"
        return success(watch_document(made), HTTPStatus.CREATED, location=location)

    return await answer(request, handle)


@router.get("/watches", operation_id="listWatches")
async def list_watches(request: Request) -> Response:
    """The account's watches, newest first."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        limit, page = _page(parameters)
        found = composition.configurations().list_configurations(caller, page)
        return page_response(found, limit, record_key, watch_document)

    return await answer(request, handle)


@router.get("/watches/{watch_id}", operation_id="getWatch")
async def get(request: Request, watch_id: str) -> Response:
    """One watch."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        return success(watch_document(composition.configurations().get(caller, watch_id)))

    return await answer(request, handle)


@router.patch("/watches/{watch_id}", operation_id="updateWatch")
async def update(request: Request, watch_id: str) -> Response:
    """Change some of a watch's parameters; null takes one away (RFC 7396)."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        def change(found: Configuration) -> Plan:
            if found.plan.dialect != DIALECT:
                raise MadeElsewhere("was made by another of the APIs; change it there")
            merged = {**found.plan.config, **parameters.values}
            return plan(Parameters(merged, parameters.repeated), found.created_at_ms)

        return success(watch_document(composition.configurations().update(caller, watch_id, change)))

    return await answer(request, handle)


@router.delete("/watches/{watch_id}", operation_id="deleteWatch")
async def delete(request: Request, watch_id: str) -> Response:
    """Delete a watch with its captures and changes."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        composition.configurations().delete(caller, watch_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return await answer(request, handle)


@router.post("/watches/{watch_id}/captures", operation_id="captureWatch")
async def capture(request: Request, watch_id: str) -> Response:
    """Capture a watched page now."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        job = composition.configurations().capture(caller, watch_id)
        note(request.scope, job_id=job.job_id)
        document = _capture(job.job_id, "queued")
        return success(document, HTTPStatus.ACCEPTED, location=f"{BASE}/captures/{job.job_id}")

    return await answer(request, handle)


@router.get("/watches/{watch_id}/captures", operation_id="listWatchCaptures")
async def list_captures(request: Request, watch_id: str) -> Response:
    """A watch's captures, newest first."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        limit, page = _page(parameters)
        found = composition.configurations().list_screenshots(caller, page, watch_id)
        return page_response(found, limit, record_key, screenshot_document)

    return await answer(request, handle)


@router.get("/watches/{watch_id}/changes", operation_id="listWatchChanges")
async def list_watch_changes(request: Request, watch_id: str) -> Response:
    """What changed on a watched page, newest first."""
    return await _changes(request, watch_id)


@router.get("/changes", operation_id="listChanges")
async def list_changes(request: Request) -> Response:
    """What changed on any watched page, newest first."""
    return await _changes(request, None)


async def _changes(request: Request, watch_id: str | None) -> Response:
    def handle(caller: Caller, parameters: Parameters) -> Response:
        limit, page = _page(parameters)
        found = composition.configurations().list_changes(caller, page, watch_id)
        return page_response(found, limit, record_key, lambda change: change.event())

    return await answer(request, handle)


def plan(parameters: Parameters, created_at_ms: int) -> Plan:
    """What a watch asks for; raises `InvalidOption`, naming the parameter."""
    params, given = own_params(WatchParams, parameters)
    actions = [*given.get("actions", ()), *(Observe(type="observe", selector=each) for each in params.texts)]
    options = options_of(given, **({"actions": tuple(actions)} if params.texts else {}))
    comparing = _comparing(params)
    return Plan(
        config=shown(given_values(parameters), secrets=True),
        options=options if comparing is None else comparing.options(options),
        thumbnail=params.thumbnail,
        schedule=_schedule(params.every, created_at_ms // 1000, options.timezone_id),
        change_targets=_targets(params, len(actions) - len(params.texts)),
        comparing=comparing,
        dialect=DIALECT,
    )


def _comparing(params: WatchParams) -> Comparing | None:
    """How its pictures are compared; the watch's webhook is told of changes unless the settings name another."""
    comparing = comparing_of(params.compare)
    if comparing is None or comparing.url is not None:
        return comparing
    return comparing.model_copy(update={"url": params.webhook})


def _schedule(every: str | None, anchor: int, time_zone: str | None) -> Schedule | None:
    if every is None:
        return None
    count, interval = schedule_of(every)
    return Schedule(every=count, interval=interval, anchor=anchor, time_zone=time_zone or "UTC")


def _targets(params: WatchParams, actions: int) -> tuple[ChangeTarget, ...]:
    return tuple(
        ChangeTarget(
            action_index=actions + place,
            key=target_key(selector, params.texts[: place - 1]),
            send_to="webhook",
            url=params.webhook or "",
            config={"selector": selector},
            form="event",
        )
        for place, selector in enumerate(params.texts, start=1)
    )


def watch_capture(caller: Caller, capture_id: str) -> Document:
    """A watch's capture, however far it has come; raises `JobNotFound`."""
    try:
        return screenshot_document(composition.configurations().screenshot(caller, capture_id))
    except JobPending:
        return _capture(capture_id, "queued")
    except CaptureError as error:
        failed: dict[str, JsonValue] = {"code": error.code, "detail": error.message, "parameter": error.option}
        return _capture(capture_id, "failed", error=failed)


def watch_document(watch: Configuration) -> Document:
    """A watch as our own API shows it, whichever API made it."""
    return {
        "object": "watch",
        "id": watch.configuration_id,
        "request": watch.plan.config,
        "created_at": iso_time(watch.created_at_ms),
        "next_capture_at": iso_time((watch.next_run or 0) * 1000),
        "last_capture": watch.last_job_id or None,
    }


def screenshot_document(screenshot: Screenshot) -> Document:
    """A watch's capture, as any other."""
    link = composition.order_pictures().link
    thumbnail = file_document(screenshot.thumbnail, link) if screenshot.thumbnail else None
    document = _capture(
        screenshot.job_id,
        "done",
        watch=screenshot.configuration_id or None,
        taken_at=iso_time(screenshot.taken_at_ms),
        file=file_document(screenshot.file, link),
        thumbnail=thumbnail,
    )
    if screenshot.comparison is not None:
        document["comparison"] = summary_json(screenshot.comparison, composition.configurations().link)
    return document


def _capture(capture_id: str, status: str, **known: Any) -> Document:
    told = {name: known.get(name) for name in CAPTURE_FIELDS}
    return {"object": "capture", "id": capture_id, "status": status, **told}


def _page(parameters: Parameters) -> tuple[int, Page]:
    limit, after = page_params(parameters)
    return limit, Page(limit=limit + 1, beyond=after or FIRST)
