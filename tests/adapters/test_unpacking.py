"""Unpacking the programs of Lambda's layer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pagelapse.adapters import unpacking
from pagelapse.adapters.unpacking import Unpacking
from pagelapse.local import packing

WITHIN_S = 60
PROGRAM = os.urandom(3 << 20)


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer's folder with small programs."""
    folder = tmp_path / "layer"
    (folder / "lib").mkdir(parents=True)
    (folder / unpacking.PACKED_FONTS).mkdir()
    packing.pack(b"#!/bin/sh\necho node\n", folder, "node", 2)
    packing.pack(PROGRAM, folder, "chromium", 8)
    for name in map(Path, unpacking.CHROMIUM[1:]):
        packing.pack(name.name.encode(), folder / name.parent, name.name, 1)
    return folder


def test_programs_come_out_as_they_were(layer: Path, tmp_path: Path) -> None:
    """Node and Chromium come out of the layer byte for byte, executable, with their libraries and fonts beside them."""
    unpacked = Unpacking(layer, tmp_path / "out")
    node = unpacked.node.result(WITHIN_S)
    assert os.access(node, os.X_OK)
    assert node.read_bytes() == b"#!/bin/sh\necho node\n"
    assert unpacked.chromium.result(WITHIN_S) == unpacked.executable
    assert unpacked.executable.read_bytes() == PROGRAM
    for name in unpacking.CHROMIUM[1:]:
        assert (tmp_path / "out" / name).read_bytes() == Path(name).name.encode()
    assert (tmp_path / "out" / "lib").resolve() == layer / "lib"
    assert not list((tmp_path / "out").rglob("*.part"))


def test_nothing_is_unpacked_twice(layer: Path, tmp_path: Path) -> None:
    """What is there already stays as it is."""
    Unpacking(layer, tmp_path / "out").chromium.result(WITHIN_S)
    before = (tmp_path / "out" / "chromium").stat()
    again = Unpacking(layer, tmp_path / "out").chromium.result(WITHIN_S)
    assert again.stat() == before


def test_an_interrupted_unpacking_is_made_good(layer: Path, tmp_path: Path) -> None:
    """What an interrupted start left half written is written again."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "chromium.part").write_bytes(b"rubbish")
    assert Unpacking(layer, tmp_path / "out").chromium.result(WITHIN_S).read_bytes() == PROGRAM


@pytest.mark.slow
def test_zeros_come_out_although_they_are_not_written(tmp_path: Path) -> None:
    """A program with long stretches of zeros comes out byte for byte, also at its end and over rubbish."""
    program = PROGRAM[: 1 << 20] + bytes(2 << 20) + PROGRAM[: 1 << 19] + bytes(1 << 20)
    folder = tmp_path / "layer"
    folder.mkdir()
    for name in ("node", *unpacking.CHROMIUM):
        (folder / name).parent.mkdir(exist_ok=True)
        packing.pack(program, (folder / name).parent, Path(name).name, 2)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "node.part").write_bytes(b"rubbish" * (1 << 20))
    assert Unpacking(folder, tmp_path / "out").node.result(WITHIN_S).read_bytes() == program


def test_node_finds_what_it_compiled(layer: Path, tmp_path: Path) -> None:
    """The layer's cache of compiled JavaScript is where node looks for it, whichever user Lambda runs it as."""
    (layer / unpacking.NODE_CACHE / "v24-x64-tag").mkdir(parents=True)
    unpacked = Unpacking(layer, tmp_path / "out")
    unpacked.node.result(WITHIN_S)
    variables = unpacked.node_variables()
    (found,) = Path(variables["NODE_COMPILE_CACHE"]).iterdir()
    assert found.name == f"v24-x64-tag-{os.getuid()}"
    assert found.resolve() == layer / unpacking.NODE_CACHE / "v24-x64-tag"
    assert variables["PLAYWRIGHT_NODEJS_PATH"] == str(tmp_path / "out" / "node")


def test_a_broken_layer_is_told(layer: Path, tmp_path: Path) -> None:
    """A part that is cut off is an error of whoever waits for the program, and no program appears."""
    (part, *_) = unpacking.frames(layer, "chromium")
    part.write_bytes(part.read_bytes()[:-9])
    unpacked = Unpacking(layer, tmp_path / "out")
    assert unpacked.chromium.exception(WITHIN_S) is not None
    assert not unpacked.executable.exists()


def test_leftovers_of_killed_browsers_are_swept(layer: Path, tmp_path: Path) -> None:
    """Shared memory and profiles that a killed browser left in /tmp are removed, and nothing else."""
    unpacked = Unpacking(layer, tmp_path / "out")
    (tmp_path / "playwright_chromiumdev_profile-a").mkdir()
    (tmp_path / ".org.chromium.Chromium.b").write_bytes(b"shared memory")
    (tmp_path / "another").write_bytes(b"")
    unpacked.chromium.result(WITHIN_S)
    unpacked.sweep()
    assert {path.name for path in tmp_path.iterdir()} == {"layer", "out", "another"}


def test_outside_lambda_nothing_is_unpacked(tmp_path: Path) -> None:
    """A folder without packed programs is left alone."""
    assert unpacking.begin(tmp_path) is None
