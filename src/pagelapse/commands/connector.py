"""`pagelapse connector`: the agent that takes captures in a private network; `pagelapse connectors`: who may be one."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pagelapse.connections import Connector
    from pagelapse.services.connectors import Connectors


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands; the agent is configured by its environment alone (docs/connectors.md)."""
    agent = commands.add_parser("connector", help="take captures inside this network", description=__doc__)
    agent.set_defaults(run=run_agent)
    group = commands.add_parser("connectors", help="connectors of this deployment").add_subparsers(
        required=True, metavar="COMMAND"
    )
    create = group.add_parser("create", help="make a connector and print its token")
    create.add_argument("account", metavar="ACCOUNT")
    create.add_argument("name", help="for people to recognize it")
    create.set_defaults(run=create_connector)
    listing = group.add_parser("list", help="list an account's connectors")
    listing.add_argument("account", metavar="ACCOUNT")
    listing.set_defaults(run=list_connectors)
    for name, run, text in (
        ("token", regenerate_token, "print a new token; the old one ends at once"),
        ("delete", delete_connector, "delete a connector"),
    ):
        command = group.add_parser(name, help=text)
        command.add_argument("account", metavar="ACCOUNT")
        command.add_argument("connector", metavar="CONNECTOR", help="its id, as listed")
        command.set_defaults(run=run)


def run_agent(_arguments: argparse.Namespace) -> int:
    """Run the agent until it is told to end; 2 when its token is rejected, 3 when another agent has taken its place."""
    try:
        from pagelapse.connector.agent import Agent
    except ModuleNotFoundError as missing:
        raise OSError(f"{missing.name} is missing: install pagelapse[connector]") from missing
    from pagelapse.adapters.browser import chromium_executable
    from pagelapse.connector.crew import Crew
    from pagelapse.observability import logger
    from pagelapse.settings import connector_settings, environment_without_token

    settings = connector_settings()
    chromium = chromium_executable(settings.browser())
    crew = Crew(settings.connector_slots, chromium, settings.connector_allow_hosts, environment_without_token())
    if settings.url.startswith("ws://"):
        logger.warning("the connection is not encrypted: use wss:// except for tests on one machine")

    async def run() -> int:
        agent = Agent(settings, crew)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, agent.stop)
        return await agent.run()

    status = asyncio.run(run())
    sys.stdout.flush()
    return status


def create_connector(arguments: argparse.Namespace) -> int:
    """Make a connector and print its token."""
    made = _connectors().create(arguments.account, arguments.name)
    print(f"connector  {made.connector.connector_id}")
    print(f"token      {made.token}")
    print("Keep this: a token is shown once, and only its hash is stored.")
    return 0


def list_connectors(arguments: argparse.Namespace) -> int:
    """Print one line per connector: id, state, name."""
    for found in _connectors().list_all(arguments.account):
        print(f"{found.connector_id}  {_state(found):<7}  {found.name}")
    return 0


def regenerate_token(arguments: argparse.Namespace) -> int:
    """Print a connector's new token."""
    print(_connectors().regenerate_token(arguments.account, arguments.connector).token)
    return 0


def delete_connector(arguments: argparse.Namespace) -> int:
    """Delete a connector."""
    _connectors().delete(arguments.account, arguments.connector)
    print(f"{arguments.connector} is deleted")
    return 0


def _state(connector: Connector) -> str:
    return "online" if connector.is_online(time.time()) else "offline"


def _connectors() -> Connectors:
    from pagelapse.services import connectors

    return connectors()
