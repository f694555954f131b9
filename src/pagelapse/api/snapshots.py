"""What SnapStart needs of `api`: a snapshot that is worth its price, and instances that are not each other's twins.

`snapshot_restore_py` is a part of Lambda's Python, see "Lambda SnapStart runtime hooks for Python" in AWS's guide.
Nothing else of `api` would be shared: connections and clients are made by the first request, and keys, ids and nonces
come from the system's generator, which Lambda seeds anew.
"""

from __future__ import annotations

import random
from importlib import import_module

from pagelapse.dialects.registry import DIALECTS, application


def register() -> None:
    """Have Lambda call what follows; without a snapshot neither is ever called, and outside Lambda there is no hook."""
    try:
        hooks = import_module("snapshot_restore_py")
    except ImportError:
        return
    hooks.register_before_snapshot(load)
    hooks.register_after_restore(diverge)


def load() -> None:
    """Import every dialect, which otherwise is left to its first request."""
    for dialect in DIALECTS:
        application(dialect.name)


def diverge() -> None:
    """Seed the dice that retries are spread with: all instances of a snapshot would retry at the same moment."""
    random.seed()
