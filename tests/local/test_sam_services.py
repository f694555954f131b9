"""The built template as SAM local needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pagelapse.local import sam_services
from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.ports import free_ports
from pagelapse.local.problem import Problem


def test_functions_know_the_emulated_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a function knows of table, bucket and queues are the emulated ones, also where one variable tells all."""
    monkeypatch.setattr(sam_services, "BUILD", tmp_path)
    template = templates.read(REPOSITORY / "template.yaml")
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(template))
    kinds = {name: found["Type"] for name, found in template["Resources"].items()}
    deployed = {
        name: f"http://emulator:4566/000000000000/{name.lower()}" if kind.endswith("Queue") else name.lower()
        for name, kind in kinds.items()
        if kind in sam_services.SERVICES
    }
    services = sam_services.Services("http://127.0.0.1:4566", "http://emulator:4566", "bridge")
    written = templates.read(sam_services.write_template(services, deployed))
    variables = written["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["PAGELAPSE_TABLE_NAME"] == "table"
    assert variables["PAGELAPSE_CONNECTIONS_URL"].startswith("http://emulator:4566/")
    base, *names = variables["PAGELAPSE_QUEUES"].split()
    assert base == "http://emulator:4566/000000000000/"
    assert "capture=capturequeue" in names
    snap = written["Resources"]["SnapFunction"]["Properties"]["Environment"]["Variables"]
    assert snap["PAGELAPSE_RESULT_QUEUE_URL"] == f"{base}resultqueue"


def test_services_that_do_not_answer_are_named() -> None:
    """Where nothing listens, one sentence says where it was looked for."""
    free_port = free_ports().aws
    services = sam_services.Services(f"http://127.0.0.1:{free_port}", "", "bridge")
    with pytest.raises(Problem, match=f"Nothing answers at http://127.0.0.1:{free_port}, "):
        sam_services.deploy_services(services)
