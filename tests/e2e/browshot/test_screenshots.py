"""BS1 to BS4: screenshots ordered, told of and downloaded through the deployed stack."""

from __future__ import annotations

import pytest
from tests.e2e.browshot.conftest import Api
from tests.pixels import load
from tests.site.server import Site

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_a_screenshot_is_ordered_and_told_of(api: Api, site: Site) -> None:
    """create, info, list"""
    made = api.create(site.url("/simple.html"), details=3)
    print(made)
    info = api.ended(made["id"], details=3)
    print(info)
    print(api.json("screenshot/list"))
    picture = api.http.get(info["screenshot_url"])
    image = load(picture.content)
    print(image.size, picture.headers)
    small = api.get("/api/v1/screenshot/thumbnail", id=made["id"], width=200, height=100, ratio="fill")
    print(small.status_code, small.headers, load(small.content).size)
    simple = api.get("/api/v1/simple", url=site.url("/simple.html"), delay=0, width=100)
    print(simple.status_code, simple.headers, load(simple.content).size)
    assert 0
