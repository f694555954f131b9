"""The filter lists' folder, as `make test` and the layer's build make it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pagelapse.local import filters
from pagelapse.local.layout import Layout
from pagelapse.local.problem import Problem


def test_licences_lie_beside_the_data() -> None:
    """The data of others comes with its licences, and a notice that says which file is whose."""
    folder = Layout().filters
    assert "GNU GENERAL PUBLIC LICENSE" in (folder / "LICENSE-lists.txt").read_text()
    assert "Mozilla Public License" in (folder / "LICENSE-autoconsent.txt").read_text()
    notice = (folder / "NOTICE.txt").read_text()
    assert all(text in notice for text in (filters.LISTS.spec, filters.CONSENT.spec, "GPL-3.0", "MPL-2.0"))


def test_what_is_pinned_now_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there as pinned is not fetched again, and anything else is replaced."""
    made: list[Path] = []

    def make(_scratch: Path, folder: Path) -> None:
        folder.mkdir()
        made.append(folder)

    monkeypatch.setattr(filters, "make", make)
    folder = tmp_path / "filters"
    folder.mkdir()
    (folder / "old").touch()
    for _ in range(2):
        filters.install(folder)
    assert len(made) == 1
    assert [path.name for path in folder.iterdir()] == [".complete"]


def test_a_package_of_another_form_is_told(tmp_path: Path) -> None:
    """A package that no longer holds its lists' texts is told in a sentence."""
    path = tmp_path / "ruleset_2.json"
    path.write_text(json.dumps([{"metadata": {}}]))
    with pytest.raises(Problem, match=r"does not hold ruleset_2\.json as expected"):
        filters._raw(path)
