"""`pagelapse bulk`, against a server that answers like a deployment."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pagelapse.cli import main
from pagelapse.commands import bulk

PATH = "/api/v1/bulk-screenshot"
JOB = "f147c641-f644-429c-8395-2ed9cdf30154"
CREATED = {"job_id": JOB, "total_urls": 2, "sitemap_url": "https://example.com/sitemap.xml"}


def _status(state: str, processed: int, failed: int = 0) -> dict[str, Any]:
    progress = {"totalUrls": 2, "processed": processed, "successful": processed - failed, "failed": failed}
    return {"jobId": JOB, "status": state, "progress": progress}


@dataclass
class Deployment:
    """Answers in order, by path; a redirect is a text, an error a pair of status and message."""

    port: int = 0
    answers: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """A deployment with a job of two pages, which the environment names."""
    found = Deployment()
    found.answers = {
        PATH: [CREATED],
        f"{PATH}/{JOB}/status": [_status("pending", 0), _status("processing", 1), _status("completed", 2, 1)],
        f"{PATH}/{JOB}/download": [b"PK the archive"],
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            path = self.path.partition("?")[0]
            found.asked.append((path, body))
            if path != "/elsewhere":
                found.keys.add(self.headers.get("X-API-Key"))
            else:
                assert "X-API-Key" not in self.headers
            answers = found.answers[path]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            status, headers, body = _written(answer)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name http.server looks for

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    monkeypatch.setenv("PAGELAPSE_URL", f"http://127.0.0.1:{found.port}/")
    monkeypatch.setenv("PAGELAPSE_KEY", "the key")
    for name in ("_FIRST_POLL_S", "_LONGEST_POLL_S"):
        monkeypatch.setattr(bulk, name, 0.01)
    yield found
    server.shutdown()
    server.server_close()


def _written(answer: Any) -> tuple[int, dict[str, str], bytes]:
    if isinstance(answer, bytes):
        return 200, {"Content-Type": "application/zip"}, answer
    if isinstance(answer, str):
        return 302, {"Location": answer}, b""
    if isinstance(answer, tuple):
        status, message = answer
        error = {"success": False, "error": {"code": "SOME_CODE", "message": message}}
        return status, {"Retry-After": "0"}, json.dumps(error).encode()
    return 200, {}, json.dumps({"success": True, "data": answer}).encode()


def test_a_site_is_saved_as_an_archive(
    deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command makes a job with its options, waits for it, saves the archive and tells of failed pages."""
    target = tmp_path / "site.zip"
    argv = ["bulk", "example.com", "-o", str(target), "--max-pages", "2", "--width", "640", "--full-page"]
    assert main(argv) == 0
    assert target.read_bytes() == b"PK the archive"
    assert [path.name for path in tmp_path.iterdir()] == ["site.zip"]
    assert deployment.asked[0] == (
        PATH,
        {"url": "example.com", "options": {"maxPages": 2, "width": 640, "fullPage": True}},
    )
    assert deployment.keys == {"the key"}
    told = capsys.readouterr()
    assert "14 bytes" in told.out
    for part in ("2 pages", "processing: 1 of 2", "completed", "1 of 2 pages could not be captured"):
        assert part in told.err


@pytest.mark.parametrize("argv", [["https://example.com/map.xml.gz"], ["https://example.com/x", "--sitemap"]])
def test_a_sitemap_is_taken_for_one(deployment: Deployment, tmp_path: Path, argv: list[str]) -> None:
    """An address that is a sitemap, by its ending or because it is said, is used as one."""
    assert main(["bulk", *argv, "-o", str(tmp_path / "a.zip")]) == 0
    assert deployment.asked[0][1]["sitemap_url"] == argv[0]


def test_a_large_archive_comes_from_the_bucket(deployment: Deployment, tmp_path: Path) -> None:
    """A redirected download is followed, without the key."""
    deployment.answers[f"{PATH}/{JOB}/download"] = [f"http://127.0.0.1:{deployment.port}/elsewhere"]
    deployment.answers["/elsewhere"] = [b"PK large"]
    assert main(["bulk", "example.com", "-o", str(tmp_path / "a.zip")]) == 0
    assert (tmp_path / "a.zip").read_bytes() == b"PK large"


def test_a_deployment_out_of_order_is_waited_for(deployment: Deployment, tmp_path: Path) -> None:
    """Too many requests and errors of the server are answered by patience."""
    statuses = deployment.answers[f"{PATH}/{JOB}/status"]
    statuses[1:1] = [(429, "slowly"), (500, "broken"), (503, "busy")]
    assert main(["bulk", "--job", JOB, "-o", str(tmp_path / "a.zip")]) == 0
    assert PATH not in [path for path, _ in deployment.asked]


@pytest.mark.parametrize(
    ("where", "answer", "told"),
    [
        (PATH, (402, "The account has 1 captures left"), "The account has 1 captures left (SOME_CODE)"),
        (f"{PATH}/{JOB}/status", (404, "There is no such bulk job."), "no such bulk job"),
        (f"{PATH}/{JOB}/status", {**_status("failed", 2), "error": "No page could be captured."}, "No page could"),
        (f"{PATH}/{JOB}/download", (410, "The archive is gone."), "gone"),
    ],
)
def test_what_the_deployment_refuses_is_told(
    deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str, answer: Any, told: str
) -> None:
    """A refused or failed job ends with the deployment's own sentence, and leaves an older archive alone."""
    target = tmp_path / "site.zip"
    target.write_bytes(b"older")
    deployment.answers[where] = [answer]
    assert main(["bulk", "example.com", "-o", str(target)]) == 1
    assert told in capsys.readouterr().err
    assert target.read_bytes() == b"older"


def test_nothing_is_asked_without_a_place_for_it(
    deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing folder, address or deployment is told before anything is paid for, and so is a folder for a file."""
    monkeypatch.chdir(tmp_path)
    for folder in (".", str(tmp_path)):
        assert main(["bulk", "example.com", "-o", folder]) == 1
        assert "is a folder" in capsys.readouterr().err
    assert main(["bulk", "example.com", "-o", str(tmp_path / "none" / "a.zip")]) == 1
    assert main(["bulk", "-o", "a.zip"]) == 1
    monkeypatch.delenv("PAGELAPSE_KEY")
    assert main(["bulk", "example.com", "-o", "a.zip"]) == 1
    told = capsys.readouterr().err
    assert [part in told for part in ("--output", "--job", "PAGELAPSE_KEY")] == [True] * 3
    assert deployment.asked == []


@pytest.mark.parametrize(("step", "told"), [("_create", "if the deployment has made"), ("_follow", f"--job {JOB}")])
def test_an_interruption_says_what_becomes_of_the_job(
    deployment: Deployment,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    told: str,
) -> None:
    """Ctrl-C ends the command at any moment with status 130 and a word about the job, without a traceback."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk, step, interrupted)
    assert main(["bulk", "example.com", "-o", str(tmp_path / "a.zip")]) == 130
    assert told in capsys.readouterr().err


def test_an_unreachable_deployment_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment that does not answer is named, without a traceback."""
    monkeypatch.setenv("PAGELAPSE_KEY", "the key")
    argv = ["bulk", "example.com", "-o", str(tmp_path / "a.zip"), "--url", "http://127.0.0.1:1"]
    assert main(argv) == 1
    assert "http://127.0.0.1:1 can't be reached" in capsys.readouterr().err


def test_a_terminal_gets_a_bar(
    deployment: Deployment, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the progress is one line that fills."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["bulk", "example.com", "-o", str(tmp_path / "a.zip")]) == 0
    told = capsys.readouterr().err
    assert "█" * 15 + "░" * 15 + " 1/2 processing" in told
    assert "█" * 30 + " 2/2, 1 failed completed\n" in told
