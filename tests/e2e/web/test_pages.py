"""The pages in a real browser, of the deployed stack."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.web.conftest import NewPerson, Person
from tests.site.server import Site
from tests.site.sitemapped import SitemappedSite, serving_sitemapped

from pagelapse.local.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PATHS = ("/", "/a", "/b")
MAX_WEIGHT = 100_000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""Axe's names of what is looked at."""


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def ada(new_person: NewPerson) -> Person:
    """Somebody who is signed in."""
    person: Person = new_person()
    person.sign_in()
    return person


@pytest.fixture(scope="module")
def history(ada: Person, site_server: Site) -> str:
    """The path of Ada's watched page, whose number in `#count` is another one at each of three captures."""
    action = [{"type": "change", "selector": "#count", "send_to": "webhook", "url": "http://127.0.0.1:9/"}]
    words = {"url": site_server.url("/counter"), "wait": 0, "page_width": 400, "page_height": 300, "compare": True}
    key = {"Authorization": f"Bearer {ada.account.private_key}"}
    with httpx.Client(base_url=ada.stack.url, timeout=60, headers=key) as api:
        made = api.post("/screenshot_configs", json={**words, "multi_step_actions": action}).json()
        job = made["job_id"]
        for last in (False, False, True):
            _until(lambda job=job: api.get(f"/jobs/{job}").status_code == 200)  # type: ignore[misc]
            if not last:
                job = api.post(f"/screenshot_configs/{made['screenshot_configuration_id']}/capture").json()["job_id"]
    return f"/app/configurations/{made['screenshot_configuration_id']}"


@pytest.fixture(scope="module")
def held_site() -> Iterator[SitemappedSite]:
    """A site whose pages are not answered until somebody opens its gate."""
    with serving_sitemapped(PATHS) as serving:
        serving.gate.clear()
        yield serving


@pytest.fixture(scope="module")
def bulk_job(ada: Person, held_site: SitemappedSite) -> str:
    """The path of Ada's bulk job of that site, which she has begun by the form."""
    ada.go("/app/bulk")
    ada.page.get_by_role("textbox", name="Site").fill(held_site.url("/sitemap.xml"))
    ada.page.get_by_role("button", name="Capture its pages").click()
    ada.page.wait_for_url(re.compile("/app/bulk/."))
    return ada.page.url.removeprefix(ada.stack.url)


def test_a_picture_by_the_form_is_on_the_wall(ada: Person, site: Site) -> None:
    """Whoever signs in with a key takes a picture by the form, sees it, and finds it on the wall."""
    ada.go("/app/capture")
    ada.page.get_by_label("Page", exact=True).fill(site.url("/simple.html"))
    ada.page.get_by_role("button", name="Take the picture").click()
    shown = ada.page.get_by_role("img", name="Picture of")
    expect(shown).to_be_visible()
    assert _is_painted(ada.page, "main .frame img")
    expect(ada.page.locator("#curl-pagepixels")).to_contain_text("/snap")
    ada.go("/app")
    expect(ada.page.locator(".wall li")).to_contain_text(site.url("/simple.html").partition("//")[2])
    assert _is_painted(ada.page, ".wall img")


def test_a_history_is_scrubbed_by_keyboard(ada: Person, history: str) -> None:
    """The scrubber goes from picture to picture by arrow keys, and says which ones show a change."""
    ada.go(history)
    scrubber, note = ada.page.get_by_role("slider", name="Picture"), ada.page.locator("[data-note]")
    expect(scrubber).to_have_value("2")
    expect(note).to_contain_text("text changed")
    newest = ada.page.locator("img.after").get_attribute("src")
    scrubber.press("ArrowLeft")
    scrubber.press("ArrowLeft")
    expect(scrubber).to_have_value("0")
    expect(note).to_have_text("")
    assert ada.page.locator("img.after").get_attribute("src") != newest
    assert ada.page.locator(".marks .hit").count() == 2


def test_two_pictures_are_compared(ada: Person, history: str) -> None:
    """Two pictures stand side by side, one is swiped over the other, and their difference is drawn."""
    ada.go(history)
    before, after = ada.page.locator("img.before"), ada.page.locator("img.after")
    expect(before).to_be_hidden()
    ada.page.get_by_role("radio", name="Side by side").check()
    expect(before).to_be_visible()
    assert before.get_attribute("src") != after.get_attribute("src")
    ada.page.get_by_role("radio", name="Swipe").check()
    ada.page.get_by_role("slider", name="Swipe").fill("20")
    assert ada.page.locator("[data-frame]").evaluate("it => it.style.getPropertyValue('--split')") == "20%"
    ada.page.get_by_role("radio", name="Difference").check()
    assert after.evaluate("it => getComputedStyle(it).mixBlendMode") == "difference"


def test_changes_are_marked(ada: Person, history: str) -> None:
    """A picture that differs from the one before it says by how much, and what differs is marked on it."""

    def is_compared() -> bool:
        ada.go(f"{history}?view=difference")
        return "% changed" in ada.page.locator("[data-note]").inner_text()

    _until(is_compared)
    mark = ada.page.get_by_role("img", name="What differs")
    expect(mark).to_be_visible()
    expect(ada.page.locator("img.after")).to_be_hidden()
    assert mark.get_attribute("src") not in (None, ada.page.locator("img.after").get_attribute("src"))
    ada.page.get_by_label("Compared with").select_option("0")
    expect(mark).to_be_hidden()
    expect(ada.page.locator("img.after")).to_be_visible()


def test_a_page_is_watched_by_the_form(ada: Person, site: Site) -> None:
    """The form watches a page: its first picture comes at once; its schedule can rest and go on."""
    ada.go("/app/configurations")
    ada.page.get_by_label("Page", exact=True).fill(site.url("/simple.html"))
    ada.page.get_by_role("button", name="Watch it").click()
    ada.page.wait_for_url(re.compile("/app/configurations/."))

    def is_there() -> bool:
        ada.page.reload()
        return ada.page.locator(".frames li").count() == 1

    _until(is_there)
    ada.page.get_by_role("button", name="Pause").click()
    expect(ada.page.locator(".badge").first).to_have_text("paused")
    ada.page.get_by_role("button", name="Resume").click()
    expect(ada.page.locator(".badge").first).to_have_text("scheduled")


def test_bulk_progress_is_live(ada: Person, held_site: SitemappedSite, bulk_job: str) -> None:
    """A bulk job's page asks how far it has come without being loaded again, and ends with the ZIP."""
    with ada.page.expect_response(re.compile("/progress$")) as asked:
        ada.go(bulk_job)
        ada.page.evaluate("window.isTheSame = true")
    assert asked.value.json()["total"] == len(PATHS)
    assert ada.page.evaluate("window.isTheSame")
    held_site.gate.set()
    link = ada.page.get_by_role("link", name="Download the ZIP")
    expect(link).to_be_visible(timeout=120_000)
    with ada.page.expect_download() as downloading:
        link.click()
    assert downloading.value.suggested_filename.endswith(".zip")
    expect(ada.page.locator("tbody tr")).to_have_count(len(PATHS))
    ada.go("/app/bulk")
    expect(ada.page.locator(f"a[href='{bulk_job}']")).to_be_visible()


def test_keys_are_made_and_revoked(ada: Person, stack: Stack) -> None:
    """A key is made and shown once, works at once, and is refused as soon as it is revoked."""
    ada.go("/app/keys")
    ada.page.get_by_label("What it is for").fill("nightly")
    ada.page.get_by_role("button", name="Make a key").click()
    key = ada.page.locator("#key").text_content()
    limits = f"{stack.url}/account_limits"
    assert httpx.get(limits, params={"access_token": key or ""}).status_code == 200
    ada.go("/app/keys")
    expect(ada.page.locator("main")).not_to_contain_text(str(key))
    ada.page.locator("summary", has_text="nightly").click()
    ada.page.get_by_role("button", name=re.compile("Revoke it for good.*nightly")).click()
    expect(ada.page.locator(".badge.failed")).to_have_text("revoked")
    assert httpx.get(limits, params={"access_token": key or ""}).status_code == 401


def test_usage_adds_up(ada: Person, history: str) -> None:
    """What is counted by day is what is counted by month."""
    ada.go("/app/usage")
    total = ada.page.locator(".figure b").inner_text()
    days = ada.page.locator("tbody td").all_text_contents()
    assert (sum(map(int, days)), int(total) > 0) == (int(total), True)


def test_others_see_nothing(ada: Person, new_person: NewPerson, history: str, bulk_job: str) -> None:
    """Somebody else finds an empty wall, and nothing at the addresses of Ada's things."""
    bob: Person = new_person()
    bob.sign_in()
    expect(bob.page.locator("main")).to_contain_text("There are no pictures yet")
    assert [bob.go(path) for path in (history, bulk_job, f"{bulk_job}/progress")] == [404, 404, 404]
    for path in ("/app/configurations", "/app/bulk"):
        bob.go(path)
        assert bob.page.locator("main .rows").count() == 0
    ada.go(history)
    assert ada.page.locator("[data-lapse]").count() == 1


def test_nothing_needs_scripts(ada: Person, new_person: NewPerson, history: str) -> None:
    """Without JavaScript the history is a list of links, and its form shows and compares any picture."""
    plain: Person = new_person(java_script_enabled=False)
    plain.account = ada.account
    plain.sign_in()
    plain.go(history)
    pictures = plain.page.locator(".frames a")
    pictures.last.click()
    expect(plain.page.get_by_role("slider", name="Picture")).to_have_value("0")
    plain.page.get_by_role("radio", name="Side by side").check()
    plain.page.get_by_label("Compared with").select_option("2")
    plain.page.get_by_role("button", name="Show").click()
    expect(plain.page.locator("img.before")).to_be_visible()
    newest = pictures.first.locator("..").get_attribute("data-src")
    assert plain.page.locator("img.before").get_attribute("src") == newest


def test_signing_out(new_person: NewPerson) -> None:
    """After the sign-out the pages ask for a key again; the cookie was never within reach of a script."""
    person: Person = new_person()
    person.sign_in()
    assert person.page.evaluate("document.cookie") == ""
    person.page.get_by_role("button", name="Sign out").click()
    person.page.wait_for_url(re.compile("/app/sign-in"))
    person.go("/app/usage")
    expect(person.page.get_by_role("heading", name="Sign in")).to_be_visible()


LOOKS = {
    "light": ({"color_scheme": "light"}, {"width": 1280, "height": 800}),
    "dark": ({"color_scheme": "dark"}, {"width": 1280, "height": 800}),
    "phone": ({"color_scheme": "light"}, {"width": 390, "height": 844}),
}


def test_every_page_is_accessible_and_light(ada: Person, history: str, bulk_job: str, site: Site, axe: str) -> None:
    """In light and dark colours and on a phone, axe finds no violation on any page, nothing is wider than the screen,
    no page weighs 100 KB, and the browser has nothing to complain of.
    """
    asked = f"/app/capture?url={site.url('/simple.html')}"
    paths = ["/app", asked, "/app/configurations", history, f"{history}?view=swipe", "/app/bulk", bulk_job]
    paths += ["/app/connectors", "/app/keys", "/app/usage", "/app/nowhere", "/app/sign-in", "/docs", "/docs/native"]
    ada.complaints.clear()
    problems: dict[str, object] = {}
    for path in paths:
        status = ada.go(path)
        weight = ada.page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".filter(it => it.name.startsWith(location.origin)).reduce((sum, it) => sum + it.decodedBodySize, 0)"
        )
        if not 0 < weight < MAX_WEIGHT:
            problems[f"{path} weighs"] = weight
        if status == 404:
            ada.complaints.clear()
        ada.page.evaluate(axe)
        for look, (media, size) in LOOKS.items():
            ada.page.emulate_media(**media)  # type: ignore[arg-type]
            ada.page.set_viewport_size(size)  # type: ignore[arg-type]
            problems |= {f"{path} {look}": found for found in _violations(ada.page) if found}
    assert not problems, json.dumps(problems, indent=1)
    assert ada.complaints == []


def _violations(page: Page) -> list[object]:
    """What axe finds, by rule, and whether the page is wider than the screen."""
    found = page.evaluate(
        """axe.run(document, {resultTypes: ['violations'], runOnly: RULES})
        .then(({violations}) => violations.map(it => [it.id, it.nodes.map(node => node.html)]))""".replace(
            "RULES", json.dumps(RULES)
        )
    )
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, *([f"{wide} px too wide"] if wide > 0 else [])]


def _is_painted(page: Page, selector: str) -> bool:
    """Whether the first picture has come, in spite of the page's policy."""
    script = f"() => {{ const it = document.querySelector({selector!r}); return it.complete && it.naturalWidth > 1; }}"
    page.wait_for_function(script)
    return True
