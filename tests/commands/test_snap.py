"""`pagelapse snap`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pixels import CYAN, GREEN, RED, load, pixel
from tests.site.server import Site

from pagelapse.cli import main
from pagelapse.commands import snap
from pagelapse.observability import logger


def _parse(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    snap.add_parser(parser.add_subparsers())
    return parser.parse_args(["snap", *argv])


def test_options_become_one_capture(tmp_path: Path) -> None:
    """Every option of the command ends in the field of the capture that it names."""
    argv = (
        "https://example.com -o x.webp --width 640 --height 480 --scale 2 --full-page --selector #a --hover"
        " --quality 50 --wait 100 --wait-for #b --css c{} --js d() --no-js --block-third-party-scripts"
        " --deterministic"
        " --header X-A:1 --cookie c=d --user-agent ua --language de --timezone Europe/Berlin --geolocation 1.5,2,30"
    )
    options = snap.options_from(_parse(*argv.split()))
    assert options.model_dump(mode="json", exclude_defaults=True) == {
        "url": "https://example.com",
        "viewport": {"width": 640, "height": 480},
        "device_scale_factor": 2.0,
        "full_page": True,
        "selector": "#a",
        "hover": True,
        "type": "webp",
        "quality": 50,
        "deterministic": True,
        "delay_ms": 100,
        "wait_for_selector": "#b",
        "user_agent": "ua",
        "accept_language": "de",
        "timezone_id": "Europe/Berlin",
        "geolocation": {"latitude": 1.5, "longitude": 2.0, "accuracy": 30.0},
        "extra_http_headers": [{"name": "X-A", "value": "1"}],
        "cookies": [{"name": "c", "value": "d"}],
        "java_script_enabled": False,
        "block_third_party_scripts": True,
        "style": "c{}",
        "script": "d()",
    }


@pytest.mark.parametrize(
    ("name", "expected"), [("a.jpg", "jpeg"), ("a.JPEG", "jpeg"), ("a.webp", "webp"), ("a.avif", "avif"), ("a", "png")]
)
def test_the_files_ending_chooses_the_format(name: str, expected: str) -> None:
    """The format follows the file's ending, and is PNG where that says nothing."""
    assert snap.options_from(_parse("https://example.com", "-o", name)).type == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.pdf", "pdf"), ("a.html", "html"), ("a.TXT", "text"), ("a.md", "markdown"), ("a.png", "image"), ("-", "image")],
)
def test_the_files_ending_chooses_the_kind(name: str, expected: str) -> None:
    """A page is printed, or read as text or Markdown, when the file's ending says so."""
    assert snap.options_from(_parse("https://example.com", "-o", name)).output == expected


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["ftp://example.com", "-o", "x.png"], "url: must begin with http"),
        (["-o", "x.png"], "exactly one of url and html"),
        (["https://example.com", "-o", "x.png", "--width", "0"], "viewport.width"),
        (["https://example.com", "-o", "x.png", "--cookie", "novalue"], "--cookie"),
        (["https://example.com", "-o", "x.png", "--geolocation", "1"], "--geolocation"),
        (["https://example.com", "-o", "x.png", "--timezone", "Moon/Crater"], "timezone_id"),
    ],
)
def test_mistakes_are_told_in_one_sentence(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake ends with status 1 and one line on standard error that names the option."""
    monkeypatch.chdir(tmp_path)
    assert main(["snap", *argv]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("pagelapse: ")
    assert words in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "x.png").exists()


@pytest.fixture
def ready(chromium_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A Chromium for the command, and no AWS at all."""
    monkeypatch.setenv("PAGELAPSE_CHROMIUM", str(chromium_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "PAGELAPSE_TABLE_NAME"):
        monkeypatch.delenv(name, raising=False)
    level = logger.log_level
    yield site
    logger.setLevel(level)


@pytest.mark.browser
def test_page_is_pictured_without_a_server(ready: Site, tmp_path: Path) -> None:
    """The command takes a true picture in its own process, with no AWS and no emulator."""
    out = tmp_path / "shot.png"
    argv = ["snap", ready.url("/simple.html"), "-o", str(out), "--allow-host", f"127.0.0.1:{ready.port}"]
    assert main([*argv, "--css", "#hot { background: #00ffff }"]) == 0
    image = load(out.read_bytes())
    assert image.size == (1280, 800)
    assert pixel(image, 100, 50) == RED
    assert pixel(image, 100, 150) == CYAN


@pytest.mark.browser
def test_file_and_source(ready: Site, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A document from a file is pictured to standard output, and a page's source is saved by the ending .html."""
    document = tmp_path / "a.html"
    document.write_text("<body style='background:#00ff00'>")
    assert main(["snap", "--html", str(document), "-o", "-"]) == 0
    assert pixel(capfdbinary.readouterr().out, 10, 10) == GREEN
    saved = tmp_path / "saved.html"
    argv = ["snap", ready.url("/late.html"), "-o", str(saved), "--wait", "900", "--allow-host", "127.0.0.1"]
    assert main(argv) == 0
    assert 'id="late"' in saved.read_text()


@pytest.mark.browser
def test_private_pages_are_refused_by_default(ready: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --allow-host the command reaches nothing private, and says so."""
    assert main(["snap", ready.url("/simple.html"), "-o", str(tmp_path / "x.png")]) == 1
    assert "may reach" in capsys.readouterr().err
    assert ready.requests == []
