"""What an account has defined for itself, in DynamoDB: small documents, numbered within their kind.

The item is at pk `DEFINITIONS#<account>`, sk `<kind>#<number>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Self

from pydantic import JsonValue
from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError

from pagelapse.adapters.table import Item, connect


class DefinitionItem(Item, discriminator="definition"):
    """A definition."""

    content = UnicodeAttribute()

    @classmethod
    def at(cls, account_id: str, kind: str, number: int) -> Self:
        """The item's place in the table, with nothing in it."""
        return cls(f"DEFINITIONS#{account_id}", f"{kind}#{number:09d}")


class DefinitionTable:
    """The definitions' part of the table."""

    def __init__(self, table_name: str) -> None:
        connect(table_name)

    def all(self, account_id: str, kind: str) -> dict[int, dict[str, JsonValue]]:
        """The account's definitions of a kind by their numbers, oldest first (consistent read)."""
        found = DefinitionItem.query(
            f"DEFINITIONS#{account_id}", DefinitionItem.sk.startswith(f"{kind}#"), consistent_read=True
        )
        return {int(item.sk.rpartition("#")[2]): json.loads(item.content) for item in found}

    def find(self, account_id: str, kind: str, number: int) -> dict[str, JsonValue] | None:
        """One definition (consistent read)."""
        place = DefinitionItem.at(account_id, kind, number)
        try:
            found: dict[str, JsonValue] = json.loads(
                DefinitionItem.get(place.pk, place.sk, consistent_read=True).content
            )
        except DoesNotExist:
            return None
        return found

    def add(self, account_id: str, kind: str, number: int, content: Mapping[str, JsonValue]) -> bool:
        """Store a new definition; false when there is one of that number."""
        item = DefinitionItem.at(account_id, kind, number)
        item.content = json.dumps(dict(content))
        try:
            item.save(condition=DefinitionItem.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True
