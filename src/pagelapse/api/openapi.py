"""Writes each dialect's OpenAPI document: `python -m pagelapse.api.openapi docs/openapi`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pagelapse.dialects.registry import DIALECTS, application


def document(name: str) -> str:
    """A dialect's OpenAPI document, as JSON text."""
    return json.dumps(application(name).openapi(), indent=2, ensure_ascii=False) + "\n"


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
