"""PP9, PP11, PP12 and PP13 over HTTP, with real captures; the examples of the text are tests named after them."""

from __future__ import annotations

import re
import time

import boto3
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import finished, form, listed, refused, until
from tests.pixels import RED, pixel
from tests.site.server import Site

from pagelapse.local.stack import Stack
from pagelapse.monitoring.configurations import new_configuration_id

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"


def test_example_create_a_scheduled_screenshot(api: Api, site: Site) -> None:
    """The text's "Create a scheduled screenshot": the ids, the embed URL, and a first capture at once."""
    made = form(
        api, "POST", "/screenshot_configs",
        scheduled_screenshot="true", scheduled_every=10, scheduled_interval="minutes", url=site.url(PAGE),
    )  # fmt: skip
    assert set(made) == {"success", "screenshot_configuration_id", "embed_url", "job_id"}
    path = f"/app/screenshots/{made['screenshot_configuration_id']}/embed"
    assert made["embed_url"] == f"{str(api.http.base_url).rstrip('/')}{path}"
    assert re.fullmatch(r"[0-9a-f]{24}", made["job_id"])
    assert finished(api, made["job_id"])["success"] is True


def test_example_get_screenshot_configuration(api: Api, site: Site) -> None:
    """The text's "Get screenshot configuration": the parameters as given, the ids, and milliseconds as a string."""
    before = time.time()
    made = form(
        api, "POST", "/screenshot_configs",
        url=site.url(PAGE), scheduled_screenshot="true", scheduled_every=10, scheduled_interval="minutes",
    )  # fmt: skip
    found = listed(api, f"/screenshot_configs/{made['screenshot_configuration_id']}")
    assert set(found) == {"success", "config", "ids", "created_at"}
    assert found["config"] == {
        "url": site.url(PAGE),
        "scheduled_screenshot": True,
        "scheduled_every": 10,
        "scheduled_interval": "minutes",
    }
    assert found["ids"] == {
        "last_job_id": made["job_id"],
        "screenshot_config_id": made["screenshot_configuration_id"],
        "embed_url": made["embed_url"],
    }
    assert isinstance(found["created_at"], str)
    assert before - 1 < int(found["created_at"]) / 1000 < time.time() + 1


def test_example_update_screenshot_configuration(api: Api, site: Site) -> None:
    """The text's "Update screenshot configuration": both of its examples change what they name and keep the rest."""
    made = form(
        api, "POST", "/screenshot_configs",
        url=site.url(PAGE), scheduled_screenshot="true", scheduled_every=10, scheduled_interval="minutes",
    )  # fmt: skip
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    expected = {
        "url": site.url(PAGE),
        "wait": "5000",
        "scheduled_screenshot": True,
        "scheduled_every": 20,
        "scheduled_interval": "minutes",
    }
    changed = form(api, "PATCH", path, scheduled_screenshot="true", scheduled_every=20, wait=5000)
    assert changed == {"success": True, "config": expected}
    assert form(api, "PATCH", path, scheduled_every=20, wait=5000)["config"] == expected
    assert listed(api, path)["config"] == expected


def test_example_check_a_screenshots_current_status(api: Api, site: Site) -> None:
    """The text's "Check a screenshot's current status": links to the picture and its thumbnail, seconds as a number."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0, image_format="png")
    answer = finished(api, made["job_id"])
    assert set(answer) == {"success", "screenshot"}
    shot = answer["screenshot"]
    assert set(shot) == {"direct_link", "direct_thumbnail_link", "taken_at_timestamp", "job_id"}
    assert (shot["job_id"], abs(shot["taken_at_timestamp"] - time.time()) < 60) == (made["job_id"], True)
    assert pixel(api.http.get(shot["direct_link"]).content, 100, 50) == RED
    assert api.http.get(shot["direct_thumbnail_link"]).status_code == 200
    assert api.used() == 1


def test_example_capture_the_next_screenshot(api: Api, site: Site) -> None:
    """The text's "Capture the next screenshot": another job, the same embed URL, and never two at once."""
    made = form(api, "POST", "/screenshot_configs", url=site.url("/slow?s=1"), wait=0)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}/capture"
    assert refused(api, "POST", path) == (400, "screenshot_already_in_progress")
    assert refused(api, "GET", f"/jobs/{made['job_id']}") == (400, "screenshot_capturing_in_progress")
    finished(api, made["job_id"])
    again = form(api, "POST", path)
    assert set(again) == {"success", "job_id", "embed_url"}
    assert (again["embed_url"], again["job_id"] != made["job_id"]) == (made["embed_url"], True)
    assert finished(api, again["job_id"])["success"] is True
    assert listed(api, path.removesuffix("/capture"))["ids"]["last_job_id"] == again["job_id"]


def test_example_get_all_screenshots_from_a_configuration(api: Api, site: Site) -> None:
    """The text's "Get all screenshots from a configuration": newest first, page by page."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    finished(api, made["job_id"])
    jobs = [made["job_id"]]
    for _ in range(2):
        jobs.append(form(api, "POST", f"{path}/capture")["job_id"])
        finished(api, jobs[-1])
    shots = listed(api, f"{path}/screenshots", page=1)["screenshots"]
    assert [shot["job_id"] for shot in shots] == jobs[::-1]
    assert set(shots[0]) == {"direct_link", "direct_thumbnail_link", "taken_at_timestamp", "job_id"}
    pages = [listed(api, f"{path}/screenshots", page=n, limit=1)["screenshots"] for n in (1, 2, 3, 4)]
    assert [[shot["job_id"] for shot in page] for page in pages] == [[jobs[2]], [jobs[1]], [jobs[0]], []]


def test_example_list_all_screenshots_in_the_account(api: Api, site: Site) -> None:
    """The text's "List all screenshots in the account": those of every configuration, each with its owner's id."""
    made = [form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0) for _ in range(2)]
    for each in made:
        finished(api, each["job_id"])
    shots = listed(api, "/screenshots", page=1)["screenshots"]
    owners = {shot["job_id"]: shot["screenshot_configuration_id"] for shot in shots}
    assert owners == {each["job_id"]: each["screenshot_configuration_id"] for each in made}


def test_snaps_are_among_the_accounts_screenshots(api: Api, site: Site) -> None:
    """A snap is listed among the account's screenshots, with the empty id of no configuration; a cached one is not."""
    for _ in range(2):
        api.snap(site.url(PAGE), json="true")
    (shot,) = listed(api, "/screenshots")["screenshots"]
    assert shot["screenshot_configuration_id"] == ""
    assert api.http.get(shot["direct_link"]).content == api.snap(site.url(PAGE)).content
    assert api.http.get(shot["direct_thumbnail_link"]).status_code == 200


def test_example_list_all_screenshot_configurations(api: Api, site: Site) -> None:
    """The text's "List all screenshot configurations": each as its own endpoint shows it, newest first."""
    made = [form(api, "POST", "/screenshot_configs", url=site.url(PAGE), custom_title=f"no. {n}") for n in range(3)]
    found = listed(api, "/screenshot_configs", page=1)["screenshot_configurations"]
    ids = [each["screenshot_configuration_id"] for each in made]
    assert [each["ids"]["screenshot_config_id"] for each in found] == ids[::-1]
    assert set(found[0]) == {"config", "ids", "created_at"}
    oldest = listed(api, "/screenshot_configs", order="ASC", limit=1)["screenshot_configurations"]
    assert [each["ids"]["screenshot_config_id"] for each in oldest] == ids[:1]


def test_example_delete_the_screenshot_configuration(api: Api, site: Site, stack: Stack) -> None:
    """The text's "Delete the screenshot configuration": its pictures leave S3, its records the lists."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0)
    link = finished(api, made["job_id"])["screenshot"]["direct_link"]
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    gone = form(api, "DELETE", path)
    assert gone == {"success": True, "deleted": True, "screenshot_configuration": {"url": site.url(PAGE), "wait": "0"}}
    assert refused(api, "GET", path) == (404, "screenshot_configuration_not_found")
    assert refused(api, "DELETE", path) == (404, "screenshot_configuration_not_found")
    until(lambda: True if api.http.get(link).status_code in (403, 404) else None)
    until(lambda: True if listed(api, "/screenshots")["screenshots"] == [] else None)
    assert refused(api, "GET", f"/jobs/{made['job_id']}") == (404, "screenshot_not_found")
    s3 = boto3.client("s3", **stack.client_options)
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=stack.outputs["BucketName"]).get("Contents", [])]
    assert not [key for key in keys if link.endswith(key)]


def test_the_embed_url(api: Api, site: Site) -> None:
    """The embed URL needs no key, may be kept a minute, and shows the placeholder, then the newest picture."""
    made = form(
        api, "POST", "/screenshot_configs",
        url=site.url("/slow?s=2"), wait=0, placeholder_url="https://example.com/soon.png",
    )  # fmt: skip
    early = api.http.get(made["embed_url"])
    assert (early.status_code, early.headers["location"]) == (302, "https://example.com/soon.png")
    shot = finished(api, made["job_id"])["screenshot"]
    shown = until(lambda: api.http.get(made["embed_url"]) if _shows(api, made["embed_url"], shot) else None)
    assert (shown.status_code, shown.headers["cache-control"]) == (302, "public, max-age=60")


def _shows(api: Api, embed_url: str, shot: dict[str, str]) -> bool:
    return api.http.get(embed_url).headers["location"] == shot["direct_link"]


def test_the_bundled_placeholder(api: Api, site: Site) -> None:
    """Without a placeholder of one's own, the embed URL shows ours until the first picture."""
    made = form(api, "POST", "/screenshot_configs", url=site.url("/never"), wait=0)
    shown = api.http.get(made["embed_url"], follow_redirects=True)
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")
    unknown = api.http.get(f"/app/screenshots/{new_configuration_id()}/embed")
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "screenshot_configuration_not_found")


def test_a_failed_job_says_so(api: Api, site: Site) -> None:
    """A capture that fails is not counted, and its job answers as a snap of the page would."""
    made = form(api, "POST", "/screenshot_configs", url=site.url("/reset"), wait=0)
    assert finished(api, made["job_id"])["error_code"] == "missing_or_invalid_url"
    assert api.used() == 0


def test_other_accounts_ids_are_not_found(api: Api, site: Site) -> None:
    """Another account's configurations and jobs do not exist for this one."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0)
    finished(api, made["job_id"])
    api.account = api.accounts.create_account("stranger")
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    for method, where in (
        ("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/capture"),
        ("GET", f"{path}/screenshots"), ("GET", f"{path}/change_notifications"),
    ):  # fmt: skip
        assert refused(api, method, where) == (404, "screenshot_configuration_not_found")
    assert refused(api, "GET", f"/jobs/{made['job_id']}") == (404, "screenshot_not_found")


@pytest.mark.parametrize("path", ["/screenshot_configs", "/screenshots", "/change_notifications"])
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("page", "0", "invalid_page_number"),
        ("limit", "1001", "invalid_limit"),
        ("after", "yesterday", "invalid_after_date"),
        ("before", "-1", "invalid_before_date"),
    ],
)
def test_bad_paging(api: Api, path: str, name: str, value: str, code: str) -> None:
    """Each paging parameter has an error code of its own."""
    assert refused(api, "GET", path, **{name: value}) == (400, code)


@pytest.mark.parametrize(
    "schedule",
    [
        {"scheduled_screenshot": "true"},
        {"scheduled_screenshot": "true", "scheduled_every": "0", "scheduled_interval": "minutes"},
        {"scheduled_screenshot": "true", "scheduled_every": "5", "scheduled_interval": "fortnights"},
    ],
)
def test_bad_schedules(api: Api, schedule: dict[str, str]) -> None:
    """A schedule that makes no sense is refused with a note that says why."""
    data = {"access_token": api.account.private_key, "url": "https://example.com/", **schedule}
    response = api.http.post("/screenshot_configs", data=data)
    assert (response.status_code, response.json()["error_code"]) == (400, "invalid_schedule_provided")
    assert response.json()["note"].startswith("scheduled_")


def test_the_monthly_limit_stops_configurations(api: Api, site: Site) -> None:
    """With the month's screenshots used up nothing is created or captured."""
    api.account = api.accounts.create_account("limited", screenshot_limit=1)
    made = form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0)
    finished(api, made["job_id"])
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}/capture"
    assert refused(api, "POST", path) == (403, "usage_limit_exceeded")
    assert refused(api, "POST", "/screenshot_configs", url=site.url(PAGE)) == (403, "usage_limit_exceeded")
