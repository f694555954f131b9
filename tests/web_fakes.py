"""In-memory stand-ins for what only the pages need of the table, and a browser without scripts."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html import unescape

from httpx import Response
from tests.dialects.client import Client

_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class MemorySignIns:
    """The sign-ins; each method is atomic."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], tuple[str, int]] = {}

    def put(self, account_id: str, token_hash: str, key_hash: str, *, until: int) -> None:
        self.found[account_id, token_hash] = key_hash, until

    def find(self, account_id: str, token_hash: str) -> str | None:
        key_hash, until = self.found.get((account_id, token_hash), (None, 0))
        return key_hash if until > time.time() else None

    def remove(self, account_id: str, token_hash: str) -> None:
        self.found.pop((account_id, token_hash), None)


@dataclass
class MemoryUsage:
    """Captures by day, as a test sets them."""

    counts: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)

    def days(self, account_id: str, month: str) -> dict[int, int]:
        return self.counts.get((account_id, month), {})


@dataclass
class Browser:
    """Keeps cookies, follows redirects, and sends forms with the hidden fields of the page that they are on."""

    client: Client
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)
    """The headers, as they came."""

    def get(self, path: str) -> Response:
        """A page, at the end of all redirects."""
        response = self.send("GET", path)
        while response.is_redirect:
            response = self.send("GET", response.headers["Location"].partition("#")[0])
        return response

    def submit(self, on: str, to: str, **fields: str) -> Response:
        """The page that follows a form of the page `on`."""
        response = self.post(to, **self.hidden(on), **fields)
        return self.get(response.headers["Location"].partition("#")[0]) if response.is_redirect else response

    def hidden(self, page: str) -> dict[str, str]:
        """The hidden fields of a page's first form."""
        form = self.get(page).text.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
        return {name: unescape(value) for name, value in _FIELD.findall(form) if name != "from"}

    def post(self, path: str, **fields: str) -> Response:
        """A form's answer."""
        return self.send("POST", path, data=fields)

    def send(self, method: str, path: str, *, data: dict[str, str] | None = None, **headers: str) -> Response:
        """One request and its answer."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} | headers
        response = self.client.request(method, path, headers=sent, data=data)
        for header in response.headers.get_list("set-cookie"):
            self.set_cookies.append(header)
            name, _, rest = header.partition("=")
            self.cookies[name] = rest.partition(";")[0].strip('"')
            if "Max-Age=0" in header:
                del self.cookies[name]
        return response

    def sign_in(self, key: str) -> Response:
        """The page that follows the form."""
        return self.submit("/app/sign-in", "/app/sign-in", key=key)
