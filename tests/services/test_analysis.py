"""AI analysis over a model that speaks the protocol, and pictures from a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from tests.fakes import MemoryPictures
from tests.site.ai import Model, answering
from tests.site.media import png
from tests.site.server import Canary, Site
from tests.world import World

from pagelapse.adapters.addresses import Allowance
from pagelapse.adapters.chat_completions import ChatCompletions
from pagelapse.adapters.http import HttpClient
from pagelapse.capture.result import File
from pagelapse.errors import AnalysisFailed, CaptureTimeout, InvalidUrl, NotSupported, UsageLimitExceeded
from pagelapse.records import Account
from pagelapse.services.analysis import Analyses, ImageModel, media_type_of

ACCOUNT = Account("a1", "test", "token")


@dataclass
class Usage:
    """The month's count."""

    requests: int = 0
    counts: list[int] = field(default_factory=list)

    def count_analysis(self, account_id: str, month: str, requests: int, *, limit: int | None) -> None:
        assert (account_id, len(month)) == (ACCOUNT.account_id, len("2026-11"))
        if limit is not None and self.requests + requests > limit:
            raise UsageLimitExceeded("The account has not enough AI requests left this month.")
        self.requests += requests
        self.counts.append(requests)


@pytest.fixture
def model() -> Iterator[Model]:
    """A model that answers."""
    with answering() as running:
        yield running


@pytest.fixture
def usage() -> Usage:
    """Nothing used."""
    return Usage()


@dataclass
class Made:
    """Makes analyses that may reach the test site."""

    model: Model
    usage: Usage
    site: Site
    pictures: MemoryPictures = field(default_factory=MemoryPictures)

    def __call__(self, *, limit: int | None = None, wait_s: float = 20, configured: bool = True) -> Analyses:
        model: ImageModel | None = ChatCompletions(self.model.url, "looker", "k-1") if configured else None
        fetcher = HttpClient(Allowance((f"127.0.0.1:{self.site.port}",)))
        base = "https://pictures.test"
        return Analyses(model, self.usage, fetcher, self.pictures, pictures_url=base, limit=limit, wait_s=wait_s)


@pytest.fixture
def make(model: Model, usage: Usage, site: Site) -> Made:
    """Analyses by the model."""
    return Made(model, usage, site)


def test_every_prompt_is_about_all_images(make: Made, model: Model, usage: Usage, site: Site) -> None:
    """Two images and three prompts give three answers in the prompts' order, and count as five requests."""
    urls = [site.url("/png?color=ff0000"), site.url("/png?color=00ff00")]
    prompts = ["What is the second image of?", "What is the first image of?", 'Compare "both".']
    assert make().analyze(ACCOUNT, urls, prompts) == [f"{prompt} (2 images) ✓" for prompt in prompts]
    assert {(asked.key, asked.model) for asked in model.asked} == {("k-1", "looker")}
    assert all(asked.images == (("image/png", png("ff0000")), ("image/png", png("00ff00"))) for asked in model.asked)
    assert usage.requests == 5


def test_our_own_pictures_are_not_fetched(make: Made, model: Model) -> None:
    """A link to a stored screenshot is read from the bucket."""
    make.pictures.objects["pictures/x.png"] = png("0000ff")
    make().analyze(ACCOUNT, ["https://pictures.test/pictures/x.png"], ["What?"])
    assert model.asked[0].images == (("image/png", png("0000ff")),)


def test_without_a_model_nothing_is_fetched_or_counted(make: Made, usage: Usage, site: Site) -> None:
    """A deployment without a model says so."""
    with pytest.raises(NotSupported, match="not configured"):
        make(configured=False).analyze(ACCOUNT, [site.url("/png")], ["What?"])
    assert (usage.counts, site.requests) == ([], [])


def test_a_limit_is_kept_before_anything_is_fetched(make: Made, usage: Usage, site: Site) -> None:
    """What would exceed the month's limit is refused whole."""
    make(limit=4).analyze(ACCOUNT, [site.url("/png")], ["1", "2"])
    site.requests.clear()
    with pytest.raises(UsageLimitExceeded):
        make(limit=4).analyze(ACCOUNT, [site.url("/png")], ["3"])
    assert (usage.requests, site.requests) == (3, [])


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/simple.html", "not a PNG, JPEG, WEBP or GIF"),
        ("/status?code=404", "answers 404"),
        ("/reset", "could not be reached"),
        ("/empty", "answers 204"),
    ],
)
def test_what_is_no_image_is_named(make: Made, model: Model, usage: Usage, path: str, why: str) -> None:
    """An address without an image is refused by its place in the list, and nothing is counted."""
    urls = [make.site.url("/png"), make.site.url(path)]
    with pytest.raises(InvalidUrl, match=why) as caught:
        make().analyze(ACCOUNT, urls, ["What?"])
    assert caught.value.option == "urls[1]"
    assert (model.asked, usage.requests) == ([], 0)


def test_a_private_image_is_not_fetched(make: Made, canary: Canary, usage: Usage) -> None:
    """An address that may not be reached is refused, also behind a redirect."""
    private = f"http://127.0.0.1:{canary.port}/"
    for url in (private, make.site.url(f"/redirect?to={private}")):
        with pytest.raises(InvalidUrl, match="may reach"):
            make().analyze(ACCOUNT, [url], ["What?"])
    canary.settle()
    assert (canary.hits, usage.requests) == (0, 0)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_model_that_refuses_is_not_counted(make: Made, model: Model, usage: Usage, status: int) -> None:
    """When the model does not answer, the requests are given back, and the error tells its status."""
    model.status = status
    with pytest.raises(AnalysisFailed, match=str(status)):
        make().analyze(ACCOUNT, [make.site.url("/png")], ["What?"])
    assert usage.counts == [2, -2]


def test_slow_images_leave_no_time(make: Made, model: Model, usage: Usage) -> None:
    """When reading the images took the time, the model is not asked for nothing."""
    with pytest.raises(CaptureTimeout):
        make(wait_s=1).analyze(ACCOUNT, [make.site.url("/png")], ["What?"])
    assert (model.asked, usage.requests) == ([], 0)


def test_a_screenshot_is_described(make: Made, model: Model, usage: Usage, world: World) -> None:
    """A snap's picture is shown to the model without fetching it, and counts as an image and a prompt."""
    snap = world.snap()
    make().describe(ACCOUNT, snap, "What?", deadline=time.time() + 10)
    assert model.asked[0].images == (("image/png", snap.body),)
    assert usage.requests == 2


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (png("ffffff"), "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<svg/>", None),
        (b"", None),
    ],
)
def test_images_are_known_by_their_bytes(body: bytes, media_type: str | None) -> None:
    """A server's Content-Type is not believed."""
    assert media_type_of(body) == media_type


def test_a_changed_key_is_used(model: Model) -> None:
    """A key that comes from a secret is asked for at each request."""
    keys = iter(["k-1", "k-2"])
    looker = ChatCompletions(model.url, "looker", lambda: next(keys))
    image = File(png("ff0000"), "image/png", "")
    for _ in range(2):
        looker.answers([image], ["What?"], timeout_s=10)
    assert [asked.key for asked in model.asked] == ["k-1", "k-2"]
