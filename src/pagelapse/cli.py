"""The command line: `pagelapse snap`, `pagelapse bulk`, and the operator's accounts and keys."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from pagelapse.commands import bulk, compare, connector, dlq, keys, mcp, snap, timelapse, webhooks
from pagelapse.errors import PagelapseError
from pagelapse.settings import PREFIX


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status, 0 for success, 1 for a failure told in one sentence."""
    parser = argparse.ArgumentParser(prog="pagelapse", description="Website screenshots in your own AWS account.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    snap.add_parser(commands)
    bulk.add_parser(commands)
    keys.add_parsers(commands)
    webhooks.add_parsers(commands)
    dlq.add_parsers(commands)
    connector.add_parsers(commands)
    mcp.add_parser(commands)
    compare.add_parser(commands)
    timelapse.add_parser(commands)
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except ValidationError as error:
        return _fail(_sentence(error))
    except (PagelapseError, LookupError, OSError, ValueError) as error:
        return _fail(str(error.args[0]) if isinstance(error, LookupError) else str(error))
    except Exception as error:
        if (why := _of_aws(error)) is None:
            raise
        return _fail(why)
    return status


def _fail(message: str) -> int:
    print(f"pagelapse: {message}", file=sys.stderr)
    return 1


def _of_aws(error: Exception) -> str | None:
    """What AWS, or the way to it, has against a command, be it wrapped by PynamoDB; `None` for any other error."""
    from botocore.exceptions import BotoCoreError, ClientError

    cause = getattr(error, "cause", None) or error
    return str(cause) if isinstance(cause, BotoCoreError | ClientError) else None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing" and error.title.endswith("Settings") and where.islower():  # read from the variable
        where = f"{PREFIX}{where.upper()}"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}" if where else first["msg"]


if __name__ == "__main__":
    raise SystemExit(main())
