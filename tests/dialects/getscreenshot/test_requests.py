"""GetScreenshot's requests and answers, over fakes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from httpx import Response
from tests.dialects.client import Client
from tests.dialects.getscreenshot.contract import KEYS
from tests.monitor_fakes import MemoryQueue
from tests.services.test_exports import MemoryForeign
from tests.world import World

from pagelapse import services
from pagelapse.capture.actions import Click, ClickPoint
from pagelapse.capture.jobs import Failure
from pagelapse.capture.options import CaptureOptions, Cookie, Credentials, Viewport
from pagelapse.dialects.getscreenshot.params import COSMETIC
from pagelapse.dialects.getscreenshot.presets import PRESETS
from pagelapse.monitoring.webhooks import Delivery
from pagelapse.services.exports import Exports

URL = "https://example.com/"
ROLE = "arn:aws:iam::123456789012:role/pictures"


@pytest.fixture
def foreign(world: World, monkeypatch: pytest.MonkeyPatch) -> MemoryForeign:
    """Other people's buckets."""
    made = MemoryForeign()
    monkeypatch.setattr(services, "exports", lambda: Exports(world.pictures, made))
    return made


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> MemoryQueue:
    """The queue of webhooks."""
    made = MemoryQueue()
    monkeypatch.setattr(services, "notices", lambda: made)
    return made


def _get(client: Client, world: World, **params: Any) -> Response:
    return client.get("/v1/get-screenshot", params={"apikey": world.new.private_key, "url": URL, **params})


def _options(client: Client, world: World, **params: Any) -> CaptureOptions:
    response = _get(client, world, **params)
    assert response.status_code == 200, response.text
    return world.runner.jobs[-1].options


def test_every_parameter_has_its_place_in_the_capture(client: Client, world: World) -> None:
    """Each parameter that changes the picture reaches the capture under the capture's own name."""
    options = _options(
        client, world, format="webp", width=1200, height=700, fullpage="true", devicefactor=2, element="#colordiv",
        customjs="a()", customcss="b {}", hideelement=".ads, #popup", cookie="session,31239e812", timewait=5000,
        waituntil="networkidle0", authuser="ada", authpassword="secret",
    )  # fmt: skip
    assert (options.viewport, options.device_scale_factor) == (Viewport(width=1200, height=700), 2)
    assert (options.type, options.full_page, options.selector) == ("webp", True, "#colordiv")
    assert (options.last_scripts, options.style, options.hide) == (("a()",), "b {}", (".ads, #popup",))
    assert options.cookies == (Cookie(name="session", value="31239e812"),)
    assert (options.delay_ms, options.wait_until, options.scroll) == (5000, "networkidle", True)
    assert options.http_credentials == Credentials(username="ada", password="secret")


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("[20,10]", ClickPoint(type="click_point", x=20, y=10)),
        ("[ 20.5 , 10 ]", ClickPoint(type="click_point", x=20.5, y=10)),
        ("#demobtn", Click(type="click", selector="#demobtn")),
        ("[name=go]", Click(type="click", selector="[name=go]")),
    ],
)
def test_a_click_is_a_point_or_an_element(client: Client, world: World, text: str, action: Click | ClickPoint) -> None:
    """`click` takes coordinates in brackets, and a selector otherwise."""
    assert _options(client, world, click=text).actions == (action,)


@pytest.mark.parametrize("text", ["session,a=b=c", "session = a=b=c", "session,a=b=c; other=1"])
def test_cookies(client: Client, world: World, text: str) -> None:
    """A cookie is written as `name,value`, or as in a Cookie header; its value may hold what it likes."""
    if "other" in text:
        assert _get(client, world, cookie=text).status_code == 400
    else:
        assert _options(client, world, cookie=text).cookies == (Cookie(name="session", value="a=b=c"),)


def test_a_preset_is_a_device(client: Client, world: World) -> None:
    """A device's preset brings its size, its pixels, its touch screen and its user agent, whatever size was sent."""
    options = _options(client, world, preset="iphonex", width=1000, height=1000)
    assert (options.viewport, options.device_scale_factor) == (Viewport(width=375, height=812), 3)
    assert (options.is_mobile, options.has_touch) == (True, True)
    assert "iPhone" in (options.user_agent or "")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_captured(client: Client, world: World, preset: str) -> None:
    """Each of the vendor's presets is a screen that can be captured; one without a device is an ordinary browser."""
    options = _options(client, world, preset=preset)
    assert options.viewport == PRESETS[preset].viewport()
    assert options.is_mobile == (options.user_agent is not None)


def test_a_presets_height_stands_unless_told_otherwise(client: Client, world: World) -> None:
    """With a preset `fullpage` counts only together with `noheight`; `devicefactor` counts always."""
    given = {"preset": "wvga", "fullpage": "true", "devicefactor": 2}
    assert _options(client, world, **given).full_page is False
    options = _options(client, world, **given, noheight="true")
    assert (options.full_page, options.device_scale_factor) == (True, 2)


def test_a_pdf(client: Client, world: World) -> None:
    """`pdf` prints on the paper asked for, and answers under the name that clients look for."""
    options = _options(client, world, pdf="true", pdfpaper="letter", format="jpeg")
    assert (options.output, options.pdf_format) == ("pdf", "Letter")
    answer = _get(client, world, pdf="true").json()
    assert set(answer) == KEYS | {"screenshotPDF"}
    assert answer["screenshotPDF"] == answer["screenshotImage"]


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"pdf": "true", "pdfpaper": "napkin"}, "pdfpaper"),
        ({"pdf": "true", "element": "#a"}, "element"),
        ({"waituntil": "tomorrow"}, "waituntil"),
        ({"cookie": "nonsense"}, "cookie"),
        ({"webhook": "ftp://example.com"}, "webhook"),
        ({"authpassword": "x"}, "authuser"),
        ({"authuser": "a:b", "authpassword": "x"}, "authuser"),
        ({"hidemsg": "true"}, "hidemsg"),
        ({"hidecookie": "true"}, "hidecookie"),
        ({"forcetr": "true"}, "forcetr"),
        ({"email": "john@example.com"}, "email"),
        ({"bplogin": "https://example.com,a,b,c,d"}, "bplogin"),
        ({"s3name": "a.png"}, "s3name"),
        ({"s3bucket": "no"}, "s3bucket"),
        ({"s3bucket": "bucket", "s3name": "../a.png"}, "s3name"),
        ({"s3bucket": "bucket", "s3role": "me"}, "s3role"),
    ],
)
def test_what_can_not_be_done_is_refused_by_name(
    client: Client, world: World, params: dict[str, str], name: str
) -> None:
    """A parameter that can't be honoured is refused by its own name, and nothing is captured."""
    response = _get(client, world, **params)
    assert (response.status_code, response.json()["status"]) == (400, "failed")
    assert response.json()["message"].startswith(f"{name}: ")
    assert world.runner.jobs == []


@pytest.mark.parametrize("name", COSMETIC)
def test_what_changes_nothing_is_accepted(client: Client, world: World, name: str) -> None:
    """Parameters without a meaning here change nothing."""
    _get(client, world)
    assert _options(client, world, **{name: "true"}) == world.runner.jobs[0].options


def test_nothing_is_served_from_the_store(client: Client, world: World) -> None:
    """Each call is a new capture, and nobody may keep the answer."""
    links = [_get(client, world) for _ in range(2)]
    assert len({link.json()["screenshotImage"] for link in links}) == len(world.runner.jobs) == 2
    assert links[0].headers["Cache-Control"] == "no-store"


def test_the_picture_is_kept_for_30_days(client: Client, world: World) -> None:
    """The picture lies where the bucket keeps things for 30 days, and its record is no other dialect's."""
    _get(client, world)
    (job,) = world.runner.jobs
    assert job.key_prefix.startswith("pictures/30d/")
    assert world.snap(job.options).source == "captured"
    assert not world.runner.jobs[-1].key_prefix.startswith("pictures/30d/")


def test_the_answer_tells_the_size_of_the_picture(client: Client, world: World) -> None:
    """Width and height are the picture's own, and the URL is the one that was sent."""
    answer = _get(client, world).json()
    assert (answer["status"], answer["url"], answer["width"], answer["height"]) == ("success", URL, 1, 1)


def test_a_copy_in_the_callers_bucket(client: Client, world: World, foreign: MemoryForeign) -> None:
    """With `s3bucket` the answer links to the copy there; ours is gone after a day."""
    answer = _get(client, world, s3bucket="bucket", s3name="a/b.png", s3role=ROLE).json()
    assert answer["screenshotImage"] == "https://bucket.test/a/b.png"
    assert foreign.objects["bucket", "a/b.png"] == world.runner.jobs[0].job_id.encode()
    assert foreign.asked == [(world.new.account.account_id, "image/png", ROLE)]
    assert world.runner.jobs[0].key_prefix.startswith("pictures/1d/")


def test_a_copy_without_a_name(client: Client, world: World, foreign: MemoryForeign) -> None:
    """Without `s3name` the copy has a name that nobody can guess, with the right ending."""
    for given, ending in (({"format": "jpeg"}, ".jpg"), ({"pdf": "true"}, ".pdf"), ({}, ".png")):
        assert _get(client, world, s3bucket="bucket", **given).json()["screenshot"].endswith(ending)
    assert len({name for _, name in foreign.objects}) == 3


def test_the_answer_goes_to_the_webhook(client: Client, world: World, notices: MemoryQueue) -> None:
    """The webhook gets the very JSON of the answer, of a capture that failed too; without one nobody is told."""
    answers = [_get(client, world, webhook="https://hooks.example.com/x")]
    world.runner.failure = Failure(code="target_unreachable", message="It broke off.")
    answers.append(_get(client, world, webhook="https://hooks.example.com/x"))
    deliveries = [Delivery.model_validate_json(body) for body in notices.sent]
    assert [delivery.payload for delivery in deliveries] == [answer.json() for answer in answers]
    assert {delivery.url for delivery in deliveries} == {"https://hooks.example.com/x"}
    assert {delivery.account_id for delivery in deliveries} == {world.new.account.account_id}
    assert answers[1].json() == {"status": "failed", "message": "It broke off."}


def test_usage(client: Client, world: World) -> None:
    """The usage tells what was captured and what is left; an unlimited account has no quota."""
    _get(client, world)
    params = {"apikey": world.new.private_key, "email": "john@doe.com"}
    answer = client.get("/v1/usage", params=params).json()
    assert set(answer) == {"status", "usedQuota", "remainingQuota", "totalQuota", "planName", "resetDate"}
    assert (answer["usedQuota"], answer["remainingQuota"], answer["totalQuota"]) == (1, None, None)
    world.limit(5)
    answer = client.get("/v1/usage", params=params).json()
    assert (answer["usedQuota"], answer["remainingQuota"], answer["totalQuota"]) == (1, 4, 5)
    assert answer["resetDate"].endswith("-01")


def test_the_key_can_be_validated(client: Client, world: World) -> None:
    """The vendor's own client asks whether a key is good; a publishable one is not, here."""
    for key, status in ((world.new.private_key, 200), (world.new.publishable_key, 403), ("x", 403)):
        assert client.get("/v1/get-screenshot/validate-key", params={"apikey": key}).status_code == status
        assert client.get("/v1/usage", params={"apikey": key}).status_code == status


def test_a_highlight_comes_before_the_callers_script(client: Client, world: World) -> None:
    """A phrase to highlight can hold anything, and its script runs before the caller's own."""
    phrase = 'it\'s "</script>" \\ ${x}'
    first, second = _options(client, world, highlight=phrase, customjs="a()").last_scripts
    assert second == "a()"
    assert first.endswith(f"({json.dumps(phrase)})")
