from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.comparison_fakes import drawn
from tests.pixels import load

from pagelapse.cli import main


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """Two pictures with a box in different places."""
    paths = tmp_path / "a.png", tmp_path / "b.png"
    for path, box in zip(paths, ((10, 10, 50, 50), (200, 100, 240, 140)), strict=True):
        path.write_bytes(drawn(box))
    return str(paths[0]), str(paths[1])


def test_two_files_are_compared(files: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two files that differ are told with the share and the regions, marked in a picture, with exit status 3."""
    diff = tmp_path / "diff.png"
    assert main(["compare", *files, "-o", str(diff)]) == 3
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "2.6667% differs: 3,200 of 120,000 pixels"
    assert told[1:] == ["  changed: 40x40 at 10,10", "  changed: 40x40 at 200,100"]
    assert (load(diff.read_bytes()).size, load(diff.read_bytes()).format) == ((400, 300), "PNG")


def test_equal_files_end_with_status_0(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Pictures without a difference, or with one that is ignored or small enough, end with exit status 0."""
    assert main(["compare", files[0], files[0]]) == 0
    assert capsys.readouterr().out == "no difference\n"
    assert main(["compare", *files, "--ignore", "0,0,400,300"]) == 0
    assert main(["compare", *files, "--min-ratio", "0.05"]) == 0
    assert "below --min-ratio" in capsys.readouterr().out


def test_everything_comes_as_json(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints all numbers and regions for programs."""
    assert main(["compare", *files, "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["changed"], found["pixels"], len(found["regions"])) == (True, 3200, 2)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--ignore", "1,2"], "--ignore: '1,2' is not X,Y,W,H in px"),
        (["-o", "diff.txt"], "--output: diff.txt must end in .png, .jpg, .jpeg, .webp"),
        (["--tolerance", "2"], "tolerance: Input should be less than or equal to 1"),
    ],
)
def test_wrong_options_are_named(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], more: list[str], told: str
) -> None:
    """An option that makes no sense is named in one sentence, with exit status 1."""
    assert main(["compare", *files, *more]) == 1
    assert capsys.readouterr().err == f"pagelapse: {told}\n"


def test_a_file_that_is_no_picture_is_named(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file that is no picture is named."""
    text = tmp_path / "text.png"
    text.write_text("no picture")
    assert main(["compare", files[0], str(text)]) == 1
    assert "text.png is no JPEG, PNG, WebP or AVIF picture" in capsys.readouterr().err
