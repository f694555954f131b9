"""Keys: made, shown once, and revoked."""

from __future__ import annotations

from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.errors import InvalidOption, PagelapseError
from pagelapse.services.self_service import MAX_KEYS
from pagelapse.web.access import Visit, go
from pagelapse.web.failures import status_of

_LONGEST_LABEL = 100


async def show(visit: Visit) -> Response:
    """The account's private keys, without their texts."""
    return _page(visit)


async def create(visit: Visit) -> Response:
    """Make one, and show it this once."""
    label = visit.text("label")
    try:
        if len(label) > _LONGEST_LABEL or not label.isprintable():
            raise InvalidOption(f"must be a text of at most {_LONGEST_LABEL} characters", option="label")
        _, text = composition.self_service().add_key(visit.caller.account.account_id, label)
    except PagelapseError as error:
        return _page(visit, error=error)
    return _page(visit, text=text)


async def revoke(visit: Visit) -> Response:
    """Refuse one from now on; whoever is signed in with it is signed out."""
    try:
        composition.self_service().deactivate(visit.caller.account.account_id, visit.request.path_params["key_id"])
    except PagelapseError as error:
        return _page(visit, error=error)
    return go("/app/keys")


def _page(visit: Visit, *, text: str = "", error: PagelapseError | None = None) -> Response:
    keys = composition.self_service().keys(visit.caller.account.account_id)
    return visit.render(
        "keys.html",
        status_of(error) if error else 200,
        keys=keys,
        active=sum(key.revoked_at is None for key in keys),
        most=MAX_KEYS,
        own=visit.signed_in.key_id,
        text=text,
        error=error,
    )
