"""Account, instances and browsers."""

from __future__ import annotations

import pytest
from tests.dialects.browshot.conftest import CONTENT_MS, LOADED_MS, STARTED_MS, URL, Api

from pagelapse.services.definitions import MOST

BROWSER = {
    "name", "user_agent", "appname", "vendorsub", "appcodename", "platform", "vendor", "appversion", "javascript",
    "mobile", "flash",
}  # fmt: skip
INSTANCE = {"width", "height", "browser", "type", "id", "load", "screenshot_cost", "country"}
INSTANCE_BROWSER = {"id", "name", "javascript", "mobile", "flash"}


def test_the_account(api: Api) -> None:
    """account/info has the text's keys and types, numbers where it shows numbers."""
    api.world.limit(85)
    for number in range(11):
        api.taken(f"http://a.test/{number}")
    api.json("browser/create", name="Mine", user_agent="custom")
    api.json("instance/create", browser_id=1000)
    found = api.json("account/info")
    latest, *others = found.pop("screenshots")
    (browser,), (instance,) = found.pop("browsers"), found.pop("instances")
    assert found == {
        "balance": "74", "free_screenshots_left": "74", "private_instances": "1", "hosting_s3": 1, "hosting_cdn": "1",
        "hosting_browshot": "1",
    }  # fmt: skip
    key = api.world.new.private_key
    request_time, finished = latest.pop("request_time"), latest.pop("finished")
    assert (request_time.isdecimal(), isinstance(finished, int)) == (True, True)
    assert latest == {
        "width": "1024", "priority": "1", "status": "finished", "content": CONTENT_MS, "size": "screen",
        "url": "http://a.test/10", "id": "11", "screenshot_url": f"http://api.test/screenshot/image/11?key={key}",
        "load": LOADED_MS, "instance_id": "12", "height": "768", "response_code": 200,
        "final_url": "http://a.test/10", "content_type": "text/html", "scale": 1, "started": STARTED_MS,
    }  # fmt: skip
    assert len(others) == 9
    assert (browser.keys(), browser["mobile"], browser["javascript"]) == (BROWSER, 0, "0")
    assert (instance.keys(), instance["browser"]["id"]) == (INSTANCE, "1000")


def test_the_instances(api: Api) -> None:
    """instance/list has three kinds, and the ids of the vendor's examples among them."""
    found = api.json("instance/list")
    assert {kind: {each["type"] for each in each_kind} for kind, each_kind in found.items()} == {
        "shared": {"shared"}, "free": {"public"}, "private": set(),
    }  # fmt: skip
    assert {"3", "10", "11", "12"} <= {each["id"] for each in found["free"]}
    assert "65" in {each["id"] for each in found["shared"]}
    for each in found["free"] + found["shared"]:
        assert (each.keys(), each["browser"].keys()) == (INSTANCE, INSTANCE_BROWSER)
        texts = [value for value in (*each.values(), *each["browser"].values()) if not isinstance(value, dict)]
        assert all(isinstance(text, str) for text in texts)


def test_one_instance(api: Api) -> None:
    """instance/info tells of one, with active."""
    found = api.json("instance/info", id=3)
    assert found.keys() == INSTANCE | {"active"}
    assert (found["id"], found["width"], found["browser"]["name"]) == ("3", "1024", "Internet Explorer 8")


@pytest.mark.parametrize(
    ("path", "error"), [("instance/info", "Instance not found"), ("browser/info", "Browser not found")]
)
def test_what_there_is_not(api: Api, path: str, error: str) -> None:
    """An id that is nobody's, or another account's, is not found."""
    for number in (-1, 999, 1000):
        assert api.json(path, id=number) == {"error": error, "status": "error"}


def test_the_browsers(api: Api) -> None:
    """browser/list has the text's browsers under the text's ids, all values as strings."""
    found = api.json("browser/list")
    assert all(each.keys() == BROWSER for each in found.values())
    assert all(isinstance(value, str) for each in found.values() for value in each.values())
    slurp, nexus = api.json("browser/info", id=6), found["11"]
    assert slurp == found["6"]
    assert (slurp["name"], slurp["javascript"], slurp["mobile"]) == ("Yahoo Slurp", "0", "0")
    assert (nexus["name"], nexus["javascript"], nexus["mobile"]) == ("Android Nexus S", "1", "1")


def test_a_browser_of_ones_own(api: Api) -> None:
    """The text's example of a new browser: it is told of as created, listed, and the account's alone."""
    query = {"user_agent": "my custom agent", "mobile": 0, "flash": 1, "javascript": 1}
    expected = {
        "name": "Custom browser", "user_agent": "my custom agent", "appname": "", "vendorsub": "", "appcodename": "",
        "platform": "", "vendor": "", "appversion": "", "javascript": "1", "mobile": "0", "flash": "1",
    }  # fmt: skip
    assert api.json("browser/info", **query) == expected
    assert api.json("browser/create", **query) == expected
    assert [api.json("browser/list")[number] for number in ("1000", "1001")] == [expected, expected]
    other = api.world.accounts.create_account("other").private_key
    assert "1000" not in api.client.get("/api/v1/browser/list", params={"key": other}).json()


def test_an_instance_of_ones_own_changes_the_capture(api: Api) -> None:
    """An own screen with an own browser decides viewport, user agent, touch and scripts of the capture."""
    api.json("browser/create", user_agent="mine", mobile=1)
    made = api.json("instance/create", width=1600, height=1200, browser_id=1000)
    assert made.keys() == INSTANCE | {"active"}
    expected = ("1000", "1600", "private", "0", "0")
    assert tuple(made[name] for name in ("id", "width", "type", "load", "screenshot_cost")) == expected
    assert api.json("instance/list")["private"] == [{name: made[name] for name in INSTANCE}]
    told = api.taken(instance_id=1000, priority=2)
    options = api.last_job().options
    assert (options.viewport.width, options.viewport.height, options.user_agent) == (1600, 1200, "mine")
    assert (options.is_mobile, options.has_touch, options.java_script_enabled) == (True, True, False)
    assert (told["priority"], told["cost"], told["instance_id"]) == ("2", "0", "1000")


def test_the_texts_example_of_an_instance(api: Api) -> None:
    """instance/create?width=1600&height=1200&browser_id=3, and the defaults without them."""
    made = api.json("instance/create", width=1600, height=1200, browser_id=3)
    assert (made["width"], made["height"], made["browser"]["id"], made["active"]) == ("1600", "1200", "3", "1")
    made = api.json("instance/create")
    assert (made["width"], made["height"], made["id"]) == ("1024", "768", "1001")


def test_bad_instances(api: Api) -> None:
    """A screen beyond 2000 px is refused by name, an unknown browser in the text's words; both without a status."""
    assert api.json("instance/create", browser_id=999) == {"error": "Unknown browser ID."}
    for name, value in (("width", 2001), ("height", 0)):
        answer = api.malformed("instance/create", **{name: value})
        assert (set(answer), answer["error"].startswith(name)) == ({"error"}, True)


def test_there_is_a_limit_to_ones_own(api: Api) -> None:
    """An account may have so many browsers, and no more."""
    for _ in range(MOST):
        api.json("browser/create", user_agent="mine")
    refused = {"error": "You are not allowed to create more custom browsers.", "status": "error"}
    assert api.json("browser/create", user_agent="mine") == refused
    assert len([number for number in api.json("browser/list") if int(number) >= 1000]) == MOST


def test_a_shared_instance_costs_a_credit(api: Api) -> None:
    """Screenshots on shared instances cost a credit, those on free ones none."""
    assert (api.taken(URL, instance_id=65)["cost"], api.taken(URL)["cost"]) == ("1", "0")


def test_publishable_keys_are_refused(api: Api) -> None:
    """A publishable key opens none of this."""
    key = api.world.new.publishable_key
    for path in ("account/info", "screenshot/create", "instance/list"):
        assert api.client.get(f"/api/v1/{path}", params={"key": key, "url": URL}).status_code == 403
