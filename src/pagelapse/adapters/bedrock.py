"""Any model of Amazon Bedrock's, through its Converse API."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pagelapse.adapters import aws
from pagelapse.capture.result import File
from pagelapse.errors import AnalysisFailed


class Bedrock:
    """A model by its id, its inference profile's id, or its ARN."""

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id

    def answers(self, images: Sequence[File], prompts: Sequence[str], *, timeout_s: float) -> list[str]:
        """See `services.ports.ImageModel.answers`. Most models take pictures of up to 3.75 MB (AWS quota)."""
        client = aws.bedrock_client(max(1, math.ceil(timeout_s)))
        with ThreadPoolExecutor(len(prompts)) as pool:
            return list(pool.map(lambda prompt: self._answer(client, images, prompt), prompts))

    def _answer(self, client: Any, images: Sequence[File], prompt: str) -> str:
        parts: list[dict[str, Any]] = [
            {"image": {"format": image.media_type.partition("/")[2], "source": {"bytes": image.body}}}
            for image in images
        ]
        message = {"role": "user", "content": [{"text": prompt}, *parts]}
        try:
            reply = client.converse(modelId=self._model_id, messages=[message])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise AnalysisFailed(f"Bedrock refused the request ({code}).") from error
        except BotoCoreError as error:
            raise AnalysisFailed("Bedrock could not be reached, or did not answer in time.") from error
        texts = [part["text"] for part in reply["output"]["message"]["content"] if "text" in part]
        if not texts:
            raise AnalysisFailed("Bedrock gave no answer.")
        return "\n".join(texts)
