"""What Pixcap's endpoints share: whose request it is, how often it may ask, and what becomes of its failure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from fastapi.responses import Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects import answers
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.pixcap.errors import error_response, internal_error
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidKey, InvalidOption, RateLimitExceeded
from pagelapse.services.rate_windows import RateRule, Standing

Handler = Callable[[], Awaitable[Response]]
KEY_NAMES = ("api_key", "apiKey")
"""Of the key among the parameters."""


async def guarded(request: Request, rule: RateRule, handler: Handler) -> Response:
    """The handler's answer, or its failure in the vendor's form, with the rate limit's headers on either.

    The handler says who asks, by `caller_of` or `count_address`. A request that fails before it has said so is its
    address's.
    """
    request.state.rule = rule
    response = await _answer(request, handler)
    if _standing(request) is None:
        response = await _answer(request, lambda: _uncounted(request, response))
    standing = _standing(request)
    if standing is not None:
        response.headers.update(rate_headers(standing))
    return response


async def parameters_of(request: Request) -> Parameters:
    """The request's parameters. A malformed one is still its key's, where the header has one.

    Raises:
        InvalidOption: When they are malformed or too long; otherwise like `caller_of`.
    """
    try:
        return await read_parameters(request)
    except InvalidOption:
        if request.headers.get("x-api-key"):
            caller_of(request, Parameters({}))
        raise


def caller_of(request: Request, parameters: Parameters, *, digest: str | None = None) -> Caller:
    """Whose private key it is; the request is counted for that account.

    Args:
        request: One that `guarded` answers.
        parameters: Its parameters, among which the key may be.
        digest: Of the capture options, to read their record on the same round trip.

    Raises:
        MissingKey: When there is no key.
        InvalidKey: When it is nobody's, or a publishable one, which can only capture a URL that is signed for it.
        AccountSuspended: When the operator has suspended the account.
        RateLimitExceeded: When the account asks too often.
    """
    try:
        caller = composition.services().accounts.identify(_key_of(request, parameters), digest=digest)
    except RateLimitExceeded as error:
        request.state.standing = composition.rate_windows().closed(request.state.rule, error.retry_after_s)
        raise
    note(request.scope, account_id=caller.account.account_id)
    _count(request, f"ACCOUNT#{caller.account.account_id}")
    if caller.kind == "publishable":
        raise InvalidKey("A publishable key can't be used here; use the private key.")
    return caller


def count_address(request: Request) -> None:
    """Count the request for the address it comes from; an IPv6 customer is given a network of 64 bits (RFC 6177).

    Raises:
        RateLimitExceeded: When the address asks too often.
    """
    # Of the connection to API Gateway, as Mangum hands it on. X-Forwarded-For is whatever the caller wrote.
    host = request.client.host if request.client else ""
    _count(request, f"ADDRESS#{_network(host)}")


def rate_headers(standing: Standing) -> dict[str, str]:
    """The text's three headers; the reset is Unix time, seconds."""
    return {
        "X-RateLimit-Limit": str(standing.limit),
        "X-RateLimit-Remaining": str(standing.remaining),
        "X-RateLimit-Reset": str(standing.resets_at),
    }


async def _answer(request: Request, handler: Handler) -> Response:
    return await answers.guarded(request, handler, error_response, internal_error)


async def _uncounted(request: Request, response: Response) -> Response:
    count_address(request)
    return response


def _standing(request: Request) -> Standing | None:
    return getattr(request.state, "standing", None)


def _count(request: Request, subject: str) -> None:
    rule: RateRule = request.state.rule
    request.state.standing = standing = composition.rate_windows().count(subject, rule)
    if not standing.admitted:
        wait_s = standing.retry_after_s
        raise RateLimitExceeded(f"Too many requests; ask again in {wait_s} s.", retry_after_s=wait_s)


def _key_of(request: Request, parameters: Parameters) -> str | None:
    """The header, which the vendor recommends, wins over a parameter."""
    header = request.headers.get("x-api-key")
    if header:
        return header
    name = next((name for name in KEY_NAMES if parameters.values.get(name) not in (None, "")), None)
    if name is None:
        return None
    given = parameters.values[name]
    if not isinstance(given, str) or name in parameters.repeated:
        raise InvalidKey("The API key is not valid.")
    return given


def _network(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
