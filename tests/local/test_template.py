"""What is changed of the template for this machine."""

from __future__ import annotations

import json
from pathlib import Path

from pagelapse.local import template as templates
from pagelapse.local.deployment import zipped
from pagelapse.local.layout import REPOSITORY


def test_short_tags_are_written_out(tmp_path: Path) -> None:
    """CloudFormation's short tags come out as the functions they stand for."""
    path = tmp_path / "template.yaml"
    path.write_text('a: !Ref X\nb: !GetAtt Y.Arn\nc: !If [C, !Sub "${Z}", [1]]\nd: !Condition C\n')
    assert templates.read(path) == {
        "a": {"Ref": "X"},
        "b": {"Fn::GetAtt": ["Y", "Arn"]},
        "c": {"Fn::If": ["C", {"Fn::Sub": "${Z}"}, [1]]},
        "d": {"Condition": "C"},
    }


def test_functions_run_from_this_machines_files() -> None:
    """The local deployment has no layers, and every function imports from the checkout and uses the local Chromium."""
    template = templates.read(REPOSITORY / "template.yaml")
    templates.on_this_machine(template, {"PAGELAPSE_CHROMIUM": "/here"}, "http://pictures/${Bucket}")
    assert templates.of_type(template, templates.LAYER) == {}
    assert "Layer" not in json.dumps(template["Resources"])
    assert template["Globals"]["Function"]["Environment"]["Variables"]["PAGELAPSE_CHROMIUM"] == "/here"
    for function in templates.of_type(template, templates.FUNCTION).values():
        variables = function["Properties"]["Environment"]["Variables"]
        assert "PAGELAPSE_CHROMIUM" not in variables
        assert variables.get("PAGELAPSE_PICTURES_URL", {"Fn::Sub": "http://pictures/${Bucket}"}) == {
            "Fn::Sub": "http://pictures/${Bucket}"
        }


def test_numbers_stay_numbers() -> None:
    """A parameter of type Number reaches the emulator as a number."""
    template = templates.read(REPOSITORY / "template.yaml")
    templates.on_this_machine(template, {}, "", {"QueuedCaptures": 3})
    resources = template["Resources"]
    queued = resources["SnapFunction"]["Properties"]["Events"]["Queued"]["Properties"]
    assert queued["ScalingConfig"] == {"MaximumConcurrency": 3}
    days = template["Parameters"]["LogRetentionDays"]["Default"]
    assert resources["SnapLog"]["Properties"]["RetentionInDays"] == days == 30


def test_numbers_in_an_environment_are_left_to_the_emulator() -> None:
    """An environment holds texts: a parameter of type Number is not written out there."""
    template = templates.read(REPOSITORY / "template.yaml")
    templates.on_this_machine(template, {}, "")
    variables = template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["PAGELAPSE_LOCATION_MONTHLY_BYTES"] == {"Ref": "LocationMonthlyBytes"}


def test_whoever_may_send_a_message_may_send_a_batch() -> None:
    """On this machine, as on AWS, a role that may send messages to a queue may send ten of them at once."""
    template = templates.read(REPOSITORY / "template.yaml")
    templates.on_this_machine(template, {}, "")
    for role in ("BulkRole", "ScheduleRole"):
        (policy,) = template["Resources"][role]["Properties"]["Policies"]
        actions = [statement.get("Action") for statement in policy["PolicyDocument"]["Statement"]]
        sending = [each for each in actions if isinstance(each, list) and "sqs:SendMessage" in each]
        assert sending
        assert all("sqs:SendMessageBatch" in each for each in sending)


def test_equal_code_is_an_equal_archive(tmp_path: Path) -> None:
    """Unchanged functions give the same archive, so a second deployment has nothing to do."""
    handler = tmp_path / "handler.py"
    handler.write_text("a = 1\n")
    before = zipped(tmp_path)
    handler.touch()
    assert zipped(tmp_path) == before
    handler.write_text("a = 2\n")
    assert zipped(tmp_path) != before
