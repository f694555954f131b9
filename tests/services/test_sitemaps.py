from __future__ import annotations

from itertools import count

import pytest
from tests.bulk_fakes import MemorySite, index, urlset

from pagelapse.adapters.http import AddressRefused, HttpError
from pagelapse.bulk.robots import COMMON_PLACES
from pagelapse.errors import InvalidUrl, SitemapUnusable, TargetRefused
from pagelapse.services.sitemaps import BUDGET_S, MAX_FILES, MAX_NESTING, Sitemaps

SITE = "https://example.com"
PAGES = [f"{SITE}/", f"{SITE}/about/"]


def _site(**files: bytes | HttpError) -> MemorySite:
    """A site whose files are named after their paths, without slashes and with `_` for dots."""
    return MemorySite({f"{SITE}/{name.replace('_', '.')}": body for name, body in files.items()})


@pytest.mark.parametrize("given", ["example.com", "https://example.com", " https://example.com/blog?x ", "EXAMPLE.com"])
def test_robots_leads_to_the_sitemap(given: str) -> None:
    """A site is given with or without scheme and path; its robots.txt is asked first."""
    site = _site(robots_txt=f"Sitemap: {SITE}/map.xml".encode(), map_xml=urlset(*PAGES))
    found = Sitemaps(site).find(given, limit=100)
    assert (found.sitemap_url, found.urls) == (f"{SITE}/map.xml", PAGES)


@pytest.mark.parametrize("place", COMMON_PLACES)
def test_common_places_are_looked_at(place: str) -> None:
    """Without a word in robots.txt, the sitemap is found where sites commonly have it."""
    found = Sitemaps(MemorySite({SITE + place: urlset(*PAGES)})).find("example.com", limit=100)
    assert (found.sitemap_url, found.urls) == (SITE + place, PAGES)


def test_a_sitemap_that_robots_names_in_vain_does_not_end_the_search() -> None:
    """A dead link in robots.txt leaves the common places to be looked at."""
    site = _site(robots_txt=b"Sitemap: /gone.xml", sitemap_xml=urlset(*PAGES))
    assert Sitemaps(site).find("example.com", limit=100).urls == PAGES


def test_the_sites_own_sitemap_that_is_damaged_is_told() -> None:
    """When no page is found, the caller is told what is wrong with the sitemap that robots.txt names."""
    site = _site(robots_txt=b"Sitemap: /map.xml", map_xml=b"<urlset>\n<url><loc>/?a&b</loc></url></urlset>")
    with pytest.raises(SitemapUnusable, match=r"example.com/map.xml is no sitemap: line 2 is not well-formed XML"):
        Sitemaps(site).find("example.com", limit=100)
    with pytest.raises(SitemapUnusable, match=r"was found at example.com; name one as sitemap_url"):
        Sitemaps(_site()).find("example.com", limit=100)


def test_several_sitemaps_of_robots_are_joined() -> None:
    """All sitemaps that robots.txt names count, in its order; the first that gives a page is the job's."""
    robots = b"Sitemap: /gone.xml\nSitemap: /1.xml\nSitemap: /2.xml"
    site = _site(robots_txt=robots, **{"1_xml": urlset(PAGES[0]), "2_xml": urlset(PAGES[1])})
    found = Sitemaps(site).find("example.com", limit=100)
    assert (found.sitemap_url, found.urls) == (f"{SITE}/1.xml", PAGES)


def test_nested_sitemaps_are_read_in_place() -> None:
    """An index's sitemaps are read where they are named, each once, and one that is broken spoils nothing."""
    nested = index(f"{SITE}/1.xml", f"{SITE}/gone.xml", f"{SITE}/html.xml", f"{SITE}/1.xml", f"{SITE}/2.xml")
    site = _site(
        sitemap_xml=nested, html_xml=b"<html/>", **{"1_xml": urlset(PAGES[0]), "2_xml": index(f"{SITE}/3.xml")}
    )
    site.files[f"{SITE}/3.xml"] = urlset(PAGES[1])
    assert Sitemaps(site).read(f"{SITE}/sitemap.xml", limit=100).urls == PAGES
    assert site.asked.count(f"{SITE}/1.xml") == 1


def test_endless_nesting_ends() -> None:
    """Sitemaps that name further ones for ever, or each other, are read to a fixed depth and number."""
    site = MemorySite({f"{SITE}/{number}.xml": index(f"{SITE}/{number + 1}.xml") for number in range(50)})
    with pytest.raises(SitemapUnusable, match="no page"):
        Sitemaps(site).read(f"{SITE}/0.xml", limit=100)
    assert len(site.asked) == MAX_NESTING + 1
    wide = MemorySite({f"{SITE}/0.xml": index(*[f"{SITE}/{number}.xml" for number in range(1000)])})
    with pytest.raises(SitemapUnusable, match="no page"):
        Sitemaps(wide).read(f"{SITE}/0.xml", limit=100)
    assert len(wide.asked) == MAX_FILES


def test_no_more_is_read_than_needed() -> None:
    """Reading ends with the last page that was asked for."""
    site = _site(sitemap_xml=index(f"{SITE}/1.xml", f"{SITE}/2.xml"), **{"1_xml": urlset(*PAGES), "2_xml": b""})
    assert Sitemaps(site).read(f"{SITE}/sitemap.xml", limit=2).urls == PAGES
    assert f"{SITE}/2.xml" not in site.asked


def test_a_redirect_to_www_is_followed() -> None:
    """A site that lives at www. or lets its sitemap live elsewhere is captured; other hosts' pages are not."""
    site = MemorySite({"https://www.example.com/robots.txt": b"", "https://www.example.com/sitemap.xml": b""})
    site.redirects[f"{SITE}/robots.txt"] = "https://www.example.com/robots.txt"
    site.files["https://www.example.com/sitemap.xml"] = urlset("https://www.example.com/", "https://evil.test/")
    assert Sitemaps(site).find("example.com", limit=100).urls == ["https://www.example.com/"]


def test_a_sitemap_on_another_host_speaks_for_the_site_that_names_it() -> None:
    """robots.txt may name a sitemap on another host (sitemaps.org, cross submits)."""
    site = _site(robots_txt=b"Sitemap: https://cdn.test/map.xml")
    site.files["https://cdn.test/map.xml"] = urlset(*PAGES)
    assert Sitemaps(site).find("example.com", limit=100).urls == PAGES


def test_a_site_without_https_is_found() -> None:
    """A host without a scheme is asked by http when https does not answer."""
    site = MemorySite({"http://intra.test/sitemap.txt": b"http://intra.test/a"})
    site.files["https://intra.test/robots.txt"] = HttpError("could not be reached")
    assert Sitemaps(site).find("intra.test", limit=100).urls == ["http://intra.test/a"]


def test_what_cannot_be_reached_is_told_by_its_parameter() -> None:
    """Unreachable, refused and missing addresses are named after the caller's parameter."""
    down = MemorySite(missing=HttpError("could not be reached"))
    refused = MemorySite(missing=AddressRefused("is not an address that this deployment may reach"))
    with pytest.raises(SitemapUnusable, match="could not be reached") as unreachable:
        Sitemaps(down).find("example.com", limit=1)
    with pytest.raises(TargetRefused, match="may reach") as forbidden:
        Sitemaps(refused).find("10.0.0.1", limit=1)
    with pytest.raises(SitemapUnusable, match="name one as sitemap_url") as missing:
        Sitemaps(MemorySite()).find("example.com", limit=1)
    assert {error.value.option for error in (unreachable, forbidden, missing)} == {"url"}
    with pytest.raises(SitemapUnusable, match="status 404") as gone:
        Sitemaps(MemorySite()).read(f"{SITE}/map.xml", limit=1)
    with pytest.raises(TargetRefused, match="may reach") as private:
        Sitemaps(refused).read("http://10.0.0.1/map.xml", limit=1)
    assert {error.value.option for error in (gone, private)} == {"sitemap_url"}


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://", "http://a:99999/", "a b", "gopher://x"])
def test_bad_addresses_are_refused_before_anything_is_asked(url: str) -> None:
    """What is no http or https address is refused by its parameter's name."""
    site = MemorySite()
    with pytest.raises(InvalidUrl) as by_site:
        Sitemaps(site).find(url, limit=1)
    with pytest.raises(InvalidUrl) as by_sitemap:
        Sitemaps(site).read(url, limit=1)
    assert (by_site.value.option, by_sitemap.value.option, site.asked) == ("url", "sitemap_url", [])


def test_credentials_in_a_sites_address_go_nowhere() -> None:
    """A user and a password before the host are not sent along."""
    site = _site(sitemap_xml=urlset(*PAGES))
    Sitemaps(site).find("https://user:secret@example.com", limit=1)
    assert all("secret" not in url for url in site.asked)


def test_reading_ends_with_its_time() -> None:
    """A site that takes too long gives what was found in time, or says so."""
    site = _site(sitemap_xml=urlset(*[f"{SITE}/{number}" for number in range(1000)]))
    ticks = count(step=BUDGET_S / 50)
    found = Sitemaps(site, clock=lambda: next(ticks)).read(f"{SITE}/sitemap.xml", limit=1000)
    assert 10 < len(found.urls) < 60
    slow = count(step=BUDGET_S * 2)
    with pytest.raises(SitemapUnusable, match="too long"):
        Sitemaps(site, clock=lambda: next(slow)).read(f"{SITE}/sitemap.xml", limit=1000)
