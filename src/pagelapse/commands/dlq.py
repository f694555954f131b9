"""`pagelapse dlq`: what the functions gave up, with the operator's AWS credentials; docs/runbook.md tells more."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pagelapse.adapters.dead_letters import DeadLetters, Letter

STACK = "pagelapse"
"""As `make deploy` names it."""

ALL = "all"

_SHOWN = frozenset(
    {
        *("kind", "purpose", "job_id", "account_id", "configuration_id", "delivery_id", "digest", "page", "connector"),
        *("type", "media_type", "size", "width", "height", "status", "code", "complete"),
        *("started_at_ms", "taken_at_ms", "duration_ms", "proxied_bytes"),
    }
)
"""Fields of messages that can't hold what is somebody's secret; of addresses the scheme and host are shown."""

_PARTS = frozenset({"options", "failure", "file", "target"})
_ADDRESSES = frozenset({"url", "source_url"})


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands; they need AWS credentials in the environment."""
    group = commands.add_parser("dlq", help="messages that the functions gave up").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listing = group.add_parser("list", help="how many messages each dead-letter queue holds")
    listing.set_defaults(run=list_queues)
    show = group.add_parser("show", help="look at messages, which stay where they are")
    show.add_argument("queue", metavar="QUEUE", help="its name, as listed")
    show.add_argument("--limit", type=_positive, default=10, metavar="N", help="most messages (10)")
    show.set_defaults(run=show_messages)
    again = group.add_parser("replay", help="give all messages back to the queue that they come from")
    again.add_argument("queue", metavar="QUEUE", help=f"its name, as listed, or `{ALL}`")
    again.set_defaults(run=replay)
    for command in (listing, show, again):
        command.add_argument("--stack", default=STACK, metavar="NAME", help=f"of the deployment ({STACK})")


def list_queues(arguments: argparse.Namespace) -> int:
    """Print one line per queue: its name, how many messages it holds, and whose they are."""
    for queue in _of_stack(arguments.stack):
        print(f"{queue.name:<12}{queue.waiting():>7}  from {queue.source_url.rpartition('/')[2]}")
    return 0


def show_messages(arguments: argparse.Namespace) -> int:
    """Print what messages are about, without anything that may be secret."""
    (queue,) = _chosen(arguments.stack, arguments.queue)
    letters = queue.peek(arguments.limit)
    for letter in letters:
        print(_described(letter))
    if not letters:
        print(f"{queue.name} holds no messages")
    return 0


def replay(arguments: argparse.Namespace) -> int:
    """Give messages back to their queues, and print how many they were."""
    every = arguments.queue == ALL
    for queue in _of_stack(arguments.stack) if every else _chosen(arguments.stack, arguments.queue):
        moved = queue.replay() if not every or queue.waiting() else 0
        print(f"{queue.name:<12}{moved:>7} messages are tried again")
    return 0


def _chosen(stack: str, name: str) -> list[DeadLetters]:
    queues = _of_stack(stack)
    chosen = [queue for queue in queues if queue.name == name]
    if not chosen:
        raise LookupError(f"there is no queue {name}: {', '.join(queue.name for queue in queues)}")
    return chosen


def _described(letter: Letter) -> str:
    sent = datetime.fromtimestamp(letter.sent_at, UTC).isoformat(timespec="seconds")
    heading = f"{letter.message_id}  sent {sent}  received {letter.received} times"
    fields = {**letter.attributes, **shown(letter.body)}
    return "\n".join([heading, *(f"  {name:<18}{value}" for name, value in fields.items())])


def shown(body: str) -> dict[str, str]:
    """What of a message may be shown: what it is about, and the names of what it holds besides."""
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        return {"unreadable": f"{len(body.encode())} bytes"}
    found = dict(_fields(message, ""))
    hidden = sorted(name for name, value in found.items() if value is None)
    visible = {name: value for name, value in found.items() if value is not None}
    return visible | ({"hidden": ", ".join(hidden)} if hidden else {})


def _fields(message: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str | None]]:
    """Names of what is set, with their values where those may be shown."""
    for name, value in message.items():
        if value is None or value in ("", [], {}):
            continue
        if name in _PARTS and isinstance(value, dict) and not prefix:
            yield from _fields(value, f"{name}.")
        elif name in _ADDRESSES and isinstance(value, str):
            yield prefix + name, _origin(value)
        else:
            may_show = name in _SHOWN and isinstance(value, str | int | float)
            yield prefix + name, str(value)[:200] if may_show else None


def _origin(url: str) -> str:
    """The path may be a secret too, as that of Slack's webhooks is."""
    from pagelapse.observability import log_origin

    return log_origin(url)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 1000")
    return int(text)


def _of_stack(stack: str) -> list[DeadLetters]:
    from pagelapse.adapters import dead_letters

    return dead_letters.of_stack(stack)
