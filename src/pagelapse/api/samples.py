"""Examples in OpenAPI documents: values of parameters and bodies, and the whole request as a curl line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from pagelapse.dialects.examples import KEY, Examples, Values

BASE = "$PAGELAPSE_URL"
"""Stands for the deployment."""

_JSON = "application/json"
Json = dict[str, Any]


def add_examples(document: Json, examples: Examples) -> None:
    """Put the examples into a document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            values = examples.of(operation["operationId"])
            _show_values(operation, values)
            source = curl(method.upper(), path, operation, examples)
            operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": source}]


def curl(method: str, path: str, operation: Mapping[str, Any], examples: Examples) -> str:
    """The example request of an operation, to be pasted into a shell that knows the two variables."""
    values = examples.of(operation["operationId"])
    private = operation["operationId"] not in examples.public
    content = operation.get("requestBody", {}).get("content", {})
    pieces = [f'"{BASE}{_filled(path)}"']
    if private and examples.key_in == "header":
        pieces.append(f'-H "{examples.key_name}: {examples.key_prefix}{KEY}"')
    key = {examples.key_name: KEY} if private and examples.key_in == "parameter" else {}
    if _JSON in content and not key:
        if values:
            pieces += [f"-H 'Content-Type: {_JSON}'", f"-d {shlex.quote(json.dumps(dict(values)))}"]
    else:
        pieces += _fields(key | dict(values))
    return " \\\n  ".join([_command(method, pieces, has_body=bool(content)), *pieces[1:]])


def _command(method: str, pieces: list[str], *, has_body: bool) -> str:
    if method == "GET":
        flag = "-G " if any("-d " in piece or "urlencode" in piece for piece in pieces) else ""
        return f"curl {flag}{pieces[0]}"
    sends = any(piece.startswith(("-d", "--data")) for piece in pieces)
    return f"curl {'' if method == 'POST' and sends and has_body else f'-X {method} '}{pieces[0]}"


def _filled(path: str) -> str:
    """The path with `{capture_id}` as `CAPTURE_ID`."""
    return "".join(part.upper() if i % 2 else part for i, part in enumerate(path.replace("}", "{").split("{")))


def _fields(values: Values) -> Iterator[str]:
    for name, value in values.items():
        if value == KEY:
            yield f'-d "{name}={KEY}"'
            continue
        text = json.dumps(value) if isinstance(value, dict | list | bool) else str(value)
        flag = "-d" if text.replace("_", "").isalnum() else "--data-urlencode"
        yield f"{flag} {shlex.quote(f'{name}={text}')}"


def _show_values(operation: Json, values: Values) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query" and parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    for described in operation.get("requestBody", {}).get("content", {}).values():
        if values:
            described["example"] = dict(values)
