"""`pagelapse mcp`: tools for assistants, over stdin and stdout (docs/mcp.md)."""

from __future__ import annotations

import argparse

from pagelapse.commands.deployments import deployment


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command; it finds its deployment in the environment, or in .local/env."""
    parser = commands.add_parser("mcp", help="serve tools to an assistant over stdin and stdout", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("--url", help="the deployment; default: PAGELAPSE_URL, or what `make run` wrote to .local/env")


def run(arguments: argparse.Namespace) -> int:
    """Serve until stdin ends.

    Raises:
        ValueError: When no deployment is known, or the `mcp` package is not installed.
    """
    url, key = deployment(arguments.url)
    try:
        from pagelapse.assistant.deployment import connect
        from pagelapse.assistant.server import make_server
    except ModuleNotFoundError as error:
        raise ValueError(f"install pagelapse[mcp]: {error.name} is missing") from error
    make_server(connect(url, key)).run("stdio")
    return 0
