"""Each dialect's OpenAPI document, and how to write them: `python -m pagelapse.api.openapi docs/openapi`."""

from __future__ import annotations

import copy
import json
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pagelapse.api.samples import add_examples
from pagelapse.dialects.registry import DIALECTS, application


def document(name: str) -> str:
    """A dialect's OpenAPI document, as JSON text."""
    return json.dumps(described(name), indent=2, ensure_ascii=False) + "\n"


@cache
def described(name: str) -> dict[str, Any]:
    """A dialect's OpenAPI document with its examples; not to be changed."""
    found = copy.deepcopy(application(name).openapi())
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for methods in found["paths"].values():
        for operation in methods.values():
            _without_framework(operation)
            _share_body(operation, schemas)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    add_examples(found, import_module(f"pagelapse.dialects.{name}.examples").EXAMPLES)
    return found


def _without_framework(operation: dict[str, Any]) -> None:
    """Leave out the answer that FastAPI adds for parameters in paths, which no dialect gives."""
    added = operation["responses"].get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if added.get("$ref", "").endswith("/HTTPValidationError"):
        del operation["responses"]["422"]


def _share_body(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Describe a body once, however many media types it may have."""
    content = operation.get("requestBody", {}).get("content", {})
    if len(content) < 2:
        return
    name = f"{operation['operationId'][0].upper()}{operation['operationId'][1:]}Request"
    schemas[name] = next(iter(content.values()))["schema"]
    for media_type in content:
        content[media_type] = {"schema": {"$ref": f"#/components/schemas/{name}"}}


def write(folder: Path) -> list[Path]:
    """Write all documents into `folder`, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{dialect.name}.json" for dialect in DIALECTS]
    for path in paths:
        path.write_text(document(path.stem), encoding="utf-8")
    return paths


if __name__ == "__main__":
    for written in write(Path(sys.argv[1])):
        print(written)
