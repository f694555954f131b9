"""`pagelapse webhook replay`: what `notify` gave up goes back to its queue, with the operator's AWS credentials."""

from __future__ import annotations

import argparse


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command; it needs the table's name and both notify queues' URLs in the environment."""
    group = commands.add_parser("webhook", help="webhooks that were given up").add_subparsers(
        required=True, metavar="COMMAND"
    )
    again = group.add_parser("replay", help="try all of them again, under their own ids")
    again.set_defaults(run=replay)


def replay(_arguments: argparse.Namespace) -> int:
    """Move what was given up back to the notify queue, and print how many messages that were."""
    from pagelapse.adapters.queues import Queue
    from pagelapse.settings import notify_settings

    settings = notify_settings()
    moved = Queue(settings.notify_dead_letters_url).move_all(Queue(settings.notify_queue_url))
    print(f"{moved} webhooks are tried again")
    return 0
