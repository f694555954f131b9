"""Pixcap's registration and key management, over fakes."""

from __future__ import annotations

import pytest
from tests.dialects.client import Client
from tests.dialects.pixcap.asking import PATH, URL, key_of, limits
from tests.dialects.pixcap.contract import error_of
from tests.world import World

from pagelapse.local import template as templates
from pagelapse.local.layout import REPOSITORY
from pagelapse.services.self_service import SelfService


def test_registration(client: Client, world: World) -> None:
    """A new account answers as documented, its key works at once, and it has 100 credits."""
    response = client.post("/api/v1/register", json={"email": " you@company.com "})
    data = response.json()["data"]
    key = data.pop("api_key")
    assert response.status_code == 201
    assert data == {"message": "Account created successfully", "email": "you@company.com", "credits": 100}
    assert limits(response) == (10, 9)
    shot = client.get(PATH, params={"url": URL}, headers={"X-API-Key": key})
    assert shot.headers["X-Credits-Remaining"] == "99"


def test_one_account_per_email(client: Client) -> None:
    """The same address makes no second account, however it is capitalized."""
    assert client.post("/api/v1/register", json={"email": "you@company.com"}).status_code == 201
    again = client.post("/api/v1/register", json={"email": "You@Company.COM"})
    assert (again.status_code, error_of(again)) == (409, "EMAIL_ALREADY_REGISTERED")


@pytest.mark.parametrize(
    "email", [None, "", 5, "you", "you@", "@company.com", "a b@c.de", "a@b", "a@b.c\n", "a" * 250 + "@b.de"]
)
def test_what_is_no_email(client: Client, email: object) -> None:
    """What is no email address is refused by name."""
    response = client.post("/api/v1/register", json={"email": email})
    assert (response.status_code, error_of(response)) == (400, "INVALID_PARAMETER")
    assert response.json()["error"]["message"].startswith("email: ")


def test_registration_is_closed_unless_opened(client: Client, world: World) -> None:
    """Without the operator's word nobody can register, and trying is counted."""
    world.self_service = SelfService(world.table, registration=False)
    response = client.post("/api/v1/register", json={"email": "you@company.com"})
    assert (response.status_code, error_of(response)) == (403, "REGISTRATION_CLOSED")
    assert len(world.table.accounts) == 1
    assert templates.read(REPOSITORY / "template.yaml")["Parameters"]["OpenRegistration"]["Default"] == "false"


def test_keys_are_made_listed_and_deactivated(client: Client, world: World) -> None:
    """A key's text is shown once, no list shows it, and a deactivated key opens nothing."""
    made = client.post("/api/v1/keys", json={"name": "CI"}, headers=key_of(world))
    data = made.json()["data"]
    key = {"X-API-Key": data.pop("api_key")}
    assert (made.status_code, data["name"], data["active"]) == (201, "CI", True)
    listed = client.get("/api/v1/keys", headers=key)
    assert data in listed.json()["data"]["keys"]
    assert key["X-API-Key"] not in listed.text
    ended = client.request("DELETE", f"/api/v1/keys/{data['id']}", headers=key_of(world)).json()["data"]
    assert (ended["active"], ended["deactivated_at"] is None) == (False, False)
    assert error_of(client.get("/api/v1/keys", headers=key)) == "INVALID_API_KEY"


def test_five_keys_at_most(client: Client, world: World) -> None:
    """A sixth active key is refused until one is deactivated."""
    ids = [client.post("/api/v1/keys", headers=key_of(world)).json()["data"]["id"] for _ in range(4)]
    refused = client.post("/api/v1/keys", headers=key_of(world))
    assert (refused.status_code, error_of(refused)) == (409, "API_KEY_LIMIT_REACHED")
    client.request("DELETE", f"/api/v1/keys/{ids[0]}", headers=key_of(world))
    assert client.post("/api/v1/keys", headers=key_of(world)).status_code == 201


def test_the_last_key_stays(client: Client, world: World) -> None:
    """Nobody can lock themselves out, and keys of others are not found."""
    (own,) = client.get("/api/v1/keys", headers=key_of(world)).json()["data"]["keys"]
    response = client.request("DELETE", f"/api/v1/keys/{own['id']}", headers=key_of(world))
    assert (response.status_code, error_of(response)) == (409, "LAST_API_KEY")
    other = world.accounts.create_account("other")
    foreign = world.accounts.list_keys(other.account.account_id)[0].key_id
    response = client.request("DELETE", f"/api/v1/keys/{foreign}", headers=key_of(world))
    assert (response.status_code, error_of(response)) == (404, "API_KEY_NOT_FOUND")
