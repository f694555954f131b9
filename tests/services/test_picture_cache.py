from __future__ import annotations

from pagelapse.services.picture_cache import PictureCache


def test_the_least_recently_used_go_first() -> None:
    """When the cache is full, the pictures that nobody asked for lately make room."""
    cache = PictureCache(max_bytes=10)
    cache.put("a", b"1234")
    cache.put("b", b"1234")
    cache.get("a")
    cache.put("c", b"1234")
    assert [cache.get(key) for key in "abc"] == [b"1234", None, b"1234"]


def test_a_picture_above_the_bound_evicts_nothing() -> None:
    """A picture that is larger than the whole cache is not kept, and costs no other its place."""
    cache = PictureCache(max_bytes=10)
    cache.put("a", b"1234")
    cache.put("huge", b"x" * 11)
    assert (cache.get("a"), cache.get("huge")) == (b"1234", None)


def test_putting_a_picture_again_takes_no_room() -> None:
    """Storing the same picture repeatedly counts its bytes once."""
    cache = PictureCache(max_bytes=10)
    cache.put("a", b"1234")
    for _ in range(5):
        cache.put("b", b"123456")
    assert cache.get("a") == b"1234"
