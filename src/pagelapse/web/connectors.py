"""Connectors: which are online, and a form for another one."""

from __future__ import annotations

import time

from starlette.responses import Response

from pagelapse import services as composition
from pagelapse.connections import Connector
from pagelapse.errors import InvalidOption
from pagelapse.services.connectors import NewToken
from pagelapse.web.access import Visit
from pagelapse.web.failures import status_of


async def show(visit: Visit) -> Response:
    """All of the account's."""
    return _page(visit)


async def create(visit: Visit) -> Response:
    """Make one; its token is shown this once."""
    try:
        made = composition.connectors().create(visit.caller.account.account_id, visit.text("name"))
    except InvalidOption as error:
        return _page(visit, error=error)
    return _page(visit, made=made)


def _page(visit: Visit, *, made: NewToken | None = None, error: InvalidOption | None = None) -> Response:
    found = composition.connectors().list_all(visit.caller.account.account_id)
    return visit.render(
        "connectors.html",
        status_of(error) if error else 200,
        connectors=[_shown(connector) for connector in found],
        made=made,
        error=error,
    )


def _shown(connector: Connector) -> dict[str, object]:
    seen = connector.last_seen_at
    return {
        "id": connector.connector_id,
        "name": connector.name,
        "online": connector.is_online(time.time()),
        "created_at_ms": connector.created_at * 1000,
        "seen_at_ms": None if seen is None else seen * 1000,
    }
