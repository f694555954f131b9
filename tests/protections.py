"""Turns each protection off, one at a time, in a copy of the repository, and shows the test that fails for it.

`make protections` runs it. A protection whose test still passes is a hole in the tests, and ends it with 1.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIDE_BY_SIDE = 2
COPIED = ("src", "tests", "functions", "events", "docs", "layers", "requirements", "template.yaml", "pyproject.toml")
LINKED = (".venv", ".local")
SRC = "src/pagelapse/"
FAILS = "test fails"


@dataclass(frozen=True)
class Protection:
    """A protection, the text that is changed to turn it off, and the test that must notice.

    Where two lines guard the same thing, `also` is what the other is changed from, and to.
    """

    name: str
    path: str
    on: str
    off: str
    test: str
    also: tuple[str, str] = ("", "")


def _of(name: str, path: str, on: str, off: str, test: str, also: tuple[str, str] = ("", "")) -> Protection:
    return Protection(name, path if path == "template.yaml" else SRC + path, on, off, "tests/" + test, also)


ADDRESSES, GUARD, HTTP = "adapters/addresses.py", "adapters/guard.py", "adapters/http.py"
OTHER_ORIGINS = ('self._origin.replace("*", "\\\\*") + "/*"', '"*"')
"""Requests of other origins are not paused at all, and looked at again when they are."""
EVERY = "dialects/test_every_dialect.py::"

PROTECTIONS = (
    # What may be reached
    _of(
        "private addresses are refused",
        ADDRESSES,
        "return all(_routable(inner) for inner in embedded(address))",
        "return True",
        "adapters/test_addresses.py::test_private_addresses_are_refused",
    ),
    _of(
        "translated addresses are judged",
        ADDRESSES,
        "    if any(address in network for network in (_NAT64, _IPV4_COMPATIBLE, _IPV4_TRANSLATED)):\n",
        "    if False:\n",
        "adapters/test_addresses.py::test_translated_forms_are_judged_as_what_they_carry",
    ),
    _of(
        "metadata addresses are never reached",
        ADDRESSES,
        "if any(part in NEVER for part in inner) or self._is_forbidden",
        "if self._is_forbidden",
        "adapters/test_addresses.py::test_metadata_is_refused_whatever_is_allowed",
    ),
    _of(
        "the runtime's own endpoints are never reached",
        ADDRESSES,
        "        if not self._forbidden:\n            return False\n",
        "        if True:\n            return False\n",
        "adapters/test_addresses.py::test_own_endpoints_are_refused_whatever_is_allowed",
    ),
    _of(
        "one private address refuses a name",
        ADDRESSES,
        "        for address in addresses:\n            inner",
        "        for address in [*addresses][:1]:\n            inner",
        "adapters/test_addresses.py::test_one_private_address_refuses_a_name",
    ),
    _of(
        "pages' connections are judged",
        GUARD,
        "        if reason is not None:\n            raise self._refused(host, port, reason",
        "        if False:\n            raise self._refused(host, port, str(reason)",
        "adapters/test_guard.py::test_refused_connection_is_never_made",
    ),
    _of(
        "pages are dialled at the judged address",
        GUARD,
        "create_connection(lambda: upstream, str(address), port)",
        "create_connection(lambda: upstream, str((await self._resolve(host, port))[0]), port)",
        "adapters/test_guard.py::test_rebinding_name_is_dialled_at_the_checked_address_only",
    ),
    _of(
        "the guard speaks SOCKS5 only",
        GUARD,
        "if self._pending[0] != 5:",
        "if False:",
        "adapters/test_guard.py::test_other_protocols_are_cut_off",
    ),
    _of(
        "our own calls are judged",
        HTTP,
        'raise AddressRefused("is not an address that this deployment may reach")',
        "pass",
        "adapters/test_http.py::test_private_addresses_are_refused",
    ),
    _of(
        "our own calls are dialled at the judged address",
        HTTP,
        "        for address in self._checked(host, port):\n",
        "        self._checked(host, port)\n        for address in self._resolve(host, port):\n",
        "adapters/test_http.py::test_the_checked_address_is_the_dialled_one",
    ),
    _of(
        "webhooks follow no redirect",
        HTTP,
        'follow_redirects=method == "GET"',
        "follow_redirects=True",
        "adapters/test_http.py::test_post_sends_its_body_and_follows_nothing",
    ),
    _of(
        "answers have a size limit",
        HTTP,
        "        if size > max_bytes:\n",
        "        if size > max_bytes and False:\n",
        "adapters/test_http.py::test_an_answer_has_a_size_limit",
    ),
    _of(
        "answers have a deadline",
        HTTP,
        "                return _TimedStream(stream, self._deadline)",
        "                return stream",
        "adapters/test_http.py::test_a_dripping_server_is_given_up",
    ),
    _of(
        "pages are http or https",
        "capture/urls.py",
        'if parts.scheme.lower() not in ("http", "https"):',
        "if False:",
        EVERY + "test_what_is_no_web_address_is_refused",
    ),
    _of(
        "addresses hold no white space",
        "capture/urls.py",
        "if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):",
        "if False:",
        EVERY + "test_what_is_no_web_address_is_refused",
    ),
    _of(
        "sitemaps speak for their own host only",
        "bulk/pages.py",
        "not (self._any_host or host_of(url) in self.hosts)",
        "False",
        "bulk/test_pages.py::test_pages_of_other_hosts_are_left_out",
    ),
    _of(
        "sitemaps have no entities",
        "bulk/sitemaps.py",
        "        self._parser.StartDoctypeDeclHandler = self._refuse\n"
        "        self._parser.EntityDeclHandler = self._refuse\n",
        "",
        "bulk/test_sitemaps.py::test_entities_are_never_expanded",
    ),
    _of(
        "sitemaps are unpacked so far only",
        "bulk/sitemaps.py",
        "        if size > MAX_BYTES:\n",
        "        if False:\n",
        "bulk/test_sitemaps.py::test_a_bomb_is_not_unpacked",
    ),
    _of(
        "Chromium goes out through the guard",
        "adapters/browser/emulation.py",
        '        "proxy": {"server": f"socks5://127.0.0.1:{guard_port}"},\n',
        '        "proxy": {"server": "direct://"},\n',
        "capture/test_egress.py::test_private_page_is_refused",
    ),
    _of(
        "WebRTC goes nowhere but through the guard",
        "adapters/browser/chromium.py",
        '    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",\n',
        "",
        "capture/test_egress.py::test_page_reaches_nothing_private[WebRTC-127.0.0.1]",
    ),
    _of(
        "headers go to the page's own origin only",
        "adapters/browser/own_origin.py",
        '        added = self._headers if origin(request["url"]) == self._origin else ()\n',
        "        added = self._headers\n",
        "capture/test_identity.py::test_headers_go_to_the_pages_own_origin_only",
        OTHER_ORIGINS,
    ),
    _of(
        "passwords go to the page's own origin only",
        "adapters/browser/own_origin.py",
        '        ours = challenge.get("source") != "Proxy" and challenge["origin"] == self._origin\n',
        "        ours = True\n",
        "capture/test_options.py::test_password_is_for_the_pages_own_origin_only",
        OTHER_ORIGINS,
    ),
    # Who may ask
    _of(
        "keys are stored hashed",
        "accounts.py",
        'return hashlib.sha256(key_text.encode(errors="surrogatepass")).hexdigest()',
        "return key_text",
        "test_accounts.py::test_key_texts_are_nowhere_in_the_table",
    ),
    _of(
        "revoked keys open nothing",
        "accounts.py",
        " or found.key is None or found.key.revoked_at is not None:",
        " or found.key is None:",
        "test_accounts.py::test_a_revoked_key_opens_nothing_from_then_on",
    ),
    _of(
        "unknown keys open nothing",
        "accounts.py",
        "if found.account is None or found.key is None or found.key.revoked_at is not None:",
        "if found.account is None or (found.key and found.key.revoked_at):",
        "test_accounts.py::test_a_key_does_not_open_another_account",
    ),
    _of(
        "bad keys can't be told apart",
        "accounts.py",
        "        account_id = well_formed[1] if well_formed else _NOBODY\n",
        "        if not well_formed:\n            raise InvalidKey('The API key is not valid.')\n"
        "        account_id = well_formed[1]\n",
        EVERY + "test_bad_keys_can_not_be_told_apart",
    ),
    _of(
        "keys do not show in logs of objects",
        "accounts.py",
        "private_key: str = field(repr=False)",
        "private_key: str",
        "test_accounts.py::test_secrets_do_not_show_in_reprs",
    ),
    _of(
        "signatures are checked",
        "signatures.py",
        'if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):',
        "if not given and not expected:",
        "test_accounts.py::test_wrong_signatures",
    ),
    _of(
        "publishable keys read nothing",
        "dialects/pagepixels/access.py",
        '    if caller.kind == "publishable":\n',
        "    if False:\n",
        "dialects/pagepixels/test_configurations.py::test_publishable_keys_only_snap",
    ),
    _of(
        "suspended accounts are refused",
        "accounts.py",
        "        if found.account.suspended_at is not None:\n",
        "        if False:\n",
        EVERY + "test_suspended_accounts",
    ),
    _of(
        "accounts are for their addresses",
        "restrictions.py",
        "if account.allowed_networks and not _lies_in(visitor.address, account.allowed_networks):",
        "if False:",
        "test_restrictions.py::test_addresses",
    ),
    _of(
        "accounts are for their origins",
        "restrictions.py",
        "if account.allowed_origins and not visitor.signed_in and visitor.origin not in account.allowed_origins:",
        "if False:",
        "test_restrictions.py::test_origins",
    ),
    _of(
        "requests are limited",
        "rate_limit.py",
        "        if rate_until + price > latest:\n",
        "        if False:\n",
        "test_rate_limit.py",
        ("if owed and not self._store.charge(", "if owed < 0 and not self._store.charge("),
    ),
    _of(
        "connectors' tokens are checked",
        "services/connectors.py",
        "if found is None or not hmac.compare_digest(found.token_hash, hash_token(token)):",
        "if found is None:",
        "services/test_connectors.py::test_a_token_of_the_connectors_with_another_secret_is_refused",
    ),
    # What is believed
    _of(
        "snap is believed about its own job only",
        "services/flight.py",
        "if not same or not all(file.key.startswith(job.key_prefix) for file in files):",
        "if False:",
        "services/test_snaps.py::test_an_answer_about_something_else_is_not_believed",
    ),
    _of(
        "snap is believed about its own order only",
        "services/order_recording.py",
        "            if not _is_about(report, order):\n                return False\n",
        "",
        "services/test_orders.py::test_reports_of_other_things_are_not_believed",
    ),
    # What goes out
    _of(
        "documents are stored as plain text",
        "snapping.py",
        '"text/plain; charset=utf-8" if file.media_type.startswith("text/") else file.media_type',
        "file.media_type",
        "test_snapping.py::test_documents_are_stored_as_plain_text",
    ),
    _of(
        "what is served back runs nowhere",
        "dialects/answers.py",
        '"Content-Security-Policy": "sandbox; default-src \'none\'"',
        '"X-Nothing": "x"',
        EVERY + "test_every_answer_is_inert",
    ),
    _of(
        "what is served back is what it says",
        "dialects/answers.py",
        '"X-Content-Type-Options": "nosniff"',
        '"X-Nothing": "x"',
        EVERY + "test_every_answer_is_inert",
    ),
    _of(
        "archives' names climb nowhere",
        "bulk/archive_names.py",
        '    if not plain or plain[0] in ".-~" or _RESERVED.fullmatch(plain):\n',
        "    if not plain:\n",
        "bulk/test_archive_names.py::test_hostile_and_odd_addresses_get_harmless_names",
    ),
    _of(
        "webhooks are signed with the account's own secret",
        "monitoring/webhooks.py",
        "hmac.new(secret_token.encode(), b",
        "hmac.new(b'x', b",
        "monitoring/test_webhooks.py::test_each_account_has_a_secret_of_its_own",
    ),
    _of(
        "Slack is told no markup",
        "monitoring/webhooks.py",
        'short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")',
        "short",
        "monitoring/test_webhooks.py::test_slack_gets_a_sentence_it_can_show",
    ),
    _of(
        "logs hold no query and no password",
        "observability.py",
        '    bare = url.split("?", 1)[0].split("#", 1)[0]\n',
        "    return url\n    bare = url\n",
        EVERY + "test_one_log_line_per_request_without_secrets",
    ),
    _of(
        "our own errors show nothing",
        "dialects/pagepixels/errors.py",
        '"Something went wrong on our side."',
        'str(__import__("sys").exc_info()[1])',
        EVERY + "test_our_own_failures_show_nothing",
    ),
    # What the roles allow
    _of(
        "snap has no table",
        "template.yaml",
        "        - PolicyName: snap\n",
        "        - PolicyName: more\n"
        "          PolicyDocument:\n            Version: '2012-10-17'\n            Statement:\n"
        "              - {Effect: Allow, Action: 'dynamodb:GetItem', Resource: !GetAtt Table.Arn}\n"
        "        - PolicyName: snap\n",
        "test_deployment.py::test_snap_may_write_pictures_and_report_and_nothing_else",
    ),
    # What survives
    _of(
        "a lost browser costs a second try",
        "capture/pipeline.py",
        "ATTEMPTS = 2",
        "ATTEMPTS = 1",
        "test_snapping.py::test_one_breakdown_is_survived_and_two_are_told",
    ),
    _of(
        "what nobody could settle is given back",
        "services/due_work.py",
        "            return self._give_back(due)\n",
        '            return "lost"\n',
        "services/test_due_work.py::test_a_capture_that_nobody_could_settle_is_given_back",
    ),
    _of(
        "a picture that is not stored is not reported",
        "snapping.py",
        "                raise  # nobody waits: the queue brings the job again\n",
        "                return CaptureReport(**ids)\n",
        "test_snapping.py::test_a_picture_that_can_not_be_stored",
    ),
)


def main() -> int:
    """Try all of them, print the table, and return 1 when a test passes that should not."""
    chosen = [each for each in PROTECTIONS if all(word in each.name for word in sys.argv[1:])]
    with _copied() as copy:
        if _outcome(copy, *dict.fromkeys(each.test for each in chosen)) != 0:
            print("A test fails although nothing is turned off.")
            return 1
    width = max(len(each.name) for each in chosen)
    failed = 0
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        for each, outcome in zip(chosen, threads.map(_try, chosen), strict=True):
            failed += outcome == FAILS
            print(f"{each.name.ljust(width)}  {outcome.ljust(11)}  {each.test.removeprefix('tests/')}", flush=True)
    print(f"{failed} of {len(chosen)} protections are missed: their test fails when they are off.")
    return 0 if failed == len(chosen) else 1


@contextmanager
def _copied() -> Iterator[Path]:
    """A copy of the repository, with its tools."""
    with tempfile.TemporaryDirectory(prefix="protection-") as folder:
        copy = Path(folder)
        for name in COPIED:
            _copy(ROOT / name, copy / name)
        for name in LINKED:
            (copy / name).symlink_to(ROOT / name)
        yield copy


def _try(protection: Protection) -> str:
    with _copied() as copy:
        path = copy / protection.path
        text = path.read_text()
        for on, off in ((protection.on, protection.off), protection.also):
            if on and text.count(on) != 1:
                return "not found"
            text = text.replace(on, off) if on else text
        path.write_text(text)
        return {0: "test passes", 1: FAILS}.get(_outcome(copy, protection.test), "no test")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def _outcome(copy: Path, *tests: str) -> int:
    """Pytest's: 0 when all pass, 1 when one fails."""
    command = [str(copy / ".venv/bin/python"), "-m", "pytest", "-n", "0", "-x", "-p", "no:cacheprovider", *tests]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": f"{copy}/src", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=600, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
