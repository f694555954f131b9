"""Signatures of URLs, by which a key that everybody can read captures what its account wants and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from pagelapse.errors import InvalidSignature
from pagelapse.records import Account


def sign_url(secret_token: str, url: str) -> str:
    """Hex HMAC-SHA1 of a URL, as callers of a publishable key sign it ("Public Web Pages" in PagePixels' text)."""
    return hmac.new(secret_token.encode(), url.encode(), hashlib.sha1).hexdigest()


def check_signature(
    account: Account,
    url: str,
    signature: str | None,
    *,
    sign: Callable[[str, str], str] = sign_url,
    option: str = "hash_key",
) -> None:
    """Pass when `signature` is what the account's secret gives for `url`; compared in constant time.

    Args:
        account: Whose secret it is.
        url: As the caller sent it.
        signature: Hex, in any case.
        sign: Makes the signature of a secret and a URL.
        option: The caller's parameter.

    Raises:
        InvalidSignature: When it isn't, or is missing.
    """
    expected = sign(account.secret_token, url)
    given = (signature or "").strip().lower()
    if not hmac.compare_digest(expected.encode(), given.encode(errors="replace")):
        raise InvalidSignature("The signature is missing or does not belong to this URL.", option=option)
