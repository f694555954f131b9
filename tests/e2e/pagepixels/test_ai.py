"""PP14: AI analysis through the deployed stack, by a model that speaks OpenAI's protocol and by Bedrock."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from unittest.mock import ANY

import boto3
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import finished, form, listed, until
from tests.e2e.workers import Worker
from tests.pixels import RED, load, near, pixel
from tests.site.ai import Model, answering
from tests.site.hostile import SPELLINGS
from tests.site.server import Canary, Site

from pagelapse.adapters.queues import Queue
from pagelapse.adapters.table import UsageItem
from pagelapse.adapters.usage_store import UsageTable
from pagelapse.errors import UsageLimitExceeded
from pagelapse.local.stack import Stack
from pagelapse.records import usage_month

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


@pytest.fixture(scope="module")
def model(stack: Stack) -> Iterator[Model]:
    """A model, which the stack is deployed with for the length of this module; its key is in Secrets Manager."""
    secrets = boto3.client("secretsmanager", **stack.client_options)
    arn = secrets.create_secret(Name="ai-key", SecretString="k-from-secret")["ARN"]
    with answering() as running:
        parameters = {"AiProvider": "openai", "AiUrl": running.url, "AiModel": "looker", "AiKeySecretArn": arn}
        stack.parameters |= parameters
        stack.deploy()
        yield running
    for name in parameters:
        del stack.parameters[name]
    stack.deploy()


def _ai_requests(api: Api) -> int:
    place = UsageItem.at(api.account.account.account_id, usage_month(time.time()))
    return int(UsageItem.get(place.pk, place.sk, consistent_read=True).ai_requests or 0)


def test_a_snap_and_a_stored_screenshot_are_analysed(api: Api, model: Model, site: Site) -> None:
    """A snap's own picture goes to the model once per prompt, and so does a link to it afterwards."""
    model.asked.clear()
    asks = {"json": "true", "analyze_image_with_ai": "true", "ai_prompt": "What?"}
    answer = api.snap(site.url("/simple.html"), **asks).json()
    assert api.snap(site.url("/simple.html"), **asks).json() == answer
    assert (len(model.asked), _ai_requests(api)) == (1, 2)
    assert answer["ai_analysis"] == {"prompts": ["What?"], "responses": ["What? (1 images) ✓"]}
    assert (model.asked[-1].key, model.asked[-1].model) == ("k-from-secret", "looker")
    ((media_type, body),) = model.asked[-1].images
    assert media_type == "image/jpeg"
    assert near(pixel(body, 100, 50), RED)
    link = answer["screenshot"]["direct_link"]
    assert api.post("/ai/analyze", {"urls": [link], "prompts": ["And?"]}).json()["responses"] == [ANY]
    assert load(model.asked[-1].images[0][1]).size == (1920, 1000)


def test_a_configurations_picture_is_analysed_once(api: Api, model: Model, site: Site, stack: Stack) -> None:
    """The picture is there while the model fails; its analysis follows when the model is back, counted once."""
    queue = Queue(stack.outputs["AnalysisQueueUrl"], client=boto3.client("sqs", **stack.client_options))
    model.asked.clear()
    model.status = 500
    asks = {"analyze_image_with_ai": "true", "ai_prompt": "Which colour?"}
    made = form(api, "POST", "/screenshot_configs", url=site.url("/simple.html"), wait=0, **asks)
    until(lambda: model.asked or None)
    (kept,) = listed(api, "/screenshots")["screenshots"]
    assert kept["ai_analysis"] == {"prompts": ["Which colour?"], "responses": []}
    model.status = 200
    shown = finished(api, made["job_id"])["screenshot"]
    assert shown["ai_analysis"] == {"prompts": ["Which colour?"], "responses": ["Which colour? (1 images) ✓"]}
    assert near(pixel(model.asked[-1].images[0][1], 100, 50), RED)
    before = len(model.asked)
    task = {"account_id": api.account.account.account_id, "job_id": made["job_id"]}
    queue.send(json.dumps(task))
    worker = Worker(stack, stack.outputs["AnalysisQueueUrl"])
    until(lambda: True if worker.unfinished() == 0 else None)
    assert (len(model.asked), _ai_requests(api), api.used()) == (before, 2, 1)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}/screenshots"
    assert listed(api, path)["screenshots"] == [shown]


def test_private_images_are_refused(api: Api, model: Model, site: Site) -> None:
    """An address that may not be reached is the vendor's error for a bad url, in every notation and by redirect."""
    canary = Canary(everywhere=True)
    private = [f"http://{host}:{canary.port}/" for host in SPELLINGS]
    redirects = [site.url(f"/redirect?status={status}&to={private[0]}") for status in (301, 302, 303, 307, 308)]
    for url in ("http://169.254.169.254/latest", *private, *redirects):
        response = api.post("/ai/analyze", {"urls": [url], "prompts": ["What?"]})
        assert (response.status_code, response.json()["error_code"]) == (400, "missing_or_invalid_url"), url
    canary.settle()
    canary.close()
    assert canary.hits == 0


def test_requests_are_counted_up_to_a_limit(api: Api, stack: Stack) -> None:
    """The table counts in one conditional write: what exceeds the limit is refused whole, what failed is given back."""
    usage, account = UsageTable(stack.outputs["TableName"]), api.account.account.account_id
    usage.count_analysis(account, "2026-11", 4, limit=5)
    with pytest.raises(UsageLimitExceeded):
        usage.count_analysis(account, "2026-11", 2, limit=5)
    usage.count_analysis(account, "2026-11", -4, limit=None)
    usage.count_analysis(account, "2026-11", 5, limit=5)
    with pytest.raises(UsageLimitExceeded):
        usage.count_analysis(account, "2026-12", 6, limit=5)


def test_bedrock_analyses_too(api: Api, stack: Stack, site: Site) -> None:
    """With the provider `bedrock` the answers come from its Converse API."""
    arn = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0"
    chosen = {"AiProvider": "bedrock", "AiModel": arn.partition("/")[2], "BedrockModelArns": arn}
    before = dict(stack.parameters)
    stack.parameters |= chosen
    stack.deploy()
    answer = api.post("/ai/analyze", {"urls": [site.url("/png")], "prompts": ["What?", "Why?"]}).json()
    stack.parameters = before
    stack.deploy()
    assert all(isinstance(text, str) and text for text in answer["responses"])
    assert len(answer["responses"]) == 2
