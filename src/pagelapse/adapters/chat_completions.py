"""Any model behind an OpenAI-compatible endpoint: `POST <base>/chat/completions`, pictures as data URLs."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from pagelapse.capture.result import File
from pagelapse.errors import AnalysisFailed

_CONNECT_S = 5.0


class ChatCompletions:
    """A model by its name.

    Args:
        base_url: With the version, as in `https://host/v1`. The operator's own, so it may be a private address.
        model: As the endpoint knows it.
        key: Sent as bearer token, or what gives it; empty where the endpoint wants none.
    """

    def __init__(self, base_url: str, model: str, key: str | Callable[[], str] = "") -> None:
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self._key = key

    def answers(self, images: Sequence[File], prompts: Sequence[str], *, timeout_s: float) -> list[str]:
        """See `services.ports.ImageModel.answers`. The pictures are encoded once and shared by all prompts."""
        encoded = [_image_part(image) for image in images]
        key = self._key if isinstance(self._key, str) else self._key()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        with (
            httpx.Client(timeout=httpx.Timeout(timeout_s, connect=_CONNECT_S), headers=headers) as client,
            ThreadPoolExecutor(len(prompts)) as pool,
        ):
            return list(pool.map(lambda prompt: self._answer(client, encoded, prompt), prompts))

    def _answer(self, client: httpx.Client, encoded: Sequence[bytes], prompt: str) -> str:
        body = self._body(encoded, prompt)
        headers = {"Content-Type": "application/json", "Content-Length": str(sum(map(len, body)))}
        try:
            response = client.post(self._url, content=iter(body), headers=headers)
        except httpx.TimeoutException as error:
            raise AnalysisFailed("The AI service did not answer in time.") from error
        except httpx.HTTPError as error:
            raise AnalysisFailed("The AI service could not be reached.") from error
        if not response.is_success:
            raise AnalysisFailed(f"The AI service refused the request ({response.status_code}).")
        return _text(response)

    def _body(self, encoded: Sequence[bytes], prompt: str) -> list[bytes]:
        """The request's JSON in pieces: up to 130 MB of pictures are not copied for each prompt."""
        opening = f'{{"model":{json.dumps(self._model)},"messages":[{{"role":"user","content":['
        text = json.dumps({"type": "text", "text": prompt})
        return [opening.encode(), text.encode(), *encoded, b"]}]}"]


def _image_part(image: File) -> bytes:
    start = f',{{"type":"image_url","image_url":{{"url":"data:{image.media_type};base64,'
    return start.encode() + base64.b64encode(image.body) + b'"}}'


def _text(response: httpx.Response) -> str:
    try:
        content = response.json()["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        content = None
    if not isinstance(content, str) or not content:
        raise AnalysisFailed("The AI service gave no answer.")
    return content
