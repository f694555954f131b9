"""Which deployment a command talks to."""

from __future__ import annotations

from pathlib import Path


def deployment(given: str | None = None) -> tuple[str, str]:
    """Address, without a closing slash, and key: from the environment, or from the local deployment's file.

    Raises:
        ValueError: When either is missing.
    """
    from pagelapse.settings import ClientSettings

    settings = ClientSettings.read(Path(".local/env"))
    url, key = given or settings.url, settings.key.get_secret_value()
    if not url or not key:
        raise ValueError("set PAGELAPSE_URL and PAGELAPSE_KEY, or start a deployment with `make run`")
    return url.rstrip("/"), key
