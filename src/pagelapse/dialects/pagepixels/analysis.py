"""PagePixels' AI analysis ("AI Image Analysis and Regression Testing"), and that of a snap."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.capture.urls import checked_url
from pagelapse.dialects.pagepixels.access import guarded, private_caller
from pagelapse.dialects.pagepixels.errors import SAFE_HEADERS
from pagelapse.dialects.pagepixels.openapi import FAILURES
from pagelapse.dialects.parameters import Parameters, read_parameters
from pagelapse.dialects.request_log import note
from pagelapse.errors import InvalidOption, InvalidSignature, InvalidUrl
from pagelapse.services.analysis import MAX_PROMPT_LENGTH, MAX_PROMPTS, MAX_URLS
from pagelapse.services.snaps import Snap

DEFAULT_PROMPT = "Describe what this screenshot shows."
"""For `analyze_image_with_ai` without `ai_prompt`, for which the vendor's text names no default."""

MAX_HEADER_BYTES = 4000
"""Of the answer beside a raw image: API Gateway takes 10,240 bytes of headers (AWS quota)."""

router = APIRouter()


def _listed(value: object) -> object:
    """A list as JSON has it, the same as a JSON string from a form, or one text."""
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return [value]
    return found if isinstance(found, list) else [value]


_Prompt = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PROMPT_LENGTH)]


class AnalyzeParams(BaseModel):
    """The parameters of `/ai/analyze`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    urls: Annotated[list[Annotated[str, AfterValidator(checked_url)]], BeforeValidator(_listed)] = Field(
        min_length=1, max_length=MAX_URLS, description="Images to analyse: PNG, JPEG, WEBP or GIF, up to 20 MB each."
    )
    prompts: Annotated[list[_Prompt], BeforeValidator(_listed)] = Field(
        min_length=1, max_length=MAX_PROMPTS, description="Questions, each about all the images."
    )


_ANSWER = {
    "type": "object",
    "properties": {name: {"type": "array", "items": {"type": "string"}} for name in ("urls", "prompts", "responses")},
}
_OPERATION: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": AnalyzeParams.model_json_schema()}}},
    "responses": {
        "200": {"description": "One response per prompt.", "content": {"application/json": {"schema": _ANSWER}}},
        **FAILURES,
    },
}


@router.post("/ai/analyze", operation_id="postAiAnalyze", openapi_extra=_OPERATION)
async def analyze(request: Request) -> Response:
    """Answer prompts about images."""
    return await guarded(request, lambda: _analyze(request))


async def _analyze(request: Request) -> Response:
    parameters = await read_parameters(request)
    account = private_caller(request, parameters).account
    asked = _asked(parameters)
    note(request.scope, images=len(asked.urls), prompts=len(asked.prompts))
    responses = composition.analyses().analyze(account, asked.urls, asked.prompts)
    answer = {"urls": asked.urls, "prompts": asked.prompts, "responses": responses}
    return JSONResponse(answer, headers={**SAFE_HEADERS, "Cache-Control": "no-store"})


def _asked(parameters: Parameters) -> AnalyzeParams:
    for name in ("urls", "prompts"):
        if name in parameters.repeated:
            raise InvalidOption("was given more than once; send a JSON array", option=name)
    try:
        return AnalyzeParams.model_validate(parameters.values)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> InvalidOption:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name, *index = problem["loc"]
    message = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
    option = str(name) + "".join(f"[{part}]" for part in index)
    return (InvalidUrl if name == "urls" and index else InvalidOption)(message, option=option)


def check_analysis(caller: Caller, *, document: str | None) -> None:
    """Pass when the caller may ask for an analysis, before anything is captured for it.

    Raises:
        InvalidSignature: A publishable key's signature covers the url only: anybody could change the prompt.
        InvalidOption: There will be no image.
        NotSupported: No model is configured.
    """
    if document:
        raise InvalidOption(f"needs an image, and {document} gives none", option="analyze_image_with_ai")
    if caller.kind == "publishable":
        raise InvalidSignature("A publishable key can't ask for an AI analysis; use the private key here.")
    composition.analyses().need_model(option="analyze_image_with_ai")


def analysed(caller: Caller, snap: Snap, prompt: str | None, *, started: float) -> dict[str, list[str]]:
    """The snap's `ai_analysis`, in the words of `/ai/analyze`.

    Args:
        started: Unix time at which the request began, seconds.
    """
    asked = prompt or DEFAULT_PROMPT
    analyses = composition.analyses()
    text = analyses.describe(caller.account, snap, asked, deadline=started + analyses.wait_s)
    return {"prompts": [asked], "responses": [text]}


def with_analysis(response: Response, analysis: dict[str, list[str]]) -> Response:
    """Add the analysis to a snap's answer: to JSON whole, to a raw image as a percent-encoded, shortened header."""
    if isinstance(response, JSONResponse):
        answer = json.loads(bytes(response.body)) | {"ai_analysis": analysis}
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return JSONResponse(answer, headers=headers)
    response.headers["X-Pagelapse-AI-Response"] = _for_header(analysis["responses"][0])
    return response


def _for_header(text: str) -> str:
    """Percent-encoded UTF-8 (RFC 3986), whole characters of it."""
    encoded, size = [], 0
    for character in text:
        part = quote(character, safe=" !#$&'()*+,-./:;<=>?@[]^_`{|}~")
        size += len(part)
        if size > MAX_HEADER_BYTES:
            break
        encoded.append(part)
    return "".join(encoded)
