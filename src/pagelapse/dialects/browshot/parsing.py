"""How Browshot's parameters are read, whatever the endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import ValidationError

from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import InvalidOption, InvalidUrl

OPTION_NAMES = {
    "java_script_enabled": "instance_id",
    "viewport": "instance_id",
    "user_agent": "instance_id",
    "delay_ms": "delay",
    "full_page": "size",
    "cookies": "cookie",
    "connector": "connector_id",
}
"""Browshot's names of `CaptureOptions`' fields; the others are called the same."""

Details = Annotated[int, Field(ge=0, le=3, description="How much the answer tells, 0 to 3.")]


class Params(BaseModel):
    """What all endpoints' parameters have in common."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_P = TypeVar("_P", bound=Params)


def parse(model: type[_P], parameters: Parameters, *, several: Iterable[str] = ()) -> _P:
    """Read an endpoint's parameters. Empty ones count as not given, as HTML forms send them.

    Args:
        model: The endpoint's.
        parameters: As sent.
        several: Names that may be repeated.

    Raises:
        InvalidUrl: When `url` is missing or no address of a page.
        InvalidOption: When another is wrong; the message never quotes the value.
    """
    given = {name: value for name, value in parameters.values.items() if value is not None and value != ""}
    _check_form(given, set(model.model_fields), parameters.repeated - set(several))
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None


def _check_form(given: Mapping[str, object], known: set[str], repeated: frozenset[str]) -> None:
    for name in sorted(given.keys() & known):
        if name in repeated:
            raise _kind(name)("was given more than once", option=name)
        if isinstance(given[name], str) and "\x00" in str(given[name]):
            raise _kind(name)("holds a null byte", option=name)


def invalid(error: ValidationError) -> InvalidOption:
    """The first problem, in the caller's terms; pydantic's message for it, which doesn't quote the value."""
    problem: Any = error.errors(include_url=False, include_context=False, include_input=False)[0]
    fields = [part for part in problem["loc"] if isinstance(part, str)]
    name = next((OPTION_NAMES.get(part, part) for part in fields), "instance_id")
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "missing":
        message = "is missing"
    return _kind(name)(message, option=name)


def _kind(name: str) -> type[InvalidOption]:
    return InvalidUrl if name == "url" else InvalidOption
