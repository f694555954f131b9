"""A request's parameters as a pydantic model, and its problems in the caller's own terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pagelapse.capture.options import CaptureOptions, Cookie
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption, InvalidUrl, NotSupported

M = TypeVar("M", bound=BaseModel)


def parse(
    model: type[M], parameters: Parameters, *, url_name: str = "url", not_yet: Collection[str] = (), also: Any = ()
) -> M:
    """Read an endpoint's parameters. Empty ones count as not given, as HTML forms send them.

    Args:
        model: Its fields, or their aliases, are the vendor's names.
        parameters: As sent.
        url_name: The one that holds the page's address.
        not_yet: Those that would change the picture and can't be honoured yet, unless they are false.
        also: Names that are known, though not among the model's fields.

    Raises:
        InvalidUrl: When the page's address is missing or none.
        NotSupported: For one of `not_yet`.
        InvalidOption: When another is wrong; the message never quotes the value.
    """
    given = {name: value for name, value in parameters.values.items() if value is not None and value != ""}
    known = known_names(model) | set(also)
    for name in sorted(given):
        problem = _problem_of_form(name, given[name], known, parameters.repeated)
        if problem:
            raise kind_of(name, url_name)(problem, option=name)
    try:
        params = model.model_validate(given)
    except ValidationError as error:
        raise first_problem(error, {}, url_name=url_name) from None
    for name in not_yet:
        if getattr(params, name):
            raise NotSupported("is not supported yet", option=name)
    return params


def known_names(model: type[BaseModel]) -> set[str]:
    """The parameters that an endpoint knows, besides the key."""
    return {field.alias or name for name, field in model.model_fields.items()}


def capture_options(names: Mapping[str, str], *, url_name: str = "url", **fields: Any) -> CaptureOptions:
    """The capture of these fields.

    Args:
        names: The vendor's names of `CaptureOptions`' fields, where they differ.
        url_name: The one that holds the page's address.
        fields: Of `CaptureOptions`.

    Raises:
        InvalidOption: When it can't be; names the vendor's parameter.
    """
    try:
        return CaptureOptions(**fields)
    except ValidationError as error:
        raise first_problem(error, names, url_name=url_name) from None


def checked(model: type[M], option: str, **fields: Any) -> M:
    """A part of a capture, made of one parameter or of several.

    Raises:
        InvalidOption: When it can't be; names `option`.
    """
    try:
        return model(**fields)
    except ValidationError as error:
        raise InvalidOption(first_problem(error, {}).message, option=option) from None


def first_problem(error: ValidationError, names: Mapping[str, str], *, url_name: str = "url") -> InvalidOption:
    """The first problem, in the caller's terms; pydantic's message for it, which doesn't quote the value."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    fields = [part for part in problem["loc"] if isinstance(part, str)]
    name = names.get(fields[0], fields[0]) if fields else None
    message = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
    return kind_of(name, url_name)(message, option=name)


def kind_of(name: str | None, url_name: str) -> type[InvalidOption]:
    """The error of a parameter: the page's address has one of its own."""
    return InvalidUrl if name == url_name else InvalidOption


def cookies(text: object) -> tuple[Cookie, ...]:
    """A `Cookie` header's value, `a=1; b=2` (RFC 6265, 4.2.1).

    Raises:
        ValueError: When it is none.
    """
    if not isinstance(text, str):
        raise ValueError("must be a text")
    found = []
    for part in filter(None, map(str.strip, text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals:
            raise ValueError("must be written as name=value; name2=value2")
        found.append((name.strip(), value.strip()))
    try:
        return tuple(Cookie(name=name, value=value) for name, value in found)
    except ValidationError:
        raise ValueError("must hold names and values that cookies allow") from None


def _problem_of_form(name: str, value: object, known: set[str], repeated: frozenset[str]) -> str | None:
    if name not in known:
        return None
    if name in repeated:
        return "was given more than once"
    return "holds a null byte" if isinstance(value, str) and "\x00" in value else None
