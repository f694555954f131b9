"""Finding Chromium, and what it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagelapse.adapters.browser import chromium_executable
from pagelapse.adapters.browser.executable import browser_environment


def test_chromium_is_found_in_its_folder(tmp_path: Path) -> None:
    """The setting may name the executable or its folder; libraries and fonts beside it are used."""
    executable = tmp_path / "chromium"
    executable.touch()
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "fonts.conf").touch()
    assert chromium_executable(executable) == chromium_executable(tmp_path) == executable
    assert browser_environment(executable)["FONTCONFIG_FILE"] == str(tmp_path / "fonts" / "fonts.conf")


def test_missing_chromium_names_the_setting(tmp_path: Path) -> None:
    """Without a Chromium the error says which setting leads to it."""
    with pytest.raises(FileNotFoundError, match="PAGELAPSE_CHROMIUM"):
        chromium_executable(tmp_path)


def test_browser_inherits_nothing_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The browser's environment holds none of this process's credentials."""
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "PAGELAPSE_KEY"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in str(browser_environment(tmp_path / "chromium"))
    assert browser_environment(tmp_path / "chromium", Path("/somewhere"))["TMPDIR"] == "/somewhere"
