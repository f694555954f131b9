"""How parameters and keys travel: query, form, multipart, JSON, header."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.dialects.client import Client
from tests.dialects.pagepixels.contract import error_of
from tests.world import World

from pagelapse.signatures import sign_url

URL = "https://example.com/"


def _sent(**parameters: object) -> list[dict[str, Any]]:
    """The same parameters in every form that a POST may have."""
    texts = {name: str(value) for name, value in parameters.items()}
    return [
        {"params": texts},
        {"data": texts},
        {"files": {name: (None, value) for name, value in texts.items()}},
        {"files": {name: (f"{name}.txt", value) for name, value in texts.items()}},
        {"json": parameters},
    ]


@pytest.mark.parametrize("form", range(5))
@pytest.mark.parametrize("path", ["/snap", "/snap_html"])
def test_every_form_says_the_same(client: Client, world: World, path: str, form: int) -> None:
    """Query, form, multipart fields and files, and JSON ask for the same capture."""
    source = {"url": URL} if path == "/snap" else {"html_content": "<p>für</p>"}
    key = world.new.private_key
    arguments = _sent(**source, access_token=key, fullpage=True, wait=7)[form]
    response = client.post(path, **arguments)
    assert response.status_code == 200, response.text
    options = world.runner.jobs[0].options
    assert (options.full_page, options.delay_ms) == (True, 7)
    assert (options.url, options.html) == (source.get("url"), source.get("html_content"))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_key_may_come_as_a_bearer_token(client: Client, world: World, scheme: str) -> None:
    """The vendor's own clients send the key in the Authorization header."""
    headers = {"Authorization": f"{scheme} {world.new.private_key}"}
    assert client.get("/snap", params={"url": URL}, headers=headers).status_code == 200
    assert client.post("/snap", json={"url": URL}, headers=headers).status_code == 200


def test_a_body_wins_over_the_query(client: Client, world: World) -> None:
    """What comes in both places counts as the body says, the key too."""
    query = {"url": "https://query.example/", "access_token": "nonsense", "wait": "1"}
    response = client.post("/snap", params=query, json={"url": URL, "access_token": world.new.private_key})
    assert response.status_code == 200
    options = world.runner.jobs[0].options
    assert (options.url, options.delay_ms) == (URL, 1)


def test_urls_keep_their_letters(client: Client, world: World) -> None:
    """An address arrives as sent: escapes inside it, raw UTF-8 and a query of its own."""
    target = "https://example.com/%7Ea/ü?a=b%26c&d=1"
    client.get("/snap", params={"url": target, "access_token": world.new.private_key})
    assert world.runner.jobs[0].options.url == target


@pytest.mark.parametrize(
    "arguments",
    [
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        {"content": b"[1]", "headers": {"Content-Type": "application/json"}},
        {"content": b"null", "headers": {"Content-Type": "application/json"}},
        {"content": b'{"a": NaN}', "headers": {"Content-Type": "application/json"}},
        {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"content": b'{"wait": ' + b"1" * 5000 + b"}", "headers": {"Content-Type": "application/json"}},
        {"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}},
        {"content": b"url=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b"a=1&" * 2000, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"files": {"url": ("u", b"\xff")}},
        {"content": b"<url/>", "headers": {"Content-Type": "text/xml"}},
        {"content": b"url=https://example.com/"},
        {"params": "url=%FF"},
        {"params": {"url": "https://example.com/\x00"}},
        {"params": "wait=1&wait=2"},
        {"content": b'{"js_inject": "\\ud800"}', "headers": {"Content-Type": "application/json"}},
        {"content": b'{"url": "https://example.com/\\ud800"}', "headers": {"Content-Type": "application/json"}},
        {"content": b'{"wait": 1, "wait": 2}', "headers": {"Content-Type": "application/json"}},
    ],
)
def test_garbage(client: Client, world: World, arguments: dict[str, Any]) -> None:
    """Garbage of any kind is refused in the vendor's form, and nothing is captured."""
    headers = {"Authorization": f"Bearer {world.new.private_key}", **arguments.pop("headers", {})}
    if "params" not in arguments:
        arguments["params"] = {"url": URL}
    response = client.post("/snap", headers=headers, **arguments)
    assert response.status_code == 400, response.text
    assert error_of(response) in ("unexpected_error", "missing_or_invalid_url")
    assert world.runner.jobs == []


@pytest.mark.parametrize("token", [5, ["a"], {"a": 1}, True])
def test_keys_that_are_no_texts(client: Client, token: object) -> None:
    """A key of another JSON type is an invalid one."""
    response = client.post("/snap", json={"url": URL, "access_token": token})
    assert (response.status_code, error_of(response)) == (401, "invalid_access_token")


def test_a_publishable_key_needs_the_urls_signature(client: Client, world: World) -> None:
    """A publishable key captures a url with the right hash_key, and none without."""
    signature = sign_url(world.new.secret_token, URL)
    query = {"access_token": world.new.publishable_key, "url": URL}
    assert client.get("/snap", params={**query, "hash_key": signature}).status_code == 200
    for wrong in ({}, {"hash_key": "0" * 40}, {"hash_key": signature, "url": URL + "other"}, {"hash_key": "é"}):
        response = client.get("/snap", params=query | wrong)
        assert (response.status_code, error_of(response)) == (403, "invalid_hash_key")


def test_a_publishable_key_captures_no_documents(client: Client, world: World) -> None:
    """Only a url can be signed, so `/snap_html` wants the private key."""
    query = {"access_token": world.new.publishable_key, "html_content": "<p>x</p>"}
    response = client.get("/snap_html", params={**query, "hash_key": sign_url(world.new.secret_token, "<p>x</p>")})
    assert (response.status_code, error_of(response)) == (403, "invalid_hash_key")


def test_a_private_key_needs_no_signature(client: Client, world: World) -> None:
    """With the private key a hash_key is not looked at."""
    query = {"access_token": world.new.private_key, "url": URL, "hash_key": "wrong"}
    assert client.get("/snap", params=query).status_code == 200


def test_unknown_parameters_are_named_in_a_header(client: Client, world: World) -> None:
    """What nobody looks at is ignored, as the vendor does, but said so, without odd characters and without end."""
    unknown = {"full_page": "1", "a b": "1", "x\r\ny": "1", "pl_secret": "1", "z" * 50: "1"}
    many = {f"p{number:02}": "1" for number in range(50)}
    query = {"access_token": world.new.private_key, "url": URL, **unknown}
    assert client.get("/snap", params=query).headers["X-Pagelapse-Ignored"] == "full_page"
    ignored = client.get("/snap", params=query | many).headers["X-Pagelapse-Ignored"]
    assert len(ignored.split(", ")) == 20


def test_json_answers_are_for_json_requests_of_the_vendors_clients(client: Client, world: World) -> None:
    """Python's `True`, as the vendor's Python client sends it in a query, asks for JSON."""
    query = {"access_token": world.new.private_key, "url": URL, "json": True}
    assert json.loads(client.get("/snap", params=query | {"json": "True"}).text)["success"] is True
