"""What our own endpoints share: whose request it is, what becomes of its failure, and of its repetition."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects import answers
from pagelapse.dialects.answers import SAFE_HEADERS
from pagelapse.dialects.native.problems import error_response, internal_error
from pagelapse.dialects.parameters import Parameters, bearer_token, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidKey, InvalidOption, InvalidSignature
from pagelapse.records import Remembered
from pagelapse.services.idempotency import fingerprint_of

BASE = "/pagelapse/v1"
Handler = Callable[[Caller, Parameters], Response]


async def answer(request: Request, handler: Handler) -> Response:
    """The handler's answer to whoever has a private key, or its failure as a problem. The key is judged first."""

    async def handle() -> Response:
        try:
            parameters = await read_parameters(request)
        except InvalidOption:
            private_caller(request, Parameters({}))
            raise
        caller = private_caller(request, parameters)
        key = request.headers.get("idempotency-key")
        if request.method != "POST" or key is None:
            return handler(caller, parameters)
        place = f"{request.url.path}?{request.scope['query_string'].decode(errors='replace')}"
        fingerprint = fingerprint_of(request.method, place, await request.body())
        return _once(caller, key, fingerprint, lambda: handler(caller, parameters))

    return await answers.guarded(request, handle, error_response, internal_error)


def private_caller(request: Request, parameters: Parameters) -> Caller:
    """Whose private key it is.

    Raises:
        MissingKey: When there is none.
        InvalidKey: When it is nobody's.
        InvalidSignature: When it is a publishable one, which is for signed pictures only.
    """
    caller = identified(request, parameters)
    if caller.kind == "publishable":
        raise InvalidSignature("A publishable key is for signed pictures only; use the private key here.")
    return caller


def identified(request: Request, parameters: Parameters, *, digest: str | None = None) -> Caller:
    """Whose key it is: the header's, else the parameter's."""
    key = bearer_token(request) or parameters.values.get("key") or None
    if key is not None and (not isinstance(key, str) or "key" in parameters.repeated):
        raise InvalidKey("The API key is not valid.")
    caller = composition.services().accounts.identify(key, digest=digest)
    note(request.scope, account_id=caller.account.account_id)
    return caller


def success(content: object, status: int = HTTPStatus.OK, *, location: str | None = None) -> JSONResponse:
    """A JSON answer, which nobody may keep."""
    headers = {**SAFE_HEADERS, "Cache-Control": "no-store"}
    return JSONResponse(content, status, headers=headers | ({"Location": location} if location else {}))


def _once(caller: Caller, key: str, fingerprint: str, handle: Callable[[], Response]) -> Response:
    repeats, account_id = composition.idempotency(), caller.account.account_id
    found = repeats.begin(account_id, key, fingerprint)
    if found is not None:
        again = success(json.loads(found.body or "null"), found.status or HTTPStatus.OK, location=found.location)
        again.headers["Idempotent-Replayed"] = "true"
        return again
    remembered = Remembered(fingerprint)
    try:
        response = handle()
        body = bytes(response.body).decode()
        remembered = Remembered(fingerprint, response.status_code, body, response.headers.get("location"))
        return response
    finally:
        repeats.end(account_id, key, remembered)
