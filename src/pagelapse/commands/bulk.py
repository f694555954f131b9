"""`pagelapse bulk`: a site's pages as one archive, by a deployment that runs elsewhere or on this machine."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pagelapse.commands.deployments import deployment

if TYPE_CHECKING:
    import httpx

_PATH = "/api/v1/bulk-screenshot"
_FIRST_POLL_S, _LONGEST_POLL_S = 1.0, 5.0
_PATIENCE = 12
"""Answers in a row that may fail, while the deployment or the way to it is out of order."""

_BAR = 30


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its options."""
    parser = commands.add_parser("bulk", help="capture a whole site by its sitemap", description=__doc__)
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("site", metavar="URL", nargs="?", help="the site, with or without https://, or its sitemap")
    add("-o", "--output", metavar="FILE", type=Path, required=True, help="where the ZIP goes")
    add("--sitemap", action="store_true", help="URL is a sitemap; default: when it ends in .xml, .xml.gz or .txt")
    add("--max-pages", type=int, metavar="N", help="most pages; default: as many as the deployment allows")
    add("--width", type=int, help="of the window, CSS px (1280)")
    add("--height", type=int, help="of the window, CSS px (800)")
    add("--format", choices=("png", "jpeg"), help="of the pictures (png)")
    add("--full-page", action="store_true", help="the whole documents, not only the window")
    add("--job", metavar="ID", help="wait for a job that is under way, instead of a new one")
    add("--url", help="the deployment; default: PAGELAPSE_URL, or what `make run` wrote to .local/env")


def run(arguments: argparse.Namespace) -> int:
    """Make a job, wait for it and save its archive.

    Raises:
        ValueError: When the deployment refuses the job, or the job fails; the message is the deployment's.
        OSError: When it can't be reached, or the archive can't be written.
    """
    import httpx

    if (arguments.site is None) == (arguments.job is None):
        raise ValueError("give either URL or --job")
    if not arguments.output.resolve().parent.is_dir():
        raise ValueError(f"--output: there is no folder {arguments.output.parent}")
    if arguments.output.is_dir():
        raise ValueError(f"--output: {arguments.output} is a folder, name a file in it")
    url, key = deployment(arguments.url)
    progress = _Progress()
    try:
        with httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=60) as client:
            job_id = arguments.job
            try:
                job_id = job_id or _create(client, arguments, progress)
                _follow(client, job_id, progress)
                size = _save(client, job_id, arguments.output)
            except KeyboardInterrupt:
                progress.say(f"pagelapse: {_interrupted(job_id)}")
                return 130
    except httpx.TransportError as error:
        raise OSError(f"{url} can't be reached ({type(error).__name__})") from error
    finally:
        progress.end()
    print(f"{arguments.output}: {size:,} bytes")
    return 0


def _interrupted(job_id: str | None) -> str:
    if job_id is None:
        return "interrupted; if the deployment has made a job already, it goes on"
    return f"the job goes on; `--job {job_id}` waits for it"


def _create(client: httpx.Client, arguments: argparse.Namespace, progress: _Progress) -> str:
    given = {
        "maxPages": arguments.max_pages,
        "width": arguments.width,
        "height": arguments.height,
        "format": arguments.format,
        "fullPage": arguments.full_page or None,
    }
    path = urlsplit(arguments.site).path.lower()
    is_sitemap = arguments.sitemap or path.endswith((".xml", ".xml.gz", ".txt"))
    body = {
        "sitemap_url" if is_sitemap else "url": arguments.site,
        "options": {name: value for name, value in given.items() if value is not None},
    }
    data = _data(client.post(_PATH, json=body))
    progress.say(f"{data['total_urls']} pages by {data['sitemap_url']}, job {data['job_id']}")
    job_id: str = data["job_id"]
    return job_id


def _follow(client: httpx.Client, job_id: str, progress: _Progress) -> None:
    """Wait until the job has ended, asking less often the longer it takes."""
    pause = _FIRST_POLL_S
    while True:
        data = _patiently(client, f"{_PATH}/{job_id}/status")
        progress.show(data["status"], data["progress"])
        if data["status"] == "failed":
            raise ValueError(data.get("error") or "the job failed")
        if data["status"] == "completed":
            break
        time.sleep(pause)
        pause = min(_LONGEST_POLL_S, pause * 1.2)
    failed = data["progress"]["failed"]
    progress.end()
    if failed:
        progress.say(
            f"{failed} of {data['progress']['totalUrls']} pages could not be captured; _manifest.json says why"
        )


def _patiently(client: httpx.Client, path: str) -> dict[str, Any]:
    """An answer's data; a deployment that is out of order, or asks for patience, is asked again."""
    import httpx

    for attempt in range(_PATIENCE):
        response = None
        try:
            response = client.get(path)
        except httpx.TransportError:
            if attempt == _PATIENCE - 1:
                raise
        if response is not None and response.status_code != 429 and response.status_code < 500:
            return _data(response)
        wait = response.headers.get("Retry-After", "") if response is not None else ""
        time.sleep(float(wait) if wait.isdecimal() else _LONGEST_POLL_S)
    raise OSError("the deployment does not answer; `--job` waits for the job later")


def _save(client: httpx.Client, job_id: str, output: Path) -> int:
    """Write the archive piece by piece; a file of that name is replaced only by a whole one."""
    partial = output.with_name(f"{output.name}.part")
    with client.stream("GET", f"{_PATH}/{job_id}/download", follow_redirects=False) as response:
        if not response.is_redirect:
            return _write(response, partial, output)
        link = response.headers["Location"]
    import httpx

    # Without the key, which is none of the bucket's business.
    with httpx.stream("GET", link, timeout=60) as response:
        return _write(response, partial, output)


def _write(response: httpx.Response, partial: Path, output: Path) -> int:
    if response.status_code != 200:
        response.read()
        _data(response)
    size = 0
    try:
        with partial.open("wb") as file:
            for piece in response.iter_bytes():
                size += file.write(piece)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return size


def _data(response: httpx.Response) -> dict[str, Any]:
    """A successful answer's data.

    Raises:
        ValueError: When it is none; the message is the deployment's where it has one.
    """
    try:
        body = response.json()
        if body["success"]:
            data: dict[str, Any] = body["data"]
            return data
        message = f"{body['error']['message']} ({body['error']['code']})"
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"the deployment answers with status {response.status_code}") from None
    raise ValueError(message)


class _Progress:
    """A bar on a terminal, a line per change of state elsewhere; on standard error."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._open = False
        self._state = ""

    def show(self, state: str, progress: dict[str, int]) -> None:
        """How far the job is."""
        done, total, failed = progress["processed"], progress["totalUrls"], progress["failed"]
        if self._live:
            filled = _BAR * done // total
            bar = "█" * filled + "░" * (_BAR - filled)
            text = f"{bar} {done}/{total}" + (f", {failed} failed" if failed else "")
            print(f"\r\x1b[K{text} {state}", end="", file=sys.stderr, flush=True)
            self._open = True
        elif state != self._state:
            self.say(f"{state}: {done} of {total} pages")
        self._state = state

    def say(self, text: str) -> None:
        """A line of its own."""
        self.end()
        print(text, file=sys.stderr)

    def end(self) -> None:
        """Leave the bar's line."""
        if self._open:
            print(file=sys.stderr)
            self._open = False
