"""An OpenAPI document as a page: light, dark and light, to be read on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2024;--soft:#56606b;--line:#d9dee4;--back:#fff;--box:#f4f6f8;--link:#0b5cad}
@media(prefers-color-scheme:dark){
:root{--ink:#e6e9ec;--soft:#a3adb8;--line:#353c44;--back:#15181b;--box:#1f2429;--link:#7db8f5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1rem 1.25rem 4rem;color:var(--ink);background:var(--back);
font:1rem/1.55 system-ui,sans-serif}
a{color:var(--link)}
h1{font-size:1.7rem;line-height:1.25;margin:1.2rem 0 .4rem}
h2{font-size:1.15rem;margin:2.6rem 0 .3rem;padding-top:1rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
h3{font-size:.95rem;margin:1.2rem 0 .3rem;color:var(--soft)}
code,pre{font:.88em/1.5 ui-monospace,monospace}
pre{background:var(--box);padding:.8rem 1rem;overflow-x:auto;border-radius:.4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line)}
th{font-size:.85rem;color:var(--soft);font-weight:600}
tbody th{font-size:1rem;color:inherit;font-weight:400}
td{overflow-wrap:anywhere;min-width:6rem}
.wide{overflow-x:auto}
.soft{color:var(--soft)}
nav ul{columns:18rem;list-style:none;padding:0}
nav li{break-inside:avoid;overflow-wrap:anywhere;padding:.2rem 0}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem}
.method{font-weight:700}
"""


def index_page(documents: Mapping[str, Json]) -> str:
    """The list of the APIs."""
    rows = "".join(
        f'<tr><th scope="row"><a href="/docs/{name}">{escape(_title(each))}</a></th>'
        f"<td>{sum(map(len, each['paths'].values()))}</td>"
        f'<td><a href="/docs/{name}.json">OpenAPI</a></td></tr>'
        for name, each in documents.items()
    )
    table = (
        '<div class="wide"><table><thead><tr><th scope="col">API</th><th scope="col">Operations</th>'
        f'<th scope="col">Document</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    about = (
        "<p>One key works in all of them. Set <code>PAGELAPSE_URL</code> and <code>PAGELAPSE_KEY</code> in your shell, "
        "and every example works as pasted.</p>"
    )
    return _page("The APIs", f"<main id=main><h1>The APIs</h1>{about}{table}</main>")


def api_page(name: str, document: Json) -> str:
    """One API."""
    title = _title(document)
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    links = "".join(
        f'<li><a href="#{operation["operationId"]}"><span class="method">{method.upper()}</span> <code>{escape(path)}'
        "</code></a></li>"
        for method, path, operation in operations
    )
    about = document["info"].get("description", "")
    body = "".join(_operation(document, *each) for each in operations)
    back = f'<p><a href="/docs">All APIs</a> · <a href="/docs/{name}.json">OpenAPI document</a></p>'
    head = f"{back}<h1>{escape(title)}</h1>"
    text = f"<p>{_code(about)}</p>" if about else ""
    nav = f'<nav aria-label="Operations"><ul>{links}</ul></nav>'
    return _page(title, f"<header>{head}{text}{nav}</header><main id=main>{body}</main>")


def _title(document: Json) -> str:
    return str(document["info"]["title"]).removeprefix("Pagelapse: ")


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · Pagelapse</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f'<body><a class="skip" href="#main">To the text</a>{body}</body></html>'
    )


def _operation(document: Json, method: str, path: str, operation: Json) -> str:
    title = f'<span class="method">{method.upper()}</span> <code>{escape(path)}</code>'
    about = _code(operation.get("description", ""))
    parts = [f'<section><h2 id="{operation["operationId"]}">{title}</h2><p>{about}</p>']
    parts += [
        f'<pre tabindex="0" aria-label="Example">{escape(sample["source"])}</pre>'
        for sample in operation["x-codeSamples"]
    ]
    rows = [
        _row(each["name"], _resolved(document, each["schema"]) | _described(each), required=each.get("required", False))
        for each in operation.get("parameters", ())
    ]
    parts += _table("Parameters", rows)
    for schema in _body_schemas(document, operation):
        needed = schema.get("required", ())
        rows = [
            _row(name, _resolved(document, each), required=name in needed)
            for name, each in schema.get("properties", {}).items()
        ]
        parts += _table("Body", rows)
    answers = "".join(
        f'<tr><th scope="row">{escape(status)}</th><td>{_code(answer.get("description", ""))}</td></tr>'
        for status, answer in operation["responses"].items()
    )
    return "".join([*parts, f"<h3>Answers</h3><table>{answers}</table></section>"])


def _body_schemas(document: Json, operation: Json) -> Iterator[Json]:
    """The body's schema, once: media types differ in how it is written only."""
    for content in list(operation.get("requestBody", {}).get("content", {}).values())[:1]:
        yield _resolved(document, content["schema"])


def _table(title: str, rows: list[str]) -> list[str]:
    if not rows:
        return []
    head = '<tr><th scope="col">Name</th><th scope="col">Value</th><th scope="col">Meaning</th></tr>'
    table = f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    return [f'<h3>{title}</h3><div class="wide">{table}</div>']


def _row(name: str, schema: Json, *, required: bool) -> str:
    needed = ' <span class="soft">(needed)</span>' if required else ""
    meaning = _code(schema.get("description", ""))
    default = schema.get("default")
    if default not in (None, "", [], {}, False) and not required:
        meaning += f' <span class="soft">Default: {escape(_short(default))}.</span>'
    head = f'<th scope="row"><code>{escape(name)}</code>{needed}</th>'
    return f"<tr>{head}<td>{escape(_kind(schema))}</td><td>{meaning}</td></tr>"


def _described(parameter: Json) -> dict[str, Any]:
    return {"description": parameter["description"]} if "description" in parameter else {}


def _resolved(document: Json, schema: Json) -> dict[str, Any]:
    """A schema with what it refers to; what is said beside a reference wins."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**document["components"]["schemas"].get(name, {}), **beside}
    return dict(schema)


def _kind(schema: Json) -> str:
    """A value's kind in a few words."""
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            kinds = [_kind(each) for each in schema[several] if each.get("type") != "null"]
            return " or ".join(dict.fromkeys(filter(None, kinds)))
    kind = schema.get("type", "")
    named = ", ".join(map(str, kind)) if isinstance(kind, list) else str(kind)
    return f"{named} {_range(schema)}".strip()


def _range(schema: Json) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"from {least}" if least is not None else f"to {most}" if most is not None else ""


def _short(value: object) -> str:
    text = json.dumps(value) if isinstance(value, dict | list) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _code(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
