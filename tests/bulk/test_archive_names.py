from __future__ import annotations

import unicodedata
from pathlib import PureWindowsPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pagelapse.bulk.archive_names import MANIFEST, file_names, folder_name

SITE = "https://example.com"


def _names(*paths: str) -> list[str]:
    return file_names([SITE + path for path in paths], "png")


def test_the_tree_is_the_sites() -> None:
    """A path with a closing slash is an index in its folder, one without a file, as the vendor shows it."""
    assert _names("/", "/about/", "/blog/", "/blog/my-post") == [
        "index.png",
        "about/index.png",
        "blog/index.png",
        "blog/my-post.png",
    ]


@pytest.mark.parametrize(
    ("url", "moment", "folder"),
    [
        ("https://example.com/", 1705276800, "screenshots-example-com-2024-01-15"),
        ("https://WWW.Example.com:8443/a/b", 1705363199, "screenshots-www-example-com-2024-01-15"),
        ("http://127.0.0.1:8000/", 0, "screenshots-127-0-0-1-1970-01-01"),
        ("http://[::1]/", 0, "screenshots-1-1970-01-01"),
        ("https://bücher.example/", 0, "screenshots-xn-bcher-kva-example-1970-01-01"),
    ],
)
def test_the_folder_names_site_and_day(url: str, moment: int, folder: str) -> None:
    """The folder is named after host and day (UTC), in letters, digits and hyphens."""
    assert folder_name(url, moment) == folder


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/../../etc/passwd", "_/_/etc/passwd.png"),
        ("/%2e%2e/%2e%2e/secret", "_/_/secret.png"),
        ("/..%2f..%2fsecret", "__.._secret.png"),
        ("/a%2Fb", "a_b.png"),
        ("/a%5C..%5Cb", "a_.._b.png"),
        ("/C:%5CWindows", "C_Windows.png"),
        ("/con", "_con.png"),
        ("/aux.html/x", "_aux.html/x.png"),
        ("/COM1/", "_COM1/index.png"),
        ("/nul%20", "_nul.png"),
        ("/.git/config", "_git/config.png"),
        ("/-rf", "_-rf.png"),
        ("/a.%20/b", "a/b.png"),
        ("/a%00b", "a_b.png"),
        ("/%E2%80%AEgnp.exe", "_gnp.exe.png"),
        ("/caf%C3%A9", "café.png"),
        ("/cafe%CC%81", "café.png"),
        ("/%ff", "\N{REPLACEMENT CHARACTER}.png"),
        ("/p?id=1&x=a/b", "p_id=1&x=a_b.png"),
        ("/?page=2", "index_page=2.png"),
        ("/#/about", "index__about.png"),
        ("//a///b", "a/b.png"),
        ("/index", "index.png"),
        ("/about.html", "about.html.png"),
        ("/_manifest.json", "_manifest.json.png"),
    ],
)
def test_hostile_and_odd_addresses_get_harmless_names(path: str, name: str) -> None:
    """Climbing, devices of Windows, hidden files, controls and reversed text end in plain names below the folder."""
    assert _names(path) == [name]


@pytest.mark.parametrize(
    "paths",
    [
        ("/", "/index"),
        ("/About", "/about"),
        ("/stra%C3%9Fe", "/strasse"),
        ("/p?a=1", "/p_a=1"),
        ("/a%2Fb", "/a_b"),
        ("/a", "/a.png/b"),
        ("/a.png/b", "/a"),
        ("/%EF%BC%A1", "/a"),
    ],
)
def test_names_that_a_file_system_would_confuse_are_told_apart(paths: tuple[str, str]) -> None:
    """Of two pages whose files would be one on some file system, the second gets a digest in its name."""
    first, second = _names(*paths)
    assert first == _names(paths[0])[0]
    assert second != _names(paths[1])[0]
    _check([first, second])


def test_long_addresses_are_cut_and_told_apart() -> None:
    """Names stay short enough for Windows, and different for different pages."""
    long = "/" + "/".join(["segment" * 30] * 20)
    names = _names(long, long + "x", "/" + "ü" * 3000, "/" + "ü" * 3001)
    _check(names)


def _check(names: list[str]) -> None:
    folded = [unicodedata.normalize("NFKC", name.casefold()) for name in names]
    assert len(set(folded)) == len(names)
    folders = {folder for name in folded for folder in _parents(name)}
    assert not folders & {*folded, MANIFEST}
    for name in names:
        assert len(name.encode()) <= 260
        assert name.endswith(".png")
        for segment in name.split("/"):
            assert segment not in ("", ".", "..")
            assert segment == segment.strip(" ").rstrip(".")
            assert not set(segment) & set('<>:"\\|?*')
            assert not any(unicodedata.category(char).startswith("C") for char in segment)
            assert not PureWindowsPath(segment).is_reserved()


def _parents(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


_PARTS = ["..", ".", "", "a", "A", "a.png", "con", "%2e", "ä", "a\u0308", "%2f", "?", "#"]
_URL = st.one_of(
    st.text(max_size=40).map(lambda text: f"{SITE}/{text}"),
    st.lists(st.sampled_from(_PARTS), max_size=6).map(lambda parts: f"{SITE}/{'/'.join(parts)}"),
)


@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_URL, max_size=12, unique=True))
def test_no_set_of_addresses_climbs_out_or_collides(urls: list[str]) -> None:
    """Whatever addresses a job has, each gets a file of its own below the folder, and the same one every time."""
    names = file_names(urls, "png")
    assert len(names) == len(urls)
    _check(names)
    assert file_names(urls, "png") == names
