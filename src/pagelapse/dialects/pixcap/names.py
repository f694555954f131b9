"""Pixcap writes its parameters in snake_case and in camelCase; here they are read in either, and named as written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import ValidationError

from pagelapse.errors import InvalidOption, InvalidUrl

_M = TypeVar("_M", bound=BaseModel)
_URL_NAMES = frozenset({"url"})


def camel(name: str) -> str:
    """`full_page` as `fullPage`."""
    return re.sub(r"_([a-z])", lambda letter: letter[1].upper(), name)


@dataclass(frozen=True, slots=True)
class Named:
    """What a caller sent, by snake_case name. Empty values count as not given, as HTML forms send them."""

    values: Mapping[str, object]
    written: Mapping[str, str]
    """How the caller wrote each name."""
    ignored: tuple[str, ...]
    """Names that nobody looks at, sorted."""

    def error(self, name: str, message: str) -> InvalidOption:
        """The error about a parameter, under the name that the caller wrote."""
        kind = InvalidUrl if name in _URL_NAMES else InvalidOption
        return kind(message, option=self.written.get(name, name))


def named(given: Mapping[str, object], known: Iterable[str], *, repeated: Iterable[str] = ()) -> Named:
    """Find the `known` parameters, which are in snake_case, among those `given`.

    Raises:
        InvalidOption: When one was given more than once or in brackets, or holds a null byte; `InvalidUrl` when it is
            `url`.
    """
    snake = {spelling: name for name in known for spelling in (name, camel(name))}
    values: dict[str, object] = {}
    written: dict[str, str] = {}
    result = Named(values, written, tuple(sorted(given.keys() - snake.keys())))
    for spelling in sorted(result.ignored):
        base, bracket, _ = spelling.partition("[")
        if bracket and base in snake:
            raise result.error(base, "can't be sent in brackets; send it as a JSON string")
    many = frozenset(repeated)
    for spelling in [spelling for spelling in given if spelling in snake and given[spelling] not in (None, "")]:
        name = snake[spelling]
        again = name in values or spelling in many
        values[name], written[name] = given[spelling], spelling
        if again:
            raise result.error(name, "was given more than once")
        if isinstance(given[spelling], str) and "\x00" in str(given[spelling]):
            raise result.error(name, "holds a null byte")
    return result


def parse(model: type[_M], given: Named) -> _M:
    """Read parameters into a model whose fields are named in snake_case.

    Raises:
        InvalidOption: When one is wrong; the message never quotes the value. `InvalidUrl` when it is `url`.
    """
    try:
        return model.model_validate(dict(given.values))
    except ValidationError as error:
        raise invalid(error, given) from None


def invalid(error: ValidationError, given: Named, renamed: Mapping[str, str] | None = None) -> InvalidOption:
    """The first problem in the caller's terms; `renamed` gives the parameters of fields that are called otherwise."""
    problem: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = next((part for part in reversed(problem["loc"]) if isinstance(part, str)), "scale")
    name = (renamed or {}).get(field, field)
    message = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
    return given.error(name, message)
