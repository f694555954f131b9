"""The examples of the vendor's text, one test each, with only base URL, key, ids and target hosts replaced."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import httpx
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.examples import answered, curl, differences
from tests.e2e.pagepixels.monitoring import Json, finished, form, listed, refused, until
from tests.pixels import BLUE, GREEN, RED, WHITE, load, near, pixel
from tests.site.ai import Model, answering
from tests.site.proxies import LocalProxy, proxying
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

ROVER = "/simple.html?article=Perseverance_(rover)"
HELICOPTER = "/infobox.html?article=Ingenuity_(helicopter)"
FLIGHTS = "#mw-content-text > div.mw-parser-output > table.infobox > tbody > tr:nth-child(24) > td"
EVERY_10_MINUTES = ("scheduled_screenshot=true", "scheduled_every=10", "scheduled_interval=minutes")

UUID = "ecc08b07-2aa1-4bbc-982c-d20d77b27cab"
JOB = "852b0be3675682c725e288c1"
EMBED = f"https://pagepixels.com/app/screenshots/{UUID}/embed"
LINK = f"https://cdn.pagepixels.com/{UUID}/a2413561f48729-1618718721393.jpg"
THUMBNAIL = f"https://cdn.pagepixels.com/{UUID}/thumb_a2413561f48729-1618718721393.jpg"

CREATED: Json = {"success": True, "screenshot_configuration_id": UUID, "embed_url": EMBED, "job_id": JOB}
SCHEDULED: Json = {
    "url": "https://en.wikipedia.org/wiki/Perseverance_(rover)",
    "scheduled_screenshot": True,
    "scheduled_every": 10,
    "scheduled_interval": "minutes",
}
SCREENSHOT: Json = {
    "direct_link": LINK,
    "direct_thumbnail_link": THUMBNAIL,
    "taken_at_timestamp": 1618718736,
    "job_id": JOB,
}
IDS: Json = {"last_job_id": JOB, "screenshot_config_id": UUID, "embed_url": EMBED}
CHANGES: Json = {
    "success": True,
    "change_notifications": [
        {
            "id": "da4b9237bacccdf19c0760cab7aec4a8359010b0",
            "screenshot_configuration_id": UUID,
            "previous_value": "18",
            "retrieved_value": "19",
            "config": {
                "type": "change",
                "selector": "#some-selector",
                "send_to": "webhook",
                "url": "http://example.com/webhook",
            },
            "sent_at": "1632624177263",
        }
    ],
}


@dataclass
class Providers:
    """What the stack is deployed with beside its defaults."""

    model: Model
    usa: LocalProxy


@pytest.fixture(scope="module")
def providers(stack: Stack) -> Iterator[Providers]:
    """A model with the five requests that its example needs, and a proxy in the USA."""
    secrets = boto3.client("secretsmanager", **stack.client_options)
    before = dict(stack.parameters)
    with answering() as model, proxying("http") as usa:
        pool = json.dumps({"USA": [usa.url], "Alabama": ["USA"], "Zimbabwe": ["USA"]})
        kept = {"pool": pool, "key": "k-from-secret"}
        arns = {
            name: secrets.create_secret(Name=f"{name}-{time.time_ns()}", SecretString=text)["ARN"]
            for name, text in kept.items()
        }
        stack.parameters |= {
            "LocationsSecretArn": arns["pool"],
            "AiProvider": "openai",
            "AiUrl": model.url,
            "AiModel": "looker",
            "AiKeySecretArn": arns["key"],
            "AiMonthlyLimit": "5",
        }
        stack.deploy()
        yield Providers(model, usa)
    stack.parameters = before
    stack.deploy()


def _key(api: Api) -> str:
    return f"access_token={api.account.private_key}"


def _created(api: Api, *data: str) -> Json:
    return answered(curl(api, "POST", "/screenshot_configs", *data, _key(api)), CREATED)


def _ids(made: Json) -> Json:
    """How `GET` shows the ids that creation answered with."""
    configuration_id = made["screenshot_configuration_id"]
    return {
        "last_job_id": made["job_id"],
        "screenshot_config_id": configuration_id,
        "embed_url": made["embed_url"],
    }


def _is_rover(response: httpx.Response) -> bool:
    """Whether it is the page's picture in the documented defaults."""
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg"), response.text[:500]
    image = load(response.content)
    return image.size == (1920, 1000) and near(pixel(image, 100, 50), RED) and near(pixel(image, 100, 150), BLUE)


def test_quick_snaps(api: Api, site: Site) -> None:
    """The text's "Quick Snaps": nothing but url and key, and the picture comes back."""
    assert _is_rover(curl(api, "GET", f"/snap?url={site.url(ROVER)}&{_key(api)}"))
    assert site.seen("/simple.html")[0].query == {"article": ["Perseverance_(rover)"]}
    assert api.used() == 1


def test_snap_custom_html(api: Api) -> None:
    """The text's "Snap Custom HTML": a picture of the heading in the query."""
    response = curl(api, "GET", f"/snap_html?html_content=<h1>Hello World</h1>&{_key(api)}")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    image = load(response.content)
    heading = image.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    assert (image.size, pixel(image, 1900, 980)) == ((1920, 1000), WHITE)
    assert heading is not None
    left, top, right, bottom = heading
    assert (left < 20, top < 60, 100 < right < 300, bottom < 80) == (True, True, True, True)


def test_ttl_parameter(api: Api, site: Site) -> None:
    """The text's "TTL Parameter": for ten minutes only the saved version is delivered, and it is not counted."""
    first, second = (curl(api, "GET", f"/snap?ttl=600&url={site.url(ROVER)}&{_key(api)}") for _ in range(2))
    assert _is_rover(first)
    assert first.content == second.content
    assert (len(site.seen("/simple.html")), api.used()) == (1, 1)
    assert 540 <= int(second.headers["cache-control"].removeprefix("private, max-age=")) <= 600


def test_public_web_pages(api: Api, site: Site) -> None:
    """The text's "Public Web Pages": the url's HMAC with the secret token, and the publishable key."""
    url_to_image = site.url(ROVER)
    hash_key = hmac.new(api.account.secret_token.encode(), url_to_image.encode(), hashlib.sha1).hexdigest()
    request = f"/snap?url={url_to_image}&hash_key={hash_key}&access_token={api.account.publishable_key}"
    assert _is_rover(curl(api, "GET", request))


def test_multi_step_screenshots(api: Api, site: Site) -> None:
    """The text's "Multi-Step Screenshots": fill in the search field and click the button before the screenshot."""
    actions = (
        '[{"type": "text_field", "selector": "#searchInput", "value": "perseverance rover"}, '
        '{"type": "click", "selector": "#search-form button"}]'
    )
    made = _created(api, f"url={site.url('/search.html')}", f"multi_step_actions={actions}")
    shot = finished(api, made["job_id"])["screenshot"]
    assert near(pixel(api.http.get(shot["direct_link"]).content, 100, 100), GREEN)
    assert site.seen("/results.html")[0].query == {"search": ["perseverance rover"]}


def test_change_notifications(api: Api, site: Site, receiver: Receiver) -> None:
    """The text's "Change Notifications": a watched number changes, and the webhook is told as the list shows it."""
    hook = receiver.url("/webhook")
    actions = f'[{{"type": "change", "selector": "{FLIGHTS}", "send_to": "webhook", "url": "{hook}"}}]'
    made = _created(api, f"url={site.url(HELICOPTER)}", *EVERY_10_MINUTES, f"multi_step_actions={actions}")
    finished(api, made["job_id"])
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    finished(api, form(api, "POST", f"{path}/capture")["job_id"])
    (posted,) = receiver.await_posts(1, within_s=90)
    assert (posted.path, posted.headers["content-type"].partition(";")[0]) == ("/webhook", "application/json")
    (change,) = listed(api, f"{path}/change_notifications")["change_notifications"]
    assert json.loads(posted.body) == change
    assert change["config"] == json.loads(actions)[0]
    form(api, "DELETE", path)


def _watched(api: Api, site: Site, changes: int, hook: str) -> tuple[str, Json]:
    """The id of a configuration that has found so many changes, and the action that it found them with."""
    action = {"type": "change", "selector": FLIGHTS, "send_to": "webhook", "url": hook}
    parameters = {"url": site.url(HELICOPTER), "wait": 0, "multi_step_actions": json.dumps([action])}
    made = form(api, "POST", "/screenshot_configs", **parameters)
    finished(api, made["job_id"])
    for _ in range(changes):
        job = form(api, "POST", f"/screenshot_configs/{made['screenshot_configuration_id']}/capture")
        finished(api, job["job_id"])
    return made["screenshot_configuration_id"], action


def test_list_change_notifications(api: Api, site: Site, receiver: Receiver) -> None:
    """The text's "List Change Notifications": what was there, what is there now, and when, the newest first."""
    configuration_id, action = _watched(api, site, 2, receiver.url("/webhook"))
    path = f"/screenshot_configs/{configuration_id}/change_notifications"
    newest, oldest = answered(curl(api, "GET", f"{path}?{_key(api)}&page=1"), CHANGES)["change_notifications"]
    assert oldest["previous_value"] != oldest["retrieved_value"] == newest["previous_value"]
    assert newest["previous_value"] != newest["retrieved_value"]
    assert int(newest["sent_at"]) > int(oldest["sent_at"])
    assert [(each["config"], each["screenshot_configuration_id"]) for each in (newest, oldest)] == [
        (action, configuration_id),
        (action, configuration_id),
    ]


def test_list_all_change_notifications(api: Api, site: Site, receiver: Receiver) -> None:
    """The text's "List All Change Notifications": those of every configuration."""
    made = [_watched(api, site, 1, receiver.url("/webhook"))[0] for _ in range(2)]
    answer = answered(curl(api, "GET", f"/change_notifications?{_key(api)}&page=1"), CHANGES)
    assert [each["screenshot_configuration_id"] for each in answer["change_notifications"]] == made[::-1]


def test_create_a_scheduled_screenshot(api: Api, site: Site) -> None:
    """The text's "Create a scheduled screenshot": an embed URL of our own host, and a first capture at once."""
    made = _created(api, *EVERY_10_MINUTES, f"url={site.url(ROVER)}")
    path = f"/app/screenshots/{made['screenshot_configuration_id']}/embed"
    assert made["embed_url"] == f"{str(api.http.base_url).rstrip('/')}{path}"
    shot = finished(api, made["job_id"])["screenshot"]
    assert _is_rover(api.http.get(shot["direct_link"]))
    shown = until(lambda: _shown(api, made["embed_url"]))
    assert shown == shot["direct_link"]


def _shown(api: Api, embed_url: str) -> str | None:
    location = api.http.get(embed_url).headers["location"]
    return location if location.endswith(".jpg") else None


def test_capture_the_next_screenshot(api: Api, site: Site) -> None:
    """The text's "Capture the next screenshot": another job, and the same embed URL."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(ROVER), wait=0)
    finished(api, made["job_id"])
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    documented = {"success": True, "job_id": JOB, "embed_url": EMBED}
    again = answered(curl(api, "POST", f"{path}/capture", _key(api)), documented)
    assert (again["embed_url"], again["job_id"] != made["job_id"]) == (made["embed_url"], True)
    assert finished(api, again["job_id"])["success"] is True
    assert (listed(api, path)["ids"]["last_job_id"], api.used()) == (again["job_id"], 2)


def test_get_screenshot_configuration(api: Api, site: Site) -> None:
    """The text's "Get screenshot configuration": the parameters as given, the ids, and milliseconds as a string."""
    before = time.time()
    made = _created(api, f"url={site.url(ROVER)}", *EVERY_10_MINUTES)
    documented = {"success": True, "config": SCHEDULED, "ids": IDS, "created_at": "1654986507120"}
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    found = answered(curl(api, "GET", f"{path}?{_key(api)}"), documented)
    assert found["config"] == SCHEDULED | {"url": site.url(ROVER)}
    assert found["ids"] == _ids(made)
    assert before - 1 < int(found["created_at"]) / 1000 < time.time() + 1


@pytest.mark.parametrize("turned_on", [("scheduled_screenshot=true",), ()])
def test_update_screenshot_configuration(api: Api, site: Site, turned_on: tuple[str, ...]) -> None:
    """Both of the text's "Update screenshot configuration" change what they name and keep the rest."""
    made = _created(api, f"url={site.url(ROVER)}", *EVERY_10_MINUTES)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    changed = curl(api, "PATCH", path, *turned_on, "scheduled_every=20", "wait=5000", _key(api)).json()
    expected = SCHEDULED | {"url": site.url(ROVER), "wait": "5000", "scheduled_every": 20}
    assert changed == {"success": True, "config": expected}
    assert listed(api, path)["config"] == expected


def test_check_a_screenshots_current_status(api: Api, site: Site) -> None:
    """The text's "Check a screenshot's current status": links to picture and thumbnail, and seconds as a number."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(ROVER), wait=0)
    finished(api, made["job_id"])
    response = curl(api, "GET", f"/jobs/{made['job_id']}?{_key(api)}")
    shot = answered(response, {"success": True, "screenshot": SCREENSHOT})["screenshot"]
    assert (shot["job_id"], abs(shot["taken_at_timestamp"] - time.time()) < 60) == (made["job_id"], True)
    assert _is_rover(api.http.get(shot["direct_link"]))
    assert load(api.http.get(shot["direct_thumbnail_link"]).content).size == (320, 167)
    assert api.used() == 1


def test_get_all_screenshots_from_a_configuration(api: Api, site: Site) -> None:
    """The text's "Get all screenshots from a configuration": newest first, page by page."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(ROVER), wait=0)
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    finished(api, made["job_id"])
    jobs = [made["job_id"]]
    for _ in range(2):
        jobs.insert(0, form(api, "POST", f"{path}/capture")["job_id"])
        finished(api, jobs[0])
    response = curl(api, "GET", f"{path}/screenshots?{_key(api)}&page=1")
    shots = answered(response, {"success": True, "screenshots": [SCREENSHOT]})["screenshots"]
    assert [shot["job_id"] for shot in shots] == jobs
    pages = [listed(api, f"{path}/screenshots", page=n, limit=1)["screenshots"] for n in (1, 2, 3, 4)]
    assert pages == [[shot] for shot in shots] + [[]]


def test_list_all_screenshot_configurations(api: Api, site: Site) -> None:
    """The text's "List all screenshot configurations": each as its own endpoint shows it, newest first."""
    key = {"Authorization": f"Bearer {api.account.private_key}"}
    plain, hovering = {"url": site.url(ROVER)}, {"url": site.url(ROVER), "hover_on_selected": True}
    made = [
        _created(api, *EVERY_10_MINUTES, f"url={site.url(ROVER)}"),
        answered(api.http.post("/screenshot_configs", json=hovering, headers=key), CREATED),
        _created(api, f"url={site.url(ROVER)}", "hover_on_selected=true"),
        _created(api, f"url={site.url(ROVER)}"),
    ]
    configs = [SCHEDULED | plain, hovering, plain | {"hover_on_selected": "true"}, plain]
    answer = curl(api, "GET", f"/screenshot_configs?{_key(api)}&page=1").json()
    found = answer["screenshot_configurations"]
    assert answer == {"success": True, "screenshot_configurations": found}
    for each, config, ids in zip(found[::-1], configs, made, strict=True):
        assert differences(each, {"config": config, "ids": IDS, "created_at": "1654986507120"}) == []
        assert (each["config"], each["ids"]) == (config, _ids(ids))
    created_at = [int(each["created_at"]) for each in found]
    assert created_at == sorted(created_at, reverse=True)
    oldest = listed(api, "/screenshot_configs", order="ASC", limit=1)["screenshot_configurations"]
    assert oldest == found[-1:]


def test_delete_the_screenshot_configuration(api: Api, site: Site, stack: Stack) -> None:
    """The text's "Delete the screenshot configuration": its pictures leave S3, its records the lists."""
    made = form(api, "POST", "/screenshot_configs", url=site.url(ROVER), wait=0, scheduled_every=20)
    link = finished(api, made["job_id"])["screenshot"]["direct_link"]
    path = f"/screenshot_configs/{made['screenshot_configuration_id']}"
    gone = curl(api, "DELETE", path, _key(api)).json()
    configuration = {"url": site.url(ROVER), "wait": "0", "scheduled_every": 20}
    assert gone == {"success": True, "deleted": True, "screenshot_configuration": configuration}
    for method in ("GET", "DELETE"):
        assert refused(api, method, path) == (404, "screenshot_configuration_not_found")
    until(lambda: True if api.http.get(link).status_code in (403, 404) else None)
    until(lambda: True if listed(api, "/screenshots")["screenshots"] == [] else None)
    assert refused(api, "GET", f"/jobs/{made['job_id']}") == (404, "screenshot_not_found")
    s3 = boto3.client("s3", **stack.client_options)
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=stack.outputs["BucketName"]).get("Contents", [])]
    assert not [key for key in keys if link.endswith(key)]


def test_list_all_screenshots_in_the_account(api: Api, site: Site) -> None:
    """The text's "List all screenshots in the account": those of every configuration, each with its owner's id."""
    made = [form(api, "POST", "/screenshot_configs", url=site.url(ROVER), wait=0) for _ in range(2)]
    for each in made:
        finished(api, each["job_id"])
    documented = {"success": True, "screenshots": [{"screenshot_configuration_id": UUID, **SCREENSHOT}]}
    shots = answered(curl(api, "GET", f"/screenshots?{_key(api)}&page=1"), documented)["screenshots"]
    owners = {shot["job_id"]: shot["screenshot_configuration_id"] for shot in shots}
    assert owners == {each["job_id"]: each["screenshot_configuration_id"] for each in made}


def test_ai_image_analysis_endpoint(api: Api, providers: Providers, site: Site) -> None:
    """The text's "AI Image Analysis Endpoint": two images and three prompts are three responses, and five requests."""
    sent = {
        "urls": [site.url("/png?color=ff0000"), site.url("/png?color=00ff00")],
        "prompts": [
            "What is the second image of?",
            "What is the first image of?",
            "Compare and contrast the two images.",
        ],
    }
    headers, path = {"Content-Type": "application/json"}, f"/ai/analyze?{_key(api)}"
    answer = api.http.post(path, content=json.dumps(sent), headers=headers)
    responses = [f"{prompt} (2 images) ✓" for prompt in sent["prompts"]]
    assert (answer.status_code, answer.json()) == (200, {**sent, "responses": responses})
    assert {(asked.key, asked.model) for asked in providers.model.asked} == {("k-from-secret", "looker")}
    again = api.http.post(path, content=json.dumps(sent), headers=headers)
    assert (again.status_code, again.json()["error_code"]) == (403, "usage_limit_exceeded")


def test_real_location_screenshots(api: Api, providers: Providers, site: Site) -> None:
    """The text's "Real Location Screenshots": the page is fetched by a server in the USA."""
    assert _is_rover(curl(api, "GET", f"/snap?url={site.url(ROVER)}&real_location=USA&{_key(api)}"))
    assert set(providers.usa.targets) == {f"127.0.0.1:{site.port}"}
    assert site.seen("/simple.html")


@pytest.mark.usefixtures("providers")
def test_list_all_real_locations(api: Api) -> None:
    """The text's "List All Real Locations": what is configured, in alphabetical order."""
    response = curl(api, "GET", f"/real_locations?{_key(api)}")
    locations = ["Alabama", "All", "Random", "USA", "Zimbabwe"]
    assert (response.status_code, response.json()) == (200, {"success": True, "results": locations})


def test_get_account_limits(api: Api, providers: Providers, site: Site) -> None:
    """The text's "Get Account Limits": this month's screenshots and bandwidth, and how many there may be."""
    api.account = api.accounts.create_account("limited", screenshot_limit=10_000)
    before = providers.usa.sent_bytes
    api.picture(site.url(ROVER), real_location="USA")
    documented = {
        "success": True,
        "results": {
            "screenshot_limit": 10000,
            "screenshot_current_month_usage": 420,
            "real_location_bandwidth_limit_in_bytes": 33554432,
            "real_location_bandwidth_current_month_usage_in_bytes": 12345678,
        },
    }
    results = answered(curl(api, "GET", f"/account_limits?{_key(api)}"), documented)["results"]
    received = providers.usa.sent_bytes - before
    assert received > 0
    assert list(results.values()) == [10_000, 1, 33_554_432, received]
