"""NX2 over HTTP: whatever a caller or a page names, nothing private hears of it, in any dialect."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest
from tests.e2e.trust.conftest import VENDORS, Attempt, NewAccounts, Vendor, said
from tests.site.hostile import LEAVING, MORE_VECTORS, NEVER_REACHED, NO_PAGES, SPELLINGS, VECTORS, HostileSite
from tests.site.server import Canary

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

AT_ONCE = 2
REFUSALS = ("is not an address that this deployment may reach", "Invalid or blank URL sent")
"""How an answer says it; the second is SavePage's, whose vendor has no other words."""
JOBS = 10
"""Bulk jobs that an account may make in an hour."""


REDIRECTS = (301, 302, 303, 307, 308)
OWN = ("127.0.0.1", "localhost", "2130706433", "LOCALHOST.", "127.1", "localhost.", "LOCALHOST")
"""Spellings of the address at which the emulator gives everything away."""


def _side_by_side(ask: Callable[[str], httpx.Response], values: Iterable[str]) -> dict[str, httpx.Response]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(threads.map(lambda value: (value, ask(value)), values))


def _is_refused(response: httpx.Response) -> bool:
    return 400 <= response.status_code < 500 and any(words in said(response) for words in REFUSALS)


def _spelled(canary: Canary) -> list[str]:
    return [f"{host}:{canary.port}" for host in SPELLINGS]


@pytest.mark.parametrize(("number", "vendor"), list(enumerate(VENDORS)))
def test_private_pages_are_refused(
    http: httpx.Client,
    stack: Stack,
    new_account: NewAccounts,
    hostile: HostileSite,
    silence: Canary,
    attempt: Attempt,
    number: int,
    vendor: str,
) -> None:
    """A page on a refused address is the caller's error in every notation, and behind every redirect."""
    private = [f"http://{host}/" for host in _spelled(silence)]
    redirects = [hostile.redirect(private[0], status) for status in REDIRECTS]
    never = [f"http://{host}/" for host in NEVER_REACHED]
    emulator = httpx.URL(stack.ports.aws_url).port
    own = [f"http://{host}:{emulator}/" for host in OWN]
    urls = [url for kind in (private, redirects, never, own) for url in kind[number :: len(VENDORS)]]
    names = [
        [*SPELLINGS],
        [f"redirect {status}" for status in REDIRECTS],
        [*NEVER_REACHED],
        [f"the emulator at {host}" for host in OWN],
    ]
    attempt(f"{vendor}'s page", [name for kind in names for name in kind[number :: len(VENDORS)]])
    key = new_account().private_key
    answers = _side_by_side(lambda url: VENDORS[vendor].capture(http, key, url), urls)
    assert [url for url, answer in answers.items() if not _is_refused(answer)] == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_hostile_pages_reach_nothing_private(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, silence: Canary, attempt: Attempt, vendor: str
) -> None:
    """A page that tries everything at once is pictured, and one that leaves for a refused address is not followed."""
    hosts = [f"127.0.0.2:{silence.port}", f"[::1]:{silence.port}"]
    every = hostile.add_every_vector("/every", *hosts, spelled=_spelled(silence))
    attempt(
        f"a page by {vendor}", {*VECTORS, *MORE_VECTORS, *(f"frame at {host}" for host in SPELLINGS), "Link header"}
    )
    leaving = hostile.add("/leaving", f"<!doctype html>{hostile.vector(LEAVING[0], hosts[0])}")
    refresh = hostile.add("/refresh", "<!doctype html>", Refresh=f"0;url=http://{hosts[0]}/")
    key, asks = new_account().private_key, VENDORS[vendor]
    answers = _side_by_side(lambda url: asks.capture(http, key, url, **asks.delay), [every, leaving, refresh])
    assert (answers[every].status_code, "/every" in hostile.asked) == (200, True), said(answers[every])


def test_hostile_pages_would_be_heard(http: httpx.Client, new_account: NewAccounts, hostile: HostileSite) -> None:
    """The same page reaches what it may, by most of the same vectors, so that the silence means something."""
    page = hostile.add_every_vector("/heard", f"localhost:{hostile.port}")
    http.get("/snap", params={"access_token": new_account().private_key, "url": page, "wait": 3000, "ttl": 0})
    assert {"/image/", "/frame/", "/fetch/", "/websocket/", "/worker/", "/shared-worker/", "/service-worker/"} <= {
        *hostile.asked
    }


def test_callers_words_reach_nothing_private(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, silence: Canary, attempt: Attempt
) -> None:
    """Documents, scripts, styles and actions of a caller's reach nothing that a page could not."""
    attempt("a caller's document", ("image", "frame", "fetch", "WebSocket", "worker", "popup"))
    attempt("a caller's script", ("fetch", "WebSocket", "popup"))
    attempt("a caller's style", ("style import", "background"))
    attempt("an action", ("redirect", "fetch"))
    host = f"127.0.0.2:{silence.port}"
    document = "".join(
        hostile.vector(name, host) for name in ("image", "frame", "fetch", "WebSocket", "worker", "popup")
    )
    script = f"fetch('http://{host}/', {{mode: 'no-cors'}}); new WebSocket('ws://{host}/'); open('http://{host}/')"
    style = f"@import url(http://{host}/); body {{ background: url(http://{host}/) }}"
    page = hostile.add("/plain", "<!doctype html><p>plain")
    actions = [{"type": "redirect", "value": f"http://{host}/"}, {"type": "javascript", "value": script}]
    account = new_account().private_key
    pagepixels: dict[str, Any] = {"access_token": account, "wait": 300}
    getscreenshot: dict[str, Any] = {
        "apikey": account,
        "url": page,
        "timewait": 300,
        "customjs": script,
        "customcss": style,
    }
    requests: list[tuple[str, dict[str, Any]]] = [
        ("/snap_html", pagepixels | {"html_content": document}),
        ("/snap", pagepixels | {"url": page, "js_inject": script, "css_inject": style}),
        *(("/snap", pagepixels | {"url": page, "multi_step_actions": [action]}) for action in actions),
    ]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        posts = threads.map(lambda request: http.post(request[0], json=request[1]), requests)
        last = threads.submit(http.get, "/v1/get-screenshot", params=getscreenshot)
        statuses = [answer.status_code for answer in (*posts, last.result())]
    assert statuses == [200, 200, 400, 200, 200]


def test_scripts_of_browshots_are_not_read(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, silence: Canary, attempt: Attempt
) -> None:
    """The address of a script is refused by its parameter's name, in every notation and behind a redirect."""
    attempt("browshot's script", (*SPELLINGS, *(f"redirect {status}" for status in REDIRECTS)))
    private = [f"http://{host}/" for host in _spelled(silence)]
    urls = [*private, *(hostile.redirect(private[0], status) for status in (301, 302, 303, 307, 308))]
    given = {"key": new_account().private_key, "url": hostile.url("/plain")}
    answers = _side_by_side(lambda url: http.get("/api/v1/screenshot/create", params=given | {"script": url}), urls)
    told = {url: answer.json().get("error", "") for url, answer in answers.items()}
    assert {url: text for url, text in told.items() if not text.startswith("script: ")} == {}


def test_sitemaps_are_not_read(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, silence: Canary, attempt: Attempt
) -> None:
    """A site, a sitemap, what `robots.txt` and an index name, and what they redirect to: none is read in private."""
    attempt("a sitemap", (*SPELLINGS, "named by robots.txt", "named by an index", "redirect 301", "redirect 302"))
    private = [f"http://{host}/sitemap.xml" for host in _spelled(silence)]
    index = f"<sitemapindex><sitemap><loc>{private[0]}</loc></sitemap></sitemapindex>"
    hostile.add(
        "/robots.txt", f"Sitemap: {private[0]}\nSitemap: {hostile.url('/index.xml')}\n", Content_Type="text/plain"
    )
    hostile.add("/index.xml", index)
    hostile.add("/sitemap.xml", status=302, Location=private[0])
    asked = [{"sitemap_url": url} for url in [*private, hostile.url("/index.xml"), hostile.redirect(private[0], 301)]]
    asked += [{"url": url} for url in [*private[::8], hostile.base]]
    keys = [new_account().private_key for _ in range(len(asked) // JOBS + 1)]

    def create(number: str) -> httpx.Response:
        headers = {"X-API-Key": keys[int(number) // JOBS]}
        return http.post("/api/v1/bulk-screenshot", json=asked[int(number)], headers=headers)

    answers = _side_by_side(create, [str(number) for number in range(len(asked))])
    assert {answer.status_code for answer in answers.values()} == {400}


def test_private_pages_of_a_public_sitemap(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, silence: Canary, attempt: Attempt
) -> None:
    """Pages that a sitemap names in private are left out, those that lead there are refused; none of them is paid."""
    private = [f"http://{host}/" for host in _spelled(silence)]
    leading = [hostile.redirect(private[0], status) for status in REDIRECTS[:3]]
    attempt("a page of a sitemap", (*SPELLINGS, *(f"redirect {status}" for status in REDIRECTS[:3])))
    own = hostile.add("/own", "<!doctype html>own")
    entries = "".join(f"<url><loc>{escape(url)}</loc></url>" for url in (*private, *leading, own))
    sitemap = hostile.add("/public.xml", f"<urlset>{entries}</urlset>", Content_Type="text/xml")
    headers = {"X-API-Key": new_account().private_key}
    made = http.post("/api/v1/bulk-screenshot", json={"sitemap_url": sitemap}, headers=headers).raise_for_status()
    assert made.json()["data"]["total_urls"] == len(leading) + 1
    status = f"/api/v1/bulk-screenshot/{made.json()['data']['job_id']}/status"
    deadline = time.monotonic() + 300
    while (ended := http.get(status, headers=headers).json()["data"])["status"] not in ("completed", "failed"):
        assert time.monotonic() < deadline, ended
        time.sleep(1)
    assert ended["credits"] == {"reserved": 4, "used": 1, "refunded": 3}


@pytest.mark.parametrize("vendor", VENDORS)
def test_names_that_change_their_address(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, attempt: Attempt, silence: Canary, vendor: str
) -> None:
    """A name that is public when it is judged leads nowhere else a moment later; one that is both is refused."""
    attempt(f"{vendor}'s page", ("DNS rebinding", "a name with a public and a private address"))
    other = Canary(at=("127.0.0.2", hostile.port))
    asks, key = VENDORS[vendor], new_account().private_key
    again = f"/again-{vendor}"
    hostile.add("/rebind", f"<!doctype html><img src='{again}'><iframe src='{again}'></iframe>", Connection="close")
    then, both = (f"127-0-0-1-{how}-127-0-0-2-{vendor}.rebind.test:{hostile.port}" for how in ("then", "and"))
    hostile.asked.clear()
    answers = _side_by_side(lambda host: asks.capture(http, key, f"http://{host}/rebind", **asks.delay), [then, both])
    assert (answers[then].status_code, _is_refused(answers[both])) == (200, True), said(answers[then])
    assert (hostile.asked.count("/rebind"), again in hostile.asked) == (1, False)
    other.settle()
    other.close()
    assert other.hits == 0


def test_calls_of_our_own_are_not_rebound(
    http: httpx.Client, new_account: NewAccounts, hostile: HostileSite, attempt: Attempt, silence: Canary
) -> None:
    """Sitemaps and scripts are read from the address that was judged, and not from what the name is a moment later."""
    attempt("a sitemap", ("DNS rebinding",))
    attempt("browshot's script", ("DNS rebinding", "a name with a public and a private address"))
    other, key = Canary(at=("127.0.0.2", hostile.port)), new_account().private_key
    hostile.add("/rebound.xml", status=302, Location="/rebound-again.xml", Connection="close")
    hosts = [f"127-0-0-1-{how}-127-0-0-2-own.rebind.test:{hostile.port}" for how in ("then", "and")]
    for host in hosts:
        given = {"sitemap_url": f"http://{host}/rebound.xml"}
        assert http.post("/api/v1/bulk-screenshot", json=given, headers={"X-API-Key": key}).status_code == 400
        script = {"key": key, "url": hostile.url("/plain"), "script": f"http://{host}/rebound.xml"}
        assert http.get("/api/v1/screenshot/create", params=script).status_code == 403
    other.settle()
    other.close()
    assert (other.hits, "/rebound-again.xml" in hostile.asked) == (0, False)


def test_what_is_no_page_is_refused(
    http: httpx.Client, new_account: NewAccounts, silence: Canary, attempt: Attempt
) -> None:
    """No place for an address takes another scheme than http and https, or one that hides a line break."""
    key = new_account().private_key
    targets = [address.format(host=f"127.0.0.2:{silence.port}") for address in NO_PAGES]
    page = "http://127.0.0.1:1/"
    change = {"type": "change", "selector": "p", "send_to": "webhook"}

    def page_of(asks: Vendor, url: str) -> tuple[str, dict[str, Any]]:
        return asks.path, {asks.key: key, asks.url: url}

    places: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
        **{name: partial(page_of, asks) for name, asks in VENDORS.items()},
        "placeholder": lambda url: ("/screenshot_configs", {"access_token": key, "url": page, "placeholder_url": url}),
        "change": lambda url: (
            "/screenshot_configs",
            {"access_token": key, "url": page, "multi_step_actions": json.dumps([change | {"url": url}])},
        ),
        "redirect": lambda url: (
            "/snap",
            {"access_token": key, "url": page, "multi_step_actions": json.dumps([{"type": "redirect", "value": url}])},
        ),
        "webhook": lambda url: ("/v1/get-screenshot", {"apikey": key, "url": page, "webhook": url}),
        "script": lambda url: ("/api/v1/screenshot/create", {"key": key, "url": page, "script": url}),
        "multiple": lambda url: ("/api/v1/screenshot/multiple", {"key": key, "url": url}),
        "images": lambda url: ("/ai/analyze", {"access_token": key, "urls": [url], "prompts": ["x"]}),
    }

    def ask(place: str) -> list[tuple[int, str]]:
        read_only = place in ("getscreenshot", "webhook")
        answers = []
        for target in targets if place in VENDORS else targets[::4]:
            path, given = places[place](target)
            answer = http.get(path, params=given) if read_only else http.post(path, data=given)
            answers.append((answer.status_code, target))
        return answers

    for place in places:
        attempt(f"{place}'s page" if place in VENDORS else place, NO_PAGES if place in VENDORS else NO_PAGES[::4])
    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = dict(zip(places, threads.map(ask, places), strict=True))
    wrong = {
        place: [target for status, target in answers if not 400 <= status < 500] for place, answers in found.items()
    }
    assert {place: targets for place, targets in wrong.items() if targets} == {}
