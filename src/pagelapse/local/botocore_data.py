"""Takes out of botocore's descriptions of services what a function never calls: it reads them on every cold start."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NEEDED = ("service-2", "endpoint-rule-set-1")
"""What a client is made of; paginators, waiters and examples are files beside them."""


def trim(data: Path, calls: Mapping[str, Sequence[str]]) -> None:
    """Leave in botocore's `data` folder these operations alone.

    Args:
        data: The folder, which is changed.
        calls: The operations of each service, as AWS names them.

    Raises:
        KeyError: When a service has no such operation.
    """
    for folder in [path for path in data.iterdir() if path.is_dir() and path.name not in calls]:
        shutil.rmtree(folder)
    for service, operations in calls.items():
        for file in (data / service).glob("*/*"):
            _shorten(file, operations)
    _shorten_endpoints(data / "endpoints.json", calls)


def _shorten(file: Path, operations: Sequence[str]) -> None:
    name = file.name.partition(".")[0]
    if name not in NEEDED:
        file.unlink()
    elif file.name == "service-2.json.gz":
        model = _described(json.loads(gzip.decompress(file.read_bytes())), operations)
        file.with_suffix("").write_text(json.dumps(model, separators=(",", ":")))
        file.unlink()


def _described(model: dict[str, Any], operations: Sequence[str]) -> dict[str, Any]:
    """The model of a service with some operations, the shapes that these need, and no documentation."""
    kept = {name: model["operations"][name] for name in operations}
    found: dict[str, Any] = {}
    waiting = [shape for operation in kept.values() for shape in _shapes(operation)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = model["shapes"][name]
            waiting += _shapes(found[name])
    return {**model, "operations": _undocumented(kept), "shapes": _undocumented(found)}


def _shapes(described: Any) -> list[str]:
    """The names of the shapes that a part of a model is made of."""
    if isinstance(described, list):
        return [name for part in described for name in _shapes(part)]
    if not isinstance(described, dict):
        return []
    own = [described["shape"]] if isinstance(described.get("shape"), str) else []
    return own + [name for part in described.values() for name in _shapes(part)]


def _undocumented(described: Any) -> Any:
    if isinstance(described, list):
        return [_undocumented(part) for part in described]
    if not isinstance(described, dict):
        return described
    texts = {key for key in ("documentation", "documentationUrl") if isinstance(described.get(key), str)}
    return {key: _undocumented(part) for key, part in described.items() if key not in texts}


def _shorten_endpoints(file: Path, services: Mapping[str, object]) -> None:
    endpoints = json.loads(file.read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in services}
    file.write_text(json.dumps(endpoints, separators=(",", ":")))
