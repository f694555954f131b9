"""The actions before the picture, judged by pixels and by the requests that the page's server saw."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import pytest
from tests.capture.conftest import Take
from tests.pixels import GREEN, RED, pixel
from tests.site.server import IN_VAIN_S, Canary, Site

from pagelapse.capture.jobs import Observation
from pagelapse.capture.options import CaptureOptions
from pagelapse.capture.steps import LOAD_LIMIT_S
from pagelapse.errors import ActionFailed, capture_error

pytestmark = pytest.mark.browser

HOT, PRESSED, CHOSEN, CHECKED, TYPED, LATE = range(50, 650, 100)
"""Rows of the lamps in `widgets.html`, from top to bottom."""


def click(selector: str) -> dict[str, Any]:
    """A click."""
    return {"type": "click", "selector": selector}


def fill(selector: str, value: str) -> dict[str, Any]:
    """Text for a field."""
    return {"type": "fill", "selector": selector, "value": value}


def script(source: str, kind: str = "run_script") -> dict[str, Any]:
    """A script, left alone or awaited."""
    return {"type": kind, "source": source}


LOG_IN = [fill("#name", "ada"), fill("#password", "secret"), click("#enter")]


def failure(take: Take, **options: Any) -> str:
    """The message of a capture whose action fails."""
    with pytest.raises(ActionFailed) as raised:
        take(**options)
    assert raised.value.option == "actions"
    return raised.value.message


@pytest.mark.parametrize("submit", [click("#enter"), {"type": "press_enter"}])
def test_logging_in_through_a_form(take: Take, site: Site, submit: dict[str, Any]) -> None:
    """A form is filled and sent by its button or by Enter, and the page behind it is pictured and reported."""
    taken = take(url=site.url("/login.html"), actions=[*LOG_IN[:2], submit])
    assert site.seen("/login")[0].form == {"name": ["ada"], "password": ["secret"]}
    assert pixel(taken.file.body, 600, 600) == GREEN
    assert (taken.target.url, taken.target.status) == (site.url("/members"), 200)
    assert taken.shortfalls == ()


def test_wrong_password_shows_what_a_stranger_sees(take: Take, site: Site) -> None:
    """A form that the server turns down leads to the page that the server answers with."""
    taken = take(url=site.url("/login.html"), actions=[fill("#password", "wrong"), click("#enter")])
    assert pixel(taken.file.body, 600, 600) == RED


def test_searching(take: Take, site: Site) -> None:
    """A search field is filled and its button clicked, and an element of the results is cut out."""
    actions = [fill("#searchInput", "perseverance rover"), click("#search-form button")]
    taken = take(url=site.url("/search.html"), actions=actions, selector="#result")
    assert site.seen("/results.html")[0].query == {"search": ["perseverance rover"]}
    assert (taken.file.height, pixel(taken.file.body, 10, 10)) == (400, GREEN)


def test_navigating_on(take: Take, site: Site) -> None:
    """Each action sees the page that those before it led to, over links, addresses and scripts."""
    actions = [*LOG_IN, click("#more"), {"type": "goto", "url": site.url("/search.html")}]
    actions += [script("location = '/members'"), {"type": "observe", "selector": "h1"}]
    taken = take(url=site.url("/login.html"), actions=actions)
    assert pixel(taken.file.body, 600, 600) == GREEN
    assert [seen.path for seen in site.requests if "." in seen.path] == [
        "/login.html", "/simple.html", "/search.html",
    ]  # fmt: skip
    assert taken.observations == (Observation(action_index=7, selector="h1", text="Members"),)


def test_slow_page_after_a_click_is_waited_for(take: Take, site: Site) -> None:
    """A page that takes two seconds to answer a click is there before the next action."""
    link = f"""document.querySelector('#help').href = '{site.url("/slow?s=2")}'"""
    actions = [script(link), click("#help"), {"type": "observe", "selector": "title"}]
    taken = take(url=site.url("/login.html"), actions=actions)
    assert taken.observations[0].text == "Simple"
    assert pixel(taken.file.body, 100, 50) == RED


def test_form_sent_by_a_script_is_waited_for(take: Take, site: Site) -> None:
    """A button whose script asks the server first and goes on then has arrived before the next action."""
    go = "fetch('/slow?s=1').then(() => { location = '/members' })"
    actions = [script(f"document.querySelector('#help').onclick = () => {{ {go}; return false }}"), click("#help")]
    taken = take(url=site.url("/login.html"), actions=[*actions, {"type": "observe", "selector": "body"}])
    assert taken.observations[0].text == "Strangers More"


def test_page_that_sends_on_is_followed(take: Take, site: Site) -> None:
    """A page that sends the browser on by script or by its head is followed to where that ends."""
    ways = ["<script>location.replace('/members')</script>", "<meta http-equiv=refresh content='0;url=/members'>"]
    for way in ways:
        actions = [
            {"type": "goto", "url": site.url(f"/html?body={quote(way)}")},
            {"type": "observe", "selector": "body"},
        ]
        assert take(url=site.url("/login.html"), actions=actions).observations[0].text == "Strangers More"


def test_long_poll_costs_little(take: Take, site: Site) -> None:
    """A request that an action's page keeps open holds up that action for three seconds at most, and no other."""
    started = time.monotonic()
    actions = [script("fetch('/never')"), *({"type": "hover", "selector": "#hot"} for _ in range(5))]
    assert take(url=site.url("/widgets.html"), actions=actions).shortfalls == ()
    assert 3 <= time.monotonic() - started < 3 * len(actions)


def test_link_to_a_new_window_is_followed_in_this_one(take: Take, site: Site) -> None:
    """A link that opens a window of its own leads the pictured window there."""
    taken = take(url=site.url("/login.html"), actions=[click("#help")])
    assert pixel(taken.file.body, 100, 50) == RED
    assert taken.target.url == site.url("/simple.html")


def test_status_of_the_last_page_is_reported(take: Take, site: Site) -> None:
    """An error page that an action leads to is pictured, and its status reported."""
    taken = take(url=site.url("/login.html"), actions=[{"type": "goto", "url": site.url("/status?code=503")}])
    assert (taken.target.status, pixel(taken.file.body, 600, 600)) == (503, RED)


def test_full_page_after_navigating(take: Take, site: Site) -> None:
    """A full page is that of the page reached, its lazy images and late parts included."""
    actions = [{"type": "goto", "url": site.url("/tall.html?rows=2")}]
    taken = take(url=site.url("/login.html"), actions=actions, full_page=True)
    assert taken.file.height == 800 + 2000 + 200
    assert [pixel(taken.file.body, 100, y) for y in (900, 2900)] == [GREEN, RED]


def test_style_option_reaches_the_page_that_is_pictured(take: Take, site: Site) -> None:
    """The capture's own style applies to the page that the actions lead to."""
    taken = take(url=site.url("/login.html"), style="#red { background: #00ff00 }", actions=[click("#help")])
    assert pixel(taken.file.body, 100, 50) == GREEN


@pytest.mark.parametrize(
    ("action", "lamp"),
    [
        ({"type": "hover", "selector": "#hot"}, HOT),
        (click("#press"), PRESSED),
        ({"type": "select_option", "selector": "#colour", "value": "g"}, CHOSEN),
        ({"type": "select_option", "selector": "#colour", "value": "Green"}, CHOSEN),
        ({"type": "set_checked", "selector": "#box", "checked": True}, CHECKED),
        (fill("#text", "new"), TYPED),
        (script("const a = 1; light('typed', true)"), TYPED),
        (script("await new Promise(done => setTimeout(done, 300)); light('typed', true)", "evaluate"), TYPED),
        ({"type": "add_style", "css": "#typed { background: #00ff00 }"}, TYPED),
    ],
)
def test_single_action(take: Take, site: Site, action: dict[str, Any], lamp: int) -> None:
    """Each action does in the page what a hand would do, and nothing else."""
    body = take(url=site.url("/widgets.html"), actions=[action]).file.body
    lamps = range(HOT, LATE, 100)
    assert {y: pixel(body, 50, y) for y in lamps} == {y: GREEN if y == lamp else RED for y in lamps}


def test_box_is_unchecked(take: Take, site: Site) -> None:
    """A ticked box is unticked when asked for."""
    actions = [
        {"type": "set_checked", "selector": "#ticked", "checked": False},
        script("light('checked', !document.querySelector('#ticked').checked)"),
    ]
    assert pixel(take(url=site.url("/widgets.html"), actions=actions).file.body, 50, CHECKED) == GREEN


@pytest.mark.parametrize(
    ("waiting", "color"),
    [
        ([], RED),
        ([{"type": "wait", "ms": 1000}], GREEN),
        ([{"type": "wait_for_selector", "selector": "#arrived"}], GREEN),
    ],
)
def test_waiting(take: Take, site: Site, waiting: list[dict[str, Any]], color: tuple[int, int, int]) -> None:
    """What a click brings after 0.7 s is there after a wait for the time or the element, and not without."""
    taken = take(url=site.url("/widgets.html"), actions=[click("#press"), *waiting])
    assert pixel(taken.file.body, 50, LATE) == color


def test_texts_are_read_in_order(take: Take, site: Site) -> None:
    """Observed texts are those of their moment, on one line; a missing element is none and no failure."""
    actions = [
        {"type": "observe", "selector": "#price"},
        script("document.querySelector('#price').innerHTML = '20<br>flights\\x07 '"),
        *({"type": "observe", "selector": selector} for selector in ("#price", "#empty", "#drawing", "#nothing")),
    ]
    taken = take(url=site.url("/widgets.html"), actions=actions, budget_s=11)
    assert [(seen.action_index, seen.text) for seen in taken.observations] == [
        (1, "19 flights"), (3, "20 flights"), (4, ""), (5, "drawn"), (6, None),
    ]  # fmt: skip


def test_long_texts_are_cut(take: Take) -> None:
    """An observed text is cut to 10,000 bytes of whole characters."""
    taken = take(html=f"<p>{'ü' * 20_000}</p>", actions=[{"type": "observe", "selector": "p"}])
    assert taken.observations[0].text == "ü" * 5000


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (click("#nothing"), "action 2 (click #nothing): nothing on the page matches it"),
        (click("#hidden"), "action 2 (click #hidden): nothing visible matches it"),
        (click("#off"), "action 2 (click #off): the element is disabled"),
        (click("#covered"), "action 2 (click #covered): the element is covered by another or keeps moving"),
        (click("###"), "action 2 (click ###): its selector is not CSS"),
        ({"type": "hover", "selector": "#nothing"}, "action 2 (hover #nothing): nothing on the page matches it"),
        (fill("#price", "x"), "action 2 (fill #price): element is not an <input>, <textarea>, "),
        (
            {"type": "select_option", "selector": "#colour", "value": "blue"},
            "action 2 (select_option #colour): the element has no such option",
        ),
        (
            {"type": "select_option", "selector": "#price", "value": "blue"},
            "action 2 (select_option #price): element is not a <select> element",
        ),
        (
            {"type": "set_checked", "selector": "#text", "checked": True},
            "action 2 (set_checked #text): not a checkbox or radio button",
        ),
        ({"type": "observe", "selector": "#closed["}, "action 2 (observe #closed[): its selector is not CSS"),
        (script("throw new TypeError('has been closed')", "evaluate"), "action 2 (evaluate): the script threw TypeErr"),
        (script("await Promise.reject(7)", "evaluate"), "action 2 (evaluate): the script threw 7"),
        (script("Promise.reject(7)", "evaluate"), "action 2 (evaluate): the script threw 7"),
        (
            {"type": "wait_for_selector", "selector": "#hidden"},
            "action 2 (wait_for_selector #hidden): nothing visible matches it",
        ),
    ],
)
def test_failing_action_says_which_and_why(take: Take, site: Site, action: dict[str, Any], message: str) -> None:
    """An action that can't be done names its place, its selector and what happened."""
    actions = [{"type": "wait", "ms": 0}, action]
    assert failure(take, url=site.url("/widgets.html"), actions=actions, budget_s=11).startswith(message)


def test_failure_crosses_processes() -> None:
    """A failed action is still one after its report has travelled."""
    assert isinstance(capture_error("action_failed", "action 1 (click #a): x", option="actions"), ActionFailed)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (
            {"type": "goto", "url": "http://127.0.0.2:8000/"},
            "127.0.0.2 is not an address that this deployment may reach",
        ),
        (click("#private"), "127.0.0.2 is not an address that this deployment may reach"),
        (script("location = 'http://127.0.0.2:8000/'"), "127.0.0.2 is not an address that this deployment may reach"),
        (click("#gone"), "the server "),
        ({"type": "goto", "url": "{site}/never"}, "the page did not begin to answer in time"),
        ({"type": "goto", "url": "http://nothing.invalid/"}, "nothing.invalid: the host name could not be resolved"),
    ],
)
def test_page_that_an_action_can_not_open(take: Take, site: Site, action: dict[str, Any], reason: str) -> None:
    """An action that leads to a refused or broken address fails, and says which and why."""
    if "url" in action:
        action = {**action, "url": action["url"].replace("{site}", site.url(""))}
    message = failure(take, url=site.url("/login.html"), actions=[action], budget_s=11)
    assert message.startswith(f"action 1 ({action['type']}")
    assert reason in message


@pytest.mark.parametrize("how", ["goto", "click", "script"])
def test_redirect_to_a_private_page_is_refused(take: Take, site: Site, canary: Canary, how: str) -> None:
    """An action's page that redirects to a refused address is refused, and no connection is made."""
    target = site.url(f"/redirect?to=http://127.0.0.1:{canary.port}/")
    point = script(f"document.querySelector('#gone').href = '{target}'")
    ways = {
        "goto": [{"type": "goto", "url": target}],
        "click": [point, click("#gone")],
        "script": [script(f"location = '{target}'")],
    }
    assert "not an address" in failure(take, url=site.url("/login.html"), actions=ways[how])
    canary.settle()
    assert canary.hits == 0


@pytest.mark.parametrize("kind", ["run_script", "evaluate"])
@pytest.mark.parametrize("source", ["for (;;);", "new Promise(() => {})"])
def test_endless_script_ends_with_its_share(take: Take, site: Site, kind: str, source: str) -> None:
    """A script that never returns is stopped, the next actions are done, and the caller is told."""
    started = time.monotonic()
    taken = take(url=site.url("/widgets.html"), actions=[script(source, kind), fill("#text", "new")], budget_s=12)
    assert time.monotonic() - started < IN_VAIN_S
    assert pixel(taken.file.body, 50, TYPED) == GREEN
    left_alone = kind == "run_script" and "Promise" in source
    assert taken.shortfalls == (() if left_alone else (f"action 1 ({kind}) had not ended",))


def test_page_that_never_yields_fails_within_the_budget(take: Take, site: Site) -> None:
    """On a page whose own script never yields an action fails in time."""
    started = time.monotonic()
    actions = [{"type": "wait", "ms": 100}, click("body")]
    assert failure(take, url=site.url("/busy.html"), actions=actions, budget_s=11).endswith("the page did not answer")
    assert time.monotonic() - started < IN_VAIN_S


def test_page_that_never_finishes_does_not_stop_the_actions(take: Take, site: Site) -> None:
    """An action's page whose last resource never comes is pictured in time, and the caller is told."""
    started = time.monotonic()
    taken = take(url=site.url("/login.html"), actions=[click("#endless")], budget_s=11)
    assert time.monotonic() - started < IN_VAIN_S
    assert pixel(taken.file.body, 600, 600) == GREEN
    assert taken.shortfalls == ("the page after action 1 had not finished loading",)


def test_time_that_is_used_up_is_told(take: Take, site: Site) -> None:
    """An action for which no time is left is named, and not skipped in silence."""
    actions = [{"type": "wait", "ms": 20_000}, click("#press")]
    assert failure(take, url=site.url("/widgets.html"), actions=actions, budget_s=11).startswith(
        "action 2 (click #press)"
    )


def test_links_within_the_page_and_downloads_lead_nowhere(take: Take, site: Site) -> None:
    """A link to a place in the page or to a download holds nothing up, and the page stays."""
    html = "<a id=down href='/download'>d</a><br><a id=in href='#x'>i</a><p id=x style='height:2000px'>"
    started = time.monotonic()
    page = site.url(f"/html?body={quote(html)}")
    taken = take(url=page, actions=[click("#in"), click("#down"), {"type": "observe", "selector": "#in"}])
    assert time.monotonic() - started < LOAD_LIMIT_S
    assert (taken.observations[0].text, taken.shortfalls) == ("i", ())


def test_actions_without_the_pages_scripts(take: Take, site: Site) -> None:
    """Forms are filled and sent with the page's scripts turned off too."""
    taken = take(url=site.url("/login.html"), actions=LOG_IN, java_script_enabled=False)
    assert pixel(taken.file.body, 600, 600) == GREEN


def test_actions_change_the_digest() -> None:
    """Captures with different actions on the same element are different captures."""
    kinds: list[list[dict[str, Any]]] = [[], [click("#a")], [{"type": "hover", "selector": "#a"}]]
    kinds += [[{"type": "set_checked", "selector": "#a", "checked": on}] for on in (True, False)]
    digests = {CaptureOptions.model_validate({"html": "", "actions": actions}).digest() for actions in kinds}
    assert len(digests) == len(kinds)
