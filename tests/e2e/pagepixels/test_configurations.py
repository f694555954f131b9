"""PP9, PP11, PP12 and PP13 over HTTP, with real captures, beyond the examples of the text."""

from __future__ import annotations

import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import finished, form, listed, refused, until
from tests.pixels import load
from tests.site.server import Site

from pagelapse.monitoring.configurations import new_configuration_id

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"


def test_snaps_are_among_the_accounts_screenshots(api: Api, site: Site) -> None:
    """A snap is listed among the account's screenshots, with the empty id of no configuration; a cached one is not."""
    for _ in range(2):
        api.snap(site.url(PAGE), json="true")
    (shot,) = listed(api, "/screenshots")["screenshots"]
    assert shot["screenshot_configuration_id"] == ""
    assert api.http.get(shot["direct_link"]).content == api.snap(site.url(PAGE)).content
    assert api.http.get(shot["direct_thumbnail_link"]).status_code == 200


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


def test_an_update_takes_a_parameter_away(api: Api, site: Site) -> None:
    """A parameter that is sent empty in an update is gone, and the next picture is taken with the default."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(PAGE), wait=0, page_width=500)
    finished(api, made["job_id"])
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    assert form(api, "PATCH", path, page_width="")["config"] == {"url": site.url(PAGE), "wait": "0"}
    finished(api, form(api, "POST", f"{path}/capture")["job_id"])
    shots = listed(api, f"{path}/screenshots", order="ASC")["screenshots"]
    assert [load(api.http.get(shot["direct_link"]).content).width for shot in shots] == [500, 1920]


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
