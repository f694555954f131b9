"""Gets a machine ready that has only Python, npm and node, then hands over to the environment it made.

`python -m pagelapse.local.prepare tools` makes everything that tests need; `run` goes on to run the stack.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pagelapse.local import axe, chromium, environments, filters
from pagelapse.local.layout import Layout
from pagelapse.local.packages import need_tools
from pagelapse.local.ports import Ports
from pagelapse.local.problem import Problem, give_up, tell


def prepare(layout: Layout, *, development: bool) -> None:
    """Make both virtual environments and get Chromium; a second time this takes milliseconds.

    Args:
        layout: Where to.
        development: With what `make check` and `make test` need.

    Raises:
        Problem: When something is missing or a download fails.
    """
    environments.need_python()
    if not chromium.installed(layout.chromium):
        chromium.need_platform()
        need_tools("npm", "node")
    locks = layout.repository / "requirements"
    wanted = (locks / "dev.txt",) if development else (locks / "local.txt", locks / "dev.txt")
    environments.make(layout.venv, wanted, editable=layout.repository)
    environments.make(layout.emulator_venv, (locks / "emulator.txt",))
    if not chromium.installed(layout.chromium):
        tell("Getting Chromium and its fonts through npm (200 MB)")
        chromium.install(layout.chromium)
    if not filters.installed(layout.filters):
        tell("Getting the filter lists through npm (26 MB)")
        filters.install(layout.filters)
    if development and not layout.axe.is_file():
        axe.install(layout.axe)


def main() -> int:
    """Prepare, and run the stack when asked to."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=["run", "tools"])
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    layout = Layout()
    try:
        if arguments.what == "run":
            ports_from(arguments.rest).need_free()
        prepare(layout, development=arguments.what != "run")
    except Problem as problem:
        return give_up(problem)
    except KeyboardInterrupt:
        return 130
    if arguments.what == "run":
        hand_over(layout.venv / "bin" / "python", ["-m", "pagelapse.local.run", *arguments.rest])
    return 0


def add_port_arguments(parser: argparse.ArgumentParser) -> None:
    """Let the two ports be chosen."""
    parser.add_argument("--port", type=int, default=Ports.api)
    parser.add_argument("--emulator-port", type=int, default=Ports.aws)


def ports_from(options: list[str]) -> Ports:
    """The ports among other options."""
    parser = argparse.ArgumentParser(add_help=False)
    add_port_arguments(parser)
    known, _ = parser.parse_known_args(options)
    return Ports(known.port, known.emulator_port)


def hand_over(python: Path, options: list[str]) -> None:
    """Replace this process; the next one imports from its own environment alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    sys.stdout.flush()
    os.execve(python, [str(python), *options], environment)  # noqa: S606


if __name__ == "__main__":
    raise SystemExit(main())
