"""Steps that the end-to-end tests of stored configurations share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import boto3
from tests.e2e.pagepixels.conftest import Api

from pagelapse.adapters.monitor_items import ConfigurationItem
from pagelapse.adapters.table import connect
from pagelapse.local.stack import Stack

_T = TypeVar("_T")
Json = dict[str, Any]


def form(api: Api, method: str, path: str, **parameters: object) -> Json:
    """A request as curl's `-d` sends it, which must succeed."""
    response = api.http.request(method, path, data={"access_token": api.account.private_key} | _texts(parameters))
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    assert answer["success"] is True
    return answer


def listed(api: Api, path: str, **parameters: object) -> Json:
    """A GET that must succeed."""
    response = api.http.get(path, params={"access_token": api.account.private_key} | _texts(parameters))
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    assert answer["success"] is True
    return answer


def refused(api: Api, method: str, path: str, **parameters: object) -> tuple[int, str]:
    """The status and the code of a request that must fail."""
    given = {"access_token": api.account.private_key} | _texts(parameters)
    response = api.http.get(path, params=given) if method == "GET" else api.http.request(method, path, data=given)
    assert response.json()["success"] is False
    return response.status_code, response.json()["error_code"]


def watching(api: Api, page: str, receiver: str, **parameters: object) -> Json:
    """A new configuration, captured once, that tells `receiver` of changes of `#count`, as on the site's `/counter`."""
    action = {"type": "change", "selector": "#count", "send_to": "webhook", "url": receiver}
    given = {"url": page, "wait": 0, "multi_step_actions": json.dumps([action]), **parameters}
    made = form(api, "POST", "/screenshot_configs", **given)
    assert finished(api, made["job_id"])["success"] is True
    return made


def _texts(parameters: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items()}


def until(found: Callable[[], _T | None], *, within_s: float = 120) -> _T:
    """What `found` returns once it is not `None`."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        value = found()
        if value is not None:
            return value
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def finished(api: Api, job_id: str) -> Json:
    """The job's answer, once it is not under way any more."""

    def answer() -> Json | None:
        got: Json = api.http.get(f"/jobs/{job_id}", params={"access_token": api.account.private_key}).json()
        return None if got.get("error_code") == "screenshot_capturing_in_progress" else got

    return until(answer)


def become_due(api: Api, stack: Stack, configuration_id: str) -> None:
    """Let a scheduled configuration's next run be a moment ago."""
    connect(stack.outputs["TableName"])
    item = ConfigurationItem.at(api.account.account.account_id, configuration_id)
    item.update(actions=[ConfigurationItem.due_at.set(int(time.time()) - 1)])


def tick(stack: Stack) -> dict[str, int]:
    """Let the minute tick come now; returns what it did."""
    client = boto3.client("lambda", **stack.client_options)
    answer = client.invoke(FunctionName=stack.outputs["ScheduleFunctionName"], Payload=b"{}")
    done: dict[str, int] = json.loads(answer["Payload"].read())
    return done
