"""`pagelapse account` and `pagelapse key`: the operator's work on the table, with the operator's AWS credentials."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pagelapse.monitoring.webhooks import webhook_secret
from pagelapse.records import REQUEST_LIMIT
from pagelapse.restrictions import network_of, origin_of

if TYPE_CHECKING:
    from pagelapse.accounts import Accounts
    from pagelapse.records import KeyKind, Limits

UNLIMITED = "unlimited"
ANY = "any"
_ONCE = "Keep this: a key is shown once, and only its hash is stored."


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands; each needs PAGELAPSE_TABLE_NAME and AWS credentials in the environment."""
    accounts = _group(commands, "account", "accounts of this deployment")
    create = accounts.add_parser("create", help="make an account with a private and a publishable key")
    create.add_argument("name", help="for people to recognize it")
    create.add_argument("--limit", type=_captures, metavar="N", help="captures per calendar month; default: unlimited")
    create.add_argument(
        "--requests", type=_requests, default=REQUEST_LIMIT, metavar="N", help="requests per minute (1000)"
    )
    create.add_argument("--workers", type=_captures, metavar="N", help="captures at the same time; default: unlimited")
    create.set_defaults(run=create_account)
    for name, run, text in (
        ("suspend", suspend_account, "refuse an account's requests and skip its schedules"),
        ("resume", resume_account, "end a suspension"),
    ):
        command = accounts.add_parser(name, help=text)
        command.add_argument("account", metavar="ACCOUNT")
        command.set_defaults(run=run)
    _add_limits(accounts)
    secret = accounts.add_parser("webhook-secret", help="print the secret that signs the account's webhooks")
    secret.add_argument("account", metavar="ACCOUNT")
    secret.set_defaults(run=print_webhook_secret)

    keys = _group(commands, "key", "API keys of an account")
    new = keys.add_parser("create", help="make another key")
    new.add_argument("account", metavar="ACCOUNT")
    new.add_argument("--publishable", action="store_true", help="for public pages: needs a signature with each URL")
    new.add_argument("--label", default="", help="what it is for")
    new.set_defaults(run=create_key)
    listing = keys.add_parser("list", help="list the keys, without their texts")
    listing.add_argument("account", metavar="ACCOUNT")
    listing.set_defaults(run=list_keys)
    revoke = keys.add_parser("revoke", help="end a key at once")
    revoke.add_argument("account", metavar="ACCOUNT")
    revoke.add_argument("key", metavar="KEY", help="its id, as listed")
    revoke.set_defaults(run=revoke_key)


def _add_limits(accounts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    limits = accounts.add_parser("limits", help="change an account's limits, or print them")
    limits.add_argument("account", metavar="ACCOUNT")
    limits.add_argument(
        "--screenshots", type=_captures, metavar="N", help="captures per calendar month, or `unlimited`"
    )
    limits.add_argument("--requests", type=_requests, metavar="N", help="requests per minute")
    limits.add_argument("--workers", type=_captures, metavar="N", help="captures at the same time, or `unlimited`")
    limits.add_argument(
        "--signature", choices=("required", "optional"), help="whether SavePage's requests need a hash with any key"
    )
    limits.add_argument(
        "--addresses",
        type=_networks,
        metavar="LIST",
        help="where requests may come from: networks with commas, or `any`",
    )
    limits.add_argument(
        "--origins", type=_origins, metavar="LIST", help="whose pages may send them: https://example.com,…, or `any`"
    )
    limits.add_argument(
        "--per-address", type=_captures, metavar="N", help="requests per minute from one address, or `unlimited`"
    )
    limits.set_defaults(run=change_limits)


def create_account(arguments: argparse.Namespace) -> int:
    """Make an account and print its keys."""
    made = _accounts().create_account(
        arguments.name,
        screenshot_limit=_limit(arguments.limit),
        request_limit=arguments.requests,
        workers=_limit(arguments.workers),
    )
    print(f"account          {made.account.account_id}")
    print(f"private key      {made.private_key}")
    print(f"publishable key  {made.publishable_key}")
    print(f"secret token     {made.secret_token}")
    print(f"webhook secret   {webhook_secret(made.secret_token)}")
    print(_ONCE)
    return 0


def print_webhook_secret(arguments: argparse.Namespace) -> int:
    """Print the secret with which receivers verify the account's webhooks."""
    print(_accounts().webhook_secret(arguments.account))
    return 0


def suspend_account(arguments: argparse.Namespace) -> int:
    """Suspend an account."""
    _accounts().suspend(arguments.account)
    print(f"{arguments.account} is suspended")
    return 0


def resume_account(arguments: argparse.Namespace) -> int:
    """End a suspension."""
    _accounts().resume(arguments.account)
    print(f"{arguments.account} is active")
    return 0


def change_limits(arguments: argparse.Namespace) -> int:
    """Change the limits that are given, and print them all."""
    limits: Limits = {}
    if arguments.screenshots is not None:
        limits["screenshot_limit"] = _limit(arguments.screenshots)
    if arguments.requests is not None:
        limits["request_limit"] = arguments.requests
    if arguments.workers is not None:
        limits["workers"] = _limit(arguments.workers)
    if arguments.signature is not None:
        limits["signature_required"] = arguments.signature == "required"
    if arguments.addresses is not None:
        limits["allowed_networks"] = arguments.addresses
    if arguments.origins is not None:
        limits["allowed_origins"] = arguments.origins
    if arguments.per_address is not None:
        limits["address_limit"] = _limit(arguments.per_address)
    account = _accounts().change_limits(arguments.account, limits)
    captures = UNLIMITED if account.screenshot_limit is None else account.screenshot_limit
    print(f"screenshots per month  {captures}")
    print(f"requests per minute    {account.request_limit}")
    print(f"workers                {UNLIMITED if account.workers is None else account.workers}")
    print(f"signature              {'required' if account.signature_required else 'optional'}")
    print(f"addresses              {', '.join(account.allowed_networks) or ANY}")
    print(f"origins                {', '.join(account.allowed_origins) or ANY}")
    print(f"requests per address   {UNLIMITED if account.address_limit is None else account.address_limit}")
    return 0


def create_key(arguments: argparse.Namespace) -> int:
    """Make a key and print it."""
    kind: KeyKind = "publishable" if arguments.publishable else "private"
    key, text = _accounts().create_key(arguments.account, kind, arguments.label)
    print(f"{key.key_id}  {text}")
    print(_ONCE)
    return 0


def list_keys(arguments: argparse.Namespace) -> int:
    """Print one line per key: id, kind, state, day of its making, label."""
    for key in _accounts().list_keys(arguments.account):
        day = datetime.fromtimestamp(key.created_at, UTC).date().isoformat()
        state = "active" if key.revoked_at is None else "revoked"
        print(f"{key.key_id}  {key.kind:<11}  {state:<7}  {day}  {key.label}".rstrip())
    return 0


def revoke_key(arguments: argparse.Namespace) -> int:
    """Revoke a key."""
    _accounts().revoke_key(arguments.account, arguments.key)
    print(f"{arguments.key} is revoked")
    return 0


def _limit(given: int | str | None) -> int | None:
    """A number as given; without one, or as `unlimited`, there is no limit."""
    return given if isinstance(given, int) else None


def _captures(text: str) -> int | str:
    return UNLIMITED if text == UNLIMITED else _number(text, at_least=0)


def _networks(text: str) -> tuple[str, ...]:
    try:
        return () if text == ANY else tuple(network_of(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _origins(text: str) -> tuple[str, ...]:
    found = () if text == ANY else tuple(origin_of(part) for part in text.split(","))
    if None in found:
        raise argparse.ArgumentTypeError("must be origins such as https://example.com")
    return tuple(origin for origin in found if origin)


def _requests(text: str) -> int:
    return _number(text, at_least=1)


def _number(text: str, *, at_least: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < at_least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {at_least}")
    return int(text)


def _group(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return commands.add_parser(name, help=text).add_subparsers(required=True, metavar="COMMAND")


def _accounts() -> Accounts:
    from pagelapse.accounts import Accounts
    from pagelapse.adapters.account_store import AccountTable
    from pagelapse.settings import service_settings

    return Accounts(AccountTable(service_settings().table_name))
