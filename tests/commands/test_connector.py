"""`pagelapse connector` and `pagelapse connectors`, without a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.connector_fakes import Wires
from tests.world import World

from pagelapse.cli import main
from pagelapse.commands import connector
from pagelapse.settings import connector_settings, environment_without_token

VARIABLES = {
    "PIXCAP_CONNECTOR_TOKEN": "pxc_secret",
    "PIXCAP_API_URL": "wss://pixcap.example/ws/connector",
    "SCREENSHOT_TIMEOUT": "45000",
    "PUPPETEER_EXECUTABLE_PATH": "/usr/bin/chromium",
    "DEFAULT_VIEWPORT_WIDTH": "1920",
    "DEFAULT_VIEWPORT_HEIGHT": "1080",
}
"""The text's own names ("Configuration")."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The text's variables, read anew by each test."""
    connector_settings.cache_clear()
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
        ours = name.removeprefix("PIXCAP_").replace("PUPPETEER_EXECUTABLE_PATH", "CHROMIUM")
        monkeypatch.delenv(f"PAGELAPSE_{ours}", raising=False)
    yield monkeypatch
    connector_settings.cache_clear()


def test_the_texts_variables() -> None:
    """The agent takes each variable by the name that the vendor's text gives it."""
    settings = connector_settings()
    assert settings.token.get_secret_value() == "pxc_secret"
    assert settings.url == "wss://pixcap.example/ws/connector"
    assert (settings.timeout_ms, settings.viewport_width, settings.viewport_height) == (45_000, 1920, 1080)
    assert settings.browser() == Path("/usr/bin/chromium")
    assert "secret" not in repr(settings)


def test_our_names_come_first(environment: pytest.MonkeyPatch) -> None:
    """Where a variable is given by both names, ours counts."""
    environment.setenv("PAGELAPSE_CONNECTOR_TOKEN", "pxc_ours")
    environment.setenv("PAGELAPSE_CONNECTOR_ALLOW_HOSTS", "intranet.local, 10.0.0.0/8")
    assert connector_settings().token.get_secret_value() == "pxc_ours"
    assert connector_settings().connector_allow_hosts == ("intranet.local", "10.0.0.0/8")


def test_browsers_processes_know_no_token(environment: pytest.MonkeyPatch) -> None:
    """What opens pages is not told the token, by either name."""
    environment.setenv("PAGELAPSE_CONNECTOR_TOKEN", "pxc_ours")
    assert not [value for value in environment_without_token().values() if value.startswith("pxc_")]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PIXCAP_CONNECTOR_TOKEN", "", "PAGELAPSE_CONNECTOR_TOKEN: Field required"),
        ("PIXCAP_API_URL", "https://pixcap.example/", "wss://"),
        ("SCREENSHOT_TIMEOUT", "soon", "integer"),
        ("PUPPETEER_EXECUTABLE_PATH", "/nowhere/chromium", "PAGELAPSE_CHROMIUM"),
    ],
)
def test_what_is_missing_is_named(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    """An agent that can't start says in one sentence which variable is at fault, and never shows the token."""
    environment.setenv(name, value)
    assert main(["connector"]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1
    assert "pxc_" not in shown


def test_connectors_of_a_deployment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The operator makes, lists, re-keys and deletes connectors; a token is printed once."""
    wires = Wires(World())
    monkeypatch.setattr(connector, "_connectors", lambda: wires.connectors)
    assert main(["connectors", "create", wires.account_id, "Branch"]) == 0
    made = capsys.readouterr().out
    connector_id, token = (line.split()[1] for line in made.splitlines()[:2])
    assert wires.connect("c1", token=token)
    main(["connectors", "list", wires.account_id])
    assert f"{connector_id}  online   Branch" in capsys.readouterr().out
    main(["connectors", "token", wires.account_id, connector_id])
    assert wires.connect("c2", token=capsys.readouterr().out.strip())
    assert main(["connectors", "delete", wires.account_id, connector_id]) == 0
    assert main(["connectors", "delete", wires.account_id, connector_id]) == 1
    assert "no such connector" in capsys.readouterr().err
