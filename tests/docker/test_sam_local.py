"""The built functions in SAM local's containers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.test_events import EVENTS

from pagelapse.local import sam_local, sam_services
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.ports import free_ports

pytestmark = pytest.mark.docker

WITHIN_S = 600


def _invoke(services: sam_services.Services, template: Path, function: str, event: dict[str, Any], folder: Path) -> Any:
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    done = subprocess.run(
        [*sam_local.sam("invoke", services, template, f"--event={path}"), function],
        env=sam_local.sam_environment(),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def _event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((REPOSITORY / "events" / f"{name}.json").read_text())
    return event


@pytest.mark.parametrize(
    "name", ["analyse", "bulk", "compare", "connector-queued", "notify", "results", "schedule", "sweep"]
)
def test_a_function_takes_its_sample_event(
    services: sam_services.Services, template: Path, tmp_path: Path, name: str
) -> None:
    """The built function does the work of its sample event in a container, with its layers, without an error."""
    answer = _invoke(services, template, EVENTS[name], _event(name), tmp_path)
    assert answer is None or "errorMessage" not in answer


def test_api_answers_an_unknown_key(services: sam_services.Services, template: Path, tmp_path: Path) -> None:
    """The built `api` answers the sample request, whose key nobody has, in the vendor's form."""
    answer = _invoke(services, template, "ApiFunction", _event("api-snap"), tmp_path)
    assert answer["statusCode"] in (401, 403)
    assert "error" in answer["body"]


def test_connector_lets_no_unknown_agent_in(services: sam_services.Services, template: Path, tmp_path: Path) -> None:
    """The built `connector` refuses the sample agent, whose token nobody was given, and listens to nothing it says."""
    for name, status in (("connector-connect", 401), ("connector-message", 200)):
        assert _invoke(services, template, EVENTS[name], _event(name), tmp_path) == {"statusCode": status}


def test_snap_takes_a_picture(
    services: sam_services.Services, template: Path, deployed: dict[str, str], page: str, tmp_path: Path
) -> None:
    """The built `snap`, unpacked from its layers, takes the picture of a direct job and of a queued one."""
    job = _event("snap-job")
    job["options"]["url"] = page
    _invoke(services, template, "SnapFunction", {**job, "answer_by": 4_102_444_800}, tmp_path)
    queued = _event("snap-queued")
    body = json.loads(queued["Records"][0]["body"])
    body |= {"options": job["options"], "key_prefix": "pictures/0123456789ab/queued"}
    queued["Records"][0]["body"] = json.dumps(body)
    assert _invoke(services, template, "SnapFunction", queued, tmp_path) == {"batchItemFailures": []}
    s3 = services.client("s3")
    listed = s3.list_objects_v2(Bucket=deployed["Bucket"], Prefix="pictures/")
    pictures = sorted(found["Key"] for found in listed["Contents"])
    assert len(pictures) == 4
    first = s3.get_object(Bucket=deployed["Bucket"], Key=pictures[0])["Body"].read()
    assert first.startswith(b"\xff\xd8")


def test_the_api_on_sam_local_takes_a_picture(services: sam_services.Services, page: str, tmp_path: Path) -> None:
    """What `make sam-local` starts answers over HTTP with a picture: `api` in one container, `snap` in another."""
    port = free_ports().api
    with sam_local.serving(services, port, [sam_services.HOST], tmp_path) as key:
        assert sam_local.picture(port, key, page).startswith(b"\x89PNG")
