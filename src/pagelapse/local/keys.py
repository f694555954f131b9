"""Finds the stack's key again, or makes an account with one; runs in a process that has the stack's environment.

Prints the key.
"""

from __future__ import annotations

import os
import sys

from pagelapse.errors import InvalidKey, MissingKey
from pagelapse.services import accounts


def main() -> int:
    """Keep the key given as argument if it is still good."""
    known = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        accounts().identify(known)
    except (MissingKey, InvalidKey):
        known = accounts().create_account("local").private_key
    print(known)
    return os.EX_OK


if __name__ == "__main__":
    raise SystemExit(main())
