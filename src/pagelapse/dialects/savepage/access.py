"""Whose request it is, and whether it is signed."""

from __future__ import annotations

import hashlib

from pagelapse.accounts import Caller
from pagelapse.dialects.parameters import Parameters
from pagelapse.dialects.savepage.params import Params
from pagelapse.errors import InvalidKey
from pagelapse.signatures import check_signature


def key_of(parameters: Parameters) -> str | None:
    """The caller's key."""
    key = parameters.values.get("key")
    if key in (None, ""):
        return None
    if not isinstance(key, str) or "key" in parameters.repeated:
        raise InvalidKey("The API key is not valid.")
    return key


def sign(secret_token: str, url: str) -> str:
    """The vendor's `hash`: hex md5 of the URL followed by the secret."""
    return hashlib.md5(f"{url}{secret_token}".encode(errors="replace"), usedforsecurity=False).hexdigest()


def check_hash(caller: Caller, params: Params) -> None:
    """Pass a request that needs no `hash`, or has the right one; a wrong one never passes.

    Raises:
        InvalidSignature: Otherwise.
    """
    if caller.must_sign or params.hash is not None:
        check_signature(caller.account, params.q, params.hash, sign=sign, option="hash")
