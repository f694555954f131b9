"""What whoever is on call finds in docs/runbook.md, held against the template."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pagelapse.commands import dlq
from pagelapse.local import template as templates

ROOT = Path(__file__).parent.parent
TEMPLATE = templates.read(ROOT / "template.yaml")
ALARMS: dict[str, dict[str, Any]] = templates.of_type(TEMPLATE, "AWS::CloudWatch::Alarm")
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
SECTIONS = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
GENERAL = {"Dead letters"}


def test_each_alarm_has_a_section() -> None:
    """There is a section for each alarm, and none for an alarm that is gone."""
    assert sorted({*SECTIONS} - GENERAL) == sorted(ALARMS)
    assert len(SECTIONS) == len(set(SECTIONS))


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_each_alarm_leads_to_its_section(name: str) -> None:
    """Whoever gets an alarm finds in its text what is wrong, and where it says what to do."""
    properties = ALARMS[name]["Properties"]
    what, _, link = properties["AlarmDescription"].partition(" What to do: ")
    assert what.endswith(".")
    assert link.strip() == f"docs/runbook.md#{name.lower()}"
    assert properties["AlarmActions"] == {
        "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
    }


def test_the_runbooks_commands_exist() -> None:
    """Each `pagelapse dlq` that the runbook names is a command, on a queue that the template has."""
    queues = {
        name.removesuffix("DeadLetters").lower() for name in TEMPLATE["Resources"] if name.endswith("DeadLetters")
    }
    parser = argparse.ArgumentParser()
    dlq.add_parsers(parser.add_subparsers())
    commands = re.findall(r"pagelapse (dlq [^`#\n]+)", RUNBOOK)
    assert len(commands) > 5
    for command in commands:
        parsed = parser.parse_args(command.split())
        assert getattr(parsed, "queue", "capture") in queues


def test_the_dashboard_is_json() -> None:
    """The dashboard is one that CloudWatch can read, and every metric of ours on it is one that the code tells of."""
    body = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    places = [(widget["x"], widget["y"]) for widget in widgets]
    assert len(places) == len(set(places))
    searched = set(re.findall(r'MetricName=\\"(\w+)', body))
    code = (ROOT / "src/pagelapse/metrics.py").read_text() + (ROOT / "src/pagelapse/scheduling.py").read_text()
    assert {name for name in searched if f'"{name}"' in code} == searched != set()


def test_every_metric_is_documented() -> None:
    """docs/observability.md names every metric that the code tells of, and no other."""
    source = ROOT / "src/pagelapse"
    code = (source / "metrics.py").read_text()
    told = set(re.findall(r'"([A-Z]\w+)": \(_', code)) | {"Captured", "Failed"}
    told |= {name for path in source.glob("*.py") for name in re.findall(r'count_done\("(\w+)"', path.read_text())}
    table = (ROOT / "docs/observability.md").read_text().partition("## Metrics")[2].partition("The dashboard")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == told
