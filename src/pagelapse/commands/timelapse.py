"""`pagelapse timelapse`: a configuration's history as an animation, its changes marked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pagelapse.commands.deployments import deployment
from pagelapse.commands.progress import Progress

if TYPE_CHECKING:
    import httpx
    from PIL import Image

    from pagelapse.comparison.film import Frame

ENDINGS = {".webp": "webp", ".gif": "gif", ".png": "png", ".apng": "png"}
_BASE = "/pagelapse/v1/watches"
_PAGE = 100
_CHANGED = ("changed", "seen")


@dataclass(frozen=True, slots=True)
class Shot:
    """A capture of the history."""

    capture_id: str
    taken_at: datetime
    link: str
    size: tuple[int, int]
    verdict: str | None
    """Of its comparison, where there is one."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser("timelapse", help="export a configuration's history as one animation")
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("configuration", metavar="CONFIG", help="the configuration's id, whichever API made it")
    add("-o", "--output", metavar="FILE", type=Path, required=True, help=".webp, .gif or .png (animated)")
    add("--fps", type=float, default=2, help="pictures per second (2)")
    add("--width", type=int, default=800, metavar="PX", help="of the animation (800)")
    add("--max-height", type=int, default=1600, metavar="PX", help="what is higher is cut off at the bottom (1600)")
    add("--from", dest="since", metavar="DATE", type=_date, help="only pictures since then, such as 2026-11-01")
    add("--to", dest="until", metavar="DATE", type=_date, help="only pictures before then")
    add("--most", type=int, default=500, metavar="N", help="pictures, evenly chosen where there are more (500)")
    add("--changes-only", action="store_true", help="leave out pictures that look like the one before")
    add("--no-marks", action="store_true", help="don't mark what has changed")
    add("--url", help="the deployment; default: PAGELAPSE_URL, or what `make run` wrote to .local/env")


def run(arguments: argparse.Namespace) -> int:
    """Read the history, draw it and write the animation.

    Raises:
        ValueError: When an option makes no sense, the deployment refuses, or there is no picture.
        OSError: When it can't be reached, or the file can't be written.
    """
    import httpx

    ending = _check(arguments)
    url, key = deployment(arguments.url)
    try:
        # The pictures' links are fetched by another client, without the key.
        with (
            httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as api,
            httpx.Client(timeout=60, follow_redirects=True) as pictures,
        ):
            body = _made(api, pictures, arguments, ending)
    except httpx.TransportError as error:
        raise OSError(f"the deployment can't be reached ({type(error).__name__})") from error
    partial = arguments.output.with_name(f"{arguments.output.name}.part")
    partial.write_bytes(body)
    partial.replace(arguments.output)
    print(f"{arguments.output}: {len(body):,} bytes")
    return 0


def _check(arguments: argparse.Namespace) -> str:
    ending = ENDINGS.get(arguments.output.suffix.lower())
    if ending is None:
        raise ValueError(f"--output: {arguments.output.name} must end in {', '.join(ENDINGS)}")
    if not arguments.output.resolve().parent.is_dir():
        raise ValueError(f"--output: there is no folder {arguments.output.parent}")
    for name, least, most in (("fps", 0.05, 60), ("width", 64, 4000), ("max_height", 64, 16_000), ("most", 1, 10_000)):
        if not least <= getattr(arguments, name) <= most:
            raise ValueError(f"--{name.replace('_', '-')}: must be {least} to {most}")
    return ending


def _made(api: httpx.Client, pictures: httpx.Client, arguments: argparse.Namespace, ending: str) -> bytes:
    from pagelapse.comparison.film import animated, canvas_for, most_frames

    shots = _shots(api, arguments)
    if arguments.changes_only:
        shots = [shot for place, shot in enumerate(shots) if place == 0 or shot.verdict in (None, *_CHANGED)]
    if not shots:
        raise ValueError("the configuration has no pictures of that time")
    canvas = canvas_for([shot.size for shot in shots], width=arguments.width, max_height=arguments.max_height)
    shots = thinned(shots, min(arguments.most, most_frames(canvas, ending) or arguments.most))
    regions = {} if arguments.no_marks else _regions(api, arguments.configuration, shots)
    frames = [_frame(pictures, shot, regions.get(shot.capture_id, ())) for shot in shots]
    progress = Progress(len(frames), "pictures")
    return animated(frames, canvas, ending, seconds=1 / arguments.fps, progress=progress.show)


def thinned(shots: Sequence[Shot], most: int) -> list[Shot]:
    """So many of them, evenly chosen, the first and the last among them."""
    if len(shots) <= most:
        return list(shots)
    print(f"pagelapse: {most} of {len(shots)} pictures are chosen", file=sys.stderr)
    return [shots[round(place * (len(shots) - 1) / max(1, most - 1))] for place in range(most)]


def _shots(api: httpx.Client, arguments: argparse.Namespace) -> list[Shot]:
    """The history, oldest first."""
    found = []
    for record in _records(api, f"{_BASE}/{arguments.configuration}/captures"):
        shot = _shot(record)
        if arguments.since and shot.taken_at < arguments.since:
            break
        if not arguments.until or shot.taken_at < arguments.until:
            found.append(shot)
    return found[::-1]


def _shot(record: dict[str, Any]) -> Shot:
    file, comparison = record["file"], record.get("comparison") or {}
    size = (file["width"] or 0, file["height"] or 0)
    taken_at = datetime.fromisoformat(record["taken_at"])
    return Shot(record["id"], taken_at, file["url"], size, comparison.get("verdict"))


def _regions(api: httpx.Client, configuration: str, shots: Sequence[Shot]) -> dict[str, tuple[Any, ...]]:
    """What has changed, by capture; comparisons before the first picture are not read."""
    from pagelapse.comparison.model import Region

    found = {}
    for record in _records(api, f"{_BASE}/{configuration}/comparisons"):
        if datetime.fromisoformat(record["after"]["taken_at"]) < shots[0].taken_at:
            break
        if record["verdict"] in _CHANGED:
            found[record["after"]["capture"]] = tuple(Region(**region) for region in record.get("regions", ()))
    return found


def _records(api: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    """A list of the deployment's, page by page."""
    cursor = None
    while True:
        response = api.get(path, params={"limit": _PAGE, **({"cursor": cursor} if cursor else {})})
        page = _answer(response)
        yield from page["data"]
        cursor = page["next"]
        if cursor is None:
            return


def _answer(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if response.status_code == 200 and isinstance(body, dict):
        return body
    detail = body.get("detail") if isinstance(body, dict) else None
    raise ValueError(detail or f"the deployment answers with status {response.status_code}")


def _frame(pictures: httpx.Client, shot: Shot, regions: tuple[Any, ...]) -> Frame:
    from pagelapse.comparison.film import Frame

    label = f"{shot.taken_at:%Y-%m-%d %H:%M} UTC" + ("  changed" if shot.verdict == "changed" else "")
    return Frame(label, lambda: _read(pictures, shot.link), regions, changed=shot.verdict in _CHANGED)


def _read(pictures: httpx.Client, link: str) -> Image.Image | None:
    """A picture's pixels; one that has expired, or is none, leaves its frame as it was."""
    from pagelapse.comparison.pictures import decode

    response = pictures.get(link)
    if response.status_code != 200:
        return None
    try:
        return decode(response.content).image
    except ValueError:
        return None


def _date(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
