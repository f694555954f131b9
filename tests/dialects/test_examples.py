"""Every example of every document, sent as its curl line says, over fakes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import jsonschema
import pytest
from tests.comparison_fakes import drawn
from tests.connector_fakes import Wires
from tests.dialects.client import Client
from tests.dialects.native.conftest import BASE
from tests.services.bulk import Bulk
from tests.services.monitoring import made as made_configuration
from tests.services.monitoring import report
from tests.world import World

from pagelapse import services
from pagelapse.api.openapi import described
from pagelapse.dialects.registry import DIALECTS
from pagelapse.services.locations import NOWHERE

OPERATIONS = [
    pytest.param(dialect.name, path, method, id=f"{dialect.name}-{operation['operationId']}")
    for dialect in DIALECTS
    for path, methods in described(dialect.name)["paths"].items()
    for method, operation in methods.items()
]
"""Of every document."""


@dataclass
class Sent:
    """A request, as curl would send it."""

    method: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: str | None = None
    as_query: bool = False


def read_curl(line: str) -> Sent:
    """What a curl line sends; knows the flags that examples use and no others."""
    sent, words = Sent(), iter(shlex.split(line.replace("\\\n", " ")))
    assert next(words) == "curl"
    for word in words:
        if word == "-X":
            sent.method = next(words)
        elif word == "-G":
            sent.as_query = True
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            sent.headers[name] = value
        elif word in ("-d", "--data-urlencode"):
            _add_data(sent, next(words))
        else:
            assert not word.startswith("-")
            sent.url = word
    sent.method = sent.method or ("GET" if sent.as_query or not (sent.fields or sent.body) else "POST")
    return sent


def _add_data(sent: Sent, data: str) -> None:
    if sent.headers.get("Content-Type") == "application/json":
        sent.body = data
    else:
        name, _, value = data.partition("=")
        sent.fields.append((name, value))


@dataclass
class Scene:
    """What the examples are about, and the ids that stand in their capitals."""

    client: Client
    world: World
    bulk: Bulk
    wires: Wires
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.world.new.private_key

    def watch(self) -> None:
        """A configuration with a screenshot, free to be captured again."""
        made = made_configuration(self.world)
        self.world.recorder.record(report(self.world))
        self.ids |= {"CONFIGURATION_ID": made.configuration_id, "WATCH_ID": made.configuration_id}
        self.ids["JOB_ID"] = made.last_job_id

    def native(self) -> None:
        """A watch, a capture and a batch."""
        self.world.runner.picture = drawn((10, 10, 50, 50))
        bearer = {"Authorization": f"Bearer {self.key}"}
        for name, path, body in (
            ("WATCH_ID", "watches", {"url": "https://example.com/", "texts": ["h1"]}),
            ("CAPTURE_ID", "captures", {"url": "https://example.com/"}),
            ("BATCH_ID", "batches", {"urls": ["https://example.com/"]}),
        ):
            made = self.client.post(f"{BASE}/{path}", json=body, headers=bearer).json()
            self.ids[name] = made["id"]
        self.world.recorder.record(report(self.world))

    def pixcap(self) -> None:
        """A finished bulk job, a connector and a second key."""
        job = self.bulk.create()
        self.bulk.work()
        for capture in self.bulk.queued():
            self.bulk.recorder.record(self.bulk.report(capture))
        self.bulk.work()
        self.world.accounts.create_key(self.world.new.account.account_id)
        keys = self.world.self_service.keys(self.world.new.account.account_id)
        self.ids |= {"JOB_ID": job.job_id, "CONNECTOR_ID": self.wires.connector_id, "KEY_ID": keys[0].key_id}

    def browshot(self) -> None:
        """A finished screenshot with its HTML, shared."""
        ask = {"key": self.key, "url": "https://example.com/", "html": 1, "cache": 0}
        number = self.client.get("/api/v1/screenshot/create", params=ask).json()["id"]
        (order,) = self.world.orders_table.orders.values()
        assert order.result
        source = order.result.file.model_copy(update={"media_type": "text/html"})
        self.world.orders_table._put(order.__class__(**_fields(order, source)))
        shared = self.client.get("/api/v1/screenshot/share", params={"key": self.key, "id": number}).json()
        self.ids |= {"SCREENSHOT_ID": number, "NUMBER": number, "TOKEN": shared["url"].rpartition("/")[2]}
        browsers = self.client.get("/api/v1/browser/list", params={"key": self.key}).json()
        self.ids["BROWSER_ID"] = next(each for each in browsers if each.lstrip("-").isdecimal())

    def pagepixels(self) -> None:
        self.watch()

    def savepage(self) -> None:
        """Nothing is needed."""

    def getscreenshot(self) -> None:
        """Nothing is needed."""


def _fields(order: Any, source: Any) -> dict[str, Any]:
    result = order.result.model_copy(update={"source": source})
    return {name: getattr(order, name) for name in order.__slots__} | {"result": result}


class _Analyses:
    """Knows an answer to everything."""

    def analyze(self, _account: object, _urls: list[str], prompts: list[str]) -> list[str]:
        return ["A cat."] * len(prompts)


@pytest.fixture
def scene(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The services over fakes."""
    made = Scene(client, world, Bulk(world), Wires(world))
    replaced: dict[str, Callable[[], object]] = {
        "bulk_jobs": lambda: made.bulk.jobs,
        "connectors": lambda: made.wires.connectors,
        "locations": lambda: NOWHERE,
        "analyses": _Analyses,
        "notices": lambda: world.notices,
    }
    for name, service in replaced.items():
        monkeypatch.setattr(services, name, service)
    made.bulk.site.files["https://example.com/sitemap.xml"] = b"https://example.com/1"
    return made


@pytest.mark.parametrize(("name", "path", "method"), OPERATIONS)
def test_examples_work(scene: Scene, name: str, path: str, method: str) -> None:
    """The example of an operation asks for that operation, succeeds, and gets an answer of the documented form."""
    document = described(name)
    operation = document["paths"][path][method]
    getattr(scene, name)()
    (sample,) = operation["x-codeSamples"]
    line = sample["source"]
    for placeholder, value in (scene.ids | {"$PAGELAPSE_URL": "", "$PAGELAPSE_KEY": scene.key}).items():
        line = line.replace(placeholder, value)
    sent = read_curl(line)
    assert sent.method == method.upper()
    data = {"params" if sent.as_query else "data": dict(sent.fields)} if sent.fields else {}
    body = {"content": sent.body} if sent.body is not None else {}
    response = scene.client.request(sent.method, sent.url, headers=sent.headers, **data, **body)
    assert response.status_code < 400, response.text[:500]
    assert "X-Pagelapse-Ignored" not in response.headers
    answer = operation["responses"][str(response.status_code)]
    if response.headers.get("Content-Type") == "application/json":
        schema = answer["content"]["application/json"]["schema"]
        jsonschema.validate(json.loads(response.text), schema | {"components": document["components"]})


def test_no_example_is_of_nobody() -> None:
    """No example is for an operation that does not exist."""
    for dialect in DIALECTS:
        examples = import_module(f"pagelapse.dialects.{dialect.name}.examples").EXAMPLES
        paths = described(dialect.name)["paths"]
        ids = {each["operationId"] for methods in paths.values() for each in methods.values()}
        short = {each.removeprefix("get").removeprefix("post") for each in ids}
        assert examples.values.keys() <= ids | short
        assert examples.public <= ids
