from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.comparison_fakes import drawn

from pagelapse.cli import main
from pagelapse.commands.timelapse import Shot, thinned

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
COUNT = 120


class _Deployment(httpx.BaseTransport):
    """A deployment with a history of `COUNT` pictures, one a day; every tenth is a change."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.status = 200

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.host == "pictures.test":
            number = int(request.url.path.strip("/"))
            return httpx.Response(200, content=drawn((number, 10, number + 40, 50)))
        if self.status != 200:
            return httpx.Response(self.status, json={"detail": "There is no such watch."})
        start, limit = int(request.url.params.get("cursor", 0)), int(request.url.params["limit"])
        places = list(range(COUNT))[::-1][start : start + limit]
        show = self._capture if request.url.path.endswith("/captures") else self._comparison
        following = str(start + limit) if start + limit < COUNT else None
        return httpx.Response(200, json={"data": [show(place) for place in places], "next": following})

    def _capture(self, place: int) -> dict[str, Any]:
        file = {"url": f"http://pictures.test/{place}", "width": 400, "height": 300}
        return {"id": f"c{place}", "taken_at": self._time(place), "file": file, "comparison": self._verdict(place)}

    def _comparison(self, place: int) -> dict[str, Any]:
        after = {"capture": f"c{place}", "taken_at": self._time(place), "url": ""}
        region = {"kind": "changed", "x": 10, "y": 10, "width": 40, "height": 40, "before_y": 10, "before_height": 40}
        return {**self._verdict(place), "after": after, "regions": [{**region, "pixels": 1}]}

    def _verdict(self, place: int) -> dict[str, Any]:
        return {"verdict": "changed" if place % 10 == 0 else "same"}

    def _time(self, place: int) -> str:
        return (START + timedelta(days=place)).isoformat()


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> _Deployment:
    """Stands in for every server."""
    made = _Deployment()
    client = httpx.Client

    def local(**options: Any) -> httpx.Client:
        return client(**{**options, "transport": made})

    monkeypatch.setattr(httpx, "Client", local)
    monkeypatch.setenv("PAGELAPSE_URL", "http://api.test")
    monkeypatch.setenv("PAGELAPSE_KEY", "pl_key")
    return made


def _frames(path: Path) -> int:
    return int(getattr(Image.open(BytesIO(path.read_bytes())), "n_frames", 1))


def test_a_history_becomes_an_animation(
    deployment: _Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All pictures of a history, over all pages of its list, become frames; progress is told on standard error."""
    out = tmp_path / "out.webp"
    assert main(["timelapse", "w1", "-o", str(out), "--width", "100"]) == 0
    assert _frames(out) == COUNT
    told = capsys.readouterr()
    assert told.out == f"{out}: {out.stat().st_size:,} bytes\n"
    assert told.err.splitlines()[-1] == f"{COUNT} of {COUNT} pictures"


def test_the_pictures_are_asked_for_without_the_key(deployment: _Deployment, tmp_path: Path) -> None:
    """The API gets the key, and the pictures' server does not."""
    main(["timelapse", "w1", "-o", str(tmp_path / "out.webp"), "--width", "100", "--most", "3"])
    with_key = {request.url.host for request in deployment.asked if "authorization" in request.headers}
    assert with_key == {"api.test"}


def test_a_part_of_a_history_is_chosen(deployment: _Deployment, tmp_path: Path) -> None:
    """`--from` and `--to` choose a time, `--changes-only` the pictures that differ."""
    out = tmp_path / "out.gif"
    given = ["timelapse", "w1", "-o", str(out), "--width", "100"]
    main([*given, "--from", "2026-11-11", "--to", "2026-11-16"])
    assert _frames(out) == 5
    main([*given, "--changes-only"])
    assert _frames(out) == COUNT // 10


def test_a_long_history_is_thinned_evenly(capsys: pytest.CaptureFixture[str]) -> None:
    """Of too many pictures, as many as asked for are chosen at equal distances, with both ends."""
    shots = [Shot(str(number), START, "", (1, 1), None) for number in range(101)]
    assert [shot.capture_id for shot in thinned(shots, 5)] == ["0", "25", "50", "75", "100"]
    assert capsys.readouterr().err == "pagelapse: 5 of 101 pictures are chosen\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-o", "out.mp4"], "--output: out.mp4 must end in .webp, .gif, .png, .apng"),
        (["-o", "out.webp", "--fps", "0"], "--fps: must be 0.05 to 60"),
        (["-o", "out.webp", "--from", "2040-01-01"], "the configuration has no pictures of that time"),
    ],
)
def test_what_makes_no_sense_is_named(
    deployment: _Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    """An option that makes no sense, and an empty history, are told in one sentence."""
    monkeypatch.chdir(tmp_path)
    assert main(["timelapse", "w1", *arguments]) == 1
    assert capsys.readouterr().err == f"pagelapse: {told}\n"


def test_the_deployments_own_words_are_told(
    deployment: _Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the deployment refuses is told in its own words, and no file is left."""
    deployment.status = 404
    assert main(["timelapse", "w1", "-o", str(tmp_path / "out.webp")]) == 1
    assert capsys.readouterr().err == "pagelapse: There is no such watch.\n"
    assert list(tmp_path.iterdir()) == []
