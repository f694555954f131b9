"""Secrets of the operator's, in AWS Secrets Manager."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pagelapse.adapters import aws
from pagelapse.observability import logger

KEPT_S = 300
"""How long a process keeps a secret before it reads it again: a changed one is in use everywhere soon after."""


class Secret:
    """A secret's text, read when it is first needed and again from time to time.

    Args:
        arn: The secret's.
        client: Of Secrets Manager; default: the process's.
        clock: Seconds.
    """

    def __init__(self, arn: str, *, client: object | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._arn = arn
        self._client = client
        self._clock = clock
        self._text: str | None = None
        self._read_at = 0.0

    def __call__(self) -> str:
        """The text; what was read last, while reading again fails.

        Raises:
            botocore.exceptions.ClientError: When it could not be read even once.
        """
        now = self._clock()
        if self._text is None:
            self._text, self._read_at = self._read(), now
        elif now - self._read_at > KEPT_S:
            self._read_at = now
            try:
                self._text = self._read()
            except Exception as error:  # noqa: BLE001 - the one that is known may still be good
                logger.warning("a secret was not read again", extra={"error": type(error).__name__})
        return self._text

    def _read(self) -> str:
        client: Any = self._client or aws.secrets_client()
        return str(client.get_secret_value(SecretId=self._arn)["SecretString"])
