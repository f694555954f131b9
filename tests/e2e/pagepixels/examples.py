"""Sends requests as the vendor's text shows them, and compares answers with those that it shows."""

from __future__ import annotations

import re

import httpx
from tests.e2e.pagepixels.conftest import Api
from tests.e2e.pagepixels.monitoring import Json

_FORMS = {
    "UUID": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "job's id": r"[0-9a-f]{24}",
    "change's id": r"[0-9a-f]{40}",
    "milliseconds": r"\d{13}",
    "link to a JPEG": r"https?://[^?#]+\.jpg",
    "embed URL": r"https?://[^?#]+/embed",
    "address": r"https?://.+",
}
"""Of texts; the first one that fits."""


def curl(api: Api, method: str, path: str, *data: str) -> httpx.Response:
    """A request as `curl -X method base_url/path -d … -d …` sends it: joined by `&`, and not encoded any further."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
    return api.http.request(method, path, content="&".join(data) if data else None, headers=headers)


def answered(response: httpx.Response, documented: Json) -> Json:
    """The answer, which must succeed and have the documented keys, types and forms."""
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    assert differences(answer, documented) == []
    return answer


def differences(answer: object, documented: object, where: str = "answer") -> list[str]:
    """What is not as documented; every item of a list must be like the documented list's first one."""
    if type(answer) is not type(documented):
        return [f"{where} is {answer!r}, documented is {documented!r}"]
    if isinstance(answer, dict) and isinstance(documented, dict):
        if answer.keys() != documented.keys():
            return [f"{where} has {sorted(answer)}, documented are {sorted(documented)}"]
        return [each for key in answer for each in differences(answer[key], documented[key], f"{where}.{key}")]
    if isinstance(answer, list) and isinstance(documented, list):
        pairs = [(f"{where}[{index}]", item) for index, item in enumerate(answer)]
        return [each for place, item in pairs for each in differences(item, documented[0], place)]
    if isinstance(answer, str) and isinstance(documented, str) and _form(answer) != _form(documented):
        return [f"{where} is a {_form(answer)}, documented is a {_form(documented)}"]
    return []


def _form(text: str) -> str:
    return next((name for name, pattern in _FORMS.items() if re.fullmatch(pattern, text)), "text")
