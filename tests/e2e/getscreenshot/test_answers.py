"""GS4, GS5: the caller's own bucket, the webhook, the usage and the failures."""

from __future__ import annotations

import json
from datetime import date

import boto3
import httpx
import pytest
from tests.e2e.buckets import open_bucket
from tests.e2e.getscreenshot.conftest import KEYS, Api
from tests.pixels import load
from tests.site.receiver import Receiver
from tests.site.server import Site

from pagelapse.local.stack import Stack
from pagelapse.monitoring.webhooks import sign

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"


def _failure(response: httpx.Response) -> tuple[int, str, str]:
    body = response.json()
    assert set(body) == {"status", "message"}
    return response.status_code, body["status"], body["message"]


def test_the_callers_own_bucket(api: Api, site: Site, stack: Stack) -> None:
    """The picture is saved under the caller's name in the caller's bucket, and the answer links there."""
    s3 = boto3.client("s3", **stack.client_options)
    open_bucket(stack, "getscreenshots-customer", api.account.account.account_id)
    answer = api.answer(site.url(PAGE), s3bucket="getscreenshots-customer", s3name="shots/ä 1.png")
    assert set(answer) == KEYS
    assert answer["screenshotImage"].endswith("/getscreenshots-customer/shots/%C3%A4%201.png")
    found = s3.get_object(Bucket="getscreenshots-customer", Key="shots/ä 1.png")
    assert found["ContentType"] == "image/png"
    assert load(found["Body"].read()).size == (1280, 800)


def test_a_bucket_that_is_not_there(api: Api, site: Site) -> None:
    """A bucket that does not exist is said not to, by the parameter's name."""
    code, status, message = _failure(api.get(site.url(PAGE), s3bucket="no-such-bucket-anywhere"))
    assert (code, status, message) == (400, "failed", "s3bucket: does not exist")


def test_the_webhook(api: Api, site: Site, receiver: Receiver) -> None:
    """The very JSON of the answer is posted to the webhook, signed as all of our webhooks."""
    answers = [api.answer(site.url(PAGE), webhook=receiver.url("/hook"))]
    answers.append(api.get(site.url("/reset"), webhook=receiver.url("/hook")).json())
    posts = receiver.await_posts(2, within_s=60)
    assert sorted((json.loads(posted.body) for posted in posts), key=len) == sorted(answers, key=len)
    secret = api.accounts.webhook_secret(api.account.account.account_id)
    for posted in posts:
        timestamp = int(posted.headers["x-pagelapse-timestamp"])
        assert posted.headers["x-pagelapse-signature"] == sign(secret, timestamp, posted.body)


def test_usage(api: Api, site: Site) -> None:
    """The usage: what was captured, what is left and when it begins anew."""
    api.account = api.accounts.create_account("limited", screenshot_limit=2)
    params = {"apikey": api.account.private_key, "email": "john@doe.com"}
    api.answer(site.url(PAGE))
    answer = api.http.get("/v1/usage", params=params).json()
    assert date.fromisoformat(answer.pop("resetDate")).day == 1
    assert answer == {
        "status": "success", "usedQuota": 1, "remainingQuota": 1, "totalQuota": 2,
        "planName": "2 screenshots a month",
    }  # fmt: skip
    api.answer(site.url(PAGE))
    assert _failure(api.get(site.url(PAGE)))[:2] == (429, "denied")


def test_who_may_not_ask(api: Api, site: Site) -> None:
    """Without a key, with nobody's and with a publishable one: denied."""
    for key in ("", "5WjESjB72Rb2JC7frBf026kBgg82DaPQIOxc", api.account.publishable_key):
        assert _failure(api.get(site.url(PAGE), apikey=key))[:2] == (403, "denied")
        assert _failure(api.http.get("/v1/usage", params={"apikey": key}))[:2] == (403, "denied")
    assert site.seen(PAGE) == []
    good = api.http.get("/v1/get-screenshot/validate-key", params={"apikey": api.account.private_key})
    assert (good.status_code, good.json()["status"]) == (200, "success")


@pytest.mark.parametrize("url", ["", "nonsense", "http://169.254.169.254/latest/meta-data/"])
def test_urls_that_are_not_captured(api: Api, url: str) -> None:
    """Blank, malformed and private URLs fail, uncounted."""
    assert _failure(api.get(url))[:2] == (400, "failed")
    assert api.used() == 0


def test_parameters_are_named(api: Api, site: Site) -> None:
    """A bad parameter, and an element that is not there, are told by the parameter's name."""
    for given in ({"width": 0}, {"hidecookie": "perhaps"}, {"element": "#nothing"}):
        code, status, message = _failure(api.get(site.url(PAGE), **given))
        assert (code, status, message.partition(":")[0]) == (400, "failed", next(iter(given)))
    assert api.used() == 0


def test_unknown_paths_and_methods(api: Api) -> None:
    """Unknown paths: 404. Methods that the endpoint does not have: 405, POST among them."""
    assert _failure(api.http.get("/v1/get-screenshot/nowhere"))[:2] == (404, "failed")
    assert _failure(api.http.post("/v1/get-screenshot"))[:2] == (405, "failed")
