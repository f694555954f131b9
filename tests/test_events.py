"""The sample events that `sam local invoke` and people use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mangum.handlers import HTTPGateway
from pydantic import TypeAdapter

from pagelapse.bulk.jobs import is_job_id
from pagelapse.capture.jobs import CaptureJob, CaptureReport, Job
from pagelapse.capture.messages import FROM_AGENT
from pagelapse.connections import connector_of, is_connector_id
from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.monitoring.comparisons import CompareTask
from pagelapse.monitoring.configurations import is_configuration_id
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.services.bulk_ports import BulkTask
from pagelapse.services.configurations import Sweep
from pagelapse.services.job_analysis import AnalysisTask

FUNCTIONS = templates.of_type(templates.read(REPOSITORY / "template.yaml"), templates.FUNCTION)
EVENTS = {
    "analyse": "AnalyseFunction",
    "api-snap": "ApiFunction",
    "bulk": "BulkFunction",
    "compare": "CompareFunction",
    "connector-connect": "ConnectorFunction",
    "connector-message": "ConnectorFunction",
    "connector-queued": "ConnectorFunction",
    "notify": "NotifyFunction",
    "results": "ResultsFunction",
    "schedule": "ScheduleFunction",
    "snap-job": "SnapFunction",
    "snap-queued": "SnapFunction",
    "sweep": "SweepFunction",
}
"""Which function each sample event is for."""


def _event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((REPOSITORY / "events" / f"{name}.json").read_text())
    return event


def _bodies(name: str) -> list[str]:
    return [record["body"] for record in _event(name)["Records"]]


def test_every_function_has_a_sample() -> None:
    """There is a sample event for each function of the template, and none for a function that is gone."""
    assert set(EVENTS.values()) == FUNCTIONS.keys()
    assert {path.stem for path in (REPOSITORY / "events").glob("*.json")} == EVENTS.keys()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_source_has_a_sample(function: str) -> None:
    """Each source that the template gives a function has a sample in its form: its own queue, the tick, or HTTP."""
    samples = [_event(name) for name, given in EVENTS.items() if given == function]
    for source in FUNCTIONS[function]["Properties"]["Events"].values():
        assert any(_comes_from(source, sample) for sample in samples)


def _comes_from(source: dict[str, Any], sample: dict[str, Any]) -> bool:
    if source["Type"] == "SQS":
        (queue, _), most = source["Properties"]["Queue"]["Fn::GetAtt"], source["Properties"]["BatchSize"]
        records = sample.get("Records", [])
        named = {(each["eventSource"], each["eventSourceARN"].rpartition(":")[2]) for each in records}
        return named == {("aws:sqs", queue.removesuffix("Queue").lower())} and len(records) <= most
    if source["Type"] == "Schedule":
        return sample.get("source") == "aws.events"
    return source["Type"] == "HttpApi" and "http" in sample.get("requestContext", {})


def test_the_direct_job_is_one_that_snap_understands() -> None:
    """The sample of a direct call asks for a picture of a public page, with a thumbnail."""
    job = TypeAdapter[Any](Job).validate_python(_event("snap-job"))
    assert job.options.url == "https://example.com/"


@pytest.mark.parametrize("body", _bodies("snap-queued"))
def test_the_queued_job_is_one_that_snap_understands(body: str) -> None:
    """The sample of a queued job carries no bytes back, since nobody waits."""
    assert TypeAdapter[Any](Job).validate_json(body).inline is False


def test_the_reports_are_ones_that_results_understands() -> None:
    """The sample of reports holds a success and a failure."""
    reports = [CaptureReport.model_validate_json(body) for body in _bodies("results")]
    assert [report.failure is None for report in reports] == [True, False]


def test_the_delivery_is_one_that_notify_understands() -> None:
    """The sample of a webhook tells of a change, as the vendor lists it."""
    (delivery,) = [Delivery.model_validate_json(body) for body in _bodies("notify")]
    assert delivery.payload["retrieved_value"] == "19"


def test_the_analysis_is_one_that_analyse_understands() -> None:
    """The sample of an analysis names a job."""
    (task,) = [AnalysisTask.model_validate_json(body) for body in _bodies("analyse")]
    assert task.job_id == "0123456789abcdef01234567"


def test_the_comparison_is_one_that_compare_understands() -> None:
    """The sample of a comparison names a job."""
    (task,) = [CompareTask.model_validate_json(body) for body in _bodies("compare")]
    assert task.job_id == "0123456789abcdef01234567"


def test_the_sweep_is_one_that_sweep_understands() -> None:
    """The sample of a sweep names a deleted configuration."""
    (sweep,) = [Sweep.model_validate_json(body) for body in _bodies("sweep")]
    assert is_configuration_id(sweep.configuration_id or "")


def test_the_agents_messages_are_ones_that_connector_understands() -> None:
    """The samples of a WebSocket are an agent that connects, with a token of the right form, and its hello."""
    token = _event("connector-connect")["headers"]["Authorization"].removeprefix("Bearer ")
    assert connector_of(token) == ("0123456789ab", "conn_0123456789ababcdef012345")
    assert FROM_AGENT.validate_json(_event("connector-message")["body"]).type == "hello"


def test_the_capture_for_an_agent_is_one_that_connector_understands() -> None:
    """The sample of a capture for an agent names a connector, and says how long it has waited."""
    (record,) = _event("connector-queued")["Records"]
    job = CaptureJob.model_validate_json(record["body"])
    assert is_connector_id(job.options.connector or "")
    assert int(record["attributes"]["SentTimestamp"])


def test_the_task_is_one_that_bulk_understands() -> None:
    """The sample of a task names a bulk job."""
    (task,) = [BulkTask.model_validate_json(body) for body in _bodies("bulk")]
    assert is_job_id(task.job_id)


def test_the_tick_is_eventbridges() -> None:
    """The sample of a tick is EventBridge's scheduled event."""
    assert _event("schedule")["detail-type"] == "Scheduled Event"


def test_the_request_is_what_the_http_api_sends() -> None:
    """The sample of a request has the HTTP API's payload format 2.0, and its two forms of the query agree."""
    event = _event("api-snap")
    assert HTTPGateway.infer(event, None, {})  # type: ignore[arg-type, typeddict-item]
    assert event["version"] == "2.0"
    assert set(event["queryStringParameters"]) == {pair.split("=")[0] for pair in event["rawQueryString"].split("&")}
