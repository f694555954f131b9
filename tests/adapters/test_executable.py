"""Finding Chromium, and unpacking the one of the Lambda layer."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import brotli
import pytest

from pagelapse.adapters.browser import chromium_executable
from pagelapse.adapters.browser.executable import browser_environment


@pytest.fixture
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layer's folder with tiny files in the place of Chromium's, and an empty /tmp."""
    folder = tmp_path / "layer"
    (folder / "fonts").mkdir(parents=True)
    (folder / "fonts" / "fonts.conf").write_text("<fontconfig/>")
    (folder / "chromium.br").write_bytes(brotli.compress(b"#!/bin/sh\necho here\n"))
    (folder / "swiftshader.tar.br").write_bytes(brotli.compress(_tar("libEGL.so")))
    (folder / "al2023.tar.br").write_bytes(brotli.compress(_tar("lib/libnss3.so")))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return folder


def _tar(name: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"\x7fELF"))
    return out.getvalue()


def test_layer_is_unpacked_once(layer: Path) -> None:
    """The layer's Chromium is unpacked with its libraries and fonts beside it, and found again the next time."""
    executable = chromium_executable(layer)
    assert os.access(executable, os.X_OK)
    assert executable.read_bytes() == b"#!/bin/sh\necho here\n"
    assert (executable.parent / "libEGL.so").is_file()
    assert (executable.parent / "lib" / "libnss3.so").is_file()
    before = executable.stat().st_mtime_ns
    assert chromium_executable(layer) == executable
    assert executable.stat().st_mtime_ns == before
    assert browser_environment(executable)["FONTCONFIG_FILE"] == str(executable.parent / "fonts" / "fonts.conf")


def test_missing_chromium_names_the_setting(tmp_path: Path) -> None:
    """Without a Chromium the error says which setting leads to it."""
    with pytest.raises(FileNotFoundError, match="PAGELAPSE_CHROMIUM"):
        chromium_executable(tmp_path)


def test_browser_inherits_nothing_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The browser's environment holds none of this process's credentials."""
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "PAGELAPSE_KEY"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in str(browser_environment(tmp_path / "chromium"))
