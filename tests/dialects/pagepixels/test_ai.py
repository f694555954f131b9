"""PP14: `/ai/analyze`, and AI analysis of a snap."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from tests.dialects.client import Client
from tests.dialects.pagepixels.contract import error_of
from tests.services.monitoring import report
from tests.site.ai import Model, answering
from tests.site.server import Site
from tests.world import World

from pagelapse import services
from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.chat_completions import ChatCompletions
from pagelapse.adapters.http import HttpClient
from pagelapse.capture.jobs import Failure
from pagelapse.errors import UsageLimitExceeded
from pagelapse.monitoring.configurations import Analysis
from pagelapse.services.analysis import Analyses, ImageModel
from pagelapse.signatures import sign_url

URL = "https://example.com/"


class Usage:
    """Counts without a table."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def count_analysis(self, account_id: str, month: str, requests: int, *, limit: int | None) -> None:
        assert (len(account_id), month, limit) == (12, time.strftime("%Y-%m", time.gmtime()), limit)
        if requests > self.left:
            raise UsageLimitExceeded("The account has not enough AI requests left this month.")
        self.left -= requests


@pytest.fixture
def usage() -> Usage:
    """25 requests, as the vendor's plans include."""
    return Usage(25)


@pytest.fixture
def model() -> Iterator[Model]:
    """A model that answers."""
    with answering() as running:
        yield running


def _install(monkeypatch: pytest.MonkeyPatch, world: World, usage: Usage, model: ImageModel | None) -> None:
    fetcher = HttpClient(Allowance(("127.0.0.1",)))
    made = Analyses(
        model,
        usage,
        fetcher,
        world.pictures,
        pictures_url="https://pictures.test",
        limit=None,
        wait_s=20,
        memory=world.table,
    )
    monkeypatch.setattr(services, "analyses", lambda: made)


@pytest.fixture(autouse=True)
def _analyses(monkeypatch: pytest.MonkeyPatch, world: World, usage: Usage, model: Model) -> None:
    _install(monkeypatch, world, usage, ChatCompletions(model.url, "looker"))


def _analyze(client: Client, world: World, body: dict[str, Any]) -> Any:
    return client.post("/ai/analyze", params={"access_token": world.new.private_key}, json=body)


def test_the_documented_answer(client: Client, world: World, site: Site, usage: Usage) -> None:
    """The answer repeats urls and prompts and adds one response per prompt, in the shape of the vendor's text."""
    urls = [site.url("/png?color=ff0000"), site.url("/png?color=00ff00")]
    prompts = ["What is the second image of?", "What is the first image of?", "Compare and contrast the two images."]
    response = _analyze(client, world, {"urls": urls, "prompts": prompts})
    assert response.json() == {
        "urls": urls,
        "prompts": prompts,
        "responses": [f"{prompt} (2 images) ✓" for prompt in prompts],
    }
    assert usage.left == 20


def test_a_form_works_too(client: Client, world: World, site: Site) -> None:
    """Lists may come as JSON strings, and a single url or prompt as itself."""
    form = {"access_token": world.new.private_key, "urls": f'["{site.url("/png")}"]', "prompts": "What?"}
    assert client.post("/ai/analyze", data=form).json()["responses"] == ["What? (1 images) ✓"]


@pytest.mark.parametrize(
    ("body", "option", "code"),
    [
        ({"prompts": ["x"]}, "urls", "unexpected_error"),
        ({"urls": [URL]}, "prompts", "unexpected_error"),
        ({"urls": [], "prompts": ["x"]}, "urls", "unexpected_error"),
        ({"urls": [URL] * 6, "prompts": ["x"]}, "urls", "unexpected_error"),
        ({"urls": [URL], "prompts": ["x"] * 6}, "prompts", "unexpected_error"),
        ({"urls": [URL], "prompts": ["x" * 2001]}, "prompts[0]", "unexpected_error"),
        ({"urls": [URL], "prompts": [""]}, "prompts[0]", "unexpected_error"),
        ({"urls": [URL], "prompts": [7]}, "prompts[0]", "unexpected_error"),
        ({"urls": [URL, "ftp://example.com/"], "prompts": ["x"]}, "urls[1]", "missing_or_invalid_url"),
        ({"urls": ["http://127.0.0.2:1/"], "prompts": ["x"]}, "urls[0]", "missing_or_invalid_url"),
    ],
)
def test_bad_requests_are_named(
    client: Client, world: World, usage: Usage, body: dict[str, Any], option: str, code: str
) -> None:
    """Too many, too long, missing and refused: each is told by name, and nothing is counted."""
    response = _analyze(client, world, body)
    assert (response.status_code, error_of(response)) == (400, code)
    assert response.json()["note"].startswith(f"{option}: ")
    assert usage.left == 25


def test_the_limit_is_the_vendors_error(client: Client, world: World, site: Site, usage: Usage) -> None:
    """When the month's requests are used up, so says the answer."""
    usage.left = 1
    response = _analyze(client, world, {"urls": [site.url("/png")], "prompts": ["What?"]})
    assert (response.status_code, error_of(response)) == (403, "usage_limit_exceeded")


def test_a_model_that_fails_is_a_bad_gateway(client: Client, world: World, site: Site, model: Model) -> None:
    """The model's failure is not the caller's."""
    model.status = 500
    response = _analyze(client, world, {"urls": [site.url("/png")], "prompts": ["What?"]})
    assert (response.status_code, error_of(response)) == (502, "unexpected_error")


def test_analysis_wants_the_private_key(client: Client, world: World) -> None:
    """Without a key, with nobody's and with a publishable one, nothing is analysed."""
    body = {"urls": [URL], "prompts": ["x"]}
    keys = {"": "missing_access_token", "no": "invalid_access_token", world.new.publishable_key: "invalid_hash_key"}
    for key, code in keys.items():
        assert error_of(client.post("/ai/analyze", params={"access_token": key}, json=body)) == code


def _snap(client: Client, world: World, **parameters: str) -> Any:
    query = {"access_token": world.new.private_key, "url": URL, "analyze_image_with_ai": "true", **parameters}
    return client.get("/snap", params=query)


def test_a_snap_comes_with_its_analysis(client: Client, world: World, model: Model, usage: Usage) -> None:
    """With `json` the answer holds the analysis beside the links."""
    answer = _snap(client, world, json="true", ai_prompt="Which colour?").json()
    assert answer["ai_analysis"] == {"prompts": ["Which colour?"], "responses": ["Which colour? (1 images) ✓"]}
    assert answer["screenshot"]["direct_link"].startswith("https://pictures.test/")
    assert model.asked[0].images == (("image/jpeg", world.runner.jobs[0].job_id.encode()),)
    assert usage.left == 23


def test_a_cached_snap_is_not_analysed_again(client: Client, world: World, model: Model, usage: Usage) -> None:
    """The same picture and prompt have the same answer, asked and counted once; another prompt or picture is new."""
    first = _snap(client, world, json="true", ai_prompt="Which colour?").json()
    again = _snap(client, world, json="true", ai_prompt="Which colour?").json()
    assert (again, len(model.asked), usage.left) == (first, 1, 23)
    _snap(client, world, json="true", ai_prompt="Which shape?")
    assert usage.left == 21
    _snap(client, world, json="true", ai_prompt="Which colour?", ttl="0")
    assert (len(model.asked), usage.left) == (3, 19)


def test_a_raw_image_has_its_analysis_in_a_header(client: Client, world: World) -> None:
    """Beside a raw image the analysis is a header, percent-encoded and cut to what headers hold."""
    response = _snap(client, world, ai_prompt="Ünï" + "x" * 1997)
    assert response.content == world.runner.jobs[0].job_id.encode()
    assert unquote(response.headers["X-Pagelapse-AI-Response"]).endswith("(1 images) ✓")
    body = {"url": URL, "analyze_image_with_ai": True, "ai_prompt": "日" * 2000}
    response = client.post("/snap", headers={"Authorization": f"Bearer {world.new.private_key}"}, json=body)
    header = response.headers["X-Pagelapse-AI-Response"]
    assert len(header) <= 4000
    assert set(unquote(header)) == {"日"}


def test_a_snap_without_a_prompt_is_described(client: Client, world: World, model: Model) -> None:
    """Without `ai_prompt` the model is asked what the screenshot shows; without the switch it is not asked."""
    _snap(client, world)
    assert model.asked[0].prompt == "Describe what this screenshot shows."
    _snap(client, world, analyze_image_with_ai="false", ai_prompt="x")
    assert len(model.asked) == 1


def test_an_analysis_that_can_not_be_is_refused_before_the_capture(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, usage: Usage
) -> None:
    """HTML, a publishable key and a deployment without a model: an error, and no capture is counted."""
    assert "analyze_image_with_ai" in _snap(client, world, html_only="true").json()["note"]
    signed = {"access_token": world.new.publishable_key, "hash_key": sign_url(world.new.secret_token, URL)}
    assert error_of(_snap(client, world, **signed)) == "invalid_hash_key"
    _install(monkeypatch, world, usage, None)
    response = _snap(client, world)
    assert (response.status_code, error_of(response)) == (400, "unexpected_error")
    assert "not configured" in response.json()["note"]
    assert world.runner.jobs == []


def _configure(client: Client, world: World, method: str, path: str, **parameters: object) -> Any:
    headers = {"Authorization": f"Bearer {world.new.private_key}"}
    return client.request(method, path, json=parameters, headers=headers)


def test_a_configurations_picture_comes_with_its_analysis(client: Client, world: World) -> None:
    """A configuration keeps its prompt; job and lists show the analysis in the words of a snap's."""
    asks = {"analyze_image_with_ai": "true", "ai_prompt": "Which colour?"}
    made = _configure(client, world, "POST", "/screenshot_configs", url=URL, **asks).json()
    world.recorder.record(report(world))
    job_path = f"/jobs/{made['job_id']}"
    assert error_of(_configure(client, world, "GET", job_path)) == "screenshot_capturing_in_progress"
    job = world.monitor.jobs[made["job_id"]]
    world.monitor.settle(job, Analysis(prompt="Which colour?", response="Red."))
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    expected = {"prompts": ["Which colour?"], "responses": ["Red."]}
    assert _configure(client, world, "GET", job_path).json()["screenshot"]["ai_analysis"] == expected
    for listed in (f"{path}/screenshots", "/screenshots"):
        (shown,) = _configure(client, world, "GET", listed).json()["screenshots"]
        assert shown["ai_analysis"] == expected
    assert _configure(client, world, "GET", path).json()["config"] == {"url": URL, **asks}


@pytest.mark.parametrize(
    ("code", "shown"),
    [("usage_limit_exceeded", "usage_limit_exceeded"), ("analysis_failed", "unexpected_error")],
)
def test_an_analysis_that_failed_says_why(client: Client, world: World, code: str, shown: str) -> None:
    """A picture without its analysis is shown all the same, with the vendor's code and a note."""
    made = _configure(client, world, "POST", "/screenshot_configs", url=URL, analyze_image_with_ai=True).json()
    world.recorder.record(report(world))
    job = world.monitor.jobs[made["job_id"]]
    failed = Analysis(prompt="Describe what this screenshot shows.", failure=Failure(code=code, message="Why."))
    world.monitor.settle(job, failed)
    screenshot = _configure(client, world, "GET", f"/jobs/{made['job_id']}").json()["screenshot"]
    expected = {"prompts": [failed.prompt], "responses": [], "error_code": shown, "note": "Why."}
    assert (screenshot["ai_analysis"], screenshot["direct_link"] != "") == (expected, True)


def test_a_configuration_that_nobody_could_analyse_is_refused(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, usage: Usage
) -> None:
    """Without a model a configuration with an analysis is neither made nor changed into one."""
    made = _configure(client, world, "POST", "/screenshot_configs", url=URL).json()
    _install(monkeypatch, world, usage, None)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    for method, where in (("POST", "/screenshot_configs"), ("PATCH", path)):
        response = _configure(client, world, method, where, url=URL, analyze_image_with_ai=True)
        assert (response.status_code, error_of(response)) == (400, "unexpected_error")
        assert response.json()["note"].startswith("analyze_image_with_ai: ")
    assert len(world.monitor.configurations_) == 1
