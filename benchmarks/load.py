"""How many requests a second `api` answers that take no capture: cached pictures, and refusals of every kind.

`wrk` (Debian's package of this name) asks. The figures hold for this machine and its emulator only. No request may be
lost, every answer must be of the kind that was asked for, and `api` must not grow with their number.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from benchmarks.snap_overhead import _Quiet
from benchmarks.usage import usage
from pagelapse.accounts import Accounts, NewAccount
from pagelapse.adapters.account_store import AccountTable
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.stack import Stack

PLENTY = 1_000_000
WARM_UP_S = 15
MOST_GROWTH_MIB = 15
"""Of all processes of `api` together, from a case's start to its end: their allocator takes a while to settle."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and whether it is to be granted."""

    name: str
    path: str
    query: dict[str, str]
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What wrk says."""

    requests: int
    per_second: float
    median: str
    slowest: str
    """The 99th percentile."""
    refused: int
    """Answers that are neither 2xx nor 3xx."""
    lost: str
    """Requests without an answer."""


def cases(generous: NewAccount, limited: NewAccount, page: str) -> list[Case]:
    """All paths that take no capture; the first one has its picture cached before."""
    key, wanted = generous.private_key, {"url": page, "wait": "0", "image_format": "jpeg"}
    return [
        Case("cached picture", "/snap", {**wanted, "access_token": key}, granted=True),
        Case("cached links", "/snap", {**wanted, "access_token": key, "json": "true"}, granted=True),
        Case("no key", "/snap", wanted),
        Case("unknown key", "/snap", {**wanted, "access_token": key[:-4] + "0000"}),
        Case("bad parameter", "/snap", {**wanted, "access_token": key, "page_width": "no"}),
        Case("over the rate", "/snap", {**wanted, "access_token": limited.private_key}),
        Case("no such path", "/nowhere", {}),
    ]


def measured(url: str, *, connections: int, seconds: int) -> Result:
    """Ask for `url` all the time."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def found(pattern: str, otherwise: str = "0") -> str:
        match = re.search(pattern, said)
        return match[1] if match else otherwise

    return Result(
        int(found(r"(\d+) requests in")),
        float(found(r"Requests/sec: +([\d.]+)")),
        found(r"50% +(\S+)"),
        found(r"99% +(\S+)"),
        int(found(r"Non-2xx or 3xx responses: (\d+)")),
        found(r"(Socket errors: .*)", ""),
    )


def wrong(case: Case, result: Result, grown: float) -> str:
    """What is wrong with a case's outcome; empty when nothing is."""
    if result.lost:
        return result.lost
    if result.refused != (0 if case.granted else result.requests):
        return f"{result.refused} of {result.requests} refused"
    return f"grew by {grown:.0f} MiB" if grown > MOST_GROWTH_MIB else ""


def warm_up(stack: Stack, url: str, connections: int) -> None:
    """Ask until there are as many processes as the connections need, so that no case pays for their start."""
    before = -1
    while (now := usage(stack, 0).processes) != before:
        before = now
        measured(url, connections=connections, seconds=WARM_UP_S)


def run(stack: Stack, asked: Sequence[Case], *, connections: int, seconds: int) -> list[str]:
    """Print a line for each case; returns what was wrong."""
    print(f"{'':<16}{'requests':>9}{'a second':>10}{'median':>10}{'p99':>10}{'refused':>9}{'api MiB':>9}")
    problems = []
    warm_up(stack, f"{stack.url}{asked[0].path}?{urlencode(asked[0].query)}", connections)
    for case in asked:
        url = f"{stack.url}{case.path}?{urlencode(case.query)}"
        measured(url, connections=connections, seconds=1)
        before = usage(stack, 0).others
        result = measured(url, connections=connections, seconds=seconds)
        grown = usage(stack, 0).others - before
        print(
            f"{case.name:<16}{result.requests:>9}{result.per_second:>10.0f}{result.median:>10}{result.slowest:>10}"
            f"{result.refused:>9}{grown:>+9.1f}",
            flush=True,
        )
        if problem := wrong(case, result, grown):
            problems.append(f"{case.name}: {problem}")
    return problems


def _accounts(stack: Stack) -> tuple[NewAccount, NewAccount]:
    """One without a limit of requests that counts, and one whose is used up at once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        accounts = Accounts(AccountTable(stack.outputs["TableName"]))
        made = accounts.create_account("load", request_limit=PLENTY), accounts.create_account("over", request_limit=1)
        accounts.identify(made[1].private_key)
        return made


def main() -> int:
    """Start a stack, load it, and say whether it stood it; exit status 1 when it did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=10, help="for each case")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is missing: apt install wrk")
        return 2
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(Path(__file__).parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as folder, Stack(Layout(Path(folder)), free_ports(), [host]) as stack:
        stack.deploy()
        asked = cases(*_accounts(stack), f"http://{host}/page.html")
        httpx.get(f"{stack.url}{asked[0].path}", params=asked[0].query, timeout=60).raise_for_status()
        problems = run(stack, asked, connections=given.connections, seconds=given.seconds)
    server.shutdown()
    print("\n".join(problems) or "nothing was lost, and nothing grew")
    return int(bool(problems))


if __name__ == "__main__":
    raise SystemExit(main())
