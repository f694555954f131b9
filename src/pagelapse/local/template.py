"""The deployed template as the emulator needs it: its code uploaded, its layers replaced by what this machine has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

Template = dict[str, Any]

FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"
LAYER = "AWS::Serverless::LayerVersion"
BUCKET = "AWS::S3::Bucket"


_VERSIONS = (
    *("AutoPublishAlias", "AutoPublishAliasAllProperties", "AutoPublishCodeSha256", "VersionDeletionPolicy"),
    "SnapStart",
)
"""What publishes versions of a function: here each start deploys the one there is."""


def read(path: Path) -> Template:
    """The template with its short tags written out (`!Ref X` as `{"Ref": "X"}`)."""
    template: Template = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506
    return template


def of_type(template: Template, kind: str) -> Template:
    """The template's resources of one type, by their logical ids."""
    return {name: found for name, found in template["Resources"].items() if found["Type"] == kind}


def on_this_machine(
    template: Template,
    variables: dict[str, str],
    pictures_url: str,
    numbers: Mapping[str, int] = MappingProxyType({}),
    connections_url: str = "",
) -> None:
    """Change `template` so that its functions run from this machine's files.

    Args:
        template: Changed in place.
        variables: Added to every function's environment.
        pictures_url: The bucket's address, with `${Bucket}` in it.
        numbers: For parameters of type Number, where they differ from the template's defaults.
        connections_url: Of the agents' WebSockets' stage, with `${ConnectorApi}` in it.
    """
    for name in of_type(template, LAYER):
        del template["Resources"][name]
    template["Resources"] = _with_numbers(template["Resources"], _numbers(template["Parameters"]) | dict(numbers))
    _allow_plain_http(template["Resources"])
    _grant_converse(template["Resources"])
    _grant_batches(template["Resources"])
    template["Globals"]["Function"]["Environment"]["Variables"].update(variables)
    for function in of_type(template, FUNCTION).values():
        for name in ("Layers", *_VERSIONS):
            function["Properties"].pop(name, None)
        environment = function["Properties"]["Environment"]["Variables"]
        for key in environment.keys() & variables.keys():
            del environment[key]
        for name, url in (("PAGELAPSE_PICTURES_URL", pictures_url), ("PAGELAPSE_CONNECTIONS_URL", connections_url)):
            if name in environment:
                environment[name] = {"Fn::Sub": url}


def add_variables(template: Template, variables: Mapping[str, Mapping[str, str]]) -> None:
    """Add to the environments of functions, which are named as their folders are."""
    for function in of_type(template, FUNCTION).values():
        properties = function["Properties"]
        name = Path(properties["CodeUri"]).name
        properties["Environment"]["Variables"].update(variables.get(name, {}))


def _allow_plain_http(resources: Template) -> None:
    """The emulator's own address is no HTTPS."""
    for policy in (found for found in resources.values() if found["Type"] == "AWS::S3::BucketPolicy"):
        document = policy["Properties"]["PolicyDocument"]
        document["Statement"] = [each for each in document["Statement"] if each.get("Effect") != "Deny"]


def _grant_converse(part: Any) -> None:
    """Bedrock lets Converse be called with the permission to invoke a model; the emulator wants one of that name."""
    if isinstance(part, dict) and part.get("Action") == "bedrock:InvokeModel":
        part.update(Action="bedrock:Converse", Resource="*")
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            _grant_converse(inner)


def _grant_batches(part: Any) -> None:
    """SQS lets batches be sent with the permission to send a message; the emulator wants one of that name."""
    if isinstance(part, dict) and "sqs:SendMessage" in (actions := _actions(part)):
        part["Action"] = list(dict.fromkeys([*actions, "sqs:SendMessageBatch"]))
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            _grant_batches(inner)


def _actions(statement: Mapping[str, Any]) -> list[str]:
    given = statement.get("Action", [])
    return [given] if isinstance(given, str) else list(given) if isinstance(given, list) else []


def _numbers(parameters: Template) -> dict[str, int]:
    return {name: given["Default"] for name, given in parameters.items() if given["Type"] == "Number"}


def _with_numbers(part: Any, numbers: Mapping[str, int]) -> Any:
    """The emulator hands a parameter of type Number on as text: its queue poller can't compare that.

    A process's environment needs it.
    """
    if isinstance(part, dict):
        if part.keys() == {"Ref"}:
            return numbers.get(part["Ref"], part)
        return {key: value if key == "Variables" else _with_numbers(value, numbers) for key, value in part.items()}
    if isinstance(part, list):
        return [_with_numbers(value, numbers) for value in part]
    return part


class _Loader(yaml.SafeLoader):
    """PyYAML with CloudFormation's short tags."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Template:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)
