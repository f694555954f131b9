"""What Browshot's parameters ask for."""

from __future__ import annotations

import pytest
from tests.dialects.browshot.conftest import URL, Api, Serve

from pagelapse.adapters.http import AddressRefused, Answer, HttpError
from pagelapse.capture.options import CaptureOptions, Cookie, Viewport

DEFAULT = CaptureOptions(url=URL, viewport=Viewport(width=1024, height=768), delay_ms=5000, inventory=True)


def _options(api: Api, **parameters: object) -> CaptureOptions:
    api.create(**{"url": URL, **parameters})  # type: ignore[arg-type]
    return api.last_job().options


def test_the_texts_first_example(api: Api) -> None:
    """Instance 3 has its screen and tells pages that it is the browser it is named after."""
    options = _options(api, instance_id=3, size="screen", cache=0)
    assert options.user_agent
    assert "MSIE 8.0" in options.user_agent
    assert options == DEFAULT.model_copy(update={"user_agent": options.user_agent})


def test_the_texts_second_example(api: Api) -> None:
    """A screen chooses the free instance that has it; size=page is the whole page."""
    options = _options(api, url="http://www.browshot.com/", screen="1200x800", size="page")
    expected = {"url": "http://www.browshot.com/", "viewport": Viewport(width=1200, height=800), "full_page": True}
    assert options == DEFAULT.model_copy(update=expected)


@pytest.mark.parametrize(
    ("parameters", "number"),
    [
        ({}, "12"),
        ({"screen": "1000x700"}, "12"),
        ({"screen": "1200x1800"}, "16"),
        ({"screen": "1x1", "instance_id": 65}, "65"),
    ],
)
def test_which_instance(api: Api, parameters: dict[str, object], number: str) -> None:
    """12 is the default, a screen that no instance has gets the nearest one, and beside an instance it is ignored."""
    assert api.taken(**parameters)["instance_id"] == number  # type: ignore[arg-type]


def test_everything_else(api: Api, serve: Serve) -> None:
    """Referer, form, cookies, delay, script and HTML reach the capture; what has no effect is shown again."""
    http = serve(Answer(200, {}, b"document.title = 'x'"))
    told = api.taken(
        referer="http://a.test/", post_data="foo=bar", cookie="a=1; b=2", delay=0, flash_delay=3, priority=2,
        script="http://a.test/s.js", html=1,
    )  # fmt: skip
    assert api.last_job().options == DEFAULT.model_copy(
        update={
            "referer": "http://a.test/",
            "post_data": "foo=bar",
            "cookies": (Cookie(name="a", value="1"), Cookie(name="b", value="2")),
            "delay_ms": 0,
            "script": "document.title = 'x'",
            "keep_source": True,
        }
    )
    shown = {"flash_delay": "3", "priority": "1", "script": "http://a.test/s.js", "cookie": "a=1; b=2", "delay": "0"}
    assert {name: told[name] for name in shown} == shown
    assert http.urls == ["http://a.test/s.js"]


@pytest.mark.parametrize(
    "answer",
    [Answer(404, {}, b""), Answer(200, {}, b"\xff\xfe"), HttpError("is too large"), AddressRefused("is not public")],
)
def test_a_script_that_can_not_be_read(api: Api, serve: Serve, answer: Answer | HttpError) -> None:
    """A script that is missing, no text, too long or in a private network is refused by name, and nothing is taken."""
    serve(answer)
    refused = api.malformed("screenshot/create", url=URL, script="http://a.test/s.js")
    assert refused["error"].startswith("script: could not be read")
    assert api.world.used() == 0


def test_parameters_in_a_form(api: Api) -> None:
    """POST takes the same parameters, and the key."""
    form = {"url": URL, "key": api.world.new.private_key, "delay": "1"}
    assert api.client.post("/api/v1/screenshot/create", data=form).json()["id"] == "1"
    assert api.last_job().options.delay_ms == 1000


def test_the_cache(api: Api) -> None:
    """The same url on the same instance is answered from the store; cache=0 is a new screenshot."""
    ids = [api.create()["id"], api.create()["id"], api.create(cache=0)["id"], api.create(instance_id=65)["id"]]
    assert (ids, api.world.used()) == (["1", "1", "2", "3"], 3)


def test_the_cache_knows_instances_apart(api: Api) -> None:
    """An own instance that looks like another one has screenshots of its own, told of under its own id."""
    api.create()
    own = api.json("instance/create")["id"]
    assert api.taken(instance_id=own)["instance_id"] == own
    assert api.create(instance_id=own)["id"] == "2"


def test_multiple(api: Api) -> None:
    """multiple orders each url on each instance and tells of all of them, by their ids."""
    found = api.json("screenshot/multiple", url=[URL, "http://a.test/"], instance_id=[12, 65], delay=0)
    assert {(each["url"], each["instance_id"]) for each in found.values()} == {
        (URL, "12"), (URL, "65"), ("http://a.test/", "12"), ("http://a.test/", "65"),
    }  # fmt: skip
    assert sorted(found) == [each["id"] for _, each in sorted(found.items())] == ["1", "2", "3", "4"]


def test_multiple_as_json(api: Api) -> None:
    """The same as JSON, with arrays."""
    body = {"url": [URL, "http://a.test/"], "instance_id": 65, "key": api.world.new.private_key}
    found = api.client.post("/api/v1/screenshot/multiple", json=body).json()
    assert [each["instance_id"] for each in found.values()] == ["65", "65"]


def test_multiple_up_to_the_limit(api: Api) -> None:
    """With fewer screenshots left than wanted, those that were ordered are told of; with none left, that is said."""
    api.world.limit(1)
    urls = [URL, "http://a.test/"]
    assert list(api.json("screenshot/multiple", url=urls)) == ["1"]
    refused = api.json("screenshot/multiple", url=["http://b.test/"])
    assert refused["error"] == "No free screenshots available"


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"url": [f"http://a.test/{n}" for n in range(11)]}, "url"),
        ({"url": URL, "instance_id": list(range(11))}, "instance_id"),
        ({"url": [URL, "nothing"]}, "URL"),
        ({"url": URL, "instance_id": [12, 999]}, "instance_id"),
        ({}, "URL"),
    ],
)
def test_multiple_refuses_all_or_nothing(api: Api, parameters: dict[str, object], name: str) -> None:
    """A bad url or instance among them refuses the whole request, before anything is ordered."""
    refused = api.malformed("screenshot/multiple", **parameters)
    assert name in refused["error"]
    assert api.world.used() == 0


def test_html_that_was_kept(api: Api) -> None:
    """html gives the rendered source of screenshots ordered with html=1, as text; of others there is none."""
    report = api.world.runner.report

    def with_source(job):  # type: ignore[no-untyped-def]
        made = report(job)
        key = f"{job.key_prefix}.html"
        api.world.pictures.objects[key] = b"<h1>hello</h1>"
        source = made.file.model_copy(update={"key": key, "media_type": "text/html", "size": 14})  # type: ignore[union-attr]
        return made.model_copy(update={"source": source}) if job.options.keep_source else made

    api.world.runner.report = with_source  # type: ignore[method-assign]
    api.create(html=1)
    response = api.get("/api/v1/screenshot/html", id=1)
    assert (response.text, response.headers["Content-Type"]) == ("<h1>hello</h1>", "text/plain; charset=utf-8")
    api.create()
    assert api.json("screenshot/html", id=2)["status"] == "error"


def test_unknown_parameters_are_named(api: Api) -> None:
    """What nobody looks at is named in a header, not ignored in silence."""
    response = api.get("/api/v1/screenshot/create", url=URL, shots=3, delay=1)
    assert response.headers["X-Pagelapse-Ignored"] == "shots"
    for path in ("/api/v1/simple", "/screenshot/image/1", "/api/v1/account/info"):
        response = api.get(path, url=URL, nonsense=1)
        assert "nonsense" in response.headers["X-Pagelapse-Ignored"]
    assert "X-Pagelapse-Ignored" not in api.get("/api/v1/browser/info", user_agent="x").headers
