"""BS5 to BS7: hosting, sharing, deletion, account, instances and browsers through the deployed stack."""

from __future__ import annotations

import boto3
import httpx
import pytest
from tests.e2e.browshot.conftest import BUCKET, Api, Gallery, until
from tests.pixels import load

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_hosting(gallery: Gallery, stack: Stack) -> None:
    """Screenshots and thumbnails get public addresses, with us or in the caller's bucket; info lists them."""
    number, api = gallery.ids["phone"], gallery.api
    for hosting in ("browshot", "cdn"):
        answer = api.json("screenshot/host", id=number, hosting=hosting)
        assert answer == {"status": "ok", "url": answer["url"], "id": int(number)}
        assert load(httpx.get(answer["url"]).content).size == (320, 533)
    small = api.json("screenshot/host", id=number, hosting="s3", bucket=BUCKET, width=64, height=64)
    assert small["url"].endswith(f"/{BUCKET}/{number}-64-64.png")
    hosted = api.json("screenshot/info", id=number)["hosting"]
    assert {each["hosting"]: each["status"] for each in hosted} == dict.fromkeys(("browshot", "cdn", "s3"), "finished")
    s3 = boto3.client("s3", **stack.client_options)
    stored = s3.get_object(Bucket=BUCKET, Key=f"{number}-64-64.png")
    assert (load(stored["Body"].read()).size, stored["ContentType"]) == ((38, 64), "image/png")
    missing = api.json("screenshot/host", id=number, hosting="s3", bucket="nobodys-bucket")
    assert (missing["status"], missing["id"]) == ("error", int(number))


def test_hosting_with_the_order(gallery: Gallery, stack: Stack) -> None:
    """With hosting on create the thumbnail is in the caller's bucket without another call."""
    number = gallery.ids["embeds"]

    def hosted() -> dict[str, str] | None:
        return next(iter(gallery.api.json("screenshot/info", id=number).get("hosting", [])), None)

    told = until(hosted)
    expected = {"status": "finished", "hosting": "s3", "bucket": BUCKET, "width": "100"}
    assert told == expected | {"url": told["url"]}
    stored = boto3.client("s3", **stack.client_options).get_object(Bucket=BUCKET, Key=f"{number}-100.png")
    assert load(stored["Body"].read()).size == (100, 75)


def test_sharing_and_deleting(gallery: Gallery) -> None:
    """A shared page shows picture and note to everybody, until the image is deleted; then S3 has it no more."""
    number, api = gallery.ids["shared"], gallery.api
    shared = api.json("screenshot/share", id=number, note="this is <my> screenshot")
    assert shared == {"status": "ok", "url": shared["url"], "id": int(number)}
    page = httpx.get(shared["url"])
    assert (page.status_code, "this is &lt;my&gt; screenshot" in page.text) == (200, True)
    link = page.text.partition('<img src="')[2].partition('"')[0]
    assert load(httpx.get(link).content).size == (1024, 768)
    assert api.json("screenshot/delete", id=number, data="image,metadata") == {"status": "ok", "id": int(number)}
    assert (httpx.get(shared["url"]).status_code, api.json("screenshot/info", id=number)["started"]) == (404, "0")
    until(lambda: True if httpx.get(link).status_code in (403, 404) else None)
    invalid = api.json("screenshot/delete", id=10**9)
    assert invalid == {"status": "error", "error": "Invalid screenshot id", "id": 10**9}


def test_the_account(gallery: Gallery) -> None:
    """The account has its own browser and instance, its latest screenshots, and what it may do."""
    api = gallery.api
    found = api.json("account/info")
    assert [each["user_agent"] for each in found["browsers"]] == ["my custom agent"]
    assert [(each["width"], each["browser"]["javascript"]) for each in found["instances"]] == [("300", "0")]
    assert (len(found["screenshots"]), found["hosting_s3"], found["hosting_cdn"]) == (10, 1, "1")
    assert api.json("instance/info", id=3)["browser"]["name"] == "Internet Explorer 8"
    assert api.json("browser/info", id=6)["name"] == "Yahoo Slurp"
    assert {"12", "65"} <= {each["id"] for kind in api.json("instance/list").values() for each in kind}
    assert {"6", "11", "1000"} <= api.json("browser/list").keys()


def test_things_of_ones_own_by_post(api: Api) -> None:
    """A form makes a browser and an instance, told of as in the text; the next account has neither."""

    def post(path: str, **form: object) -> dict[str, object]:
        response = api.http.post(f"/api/v1/{path}", data={"key": api.account.private_key, **form})
        assert response.status_code == 200, response.text
        answer: dict[str, object] = response.json()
        return answer

    nothing = dict.fromkeys(("appname", "vendorsub", "appcodename", "platform", "vendor", "appversion"), "")
    assert post("browser/create", user_agent="my custom agent", mobile=0, flash=1, javascript=1) == {
        "name": "Custom browser", "user_agent": "my custom agent", **nothing,
        "javascript": "1", "mobile": "0", "flash": "1",
    }  # fmt: skip
    assert post("instance/create", width=1600, height=1200, browser_id=3) == {
        "width": "1600", "height": "1200", "type": "private", "id": "1000", "load": "0", "active": "1",
        "browser": {"id": "3", "name": "Internet Explorer 8", "javascript": "1", "mobile": "0", "flash": "0"},
        "screenshot_cost": "0", "country": "USA",
    }  # fmt: skip
    assert api.json("browser/info", id=1000)["user_agent"] == "my custom agent"
    api.account = api.accounts.create_account("stranger")
    for kind in ("instance", "browser"):
        assert post(f"{kind}/info", id=1000) == {"error": f"{kind.title()} not found", "status": "error"}
    assert (post("screenshot/list", limit=50), api.json("instance/list")["private"]) == ({}, [])
