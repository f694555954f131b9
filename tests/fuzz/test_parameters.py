"""Every parameter model of every dialect, with values that hypothesis makes up."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from tests.fuzz.bounds import bounded, without_hanging

from pagelapse import dialects
from pagelapse.capture.jobs import CaptureJob
from pagelapse.capture.options import CaptureOptions
from pagelapse.dialects.registry import DIALECTS
from pagelapse.errors import PagelapseError

EXAMPLES = 60

TELLING: list[Any] = [
    *("", " ", "0", "1", "-1", "1.5", "+5", " 5 ", "1_000", "1e9", "1e999", "nan", "inf", "9" * 30, "²", "0x10"),
    *("\u0663", "\uff11", "true", "false", "on", "no", "none", "null", "[]", "{}", "[[]]", '{"a":1}'),
    *('[{"type":"click","selector":"#a"}]', "https://example.com/", "//example.com", "http://[::1", "http://a:99999/"),
    *("http://ex ample/", "http://xn--/", "a=b; c=d", "=", "a=b,c=d", "1,2,3,4", "0,0", "100%", "50%x", "320x", "x200"),
    *("10:20", "#fff", "rgb(1,2", "jpeg", "png", "webp", "pdf", "html", "desktop", "iPhone 12", "Europe/Berlin"),
    *("Nowhere/Else", "de-DE", "xx-", "div:has(", "a" * 9000, "\ud800", "a\ud800b", "\x00", "\r\nX: y", "😀"),
    *("\u202e", "%00", "../..", "{{", "<!DOCTYPE", None, True, False, 0, -1, 1.5, 10**400, float("inf"), [], {}),
    *([None], [[1]], {"": ""}, ["\ud800"], {"a": {"b": []}}),
]

_ANYTHING = st.characters()  # half surrogate pairs too: JSON can hold them
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(_ANYTHING, max_size=30)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
VALUES = st.sampled_from(TELLING) | _JSON | st.integers(-5, 5000).map(str)


def _models() -> Iterator[type[BaseModel]]:
    for found in pkgutil.walk_packages(dialects.__path__, f"{dialects.__name__}."):
        for thing in vars(import_module(found.name)).values():
            if inspect.isclass(thing) and issubclass(thing, BaseModel) and thing.__module__ == found.name:
                yield thing


MODELS = {f"{model.__module__.split('.')[2]}.{model.__name__}": model for model in _models() if model.model_fields}


def test_every_dialect_has_models() -> None:
    """None is forgotten: each dialect's models are among those that are fuzzed."""
    assert {name.partition(".")[0] for name in MODELS} == {dialect.name for dialect in DIALECTS}


def _given(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of a model's parameters, the page's address mostly as it should be."""
    names = sorted({field.alias or name for name, field in model.model_fields.items()})
    some = st.dictionaries(st.sampled_from(names), VALUES, max_size=6)
    addresses = {name: st.just("https://example.com/") for name in ("url", "q", "sitemap_url") if name in names}
    return st.builds(lambda base, more: {**base, **more}, st.fixed_dictionaries(addresses), some)


def _results(made: BaseModel) -> Iterator[tuple[Callable[[], object], tuple[type[Exception], ...]]]:
    """What routes ask a model for, as far as it needs no arguments, and how that may refuse."""
    for name, method in inspect.getmembers(type(made), inspect.isfunction):
        of_ours = not name.startswith("_") and not hasattr(BaseModel, name)
        if of_ours and len(inspect.signature(method).parameters) == 1:
            promised = "pydantic.ValidationError" in (inspect.getdoc(method) or "")
            yield getattr(made, name), (PagelapseError, ValidationError) if promised else (PagelapseError,)


def _use(result: object) -> None:
    """Whatever becomes a capture can be told, stored and sent."""
    if isinstance(result, CaptureOptions):
        job = CaptureJob(job_id="j", account_id="a", options=result, key_prefix="pictures/x")
        assert CaptureJob.model_validate_json(job.model_dump_json()).options.digest() == result.digest()


@pytest.mark.parametrize("name", sorted(MODELS))
def test_parameters_are_read_or_refused(name: str) -> None:
    """Whatever is sent, a parameter model reads it or refuses it in its own words; what it reads can be stored."""
    model = MODELS[name]

    @given(_given(model))
    @example(dict.fromkeys(sorted(model.model_fields), "\ud800"))
    @bounded(EXAMPLES)
    def fuzz(values: dict[str, Any]) -> None:
        with without_hanging():
            try:
                made = model.model_validate(values)
            except (ValidationError, PagelapseError):
                return
            for result, refusals in _results(made):
                with suppress(*refusals):
                    _use(result())

    fuzz()
