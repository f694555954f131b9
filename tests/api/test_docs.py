"""`/docs`: the pages to read, the documents, and what is committed of them."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response

from pagelapse.api.app import app
from pagelapse.api.openapi import described, document
from pagelapse.dialects.registry import DIALECTS

NAMES = [dialect.name for dialect in DIALECTS]
COMMITTED = Path(__file__).parents[2] / "docs" / "openapi"
_VOID = {"meta", "br", "img", "input", "link"}


def _ask(path: str, method: str = "GET") -> Response:
    async def send() -> Response:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="http://api.test") as client:
            return await client.request(method, path)

    return asyncio.run(send())


class _Elements(HTMLParser):
    """The elements of a page, which must be properly nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given[name] or "" for name in ("href", "src") if name in given]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", NAMES)
def test_committed_documents_are_current(name: str) -> None:
    """docs/openapi holds what `make openapi` would write."""
    committed = COMMITTED / f"{name}.json"
    current = committed.exists() and committed.read_text(encoding="utf-8") == document(name)
    assert current, f"docs/openapi/{name}.json is not what the code says: run `make openapi` and commit it"


def test_no_document_is_of_nobody() -> None:
    """docs/openapi holds nothing else."""
    assert sorted(path.name for path in COMMITTED.iterdir()) == sorted(f"{name}.json" for name in NAMES)


@pytest.mark.parametrize("path", ["/docs", "/docs/", *(f"/docs/{name}" for name in NAMES)])
def test_pages_are_plain(path: str) -> None:
    """Every page is well formed, below 100 KB, without a script, fetches nothing, and leads only to what is there."""
    page = _ask(path)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert len(page.content) < 100_000
    elements = _Elements(page.text)
    assert not {"script", "img", "iframe", "link"} & set(elements.tags)
    assert len(elements.ids) == len(set(elements.ids))
    for link in elements.links:
        assert link.removeprefix("#") in elements.ids if link.startswith("#") else _ask(link).status_code == 200


@pytest.mark.parametrize("name", NAMES)
def test_pages_tell_every_operation(name: str) -> None:
    """An API's page has each operation with its example, its parameters and its answers."""
    text = _ask(f"/docs/{name}").text
    for methods in described(name)["paths"].values():
        for operation in methods.values():
            section = text.partition(f'id="{operation["operationId"]}"')[2].partition("</section>")[0]
            assert "curl" in section
            assert all(f"<code>{each['name']}</code>" in section for each in operation.get("parameters", ()))
            assert all(f'<th scope="row">{status}</th>' in section for status in operation["responses"])


@pytest.mark.parametrize("name", NAMES)
def test_documents_are_served(name: str) -> None:
    """The OpenAPI document is served as it is committed, and every reference in it leads somewhere."""
    answer = _ask(f"/docs/{name}.json")
    assert (answer.headers["Content-Type"], answer.text) == ("application/json", document(name))
    schemas = answer.json()["components"]["schemas"]
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', answer.text))
    assert references <= schemas.keys()
    assert json.loads(answer.text)["openapi"].startswith("3.")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/docs/nobody", 404), ("POST", "/docs", 405)])
def test_what_is_no_page(method: str, path: str, status: int) -> None:
    """An unknown page and an unknown method are told as such."""
    assert _ask(path, method).status_code == status


@pytest.mark.slow
def test_other_requests_do_not_pay_for_the_pages() -> None:
    """What only `/docs` needs is not imported by a process that takes pictures through any of the APIs."""
    code = (
        "import sys; from pagelapse.api.app import app; from pagelapse.dialects.registry import DIALECTS, application\n"
        "[application(each.name) for each in DIALECTS]\n"
        "print([name for name in sys.modules if name.startswith('pagelapse.api.') and name != 'pagelapse.api.app'"
        " or name.endswith(('.examples', 'native.openapi', 'native.schemas', 'native.fields'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
