"""Turns templates into answers that run nothing but our own script and let nobody frame them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.web import assets

_LONGEST_PATH = 80
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def render(request: Request, template: str, status: int = 200, /, **context: object) -> Response:
    """A page; `context` is what its template shows."""
    shown = {"account": None, "path": request.url.path, **context}
    body = _environment().get_template(template).render(shown)
    return Response(body, status, {**_HEADERS, "Content-Security-Policy": _policy()}, "text/html; charset=utf-8")


def data(content: dict[str, object]) -> Response:
    """The same for a page's script to read."""
    from starlette.responses import JSONResponse

    return JSONResponse(content, headers={**_HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"})


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("templates"))
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets.url
    environment.filters.update(moment=moment, second=second, iso=iso, host=host, rest=rest)
    return environment


def _policy() -> str:
    """Scripts and styles of our own files only, pictures of ours and of the bucket's (CSP Level 3)."""
    pictures = origin(composition.configurations().link(""))
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {pictures}; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def origin(link: str) -> str:
    """Scheme, host and port of a link."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(link))


def moment(milliseconds: float) -> str:
    """Unix time in milliseconds, for people."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%-d %b %Y, %H:%M UTC")


def second(milliseconds: float) -> str:
    """The same to the second, where pictures may be taken within a minute."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%-d %b %Y, %H:%M:%S UTC")


def iso(milliseconds: float) -> str:
    """Unix time in milliseconds in the form of HTML's `datetime`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def host(url: str | None) -> str:
    """A page's host, by which people know it."""
    return urlsplit(url or "").netloc.rpartition("@")[2]


def rest(url: str | None) -> str:
    """What follows a page's host, unless that is nothing; its middle is left out where it is long."""
    parts = urlsplit(url or "")
    text = parts.path + (f"?{parts.query}" if parts.query else "")
    if len(text) > _LONGEST_PATH:
        text = f"{text[: _LONGEST_PATH // 2]}…{text[-_LONGEST_PATH // 2 :]}"
    return "" if text == "/" else text
