"""A request's parameters, from its query and its body: form, multipart or JSON. A body's value wins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from pagelapse.errors import InvalidOption

MAX_QUERY_BYTES = 10_240
"""API Gateway refuses request lines and headers above 10,240 bytes (AWS quota); so do we where it isn't in front."""

MAX_FIELDS = 1000
MAX_DEPTH = 50
"""Of JSON; no parameter of any vendor's needs more than a handful."""

_MAX_PART_BYTES = 6_000_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the caller sent, as sent: strings, or whatever JSON has."""

    values: Mapping[str, object]
    repeated: frozenset[str] = frozenset()
    """Names that one source held more than once, so that there is no telling which value is meant."""
    lists: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    """All values of each name, from the source that wins."""


async def read_parameters(request: Request) -> Parameters:
    """Read the query and the body.

    Raises:
        InvalidOption: When either is too long, malformed or of an unknown type.
    """
    query = _query(request.scope["query_string"])
    body = await _body(request)
    repeated = _repeated(query) - {name for name, _ in body} | _repeated(body)
    return Parameters(dict(query) | dict(body), frozenset(repeated), _lists(query) | _lists(body))


def bearer_token(request: Request) -> str | None:
    """The key in `Authorization: Bearer …` (RFC 6750), if there is one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _query(query: bytes) -> list[tuple[str, object]]:
    if len(query) > MAX_QUERY_BYTES:
        raise InvalidOption(f"The query is longer than {MAX_QUERY_BYTES} bytes; send a POST body instead.")
    return _form(query, "query")


async def _body(request: Request) -> list[tuple[str, object]]:
    try:
        body = await request.body()
    except ClientDisconnect:
        raise InvalidOption("The body is incomplete.") from None
    if not body:
        return []
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/json" or media_type.endswith("+json"):
        return _json(body)
    if media_type == "application/x-www-form-urlencoded":
        return _form(body, "body")
    if media_type == "multipart/form-data":
        return await _multipart(request)
    raise InvalidOption("The body must be application/json, application/x-www-form-urlencoded or multipart/form-data.")


def _form(text: bytes, where: str) -> list[tuple[str, object]]:
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError:
        raise InvalidOption(f"The {where} is not UTF-8.") from None
    except ValueError:
        raise InvalidOption(f"The {where} has more than {MAX_FIELDS} fields.") from None
    return [(name, value) for name, value in pairs]


def _json(body: bytes) -> list[tuple[str, object]]:
    try:
        pairs = json.loads(body, object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InvalidOption("The body is not JSON.") from None
    if not isinstance(pairs, _Pairs):
        raise InvalidOption("The body is not a JSON object.")
    return [(name, _plain(value)) for name, value in pairs]


class _Pairs(list[tuple[str, object]]):
    """A JSON object as read, so that repeated names are noticed."""


def _plain(value: object, depth: int = 1) -> object:
    if not isinstance(value, list):
        return value
    if depth > MAX_DEPTH:
        raise InvalidOption(f"The body's JSON is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, _Pairs):
        return {name: _plain(inner, depth + 1) for name, inner in value}
    return [_plain(inner, depth + 1) for inner in value]


def _refuse_constant(_text: str) -> object:
    raise ValueError("NaN and Infinity are no JSON (RFC 8259, 6)")


async def _multipart(request: Request) -> list[tuple[str, object]]:
    if not (await request.body()).rstrip().endswith(b"--"):
        raise InvalidOption("The body is incomplete.")
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=10, max_fields=MAX_FIELDS, max_part_size=_MAX_PART_BYTES
    )
    try:
        form = await parser.parse()
        try:
            return [(name, await _part(value)) for name, value in form.multi_items()]
        finally:
            await form.close()
    except (MultiPartException, FormParserError, KeyError):
        raise InvalidOption("The body is not multipart/form-data.") from None
    except UnicodeDecodeError:
        raise InvalidOption("The body is not UTF-8.") from None


async def _part(value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value
    return (await value.read()).decode()


def _lists(pairs: Iterable[tuple[str, object]]) -> dict[str, tuple[object, ...]]:
    lists: dict[str, tuple[object, ...]] = {}
    for name, value in pairs:
        lists[name] = (*lists.get(name, ()), value)
    return lists


def _repeated(pairs: Iterable[tuple[str, object]]) -> set[str]:
    seen: set[str] = set()
    return {name for name, _ in pairs if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
