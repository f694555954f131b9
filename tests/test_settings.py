"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pagelapse.settings import ClientSettings, ConnectorSettings, ServiceSettings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TABLE_NAME", "PICTURE_DAYS", "QUEUES", "CAPTURE_QUEUE_URL", "URL", "KEY", "CONNECTOR_TOKEN"):
        monkeypatch.delenv(f"PAGELAPSE_{name}", raising=False)


def test_a_missing_variable_is_named() -> None:
    """A process that lacks a setting says which."""
    with pytest.raises(ValidationError, match="table_name"):
        ServiceSettings.read()


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a template leaves empty has its default."""
    monkeypatch.setenv("PAGELAPSE_TABLE_NAME", "table")
    monkeypatch.setenv("PAGELAPSE_PICTURE_DAYS", "")
    assert ServiceSettings.read().picture_days == 365
    monkeypatch.setenv("PAGELAPSE_PICTURE_DAYS", "7")
    assert ServiceSettings.read().picture_days == 7


def test_one_variable_tells_all_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queues' common address and their names give each its own; one that is set itself counts more."""
    monkeypatch.setenv("PAGELAPSE_TABLE_NAME", "table")
    monkeypatch.setenv("PAGELAPSE_QUEUES", "https://sqs.test/1/ capture=first sweep=second notify=third")
    monkeypatch.setenv("PAGELAPSE_SWEEP_QUEUE_URL", "https://another.test/2")
    settings = ServiceSettings.read()
    assert settings.capture_queue_url == "https://sqs.test/1/first"
    assert settings.sweep_queue_url == "https://another.test/2"
    assert settings.bulk_queue_url == ""


def test_a_setting_may_have_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector's agent knows its variables by Pixcap's names too, and shows no token when one is wrong."""
    monkeypatch.setenv("PIXCAP_CONNECTOR_TOKEN", "secret-token")
    monkeypatch.setenv("PIXCAP_API_URL", "wss://agents.test/x")
    assert ConnectorSettings.read().token.get_secret_value() == "secret-token"
    monkeypatch.setenv("PIXCAP_API_URL", "ftp://secret-host")
    with pytest.raises(ValidationError) as raised:
        ConnectorSettings.read()
    assert "secret" not in str(raised.value)


def test_a_file_fills_what_the_environment_leaves_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A command reads what `make run` wrote, unless the environment says otherwise, and does without the file."""
    file = tmp_path / "env"
    file.write_text("PAGELAPSE_URL=http://localhost:1\nPAGELAPSE_KEY=from=file\n# nothing\n")
    monkeypatch.setenv("PAGELAPSE_URL", "http://localhost:2")
    settings = ClientSettings.read(file)
    assert (settings.url, settings.key.get_secret_value()) == ("http://localhost:2", "from=file")
    assert ClientSettings.read(tmp_path / "none").key.get_secret_value() == ""
