"""PP4, PP5 and NX5: the ttl, shared captures, counting and publishable keys."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.pagepixels.conftest import Api
from tests.site.server import Site

from pagelapse.local.emulator import AT_ONCE
from pagelapse.signatures import sign_url

pytestmark = [pytest.mark.e2e, pytest.mark.browser]

PAGE = "/simple.html"


def test_within_the_ttl_nothing_is_captured(api: Api, site: Site) -> None:
    """The same snap again is the same bytes, without a visit to the page and without being counted."""
    first, second = (api.snap(site.url(PAGE)) for _ in range(2))
    assert first.content == second.content
    assert [answer.headers["X-Pagelapse-Source"] for answer in (first, second)] == ["captured", "cached"]
    assert (len(site.seen(PAGE)), api.used()) == (1, 1)


def test_after_the_ttl_it_is_captured_again(api: Api, site: Site) -> None:
    """Once the ttl is over the page is visited again."""
    api.snap(site.url(PAGE), ttl=1)
    time.sleep(1.1)
    api.snap(site.url(PAGE), ttl=1)
    assert (len(site.seen(PAGE)), api.used()) == (2, 2)


def test_a_ttl_of_zero_is_always_fresh(api: Api, site: Site) -> None:
    """With `ttl=0` each snap visits the page."""
    for _ in range(2):
        api.snap(site.url(PAGE), ttl=0)
    assert (len(site.seen(PAGE)), api.used()) == (2, 2)


def test_other_options_are_another_capture(api: Api, site: Site) -> None:
    """The same page in other options is not served from the store."""
    api.snap(site.url(PAGE))
    api.snap(site.url(PAGE), page_width=800)
    assert (len(site.seen(PAGE)), api.used()) == (2, 2)


@pytest.mark.parametrize("ttl", [86_400, 0])
def test_equal_snaps_at_once_share_one_capture(api: Api, site: Site, ttl: int) -> None:
    """Equal snaps at the same moment visit the page once, are counted once, and all get the picture."""
    url, snaps = site.url("/slow?s=3"), min(8, AT_ONCE)
    with ThreadPoolExecutor(snaps) as threads:
        answers = list(threads.map(lambda _: api.snap(url, ttl=ttl), range(snaps)))
    assert [answer.status_code for answer in answers] == [200] * snaps
    assert len({answer.content for answer in answers}) == 1
    assert (len(site.seen("/slow")), api.used()) == (1, 1)


def test_a_failed_capture_is_not_counted(api: Api, site: Site) -> None:
    """A snap that fails costs nothing."""
    assert api.snap(site.url("/reset")).status_code == 400
    assert api.used() == 0


def test_a_publishable_key_with_its_signature(api: Api, site: Site) -> None:
    """A publishable key captures the url that was signed, and no other."""
    url = site.url(PAGE)
    signed = {"access_token": api.account.publishable_key, "hash_key": sign_url(api.account.secret_token, url)}
    assert api.snap(url, **signed).headers["Content-Type"] == "image/jpeg"
    other = api.snap(site.url("/late.html"), **signed)
    assert (other.status_code, other.json()["error_code"]) == (403, "invalid_hash_key")
    assert site.seen("/late.html") == []


def test_a_revoked_key_is_worthless_at_once(api: Api, site: Site) -> None:
    """The first request after a key's revocation is refused."""
    key, text = api.accounts.create_key(api.account.account.account_id)
    assert api.snap(site.url(PAGE), access_token=text).status_code == 200
    api.accounts.revoke_key(api.account.account.account_id, key.key_id)
    assert api.snap(site.url(PAGE), access_token=text).json()["error_code"] == "invalid_access_token"
