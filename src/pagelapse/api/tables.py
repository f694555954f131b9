"""The tables of parameters in docs/migrate: `python -m pagelapse.api.tables docs/migrate` writes them anew."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pagelapse.api.openapi import described

BEGIN = "<!-- Written by `make openapi`; what is between these two lines is not to be edited. -->"
END = "<!-- End. -->"
_KEYS = frozenset({"access_token", "api_key", "apikey", "key"})
_SUPPORTED = "supported"
_STRENGTH = ("accepted without effect", "refused", _SUPPORTED)
_STATES = {"No effect": "accepted without effect", "Not supported": "refused"}
Json = Mapping[str, Any]


def with_table(text: str, name: str) -> str:
    """A page of docs/migrate with the table of a dialect as the code has it.

    Raises:
        ValueError: When the page has no place for it.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page of {name} has no place for the table")
    return f"{head}{BEGIN}\n\n{table(name)}\n\n{END}{tail}"


def table(name: str) -> str:
    """Each parameter of a dialect with what becomes of it, as Markdown."""
    rows = ["| parameter | of | here | meaning |", "|---|---|---|---|"]
    found: dict[str, tuple[list[str], Json]] = {}
    for path, parameter, schema in _parameters(described(name)):
        places, told = found.get(parameter, ([], schema))
        # What has no effect on one endpoint may have one on another.
        strongest = max(told, schema, key=lambda each: _STRENGTH.index(_state(each)[0]))
        found[parameter] = ([*dict.fromkeys([*places, path])], strongest)
    for parameter, (places, schema) in sorted(found.items()):
        state, meaning = _state(schema)
        of = f"`{places[0]}`" + (f" and {len(places) - 1} more" if len(places) > 1 else "")
        rows.append(f"| `{parameter}` | {of} | {state} | {_cell(meaning)} |")
    return "\n".join(rows)


def _parameters(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, name and schema of every parameter but the key."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for each in operation.get("parameters", ()):
                if each["in"] == "query" and each["name"] not in _KEYS:
                    yield path, each["name"], {**each["schema"], **each}
            for content in list(operation.get("requestBody", {}).get("content", {}).values())[:1]:
                schema = _resolved(document, content["schema"])
                yield from ((path, name, each) for name, each in schema["properties"].items() if name not in _KEYS)


def _resolved(document: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Json = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _state(schema: Json) -> tuple[str, str]:
    """What becomes of a parameter, by how its description begins, and the rest of that."""
    description = str(schema.get("description", ""))
    for beginning, state in _STATES.items():
        if description.startswith(beginning):
            return state, re.sub(r"^[.:]\s*", "", description.removeprefix(beginning))
    return _SUPPORTED, description


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def write(folder: Path) -> list[Path]:
    """Write the table of each page in `folder`, which is named as its dialect."""
    paths = sorted(folder.glob("*.md"))
    for path in paths:
        path.write_text(with_table(path.read_text(encoding="utf-8"), path.stem), encoding="utf-8")
    return paths


if __name__ == "__main__":
    for written in write(Path(sys.argv[1])):
        print(written)
