"""Each error code of the vendor's "API Errors", over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from string import ascii_uppercase

import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import finished, form, listed
from tests.site.server import Site

from pagelapse.adapters.monitor_items import ConfigurationItem
from pagelapse.adapters.table import connect
from pagelapse.local.stack import Stack
from pagelapse.monitoring.configurations import new_configuration_id

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"

DOCUMENTED = {
    "missing_access_token",
    "invalid_access_token",
    "missing_or_invalid_url",
    "invalid_hash_key",
    "usage_limit_exceeded",
    "rate_limit_exceeded",
    "screenshot_configuration_not_found",
    "screenshot_already_in_progress",
    "screenshot_capturing_in_progress",
    "screenshot_not_found",
    "invalid_schedule_provided",
    "invalid_multi_step_actions",
    "billing_not_up_to_date",
    "invalid_page_number",
    "invalid_limit",
    "invalid_after_date",
    "invalid_before_date",
    "unexpected_error",
}
"""The text's list."""


@dataclass(frozen=True)
class Scene:
    """What the requests work with."""

    api: Api
    site: Site
    stack: Stack

    def create(self, **parameters: str) -> httpx.Response:
        """`POST /screenshot_configs`, as curl's `-d` sends it."""
        data = {"access_token": self.api.account.private_key, "wait": "0", **parameters}
        return self.api.http.post("/screenshot_configs", data=data)

    def created(self, path: str) -> dict[str, str]:
        """A new configuration's ids; its first capture is under way."""
        return form(self.api, "POST", "/screenshot_configs", url=self.site.url(path), wait=0)


def _without_a_key(scene: Scene) -> httpx.Response:
    return scene.api.http.get("/snap", params={"url": scene.site.url(PAGE)})


def _with_a_wrong_key(scene: Scene) -> httpx.Response:
    return scene.api.snap(scene.site.url(PAGE), access_token="wrong")


def _with_a_foreign_signature(scene: Scene) -> httpx.Response:
    key = scene.api.account.publishable_key
    return scene.api.snap(scene.site.url(PAGE), access_token=key, hash_key="2310b69bb6ca5e2d1891c6fbe93f83844a0087fa")


def _beyond_the_monthly_limit(scene: Scene) -> httpx.Response:
    scene.api.account = scene.api.accounts.create_account("limited", screenshot_limit=1)
    assert scene.api.snap(scene.site.url(PAGE)).status_code == HTTPStatus.OK
    return scene.api.snap(scene.site.url(PAGE), page_width=800)


def _too_often(scene: Scene) -> httpx.Response:
    scene.api.account = scene.api.accounts.create_account("eager", request_limit=1)
    listed(scene.api, "/screenshot_configs")
    response = scene.api.get("/screenshot_configs")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    return response


def _of_a_suspended_account(scene: Scene) -> httpx.Response:
    scene.api.accounts.suspend(scene.api.account.account.account_id)
    return scene.api.snap(scene.site.url(PAGE))


def _capture_while_one_is_under_way(scene: Scene) -> httpx.Response:
    made = scene.created("/slow?s=2")
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}/capture"
    return scene.api.post(path, {})


def _status_while_it_is_under_way(scene: Scene) -> httpx.Response:
    return scene.api.get(f"/jobs/{scene.created('/slow?s=2')['job_id']}")


def _with_a_broken_record(scene: Scene) -> httpx.Response:
    """What is stored can't be read: a fault of ours."""
    made = scene.created(PAGE)
    finished(scene.api, made["job_id"])
    configuration_id = made["screenshot_configuration_id"]
    connect(scene.stack.outputs["TableName"])
    item = ConfigurationItem.at(scene.api.account.account.account_id, configuration_id)
    item.update(actions=[ConfigurationItem.plan.set("{}")])
    response = scene.api.get(f"/screenshot_configs/{configuration_id}")
    item.delete()
    return response


def _listing(**parameters: str) -> Callable[[Scene], httpx.Response]:
    return lambda scene: scene.api.get("/screenshots", **parameters)


_REQUESTS: dict[str, tuple[int, Callable[[Scene], httpx.Response]]] = {
    "missing_access_token": (401, _without_a_key),
    "invalid_access_token": (401, _with_a_wrong_key),
    "missing_or_invalid_url": (400, lambda scene: scene.create(url="nonsense")),
    "invalid_hash_key": (403, _with_a_foreign_signature),
    "usage_limit_exceeded": (403, _beyond_the_monthly_limit),
    "rate_limit_exceeded": (429, _too_often),
    "screenshot_configuration_not_found": (
        404,
        lambda scene: scene.api.get(f"/screenshot_configs/{new_configuration_id()}"),
    ),
    "screenshot_already_in_progress": (400, _capture_while_one_is_under_way),
    "screenshot_capturing_in_progress": (400, _status_while_it_is_under_way),
    "screenshot_not_found": (404, lambda scene: scene.api.get("/jobs/fcdbe8a0b79965d88b903c72")),
    "invalid_schedule_provided": (
        400,
        lambda scene: scene.create(url="https://example.com/", scheduled_screenshot="true"),
    ),
    "invalid_multi_step_actions": (
        400,
        lambda scene: scene.create(url="https://example.com/", multi_step_actions='[{"type": "dance"}]'),
    ),
    "billing_not_up_to_date": (403, _of_a_suspended_account),
    "invalid_page_number": (400, _listing(page="0")),
    "invalid_limit": (400, _listing(limit="1001")),
    "invalid_after_date": (400, _listing(after="yesterday")),
    "invalid_before_date": (400, _listing(before="-1")),
    "unexpected_error": (500, _with_a_broken_record),
}
"""By code: the HTTP status, and what leads there."""

_NAMED = {
    "missing_or_invalid_url": "url",
    "invalid_hash_key": "hash_key",
    "invalid_schedule_provided": "scheduled_every",
    "invalid_multi_step_actions": "multi_step_actions",
    "invalid_page_number": "page",
    "invalid_limit": "limit",
    "invalid_after_date": "after",
    "invalid_before_date": "before",
}
"""Codes whose note begins with a parameter's name, in these requests."""


@pytest.mark.parametrize("code", _REQUESTS)
def test_error_code(api: Api, site: Site, stack: Stack, code: str) -> None:
    """Each documented code comes with its status and a note that says more, and names the parameter at fault."""
    status, request = _REQUESTS[code]
    response = request(Scene(api, site, stack))
    answer = response.json()
    assert (response.status_code, answer["success"], answer["error_code"]) == (status, False, code)
    assert answer.keys() == {"success", "error_code", "note"}
    assert answer["note"].startswith(f"{_NAMED[code]}: " if code in _NAMED else tuple(ascii_uppercase))


def test_every_documented_code_is_produced() -> None:
    """The codes that are produced are the 18 that the vendor documents."""
    assert set(_REQUESTS) == DOCUMENTED
    assert len(DOCUMENTED) == 18
