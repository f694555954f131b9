"""Sharing, deletion and hosting."""

from __future__ import annotations

import base64
import hashlib

import pytest
from tests.dialects.browshot.conftest import URL, Api

from pagelapse.capture.jobs import Failure
from pagelapse.errors import ExportFailed
from pagelapse.services.configurations import Sweep

NOTE = '<script>alert(1)</script> & "friends"'


def test_a_public_page(api: Api) -> None:
    """A shared screenshot has a page that needs no key, runs no script and shows foreign words as text only."""
    page = f"{URL}?q=<b>"
    api.taken(page)
    answer = api.json("screenshot/share", id=1, note=NOTE)
    token = answer["url"].removeprefix("http://api.test/share/")
    assert answer == {"status": "ok", "url": f"http://api.test/share/{token}", "id": 1}
    shown = api.client.get(f"/share/{token}")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    style = shown.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = f"img-src https://pictures.test; style-src 'sha256-{digest}'"
    policy = f"default-src 'none'; {allowed}; frame-ancestors 'none'; sandbox"
    assert shown.headers["Content-Security-Policy"] == policy
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;friends&quot;" in shown.text
    assert '<img src="https://pictures.test/pictures/' in shown.text
    assert not [tag for tag in ("<script", "<b>", "href=", "style=") if tag in shown.text]
    assert api.world.new.private_key not in shown.text


def test_sharing_again_keeps_the_address(api: Api) -> None:
    """Sharing again gives the same page, with the new note."""
    api.create()
    first = api.json("screenshot/share", id=1, note="one")["url"]
    assert api.json("screenshot/share", id=1, note="two")["url"] == first
    text = api.client.get(first.removeprefix("http://api.test")).text
    assert ("two" in text, "one" in text) == (True, False)


@pytest.mark.parametrize("token", ["", "x", "0" * 22, "../x", "%00" * 22])
def test_pages_of_nobody(api: Api, token: str) -> None:
    """A made-up address is 404."""
    assert api.client.get(f"/share/{token}").status_code == 404


@pytest.mark.parametrize("path", ["share", "host"])
def test_only_what_is_there(api: Api, path: str) -> None:
    """What is not finished, has failed or was deleted is neither shared nor hosted."""
    more = {"hosting": "browshot"} if path == "host" else {}
    api.pause()
    api.create()
    expected = {"status": "error", "error": "Screenshot is not finished", "id": 1}
    assert api.json(f"screenshot/{path}", id=1, **more) == expected
    api.world.runner.failure = Failure(code="capture_failed", message="No.")
    api.run()
    assert api.json(f"screenshot/{path}", id=1, **more) == expected | {"error": "Screenshot failed previously"}
    api.world.runner.failure = None
    api.create(cache=0)
    api.run()
    api.json("screenshot/delete", id=2)
    assert api.json(f"screenshot/{path}", id=2, **more)["error"] == "Screenshot was deleted"


def test_deleting_the_image(api: Api) -> None:
    """By default the pictures go, and nothing else: from the answers, the public page and S3, thumbnails too."""
    api.create(html=1)
    token = api.json("screenshot/share", id=1)["url"]
    api.get("/api/v1/screenshot/thumbnail", id=1, width=10)
    keys = {key for key in api.world.pictures.objects if key.startswith("pictures/")}
    before = api.json("screenshot/info", id=1)
    assert api.json("screenshot/delete", id=1) == {"status": "ok", "id": 1}
    assert api.json("screenshot/info", id=1) == before | {"screenshot_url": ""}
    assert api.client.get(token.removeprefix("http://api.test")).status_code == 404
    assert api.get("/api/v1/screenshot/thumbnail", id=1).status_code == 404
    (sweep,) = [Sweep.model_validate_json(body) for body in api.world.sweep_queue.sent]
    assert (set(sweep.keys), sweep.configuration_id) == (keys, None)
    assert api.create()["id"] == "2"


def test_deleting_url_and_metadata(api: Api) -> None:
    """The url, where it led and what was embedded go together; so do times, form, cookie and referer."""
    api.create(post_data="a=b", cookie="a=1", referer=URL)
    api.json("screenshot/delete", id=1, data="url")
    found = api.json("screenshot/info", id=1, details=3)
    assert (found["url"], found["final_url"], found["images"], found["cookie"]) == ("", "", [], "a=1")
    api.json("screenshot/delete", id=1, data="metadata")
    found = api.json("screenshot/info", id=1)
    gone = ("post_data", "cookie", "referer")
    times = ("request_time", "started", "load", "content", "finished")
    assert [found[name] for name in gone + times] == [""] * 3 + ["0"] * 5
    assert api.get("/api/v1/screenshot/thumbnail", id=1).status_code == 200
    assert api.world.sweep_queue.sent == []


def test_parts_that_are_deleted_at_once(api: Api) -> None:
    """Two deletions that read the same order delete the parts of both."""
    api.create(cookie="a=1")
    order = api.world.orders.get(api.world.new.account.account_id, 1)
    api.world.order_pictures.erase(order, {"url"}, {"url"})
    api.world.order_pictures.erase(order, {"metadata"}, {"cookie"})
    found = api.json("screenshot/info", id=1)
    assert [found[name] for name in ("url", "final_url", "cookie", "started")] == ["", "", "", "0"]


def test_deleting_all(api: Api) -> None:
    """`all`, or all words with commas, leaves nothing that could be confidential."""
    for number, data in ((1, "all"), (2, "image,url,metadata")):
        api.create(cookie="a=secret", cache=0)
        api.json("screenshot/delete", id=number, data=data)
        order = api.world.orders.get(api.world.new.account.account_id, number)
        assert not [word for word in ("google", "secret", "logo") if word in repr(order)]


@pytest.mark.parametrize("data", ["everything", "image,", ","])
def test_what_to_delete(api: Api, data: str) -> None:
    """Only the text's words are understood."""
    api.create()
    status = api.get("/api/v1/screenshot/delete", id=1, data=data).status_code
    assert status == (200 if data == "image," else 403)


def test_what_is_in_progress_is_not_deleted(api: Api) -> None:
    """A screenshot must end before it can be deleted."""
    api.pause()
    api.create()
    assert api.json("screenshot/delete", id=1)["error"] == "Screenshot is not finished"


@pytest.mark.parametrize("hosting", ["browshot", "cdn"])
def test_hosting_with_us(api: Api, hosting: str) -> None:
    """A hosted screenshot or thumbnail has a public address, which info tells."""
    api.create()
    answer = api.json("screenshot/host", id=1, hosting=hosting)
    assert answer == {"status": "ok", "url": answer["url"], "id": 1}
    assert answer["url"].startswith("https://pictures.test/pictures/")
    small = api.json("screenshot/host", id=1, hosting=hosting, width=200, height=100)
    assert small["url"] != answer["url"]
    assert api.json("screenshot/info", id=1)["hosting"] == [
        {"status": "finished", "url": answer["url"], "hosting": hosting},
        {"status": "finished", "url": small["url"], "hosting": hosting, "width": "200", "height": "100"},
    ]


def test_hosting_in_a_bucket(api: Api) -> None:
    """The text's example: the screenshot is copied into the caller's bucket, under its number or the name given."""
    api.create()
    bucket = "my_browshot_bucket_name"
    answer = api.json("screenshot/host", id=1, hosting="s3", bucket=bucket)
    assert answer == {"status": "ok", "url": f"https://{bucket}.s3.test/1.png", "id": 1}
    api.json("screenshot/host", id=1, hosting="s3", bucket=bucket, width=640, height=480)
    api.json("screenshot/host", id=1, hosting="s3", bucket=bucket, file="a/b.png", scale=0.5)
    assert [name for _, _, name, _ in api.world.foreign.put_] == ["1.png", "1-640-480.png", "a/b.png"]
    last = api.json("screenshot/info", id=1)["hosting"][-1]
    assert last == {
        "status": "finished", "url": f"https://{bucket}.s3.test/a/b.png", "hosting": "s3", "scale": "0.5",
        "bucket": bucket, "file": "a/b.png",
    }  # fmt: skip


def test_a_bucket_that_does_not_let_us(api: Api) -> None:
    """When the bucket refuses, the answer says so, in the text's form."""
    api.create()
    api.world.foreign.refuse = ExportFailed("does not let us write", option="bucket")
    answer = api.json("screenshot/host", id=1, hosting="s3", bucket="mine")
    assert answer == {"status": "error", "error": "bucket: does not let us write", "id": 1}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"hosting": "s3"}, "bucket"),
        ({"hosting": "ftp"}, "hosting"),
        ({}, "hosting"),
        ({"hosting": "cdn", "width": 0}, "width"),
    ],
)
def test_bad_hosting_is_named(api: Api, more: dict[str, object], name: str) -> None:
    """What can't be hosted is refused by the parameter at fault."""
    api.create()
    answer = api.malformed("screenshot/host", id=1, **more)
    assert (answer["error"].partition(":")[0], answer["id"]) == (name, 1)


def test_hosting_with_the_order(api: Api) -> None:
    """With hosting on create the thumbnail is made at once, and info tells where it is."""
    found = api.taken(hosting="browshot", hosting_width=200)
    (hosted,) = found["hosting"]
    assert hosted == {"status": "finished", "url": hosted["url"], "hosting": "browshot", "width": "200"}
    assert hosted["url"].endswith("_200x.jpg")
    assert api.world.runner.thumbnail_jobs == []


def test_hosting_in_a_bucket_with_the_order(api: Api) -> None:
    """With hosting=s3 on create the copy is made as soon as the screenshot is there, or marked as an error."""
    found = api.taken(hosting="s3", hosting_bucket="mine", hosting_file="x.png")
    (hosted,) = found["hosting"]
    assert (hosted["status"], hosted["url"]) == ("finished", "https://mine.s3.test/x.png")
    api.world.foreign.refuse = ExportFailed("no", option="bucket")
    found = api.taken(cache=0, hosting="s3", hosting_bucket="mine")
    assert found["hosting"] == [{"status": "error", "url": "", "hosting": "s3", "bucket": "mine"}]


def test_hosting_a_screenshot_of_the_cache(api: Api) -> None:
    """A screenshot that is found in the cache is hosted too."""
    api.create()
    again = api.create(hosting="s3", hosting_bucket="mine")
    assert (again["id"], [each["url"] for each in again["hosting"]]) == ("1", ["https://mine.s3.test/1.png"])
