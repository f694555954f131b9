"""What PagePixels' endpoints share: whose request it is, and what becomes of its failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects import answers
from pagelapse.dialects.pagepixels.errors import error_response, internal_error
from pagelapse.dialects.parameters import Parameters, bearer_token
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidKey, InvalidSignature


async def guarded(request: Request, handler: Callable[[], Awaitable[Response]]) -> Response:
    """The handler's answer, or its failure in the vendor's form; nobody sees a traceback."""
    return await answers.guarded(request, handler, error_response, internal_error)


def key_of(request: Request, parameters: Parameters) -> str | None:
    """The caller's key: a parameter wins over the header, as the vendor's clients send both."""
    token = parameters.values.get("access_token")
    if token in (None, ""):
        return bearer_token(request)
    if not isinstance(token, str) or "access_token" in parameters.repeated:
        raise InvalidKey("The API key is not valid.")
    return token


def private_caller(request: Request, parameters: Parameters) -> Caller:
    """Whose private key it is; a publishable one can only capture signed urls.

    Raises:
        MissingKey: When there is none.
        InvalidKey: When it is nobody's.
        InvalidSignature: When it is a publishable one.
    """
    caller = composition.services().accounts.identify(key_of(request, parameters))
    note(request.scope, account_id=caller.account.account_id)
    if caller.kind == "publishable":
        raise InvalidSignature("A publishable key can only capture a signed url; use the private key here.")
    return caller
