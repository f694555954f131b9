"""Requests that schemathesis makes up from each dialect's own OpenAPI document, over fakes."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
import schemathesis
from httpx import Response
from hypothesis import given
from hypothesis import strategies as st
from requests import Request
from tests.dialects.client import Client
from tests.dialects.contract import Contract
from tests.fuzz.bounds import bounded, without_hanging
from tests.fuzz.conftest import Everything

from pagelapse.api.openapi import document
from pagelapse.dialects.registry import DIALECTS

EXAMPLES = 8
BASE = "http://api.test"

_DOCUMENTS: dict[str, Any] = {
    dialect.name: schemathesis.openapi.from_dict(json.loads(document(dialect.name))) for dialect in DIALECTS
}
OPERATIONS: list[tuple[str, Any]] = [
    (name, found.ok()) for name, schema in _DOCUMENTS.items() for found in schema.get_all_operations()
]


def _prepared(case: Any, contract: Contract, key: str | None, known: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The request as it goes over the wire: with a good key, and what is there, where the draw says so."""
    for name in (case.path_parameters or {}).keys() & known.keys():
        case.path_parameters[name] = known[name]
    arguments = case.as_transport_kwargs(base_url=BASE)
    params = dict(arguments.get("params") or {})
    if key is not None:
        params[contract.key_parameter] = key
    for name in params.keys() & known.keys():
        params[name] = known[name]
    body = arguments.get("json")
    if isinstance(body, dict):
        arguments["json"] = {name: known.get(name, value) for name, value in body.items()}
    request = Request(**{**arguments, "params": params}).prepare()
    return str(request.url), {"method": request.method, "headers": dict(request.headers), "content": request.body}


@pytest.mark.parametrize(
    ("name", "operation"), OPERATIONS, ids=[f"{name}-{operation.label}" for name, operation in OPERATIONS]
)
def test_no_request_breaks_an_api(
    name: str, operation: Any, everything: Everything, client: Client, log: list[dict[str, object]]
) -> None:
    """Whatever its document allows, and much that it doesn't, an API answers, in time, and never that it broke."""
    contract: Contract = import_module(f"tests.dialects.{name}.contract").CONTRACT
    world = everything.world
    page = {"url": "https://example.com/", "q": "https://example.com/", "bucket": "somebodys", **everything.ids}

    @given(operation.as_strategy(), st.booleans(), st.sampled_from([True, True, True, False]))
    @bounded(EXAMPLES)
    def fuzz(case: Any, good: bool, keyed: bool) -> None:
        log.clear()
        key = world.new.private_key if keyed else None
        url, arguments = _prepared(case, contract, key, page if good else {})
        with without_hanging():
            response = client.request(arguments.pop("method"), url, **arguments)
        assert _broke(response, log) == [], f"{case.as_curl_command()}: {response.status_code}"

    fuzz()


def _broke(response: Response, log: list[dict[str, object]]) -> list[object]:
    """What the log says of errors that are our own, else an answer that is one."""
    unexpected = [line for line in log if "unexpected error" in (line.get("message"), line.get("msg"))]
    if unexpected:
        return [{name: line.get(name) for name in ("error", "why", "where")} for line in unexpected]
    return [response.text[:300]] if response.status_code == 500 else []
