"""PP15: real locations through the deployed stack, by what real proxies saw."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import become_due, tick
from tests.pixels import RED, pixel
from tests.site.proxies import PASSWORD, LocalProxy, proxying
from tests.site.server import Canary, Site

from pagelapse.adapters.monitor_items import ConfigurationItem
from pagelapse.adapters.table import UsageItem
from pagelapse.local.stack import Stack
from pagelapse.records import usage_month

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

LIMIT = 3000


@dataclass
class Pool:
    """What the stack is deployed with."""

    berlin: LocalProxy
    lisbon: LocalProxy


@pytest.fixture(scope="module")
def pool(stack: Stack) -> Iterator[Pool]:
    """Two proxies, whose pool is in Secrets Manager, and a small monthly limit."""
    with proxying("http") as berlin, proxying("socks5") as lisbon:
        text = json.dumps({"Berlin": [berlin.url], "Lisbon": [lisbon.url], "Europe": ["Berlin", "Lisbon"]})
        secrets = boto3.client("secretsmanager", **stack.client_options)
        arn = secrets.create_secret(Name=f"locations-{time.time_ns()}", SecretString=text)["ARN"]
        before = dict(stack.parameters)
        stack.parameters |= {"LocationsSecretArn": arn, "LocationMonthlyBytes": str(LIMIT)}
        stack.deploy()
        yield Pool(berlin, lisbon)
    stack.parameters = before
    stack.deploy()


def _picture(api: Api, site: Site, location: str, **more: str) -> bytes:
    return api.picture(site.url("/simple.html"), real_location=location, **more)


def test_a_capture_comes_from_the_location(api: Api, pool: Pool, site: Site) -> None:
    """Each location's own proxy fetches the page, over HTTP CONNECT and over SOCKS5; without one, none does."""
    target = f"127.0.0.1:{site.port}"
    assert pixel(_picture(api, site, "Berlin"), 100, 50) == RED
    assert (set(pool.berlin.targets), pool.lisbon.targets) == ({target}, [])
    assert pixel(_picture(api, site, "Lisbon"), 100, 50) == RED
    seen = len(pool.berlin.targets), len(pool.lisbon.targets)
    assert seen[1] > 0
    api.picture(site.url("/simple.html"))
    assert (len(pool.berlin.targets), len(pool.lisbon.targets)) == seen


def test_bytes_are_counted_and_end_at_the_limit(api: Api, pool: Pool, site: Site) -> None:
    """The month's bytes are those that the proxies sent, and the end of them is the vendor's error."""
    before = pool.berlin.sent_bytes
    refused = None
    for attempt in range(40):
        response = api.snap(site.url("/simple.html"), real_location="Berlin", ttl=0, css_inject=f"/* {attempt} */")
        if response.status_code != 200:
            refused = response
            break
    received = api.accounts.identify(api.account.private_key).location_bytes
    assert received == pool.berlin.sent_bytes - before >= LIMIT
    assert refused is not None
    assert (refused.status_code, refused.json()["error_code"]) == (403, "usage_limit_exceeded")
    assert api.snap(site.url("/simple.html"), ttl=0).status_code == 200


def test_a_configuration_captures_from_its_location(api: Api, pool: Pool, site: Site, stack: Stack) -> None:
    """A configuration's capture goes through its proxy, counted, and waits for the next month once that is used up."""
    before = pool.lisbon.sent_bytes
    url = site.url("/simple.html?from=configuration")
    schedule = {"scheduled_screenshot": True, "scheduled_every": 2, "scheduled_interval": "hours"}
    made = api.post("/screenshot_configs", {"url": url, "real_location": "Lisbon", **schedule}).json()
    deadline = time.monotonic() + 120
    while (answer := api.get(f"/jobs/{made['job_id']}")).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    assert answer.json()["screenshot"]["direct_link"]
    received = api.accounts.identify(api.account.private_key).location_bytes
    assert received == pool.lisbon.sent_bytes - before > 0
    usage = UsageItem.at(api.account.account.account_id, usage_month(time.time()))
    usage.update(actions=[UsageItem.location_bytes.set(LIMIT)])
    become_due(api, stack, made["screenshot_configuration_id"])
    assert tick(stack).get("failed", 0) == 0
    item = ConfigurationItem.at(api.account.account.account_id, made["screenshot_configuration_id"])
    item.refresh(consistent_read=True)
    assert (item.last_job_id, (item.due_at or 0) > time.time()) == (made["job_id"], True)
    refused = api.post("/screenshot_configs", {"url": url, "real_location": "Atlantis"})
    assert (refused.status_code, refused.json()["note"][:14]) == (400, "real_location:")


def test_a_refused_address_does_not_reach_the_proxy(api: Api, pool: Pool, canary: Canary) -> None:
    """The egress rule holds for captures from elsewhere too."""
    before = list(pool.lisbon.targets)
    response = api.snap(f"http://0.0.0.0:{canary.port}/", real_location="Lisbon")
    assert (response.status_code, response.json()["error_code"]) == (400, "missing_or_invalid_url")
    canary.settle()
    assert (canary.hits, pool.lisbon.targets) == (0, before)


@pytest.mark.usefixtures("pool")
def test_credentials_are_not_logged(stack: Stack) -> None:
    """Nothing that the stack wrote on the way holds a proxy's password."""
    log = stack.layout.log.read_text(errors="replace")
    assert PASSWORD not in log
    assert "p%40ss" not in log
