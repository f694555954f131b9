"""Holds what is about to be deployed against Lambda's limits; `make build` ends with it.

The limits are from "Lambda quotas" and "Defined runtime environment variables" in the AWS Lambda Developer Guide.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.local.template import Template

BUILD = REPOSITORY / ".aws-sam" / "build"
"""What `sam build` writes to."""

MAX_UNZIPPED = 262_144_000
"""Bytes of a function and its layers."""

GOAL_UNZIPPED = 220_000_000
"""Our own limit, so that there is room to grow."""

MAX_ENVIRONMENT = 4096
"""Bytes of all names and values."""

MAX_LAYERS = 5
LONGEST_VALUE = 150
"""Characters reckoned for what an operator fills in: an ARN, a URL, a model's name."""

LONGEST = {
    "AWS::S3::Bucket": 63,
    "AWS::Lambda::Function": 64,
    "AWS::Serverless::Function": 64,
    "AWS::DynamoDB::Table": 150,
    "AWS::IAM::Role": 64,
    "AWS::SQS::Queue": 137,
    "AWS::ApiGatewayV2::Api": 10,
    "AWS::Region": 14,
    "AWS::AccountId": 12,
    "AWS::Partition": 10,
    "AWS::URLSuffix": 16,
    "AWS::StackName": 128,
}
"""Characters of what CloudFormation fills in: names that it makes are as long as the service lets them be (each
service's quotas), but for a table's, whose stack would need a name of 128."""

ATTRIBUTES = {"QueueName": 80, "DomainName": 40, "RegionalDomainName": 63 + 4 + 14 + 14}
"""Of attributes that are no ARN."""

LONGEST_NUMBER = 20

RESERVED = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *(f"AWS_LAMBDA_{name}" for name in ("RUNTIME_API", "INITIALIZATION_TYPE", "LOG_GROUP_NAME", "LOG_STREAM_NAME")),
        *(f"AWS_LAMBDA_FUNCTION_{name}" for name in ("NAME", "MEMORY_SIZE", "VERSION")),
    }
)
"""Variables that Lambda sets and refuses to be given."""

RANGES = {"MemorySize": (128, 10_240), "Timeout": (1, 900)}
EPHEMERAL_MB = (512, 10_240)

SNAP_START_SINCE = 12
"""Minor version of Python 3. This and the next: "Improving startup performance with Lambda SnapStart"."""

SNAP_START_EPHEMERAL_MB = 512


def broken_in(template: Template, folder: Path) -> Iterator[str]:
    """What of the template Lambda would refuse, a sentence each.

    Args:
        template: With its short tags written out.
        folder: What `CodeUri` is relative to.
    """
    defaults = template.get("Globals", {}).get("Function", {})
    for name, function in templates.of_type(template, templates.FUNCTION).items():
        properties = {**defaults, **function["Properties"]}
        variables = {**_variables(defaults), **_variables(function["Properties"])}
        yield from (f"{name}: {key} is reserved by Lambda" for key in sorted(RESERVED & variables.keys()))
        size = sum(len(key) + _length(value, template) for key, value in variables.items())
        if size > MAX_ENVIRONMENT:
            yield f"{name}: its environment takes {size} bytes, Lambda takes {MAX_ENVIRONMENT}"
        if len(properties.get("Layers", ())) > MAX_LAYERS:
            yield f"{name}: more than {MAX_LAYERS} layers"
        yield from _out_of_range(name, properties)
        yield from _against_snap_start(name, properties)
        if properties.get("PackageType", "Zip") == "Zip" and not _has_handler(folder, properties):
            yield f"{name}: there is no {properties['Handler']} in {properties['CodeUri']}"


def _variables(properties: Template) -> Template:
    found: Template = properties.get("Environment", {}).get("Variables", {})
    return found


def _length(value: Any, template: Template) -> int:
    """Of a value as it will be, at most; what an operator may choose freely is taken to be of ordinary length."""
    if not isinstance(value, dict):
        return len(str(value).encode())
    ((function, argument),) = value.items()
    if function == "Ref":
        return _referred(argument, template)
    if function == "Fn::If":
        return max(_length(branch, template) for branch in argument[1:])
    if function == "Fn::Sub" and isinstance(argument, str):
        names = re.findall(r"\$\{([^}]+)\}", argument)
        return len(re.sub(r"\$\{[^}]+\}", "", argument)) + sum(_referred(name, template) for name in names)
    if function == "Fn::GetAtt":
        return _referred(".".join(argument), template)
    return LONGEST_VALUE


def _referred(name: str, template: Template) -> int:
    resource, _, attribute = name.partition(".")
    if attribute:
        return ATTRIBUTES.get(attribute, LONGEST_VALUE)
    parameter = template.get("Parameters", {}).get(name, {})
    if parameter.get("Type") == "Number":
        return LONGEST_NUMBER
    if "AllowedValues" in parameter:
        return max(len(str(allowed)) for allowed in parameter["AllowedValues"])
    kind = template.get("Resources", {}).get(resource, {}).get("Type", name)
    return LONGEST.get(kind, max(LONGEST_VALUE, len(str(parameter.get("Default", "")))))


def _out_of_range(name: str, properties: Template) -> Iterator[str]:
    given = {key: (properties[key], allowed) for key, allowed in RANGES.items() if key in properties}
    if "EphemeralStorage" in properties:
        given["EphemeralStorage"] = properties["EphemeralStorage"]["Size"], EPHEMERAL_MB
    for key, (value, (least, most)) in given.items():
        if isinstance(value, int) and not least <= value <= most:
            yield f"{name}: {key} is {value}, Lambda takes {least} to {most}"


def _against_snap_start(name: str, properties: Template) -> Iterator[str]:
    """What of a function SnapStart does not take, wherever it may be switched on."""
    if properties.get("SnapStart", {}).get("ApplyOn", "None") == "None":
        return
    version = re.fullmatch(r"python3[.](\d+)", str(properties.get("Runtime")))
    if version is None or int(version[1]) < SNAP_START_SINCE or properties.get("PackageType", "Zip") != "Zip":
        yield f"{name}: SnapStart takes Python 3.{SNAP_START_SINCE} or later, and no image"
    if properties.get("EphemeralStorage", {}).get("Size", 0) > SNAP_START_EPHEMERAL_MB:
        yield f"{name}: SnapStart takes no more than {SNAP_START_EPHEMERAL_MB} MB of ephemeral storage"
    if "AutoPublishAlias" not in properties:
        yield f"{name}: SnapStart takes published versions only"


def _has_handler(folder: Path, properties: Template) -> bool:
    module, _, function = properties["Handler"].rpartition(".")
    source = folder / properties["CodeUri"] / f"{module.replace('.', '/')}.py"
    if not source.is_file():
        return False
    return any(getattr(node, "name", None) == function for node in ast.parse(source.read_text()).body)


def sizes(template: Template, build: Path) -> dict[str, int]:
    """Bytes that each built function takes with its layers, unzipped.

    Args:
        template: Before or after the build.
        build: The folder that `sam build` writes to; every function and layer has a folder of its name there.

    Raises:
        FileNotFoundError: When something was not built.
    """
    found = {}
    for name, function in templates.of_type(template, templates.FUNCTION).items():
        layers = [layer["Ref"] for layer in function["Properties"].get("Layers", ())]
        found[name] = sum(folder_size(build / part) for part in (name, *layers))
    return found


def folder_size(folder: Path) -> int:
    """Bytes of all files below `folder`.

    Raises:
        FileNotFoundError: When there is none.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder.name} was not built: run `make build`")
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def main() -> int:
    """Print what each function takes; exit status 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("build", type=Path, nargs="?", default=BUILD)
    template = templates.read(REPOSITORY / "template.yaml")
    broken = list(broken_in(template, REPOSITORY))
    for name, size in sizes(template, parser.parse_args().build).items():
        print(f"{name:<20}{size / 1e6:7.1f} MB of {MAX_UNZIPPED / 1e6:.0f}")
        if size > GOAL_UNZIPPED:
            broken.append(f"{name}: {size / 1e6:.1f} MB with its layers, more than {GOAL_UNZIPPED / 1e6:.0f}")
    for sentence in broken:
        print(f"pagelapse: {sentence}", file=sys.stderr)
    return int(bool(broken))


if __name__ == "__main__":
    raise SystemExit(main())
