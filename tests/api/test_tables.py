"""docs/migrate against the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagelapse.api.openapi import described
from pagelapse.api.tables import table, with_table
from pagelapse.dialects.getscreenshot.params import COSMETIC, NOT_YET
from pagelapse.dialects.registry import DIALECTS

FOLDER = Path(__file__).parents[2] / "docs" / "migrate"
VENDORS = [dialect.name for dialect in DIALECTS if dialect.name != "native"]


@pytest.mark.parametrize("name", VENDORS)
def test_tables_are_current(name: str) -> None:
    """The page of each vendor has the table that the code gives."""
    page = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert page == with_table(page, name), f"docs/migrate/{name}.md is old: run `make openapi` and commit it"


@pytest.mark.parametrize("name", VENDORS)
def test_tables_name_every_parameter(name: str) -> None:
    """Every parameter of every operation has its row."""
    rows = table(name)
    for methods in described(name)["paths"].values():
        for operation in methods.values():
            names = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
            assert all(f"| `{each}` |" in rows for each in names - {"access_token", "api_key", "apikey", "key"})


def test_tables_tell_what_becomes_of_parameters() -> None:
    """What has no effect, and what is refused, is told as such."""
    rows = table("getscreenshot").splitlines()
    told = {row.split("`")[1]: row.split("|")[3].strip() for row in rows[2:]}
    assert {name for name, state in told.items() if state == "accepted without effect"} == COSMETIC.keys()
    assert {name for name, state in told.items() if state == "refused"} == set(NOT_YET)
    assert told["fullpage"] == "supported"


def test_a_page_without_a_place_is_told() -> None:
    """A page that lacks the two lines is no place for a table."""
    with pytest.raises(ValueError, match="no place"):
        with_table("# Nothing", "savepage")
