"""The one-machine run itself, over HTTP."""

from __future__ import annotations

import http.client
import stat
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from pagelapse.local import processes
from pagelapse.local.layout import Layout
from pagelapse.local.ports import free_ports
from pagelapse.local.run import first_picture, snap_url
from pagelapse.local.stack import Stack, read_env
from pagelapse.local.stop import stop

pytestmark = pytest.mark.e2e


def test_the_printed_address_gives_a_picture(stack: Stack) -> None:
    """The line that `make run` prints takes a picture of the bundled page as it stands."""
    with urllib.request.urlopen(snap_url(stack), timeout=60) as answer:
        assert answer.headers["content-type"] == "image/png"
        assert answer.read().startswith(b"\x89PNG")


def test_the_first_picture_is_saved(stack: Stack) -> None:
    """The picture taken at the start lies beside the stack's data."""
    assert first_picture(stack).read_bytes().startswith(b"\x89PNG")


def test_the_key_is_for_its_owner_only(stack: Stack) -> None:
    """The file with the key can be read by nobody else, and holds what scripts need."""
    assert stat.S_IMODE(stack.layout.env.stat().st_mode) == 0o600
    assert read_env(stack.layout)["PAGELAPSE_URL"] == stack.url
    assert read_env(stack.layout)["PAGELAPSE_KEY"] == stack.key


def test_a_query_of_megabytes_reaches_the_application(stack: Stack) -> None:
    """A 3 MB query string is answered in the vendor's error form instead of being cut off."""
    with closing(http.client.HTTPConnection("127.0.0.1", stack.ports.api, timeout=30)) as connection:
        connection.request("GET", f"/snap?access_token={stack.key}&url=http://localhost/&js_inject={'x' * 3_000_000}")
        answer = connection.getresponse()
        assert answer.status == 400
        assert b'"error_code"' in answer.read()


def test_browsers_may_call_from_any_origin(stack: Stack) -> None:
    """The API answers a browser's preflight request as the template's CORS configuration says."""
    request = urllib.request.Request(
        f"{stack.url}/snap",
        method="OPTIONS",
        headers={"Origin": "https://example.com", "Access-Control-Request-Method": "GET"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["access-control-allow-origin"] == "*"


def test_scripts_of_any_origin_may_read_what_the_headers_say(stack: Stack) -> None:
    """A script elsewhere that calls the API may read the answer and its headers."""
    request = urllib.request.Request(snap_url(stack), headers={"Origin": "https://example.com"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == "*"


def test_the_emulators_own_paths_are_not_served_beside_the_api(stack: Stack) -> None:
    """The port of the API leads to the API only, so a captured page can't reach the emulator through it."""
    with closing(http.client.HTTPConnection("127.0.0.1", stack.ports.api, timeout=30)) as connection:
        connection.request("POST", "/_ministack/reset")
        answer = connection.getresponse()
        assert answer.status == 404
        answer.close()


def test_a_second_start_finds_its_data_again_and_a_stop_leaves_nothing(tmp_path: Path) -> None:
    """Accounts, keys and pictures outlive a restart, and no process outlives a stop."""
    layout, ports = Layout(state=tmp_path), free_ports()
    with Stack(layout, ports) as first:
        first.deploy()
        first_picture(first)
        stored = sorted(path.name for path in layout.objects.rglob("*.png"))
        running = processes.belonging_to(layout.tmp)
    assert len(running) > 3
    assert [pid for pid in running if processes.command(pid)] == []
    with Stack(layout, ports) as second:
        second.deploy()
        assert second.key == first.key
        assert sorted(path.name for path in layout.objects.rglob("*.png")) == stored != []


def test_a_stack_without_a_supervisor_can_be_stopped(tmp_path: Path) -> None:
    """`make stop` also ends what a crashed `make run` left behind."""
    layout = Layout(state=tmp_path)
    stack = Stack(layout, free_ports())
    stack.start()
    try:
        layout.running.write_text("1 0")
        stop(layout)
        assert processes.belonging_to(layout.tmp) == []
    finally:
        stack.stop()
