"""What the pages share: who is signed in, whether a form is one of ours, and what becomes of failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidKey, MissingKey, PagelapseError
from pagelapse.observability import log_unexpected
from pagelapse.restrictions import VISITOR, Visitor
from pagelapse.services.sign_in import SIGNED_IN_S, SignedIn, form_token
from pagelapse.web.failures import ForeignForm, NoSuchPage, status_of
from pagelapse.web.rendering import render

SESSION = "pagelapse_session"
"""The cookie of somebody who is signed in."""

TOKEN_FIELD = "_token"  # noqa: S105 - its name
"""The hidden field that every form has."""

_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    request: Request
    signed_in: SignedIn
    form: Parameters
    """What was sent: a query's values, and a form's over them."""

    @property
    def caller(self) -> Caller:
        """Whose account it is."""
        return self.signed_in.caller

    def text(self, name: str) -> str:
        """A value as sent, or an empty text."""
        value = self.form.values.get(name)
        return value.strip() if isinstance(value, str) else ""

    def number(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 0 on, or the default where none was sent."""
        text = self.text(name)
        return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else default

    def render(self, template: str, status: int = 200, /, **context: object) -> Response:
        """A page, with what all pages of somebody who is signed in show."""
        shown = {"account": self.caller.account, "token": form_token(self.signed_in.token), **context}
        return render(self.request, template, status, **shown)


Handler = Callable[[Visit], Awaitable[Response]]


def page(handler: Handler) -> _Endpoint:
    """An endpoint that shows something to people who are signed in, and leads others to the sign-in."""

    async def endpoint(request: Request) -> Response:
        return await _guarded(request, lambda: _visited(request, handler))

    return endpoint


def submitted(handler: Handler) -> _Endpoint:
    """An endpoint that takes a form, if it was one of our own pages' that sent it."""

    async def checked(visit: Visit) -> Response:
        check_form(visit.request, visit.form, visit.signed_in.token)
        return await handler(visit)

    return page(checked)


def visitor_page(handler: _Endpoint) -> _Endpoint:
    """An endpoint for anybody."""

    async def endpoint(request: Request) -> Response:
        return await _guarded(request, lambda: handler(request))

    return endpoint


async def nothing(_request: Request) -> Response:
    """What is at no page's address; raises `NoSuchPage`."""
    raise NoSuchPage("There is no such page.")


def go(path: str) -> Response:
    """See other (RFC 9110, 15.4.4): a page that can be loaded again without sending a form again."""
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


def check_form(request: Request, form: Parameters, token: str) -> None:
    """Pass when a page of ours has sent the form.

    Raises:
        ForeignForm: When it was another one, or the form is of somebody else's, or of an earlier sign-in.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForeignForm("This form was sent by another site.")
    if form.values.get(TOKEN_FIELD) != form_token(token):
        raise ForeignForm("This form has expired; load the page again and send it once more.")


def set_cookie(request: Request, response: Response, name: str, value: str, *, strict: bool = False) -> None:
    """Keep a secret in the browser, out of every script's reach."""
    same_site: Literal["strict", "lax"] = "strict" if strict else "lax"
    response.set_cookie(
        name,
        value,
        max_age=SIGNED_IN_S,
        path="/app",
        secure=is_secure(request),
        httponly=True,
        samesite=same_site,
    )


def is_secure(request: Request) -> bool:
    """Whether browsers reach the pages over https: as the operator says, or else as API Gateway does."""
    told = composition.configurations().public_url
    scheme = told.partition(":")[0] or request.headers.get("x-forwarded-proto", request.url.scheme)
    return scheme == "https"


def cookie(request: Request, name: str) -> str | None:
    """A cookie's value, if there is one such cookie only: the second one would be another's."""
    found = [part.partition("=")[2] for part in _cookie_parts(request) if part.partition("=")[0] == name]
    return found[0] if len(found) == 1 else None


def _cookie_parts(request: Request) -> list[str]:
    return [part.strip() for header in request.headers.getlist("cookie") for part in header.split(";")]


async def _visited(request: Request, handler: Handler) -> Response:
    try:
        signed_in = composition.sign_ins().who(cookie(request, SESSION))
    except (MissingKey, InvalidKey) as error:
        note(request.scope, error=error.code)
        return _to_sign_in(request)
    note(request.scope, account_id=signed_in.caller.account.account_id)
    return await handler(Visit(request, signed_in, await read_parameters(request)))


def _to_sign_in(request: Request) -> Response:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = f"?next={quote(here, safe='/')}" if request.method == "GET" and here != "/app" else ""
    return go(f"/app/sign-in{wanted}")


async def _guarded(request: Request, answer: Callable[[], Awaitable[Response]]) -> Response:
    note(request.scope, dialect="web")
    visitor = VISITOR.get() or Visitor("")
    VISITOR.set(replace(visitor, signed_in=True))
    try:
        return await answer()
    except PagelapseError as error:
        note(request.scope, error=error.code, why=error.message, option=error.option)
        return render(request, "failure.html", status_of(error), message=error.message)
    except Exception as error:  # noqa: BLE001 - the last resort: people get a page, the log the cause
        note(request.scope, error="internal_error")
        log_unexpected(error)
        return render(request, "failure.html", 500, message="Something went wrong on our side.")
