"""Example requests of a dialect's operations, for its OpenAPI document. Tests send every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

KEY = "$PAGELAPSE_KEY"
"""Stands for the caller's key."""

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Examples:
    """A dialect's examples.

    Attributes:
        key_in: Where its documentation puts the key.
        key_name: Of the parameter or the header.
        key_prefix: Before the key in a header.
        values: Parameters of operations, by the operations' ids, with or without `get` and `post` before them; a text
            in capitals stands for an id that an earlier answer gave.
        public: Operations that need no key.
    """

    key_in: Literal["header", "parameter"]
    key_name: str
    key_prefix: str = ""
    values: Mapping[str, Values] = field(default_factory=dict)
    public: frozenset[str] = frozenset()

    def of(self, operation_id: str) -> Values:
        """The parameters of an operation's example."""
        short = operation_id.removeprefix("get").removeprefix("post")
        return self.values.get(operation_id) or self.values.get(short) or {}
