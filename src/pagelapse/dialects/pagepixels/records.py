"""PagePixels' JSON of configurations, screenshots and change notifications."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request
from fastapi.responses import JSONResponse

from pagelapse import services as composition
from pagelapse.dialects.answers import ignored_header
from pagelapse.dialects.comparing import summary_json
from pagelapse.dialects.pagepixels.errors import SAFE_HEADERS, UNEXPECTED
from pagelapse.errors import UsageLimitExceeded
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.configurations import Analysis, Configuration, Screenshot
from pagelapse.services.configurations import Configurations

Json = dict[str, object]


def success(content: Json, ignored: Iterable[str] = ()) -> JSONResponse:
    """A successful answer, which nobody may keep."""
    headers = {**SAFE_HEADERS, "Cache-Control": "no-store", **ignored_header(ignored)}
    return JSONResponse({"success": True, **content}, headers=headers)


def embed_url(request: Request, configuration_id: str) -> str:
    """The address that shows the configuration's newest picture, on the host that was asked."""
    base = composition.configurations().public_url or str(request.base_url).rstrip("/")
    return f"{base}/app/screenshots/{configuration_id}/embed"


def configuration_json(request: Request, configuration: Configuration) -> Json:
    """A configuration as `GET /screenshot_configs` shows it."""
    configuration_id = configuration.configuration_id
    return {
        "config": configuration.plan.config,
        "ids": {
            "last_job_id": configuration.last_job_id,
            "screenshot_config_id": configuration_id,
            "embed_url": embed_url(request, configuration_id),
        },
        "created_at": str(configuration.created_at_ms),
    }


def screenshot_json(configurations: Configurations, screenshot: Screenshot) -> Json:
    """A screenshot as `GET /jobs` shows it."""
    link, thumbnail = configurations.link, screenshot.thumbnail
    shown: Json = {
        "direct_link": link(screenshot.file.key),
        "direct_thumbnail_link": link(thumbnail.key) if thumbnail else None,
        "taken_at_timestamp": screenshot.taken_at_ms // 1000,
        "job_id": screenshot.job_id,
    }
    if screenshot.comparison is not None:
        shown["comparison"] = summary_json(screenshot.comparison, link)
    return shown if screenshot.analysis is None else shown | {"ai_analysis": analysis_json(screenshot.analysis)}


def analysis_json(analysis: Analysis) -> Json:
    """An analysis in the words of `/ai/analyze`; without a response while there is none, and with the reason if any."""
    responses = [] if analysis.response is None else [analysis.response]
    shown: Json = {"prompts": [analysis.prompt], "responses": responses}
    if analysis.failure is None:
        return shown
    known = analysis.failure.code == UsageLimitExceeded.code
    return shown | {
        "error_code": UsageLimitExceeded.code if known else UNEXPECTED,
        "note": analysis.failure.message,
    }


def account_screenshot_json(configurations: Configurations, screenshot: Screenshot) -> Json:
    """A screenshot as `GET /screenshots` shows it, with its configuration, if it has one."""
    owner: Json = {"screenshot_configuration_id": screenshot.configuration_id}
    return owner | screenshot_json(configurations, screenshot)


def change_json(change: Change) -> Json:
    """A change as the lists show it, whoever watches."""
    return dict(change.notification())
