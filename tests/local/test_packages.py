"""Pinned downloads: only the pinned bytes are ever unpacked."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from pagelapse.local import chromium, packages
from pagelapse.local.font_pins import FONTS
from pagelapse.local.pins import CHROMIUM, Package
from pagelapse.local.problem import Problem


def _tarball(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "thing-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _pinned(tarball: Path, *files: str) -> Package:
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    return Package("thing", "1.0.0", f"sha512-{base64.b64encode(digest).decode()}", files)


def _fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_changed_download_is_refused(tmp_path: Path) -> None:
    """A download whose checksum is not the pinned one is refused, and the message says how to get a good one."""
    tarball = _tarball(tmp_path, {"package/a": b"a"})
    pinned = _pinned(tarball, "package/a")
    assert packages.verified(tarball, pinned) == tarball
    tarball.write_bytes(tarball.read_bytes() + b"\0")
    with pytest.raises(Problem, match=r"^The download of thing@1\.0\.0 is broken[^\n]*npm cache clean"):
        packages.verified(tarball, pinned)


def test_only_the_needed_files_are_taken(tmp_path: Path) -> None:
    """Of a package only the files that are needed reach the disk, wherever its other files would go."""
    tarball = _tarball(tmp_path, {"package/fonts/a.ttf": b"a", "../../outside": b"b", "package/c": b"c"})
    target = tmp_path / "deep" / "target"
    assert packages.extract(tarball, _pinned(tarball, "package/fonts/a.ttf"), target) == [target / "a.ttf"]
    assert [path.name for path in target.iterdir()] == ["a.ttf"]
    assert not (tmp_path / "outside").exists()


def test_a_package_without_the_needed_file_is_told(tmp_path: Path) -> None:
    """A pin that names a file its package does not hold is told by name."""
    tarball = _tarball(tmp_path, {"package/a": b"a"})
    with pytest.raises(Problem, match="does not hold package/b"):
        packages.extract(tarball, _pinned(tarball, "package/b"), tmp_path / "target")


def test_a_missing_npm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without npm one sentence says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"^npm is missing[^\n]*install Node\.js"):
        packages.download([CHROMIUM], tmp_path)


def test_a_failed_download_names_npms_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network one sentence names npm's error code."""
    _fake_npm(tmp_path, "echo 'npm error code ENOTFOUND' >&2; echo 'npm error more' >&2; exit 1", monkeypatch)
    with pytest.raises(Problem, match=r"^npm could not download Chromium \(ENOTFOUND\): check the network"):
        packages.download([CHROMIUM], tmp_path)


def test_a_broken_download_leaves_no_half_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download that breaks leaves nothing that a later run could take for Chromium."""
    executable = tmp_path / "install" / "1" / "chromium"
    files = " ".join(f"'{package.tarball}'" for package in (CHROMIUM, *FONTS))
    _fake_npm(tmp_path, f"for file in {files}; do echo broken > $file; done", monkeypatch)
    (tmp_path / "node").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "node").chmod(0o755)
    with pytest.raises(Problem, match="checksum is not the pinned one"):
        chromium.install(executable)
    assert list((tmp_path / "install").iterdir()) == []
    assert not chromium.installed(executable)


def test_every_pin_is_a_sha512() -> None:
    """Each pinned package carries a whole SHA-512 and names at least one file."""
    for package in (CHROMIUM, *FONTS):
        algorithm, _, digest = package.integrity.partition("-")
        assert algorithm == "sha512"
        assert len(base64.b64decode(digest)) == 64
        assert package.files
