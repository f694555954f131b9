"""Runs over the registry, so that a new dialect is tested before anybody writes a test for it."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.dialects.contract import Contract
from tests.world import World

from pagelapse.api.openapi import document
from pagelapse.capture.jobs import CaptureJob, Failure
from pagelapse.dialects.registry import DIALECTS, dialect_of
from pagelapse.errors import (
    BrowserLost,
    CaptureError,
    CaptureTimeout,
    ElementNotFound,
    InvalidKey,
    InvalidOption,
    InvalidUrl,
    MissingKey,
    PagelapseError,
    PictureImpossible,
    ServiceBusy,
    TargetRefused,
    TargetUnreachable,
    UsageLimitExceeded,
)

REFUSED_URLS = [
    "",
    "ftp://example.com/",
    "file:///etc/passwd",
    "example",
    "http://",
    "http://a b/",
    "javascript:alert(1)",
]


@pytest.fixture(params=[dialect.name for dialect in DIALECTS])
def contract(request: pytest.FixtureRequest) -> Contract:
    """Each dialect's promises."""
    found: Contract = import_module(f"tests.dialects.{request.param}.contract").CONTRACT
    return found


def _get(client: Client, contract: Contract, key: str | None, **changes: str) -> Response:
    params = dict(contract.example) | changes
    if key is not None:
        params[contract.key_parameter] = key
    return client.get(contract.path, params=params)


def _assert_error(contract: Contract, response: Response, error: type[PagelapseError]) -> None:
    assert (response.status_code, contract.error_of(response)) == contract.errors[error]


def test_the_documented_example_is_understood(client: Client, contract: Contract, world: World) -> None:
    """The vendor's own example asks for exactly the capture that its text describes, and gets the picture."""
    response = _get(client, contract, world.new.private_key)
    assert response.status_code == 200
    assert [job.options for job in world.runner.jobs] == [contract.options]
    contract.assert_taken(response, world.runner.jobs[0])


def test_the_targets_status_is_told(client: Client, contract: Contract, world: World) -> None:
    """Every answer to a capture says with which status the page's own server answered."""
    response = _get(client, contract, world.new.private_key)
    assert response.headers["X-Pagelapse-Target-Status"] == "200"


def test_a_missing_key(client: Client, contract: Contract) -> None:
    """Without a key, the vendor's answer for that."""
    _assert_error(contract, _get(client, contract, None), MissingKey)


@pytest.mark.parametrize("key", ["nonsense", "pl_000000000000_priv" + "0" * 32, "x" * 3000, "ключ"])
def test_an_invalid_key(client: Client, contract: Contract, key: str) -> None:
    """With a key of nobody's, the vendor's answer for that."""
    _assert_error(contract, _get(client, contract, key), InvalidKey)


def test_bad_keys_can_not_be_told_apart(client: Client, contract: Contract, world: World) -> None:
    """Malformed, unknown, revoked and almost right keys get one answer, after the same reads of the table."""
    revoked, text = world.accounts.create_key(world.new.account.account_id)
    world.accounts.revoke_key(world.new.account.account_id, revoked.key_id)
    almost = f"{world.new.private_key[:-1]}{'1' if world.new.private_key[-1] == '0' else '0'}"
    answers = set()
    for key in ("nonsense", "pl_000000000000_priv" + "0" * 32, text, almost, "x" * 3000):
        before = world.table.reads
        response = _get(client, contract, key)
        told = {name: value for name, value in response.headers.items() if name not in _EACH_ITS_OWN}
        answers.add((response.status_code, response.content, str(told), world.table.reads - before))
    assert len(answers) == 1


_EACH_ITS_OWN = ("x-ratelimit-remaining",)
"""Headers that count the requests of an address."""


def test_suspended_accounts(client: Client, contract: Contract, world: World) -> None:
    """An account that the operator has suspended gets no picture."""
    world.accounts.suspend(world.new.account.account_id)
    assert _get(client, contract, world.new.private_key).status_code >= 400
    assert world.runner.jobs == []


def test_a_bad_parameter_does_not_hide_a_bad_key(client: Client, contract: Contract) -> None:
    """Strangers learn nothing about parameters: the key is judged first."""
    name, value = next(iter(contract.bad_parameters.items()))
    _assert_error(contract, _get(client, contract, "nonsense", **{name: value}), InvalidKey)


def test_bad_parameters_are_named(client: Client, contract: Contract, world: World) -> None:
    """A parameter out of range is refused by its own name, without its value, and nothing is captured."""
    for name, value in contract.bad_parameters.items():
        response = _get(client, contract, world.new.private_key, **{name: value})
        _assert_error(contract, response, InvalidOption)
        assert name in response.text
    assert world.runner.jobs == []


@pytest.mark.parametrize("of_somebody_else", [False, True])
def test_unknown_connectors(client: Client, contract: Contract, world: World, of_somebody_else: bool) -> None:
    """A connector that is nobody's, or another account's, is not found; nothing is captured or counted."""
    stranger = world.accounts.create_account("stranger").account.account_id
    made = world.connectors.create(stranger, "Office").connector.connector_id
    asked = {contract.connector_parameter: made if of_somebody_else else "conn_YOUR_ID"}
    response = _get(client, contract, world.new.private_key, **asked)
    assert (response.status_code, contract.error_of(response)) == contract.unknown_connector
    assert "connector" in response.text
    assert (world.runner.jobs, world.order_queue.sent, world.used()) == ([], [], 0)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_what_is_no_web_address_is_refused(client: Client, contract: Contract, world: World, url: str) -> None:
    """Only absolute http and https addresses are captured."""
    _assert_error(contract, _get(client, contract, world.new.private_key, **{contract.url_parameter: url}), InvalidUrl)
    assert world.runner.jobs == []


@pytest.mark.parametrize(
    "error",
    [
        TargetRefused,
        TargetUnreachable,
        CaptureTimeout,
        ElementNotFound,
        PictureImpossible,
        ServiceBusy,
        BrowserLost,
        CaptureError,
    ],
)
def test_failed_captures(client: Client, contract: Contract, world: World, error: type[CaptureError]) -> None:
    """Each way a capture can fail has its place among the vendor's errors, and is not counted."""
    world.runner.failure = Failure(code=error.code, message="It failed.")
    _assert_error(contract, _get(client, contract, world.new.private_key), error)
    assert world.used() == 0


def test_the_limit(client: Client, contract: Contract, world: World) -> None:
    """With the month's captures used up, the vendor's answer for that."""
    world.limit(0)
    _assert_error(contract, _get(client, contract, world.new.private_key), UsageLimitExceeded)


def test_our_own_failures_show_nothing(
    client: Client, contract: Contract, world: World, log: list[dict[str, object]]
) -> None:
    """When our side breaks, the caller sees the vendor's form and no traceback; the log says why."""

    def broken(_job: CaptureJob) -> None:
        raise RuntimeError("the table is on fire")

    world.runner.before = broken
    response = _get(client, contract, world.new.private_key)
    _assert_error(contract, response, PagelapseError)
    assert "fire" not in response.text
    assert "the table is on fire" in [line.get("why") for line in log]


def test_every_answer_is_inert(client: Client, contract: Contract, world: World) -> None:
    """Whatever an answer holds of a page or a caller, it runs nowhere on our origin, and is taken for nothing else."""
    key, bad = world.new.private_key, next(iter(contract.bad_parameters))
    answers = [
        _get(client, contract, key),
        _get(client, contract, None),
        _get(client, contract, "<script>"),
        _get(client, contract, key, **{contract.url_parameter: "<script>"}),
        _get(client, contract, key, **{bad: "<script>"}),
        client.get(f"{contract.path}/<script>"),
        client.get("/<script>"),
    ]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert (policy.startswith("sandbox"), "allow-" in policy) == (True, False)


def test_unknown_paths_and_methods(client: Client, contract: Contract) -> None:
    """A path or a method that the vendor does not have is refused in the vendor's form."""
    for response, expected in (
        (client.get(f"{contract.path}/nowhere"), contract.no_route),
        (client.request("DELETE", contract.path), contract.wrong_method),
    ):
        assert (response.status_code, contract.error_of(response)) == expected


def test_one_log_line_per_request_without_secrets(
    client: Client, contract: Contract, world: World, log: list[dict[str, object]]
) -> None:
    """A request is one line, with dialect, status, time, account and target, and no key, header, cookie or query."""
    target = "https://user:word@example.com/page?token=tell"
    params = {**contract.example, contract.url_parameter: target, "headers": "X-Tell: tell"}
    headers = {"Cookie": "tell=tell", "X-Tell": "tell"}
    client.get(contract.path, params={**params, contract.key_parameter: world.new.private_key}, headers=headers)
    lines = [line for line in log if line["msg"] == "request"]
    assert len(lines) == 1
    assert (lines[0]["status"], lines[0]["account_id"]) == (200, world.new.account.account_id)
    assert lines[0]["target"] == "https://example.com/page"
    assert lines[0]["duration_ms"]
    shown = repr(log)
    assert "tell" not in shown
    assert world.new.private_key not in shown


def test_keys_are_never_echoed(client: Client, contract: Contract, world: World) -> None:
    """No answer holds the key, even where it was put in the wrong place."""
    key = world.new.private_key
    for changes in ({}, {contract.url_parameter: key}, {key: "1"}, {"wait": key}, {"headers": key}):
        response = _get(client, contract, key, **changes)
        assert key not in response.text + repr(response.headers)


def test_openapi_documents_name_every_parameter(contract: Contract) -> None:
    """A dialect's OpenAPI document lists the parameters of its main endpoint, with the key."""
    dialect = dialect_of(contract.path)
    assert dialect is not None
    operation = json.loads(document(dialect.name))["paths"][contract.path]["get"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names >= {contract.key_parameter, *contract.example, *contract.bad_parameters}


def test_paths_belong_to_one_dialect_each() -> None:
    """No two dialects claim the same path."""
    claimed = [path for dialect in DIALECTS for path in dialect.paths]
    assert len(claimed) == len(set(claimed))


def test_a_path_of_nobody_is_a_plain_404(client: Client) -> None:
    """Outside of all dialects the answer is a small JSON 404."""
    for path in ("/", "/nowhere", "/snapshot", "//snap", "/%00"):
        response = client.get(path)
        assert (response.status_code, response.json()["error"]) == (404, "not_found")
