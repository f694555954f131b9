"""PagePixels' OpenAPI document against what the endpoints answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.dialects.client import Client
from tests.services.monitoring import OPTIONS, report
from tests.world import World

from pagelapse import services
from pagelapse.api.openapi import document
from pagelapse.dialects.pagepixels import plans
from pagelapse.monitoring.changes import Change
from pagelapse.monitoring.configurations import Analysis
from pagelapse.services.locations import NOWHERE

DOCUMENT: dict[str, Any] = json.loads(document("pagepixels"))
PATHS: dict[str, Any] = DOCUMENT["paths"]
CONFIGURATION = "/screenshot_configs/{configuration_id}"
_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def _unlike(schema: dict[str, Any], value: object, where: str = "$") -> list[str]:
    """Where a value is not as its schema says: in type, in what is missing, or in what is not mentioned."""
    if "const" in schema:
        return [] if value == schema["const"] else [where]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(type(value) is _TYPES[name] for name in types):
        return [f"{where} is {type(value).__name__}"]
    if isinstance(value, list):
        return [problem for item in value for problem in _unlike(schema["items"], item, f"{where}[]")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    properties = schema["properties"]
    problems = [f"{where}.{name}" for name in set(schema["required"]) - value.keys() | value.keys() - properties.keys()]
    known = value.keys() & properties.keys()
    return problems + [
        problem for name in known for problem in _unlike(properties[name], value[name], f"{where}.{name}")
    ]


@pytest.fixture
def made(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A configuration with a screenshot, its analysis and a change, and a snap."""
    monkeypatch.setattr(services, "locations", lambda: NOWHERE)
    answer: dict[str, Any] = _ask(client, world, "POST", "/screenshot_configs", url="https://example.com/")
    configuration = world.monitor.configurations_[answer["screenshot_configuration_id"]]
    plan = configuration.plan.model_copy(update={"analysis_prompt": "What?"})
    world.monitor.configurations_[configuration.configuration_id] = replace(configuration, plan=plan)
    world.recorder.record(report(world))
    job = world.monitor.jobs[answer["job_id"]]
    world.monitor.settle(job, Analysis(prompt="What?", response="That."))
    change = Change(
        change_id="c", configuration_id=job.configuration_id, previous_value="1", retrieved_value="2", config={},
        sent_at_ms=1, send_to="webhook", url="https://a.test/",
    )  # fmt: skip
    world.monitor.noticed.append((job.account_id, change))
    world.snap(OPTIONS)
    return answer


def _ask(client: Client, world: World, method: str, path: str, **parameters: object) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {world.new.private_key}"}
    sent = {"params": parameters} if method == "GET" else {"json": parameters}
    response = client.request(method, path, headers=headers, **sent)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/screenshot_configs"),
        ("GET", "/screenshot_configs"),
        ("GET", CONFIGURATION),
        ("PATCH", CONFIGURATION),
        ("DELETE", CONFIGURATION),
        ("POST", f"{CONFIGURATION}/capture"),
        ("GET", f"{CONFIGURATION}/screenshots"),
        ("GET", f"{CONFIGURATION}/change_notifications"),
        ("GET", "/screenshots"),
        ("GET", "/change_notifications"),
        ("GET", "/jobs/{job_id}"),
        ("GET", "/account_limits"),
    ],
)
def test_answers_are_as_documented(client: Client, world: World, made: dict[str, Any], method: str, path: str) -> None:
    """What an endpoint answers has the documented form: nothing is missing, and nothing is unmentioned."""
    operation = PATHS[path][method.lower()]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    where = path.format(configuration_id=made["screenshot_configuration_id"], job_id=made["job_id"])
    given = {"url": "https://example.com/"} if method in ("POST", "PATCH") else {}
    assert _unlike(schema, _ask(client, world, method, where, **given)) == []
    assert operation["responses"].keys() >= {"400", "401", "403", "404", "429"}


def test_every_parameter_of_a_configuration_is_documented() -> None:
    """Creating and updating name every parameter that a configuration keeps, and creating needs the url."""
    for method, path, required in (("post", "/screenshot_configs", ["url"]), ("patch", CONFIGURATION, [])):
        reference = PATHS[path][method]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        schema = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
        assert schema["properties"].keys() == plans.names() | {"access_token"}
        assert schema["required"] == required


def test_lists_document_their_pages() -> None:
    """Every list names the paging parameters."""
    for path in ("/screenshot_configs", f"{CONFIGURATION}/screenshots", "/screenshots", "/change_notifications"):
        names = {parameter["name"] for parameter in PATHS[path]["get"]["parameters"]}
        assert names >= {"access_token", "page", "limit", "after", "before", "order"}
