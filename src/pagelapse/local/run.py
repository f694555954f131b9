"""`make run`, once the environments are there."""

from __future__ import annotations

import argparse
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from pagelapse.local.layout import Layout
from pagelapse.local.ports import Ports
from pagelapse.local.prepare import add_port_arguments
from pagelapse.local.problem import Problem, give_up, tell
from pagelapse.local.stack import Stack
from pagelapse.local.stop import mark_running

_FIRST_PICTURE_WITHIN_S = 60


def run(layout: Layout, ports: Ports, allow_hosts: list[str]) -> None:
    """Start, deploy, take a first picture, then serve until Ctrl-C, SIGTERM or `make stop`.

    Raises:
        Problem: When something keeps the stack from running.
    """
    tell(f"Starting the emulator at {ports.aws_url}")
    with Stack(layout, ports, allow_hosts) as stack:
        mark_running(layout)
        try:
            tell("Deploying template.yaml to it")
            stack.deploy()
            tell(f"Taking a first picture, of {stack.welcome_url}")
            picture = first_picture(stack)
            _greet(stack, picture)
            stack.wait()
        finally:
            # A second Ctrl-C must not leave half of it running.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            tell("Stopping")
            layout.running.unlink(missing_ok=True)


def snap_url(stack: Stack, **more: str) -> str:
    """The address that takes a picture of the bundled page."""
    query = {"access_token": stack.key, "url": stack.welcome_url, "image_format": "png", **more}
    return f"{stack.url}/snap?{urlencode(query, safe=':/')}"


def first_picture(stack: Stack) -> Path:
    """Take a fresh picture of the bundled page and save it.

    Raises:
        Problem: When there is no picture; the message holds the API's answer.
    """
    target = stack.layout.state / "first-picture.png"
    try:
        with urllib.request.urlopen(snap_url(stack, ttl="0", wait="0"), timeout=_FIRST_PICTURE_WITHIN_S) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")[:300]
        raise Problem(f"The first picture failed ({error.code} {text}): see {stack.layout.log}.") from error
    except OSError as error:
        raise Problem(f"The first picture failed ({error}): see {stack.layout.log}.") from error
    if not body.startswith(b"\x89PNG"):
        raise Problem(f"The first picture is no PNG: see {stack.layout.log}.")
    target.write_bytes(body)
    return target


def _greet(stack: Stack, picture: Path) -> None:
    tell(f"Saved {_short(picture)}")
    tell(f"Wrote PAGELAPSE_URL and PAGELAPSE_KEY to {_short(stack.layout.env)}")
    print(
        f"\nPagelapse answers at {stack.url}. Take a picture:\n\n"
        f"  curl -o picture.png '{snap_url(stack)}'\n\n"
        f"Look around at {stack.url}/app, with the key that is in {_short(stack.layout.env)}.\n\n"
        f"Captures may reach public addresses and {', '.join(stack.allow_hosts)};"
        " allow more with `make run ALLOW_HOSTS=host:port,...`.\n"
        "Stop with Ctrl-C or `make stop`; everything is kept for the next `make run`.",
        flush=True,
    )


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def main() -> int:
    """Run the stack; returns the exit status."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--allow-hosts", default="", help="comma-separated hosts, host:port pairs or networks")
    add_port_arguments(parser)
    arguments = parser.parse_args()
    # A shell starts background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        hosts = [host for host in arguments.allow_hosts.split(",") if host]
        run(Layout(), Ports(arguments.port, arguments.emulator_port), hosts)
    except Problem as problem:
        return give_up(problem)
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
