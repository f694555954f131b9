"""What Browshot's endpoints share: whose request it is, and what becomes of its failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.answers import SAFE_HEADERS, ignored_header
from pagelapse.dialects.browshot.errors import OURS, describe, json_failure, json_status, retry_after
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidKey, InvalidSignature, PagelapseError
from pagelapse.observability import log_unexpected

Json = Mapping[str, object]
_LONG_NUMBER = 16
Handler = Callable[[Caller, Parameters], Awaitable[Response]]
Failed = Callable[[PagelapseError | None, Parameters | None], Response]
"""Makes the answer to an error; `None` is a failure of our own. The parameters are there once they are read."""


async def answer(
    request: Request, handler: Handler, failed: Failed, *, knows: Sequence[type[BaseModel]] = ()
) -> Response:
    """The handler's answer, or its failure in the vendor's form; nobody sees a traceback.

    Args:
        request: What was asked.
        handler: Answers it.
        failed: Makes the answer to an error.
        knows: The parameters that are looked at, besides the key; the answer names the others.
    """
    parameters = None
    try:
        parameters = await read_parameters(request)
        response = await handler(caller_of(request, parameters), parameters)
        response.headers.update(ignored_header(_ignored(parameters, knows)))
        return response
    except PagelapseError as error:
        note(request.scope, error=error.code, why=error.message, option=error.option)
        return failed(error, parameters)
    except Exception as error:  # noqa: BLE001 - the last resort: the caller gets the vendor's form, the log the cause
        note(request.scope, error="internal_error")
        log_unexpected(error)
        return failed(None, parameters)


def _ignored(parameters: Parameters, knows: Iterable[type[BaseModel]]) -> list[str]:
    known = {name for model in knows for name in model.model_fields}
    return sorted(parameters.values.keys() - known - {"key"})


def failure_with(**more: object) -> Failed:
    """Makes JSON answers to errors: `error`, `status`, and what else the endpoint's have."""

    def failed(error: PagelapseError | None, _parameters: Parameters | None) -> Response:
        return _failure(error, {"status": "error", **more})

    return failed


def failure_with_id(error: PagelapseError | None, parameters: Parameters | None) -> Response:
    """The answer to an error of an endpoint that is about one screenshot: it repeats the id, as a number."""
    text = str(parameters.values.get("id", "")) if parameters else ""
    number = {"id": int(text)} if text.isascii() and text.isdecimal() and len(text) < _LONG_NUMBER else {}
    return _failure(error, {"status": "error", **number})


def failure_without_status(error: PagelapseError | None, _parameters: Parameters | None) -> Response:
    """The answer to an error where the vendor shows nothing but `error` ("instance/create")."""
    return _failure(error, {})


def _failure(error: PagelapseError | None, more: Json) -> Response:
    message = describe(error) if error else OURS
    status = json_status(error) if error else 500
    return json_failure(status, {"error": message, **more}, message, retry_after(error) if error else {})


def success(content: Json) -> JSONResponse:
    """A JSON answer, which nobody may keep."""
    return JSONResponse(dict(content), headers={**SAFE_HEADERS, "Cache-Control": "no-store"})


def key_of(parameters: Parameters) -> str | None:
    """The caller's key.

    Raises:
        InvalidKey: When it is no text, or was sent more than once.
    """
    key = parameters.values.get("key")
    if key in (None, ""):
        return None
    if not isinstance(key, str) or "key" in parameters.repeated:
        raise InvalidKey("The API key is not valid.")
    return key


def caller_of(request: Request, parameters: Parameters) -> Caller:
    """Whose private key it is.

    Raises:
        MissingKey: When there is none.
        InvalidKey: When it is nobody's.
        InvalidSignature: When it is a publishable one.
    """
    caller = composition.services().accounts.identify(key_of(parameters))
    note(request.scope, account_id=caller.account.account_id)
    if caller.kind == "publishable":
        raise InvalidSignature("A publishable key can't be used here; use the private key.")
    return caller


def own_base(request: Request) -> str:
    """Base of our own public addresses, without a closing slash."""
    return composition.order_pictures().public_url or str(request.base_url).rstrip("/")
