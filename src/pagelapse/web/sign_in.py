"""Signing in with a key, and out again."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import PagelapseError
from pagelapse.services.sign_in import form_token
from pagelapse.web.access import SESSION, Visit, check_form, cookie, go, set_cookie
from pagelapse.web.failures import ForeignForm, status_of
from pagelapse.web.rendering import render

VISITOR_COOKIE = "pagelapse_visitor"
"""Binds the form of the sign-in to the browser that it was shown in."""

_OWN_PATH = re.compile(r"/app(/[\w\-./]*)?(\?[\w\-./?=&%+]*)?", re.ASCII)


async def show(request: Request) -> Response:
    """The form."""
    return _form(request, next_path=request.query_params.get("next", ""))


async def submit(request: Request) -> Response:
    """Let somebody in."""
    form = await read_parameters(request)
    try:
        check_form(request, form, cookie(request, VISITOR_COOKIE) or secrets.token_hex(16))
        address = request.client.host if request.client else ""
        token = composition.sign_ins().sign_in(_text(form, "key"), address)
        composition.sign_ins().sign_out(cookie(request, SESSION))
    except ForeignForm:
        return _form(request, 403, "The form had expired; please send it once more.", _text(form, "next"))
    except PagelapseError as error:
        note(request.scope, error=error.code)
        return _form(request, status_of(error), error.message, _text(form, "next"))
    wanted = _text(form, "next")
    response = go(wanted if _OWN_PATH.fullmatch(wanted) else "/app")
    set_cookie(request, response, SESSION, token)
    return response


async def leave(visit: Visit) -> Response:
    """Sign out."""
    composition.sign_ins().sign_out(visit.signed_in.token)
    response = go("/app/sign-in")
    response.delete_cookie(SESSION, path="/app")
    return response


def _form(request: Request, status: int = 200, message: str = "", next_path: str = "") -> Response:
    """The form, together with a new cookie that it belongs to."""
    secret = cookie(request, VISITOR_COOKIE) or secrets.token_hex(32)
    wanted = next_path if _OWN_PATH.fullmatch(next_path) else ""
    response = render(request, "sign_in.html", status, message=message, next=wanted, token=form_token(secret))
    set_cookie(request, response, VISITOR_COOKIE, secret, strict=True)
    return response


def _text(form: Parameters, name: str) -> str:
    value = form.values.get(name)
    return value.strip() if isinstance(value, str) else ""
