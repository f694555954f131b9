"""PagePixels' "Scheduled Screenshot Endpoints", its jobs and its lists."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.pagepixels import plans
from pagelapse.dialects.pagepixels.access import guarded, private_caller
from pagelapse.dialects.pagepixels.openapi_configurations import operation
from pagelapse.dialects.pagepixels.paging import page_of
from pagelapse.dialects.pagepixels.records import (
    account_screenshot_json,
    change_json,
    configuration_json,
    embed_url,
    screenshot_json,
    success,
)
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.monitoring.configurations import Plan
from pagelapse.observability import log_url

router = APIRouter()
_Handler = Callable[[Caller, Parameters], Response]


@router.post("/screenshot_configs", operation_id="createConfiguration", openapi_extra=operation("create"))
async def create(request: Request) -> Response:
    """Store a configuration and capture it for the first time."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        config = plans.merged(parameters)
        made = composition.configurations().create(caller, lambda now_ms: _plan(config, now_ms))
        note(request.scope, job_id=made.last_job_id, target=log_url(made.plan.options.url))
        ids = {"screenshot_configuration_id": made.configuration_id, "job_id": made.last_job_id}
        return success({**ids, "embed_url": embed_url(request, made.configuration_id)}, plans.ignored(parameters))

    return await _answer(request, handle)


@router.get("/screenshot_configs", operation_id="listConfigurations", openapi_extra=operation("list_all"))
async def list_all(request: Request) -> Response:
    """The account's configurations."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        found = composition.configurations().list_configurations(caller, page_of(parameters))
        return success({"screenshot_configurations": [configuration_json(request, each) for each in found]})

    return await _answer(request, handle)


@router.get("/screenshot_configs/{configuration_id}", operation_id="getConfiguration", openapi_extra=operation("get"))
async def get(request: Request, configuration_id: str) -> Response:
    """One configuration."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        found = composition.configurations().get(caller, configuration_id)
        return success(configuration_json(request, found))

    return await _answer(request, handle)


@router.patch(
    "/screenshot_configs/{configuration_id}", operation_id="updateConfiguration", openapi_extra=operation("update")
)
async def update(request: Request, configuration_id: str) -> Response:
    """Add and change a configuration's parameters."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        changed = composition.configurations().update(
            caller,
            configuration_id,
            lambda found: _plan(plans.merged(parameters, found.plan.config), found.created_at_ms),
        )
        return success({"config": changed.plan.config}, plans.ignored(parameters))

    return await _answer(request, handle)


@router.delete(
    "/screenshot_configs/{configuration_id}", operation_id="deleteConfiguration", openapi_extra=operation("delete")
)
async def delete(request: Request, configuration_id: str) -> Response:
    """Delete a configuration and its screenshots."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        gone = composition.configurations().delete(caller, configuration_id)
        return success({"deleted": True, "screenshot_configuration": gone.plan.config})

    return await _answer(request, handle)


@router.post(
    "/screenshot_configs/{configuration_id}/capture",
    operation_id="captureConfiguration",
    openapi_extra=operation("capture"),
)
async def capture(request: Request, configuration_id: str) -> Response:
    """Capture a configuration now."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        job = composition.configurations().capture(caller, configuration_id)
        note(request.scope, job_id=job.job_id)
        return success({"job_id": job.job_id, "embed_url": embed_url(request, configuration_id)})

    return await _answer(request, handle)


@router.get(
    "/screenshot_configs/{configuration_id}/screenshots",
    operation_id="listConfigurationScreenshots",
    openapi_extra=operation("screenshots"),
)
async def list_configuration_screenshots(request: Request, configuration_id: str) -> Response:
    """The screenshots of a configuration."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        configurations = composition.configurations()
        found = configurations.list_screenshots(caller, page_of(parameters), configuration_id)
        return success({"screenshots": [screenshot_json(configurations, each) for each in found]})

    return await _answer(request, handle)


@router.get("/screenshots", operation_id="listScreenshots", openapi_extra=operation("account_screenshots"))
async def list_screenshots(request: Request) -> Response:
    """The screenshots of the account."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        configurations = composition.configurations()
        found = configurations.list_screenshots(caller, page_of(parameters))
        return success({"screenshots": [account_screenshot_json(configurations, each) for each in found]})

    return await _answer(request, handle)


@router.get(
    "/screenshot_configs/{configuration_id}/change_notifications",
    operation_id="listConfigurationChanges",
    openapi_extra=operation("changes"),
)
async def list_configuration_changes(request: Request, configuration_id: str) -> Response:
    """The change notifications of a configuration."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        found = composition.configurations().list_changes(caller, page_of(parameters), configuration_id)
        return success({"change_notifications": [change_json(each) for each in found]})

    return await _answer(request, handle)


@router.get("/change_notifications", operation_id="listChanges", openapi_extra=operation("changes"))
async def list_changes(request: Request) -> Response:
    """The change notifications of the account."""

    def handle(caller: Caller, parameters: Parameters) -> Response:
        found = composition.configurations().list_changes(caller, page_of(parameters))
        return success({"change_notifications": [change_json(each) for each in found]})

    return await _answer(request, handle)


@router.get("/jobs/{job_id}", operation_id="getJob", openapi_extra=operation("job"))
async def job(request: Request, job_id: str) -> Response:
    """What a capture gave."""

    def handle(caller: Caller, _parameters: Parameters) -> Response:
        configurations = composition.configurations()
        return success({"screenshot": screenshot_json(configurations, configurations.screenshot(caller, job_id))})

    return await _answer(request, handle)


def _plan(config: plans.Config, created_at_ms: int) -> Plan:
    """As `plans.plan`; an analysis that nobody could make is refused now, not at each capture."""
    made = plans.plan(config, created_at_ms)
    if made.analysis_prompt is not None:
        composition.analyses().need_model(option="analyze_image_with_ai")
    return made


async def _answer(request: Request, handler: _Handler) -> Response:
    async def handle() -> Response:
        parameters = await read_parameters(request)
        return handler(private_caller(request, parameters), parameters)

    return await guarded(request, handle)
