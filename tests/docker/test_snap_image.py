"""`snap` as a container image."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from pagelapse.local import release, sam_local, sam_services
from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.limits import BUILD

pytestmark = pytest.mark.docker

WITHIN_S = 900
IMAGE = "pagelapse-snap:test"


@pytest.fixture
def image_template(template: Path) -> Path:
    """The built template, whose `snap` is an image that was built from what `make build` made."""
    build = ["docker", "build", "--file", str(REPOSITORY / "docker" / "snap.Dockerfile"), "--tag", IMAGE, str(BUILD)]
    built = subprocess.run(build, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert built.returncode == 0, built.stderr[-4000:]
    path = template.with_name("sam-local-image.yaml")
    path.write_text(yaml.safe_dump(release.with_image(templates.read(template), IMAGE), sort_keys=False))
    return path


def test_snap_takes_a_picture_from_an_image(
    services: sam_services.Services, image_template: Path, deployed: dict[str, str], page: str, tmp_path: Path
) -> None:
    """The image of `snap` takes the picture of a job, with Chromium lying in it unpacked."""
    job = json.loads((REPOSITORY / "events" / "snap-job.json").read_text())
    job |= {"answer_by": 4_102_444_800, "key_prefix": "pictures/0123456789ab/from-an-image"}
    job["options"]["url"] = page
    event = tmp_path / "event.json"
    event.write_text(json.dumps(job))
    command = [*sam_local.sam("invoke", services, image_template, f"--event={event}"), "SnapFunction"]
    done = subprocess.run(
        command, env=sam_local.sam_environment(), capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout.strip().splitlines()[-1])
    assert report["failure"] is None
    stored = services.client("s3").get_object(Bucket=deployed["Bucket"], Key=report["file"]["key"])["Body"].read()
    assert stored.startswith(b"\xff\xd8")
