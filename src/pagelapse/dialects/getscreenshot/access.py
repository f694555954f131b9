"""Whose request it is, and what becomes of its failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects import answers
from pagelapse.dialects.getscreenshot.errors import error_response, internal_error
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidKey, InvalidSignature


async def guarded(request: Request, handler: Callable[[], Awaitable[Response]]) -> Response:
    """The handler's answer, or its failure in the vendor's form; nobody sees a traceback."""
    return await answers.guarded(request, handler, error_response, internal_error)


def private_caller(request: Request, parameters: Parameters, *, digest: str | None = None) -> Caller:
    """Whose private key it is; a publishable one needs a signature, which this API has no place for.

    Raises:
        MissingKey: When there is none.
        InvalidKey: When it is nobody's.
        InvalidSignature: When it is a publishable one.
    """
    caller = composition.services().accounts.identify(_key_of(parameters), digest=digest)
    note(request.scope, account_id=caller.account.account_id)
    if caller.kind == "publishable":
        raise InvalidSignature("A publishable key can't be used here; use the private key.")
    return caller


def _key_of(parameters: Parameters) -> str | None:
    key = parameters.values.get("apikey")
    if key in (None, ""):
        return None
    if not isinstance(key, str) or "apikey" in parameters.repeated:
        raise InvalidKey("The API key is not valid.")
    return key
