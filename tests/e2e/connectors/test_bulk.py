"""A bulk job whose pages only an agent can reach."""

from __future__ import annotations

import io
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from tests.e2e.connectors.conftest import Office
from tests.e2e.pixcap.bulk import PATH, Json, until
from tests.pixels import GREEN, pixel
from tests.site.server import Site
from tests.site.sitemapped import serving_sitemapped

pytestmark = [pytest.mark.e2e, pytest.mark.browser]


def test_pages_of_a_private_network_become_an_archive(office: Office, intranet: Site) -> None:
    """A list of private pages is captured through the agent; one that is not there is refunded."""
    green = quote("<body style='background:lime'>")
    pages = [intranet.url(path) for path in (f"/html?body={green}", "/reset")]
    with serving_sitemapped([]) as lists:
        lists.files["/pages.txt"] = "\n".join(pages).encode()
        body = {"sitemap_url": lists.url("/pages.txt"), "connector_id": office.connector_id}
        refused = office.http.post(PATH, json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "CONNECTOR_OFFLINE")
        with office.agent("bulk"):
            office.wait_for("online")
            made = office.http.post(PATH, json=body).raise_for_status().json()["data"]
            assert made["total_urls"] == 2
            ended = until(lambda: _completed(office, made["status_url"]))
    assert ended["credits"] == {"reserved": 2, "used": 1, "refunded": 1}
    archive = office.http.get(f"{PATH}/{made['job_id']}/download").raise_for_status().content
    with ZipFile(io.BytesIO(archive)) as packed:
        _, picture = packed.namelist()
        assert pixel(packed.read(picture), 5, 5) == GREEN


def _completed(office: Office, path: str) -> Json | None:
    data: Json = office.http.get(path).raise_for_status().json()["data"]
    return data if data["status"] == "completed" else None
