"""Pixcap's connectors ("Manage Connectors"). The text names no paths for them: these are ours (docs/adr)."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from pagelapse import services as composition
from pagelapse.connections import Connector
from pagelapse.dialects.pixcap.access import caller_of, guarded, parameters_of
from pagelapse.dialects.pixcap.limits import GENERAL
from pagelapse.dialects.pixcap.names import named, parse
from pagelapse.dialects.pixcap.openapi import connector_operation, connectors_operation
from pagelapse.dialects.pixcap.responses import success, timestamp
from pagelapse.services.connectors import MAX_NAME_LENGTH, NewToken

router = APIRouter(prefix="/api/v1")
_WITH_TOKEN = connector_operation(with_token=True)


class ConnectorParams(BaseModel):
    """The parameters of a new connector."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=MAX_NAME_LENGTH, description="For people to recognize it.")


@router.get("/connectors", operation_id="listConnectors", openapi_extra=connectors_operation())
async def list_connectors(request: Request) -> Response:
    """The account's connectors, and which of them are online."""
    return await guarded(request, GENERAL, lambda: _list(request))


@router.post(
    "/connectors",
    operation_id="createConnector",
    openapi_extra=connector_operation(ConnectorParams, with_token=True),
)
async def create_connector(request: Request) -> Response:
    """Make a connector; its token is shown this once."""
    return await guarded(request, GENERAL, lambda: _create(request))


@router.delete("/connectors/{connector_id}", operation_id="deleteConnector", openapi_extra=connector_operation())
async def delete_connector(request: Request, connector_id: str) -> Response:
    """Delete a connector and cut its agent off."""
    return await guarded(request, GENERAL, lambda: _delete(request, connector_id))


@router.post(
    "/connectors/{connector_id}/regenerate-token", operation_id="regenerateConnectorToken", openapi_extra=_WITH_TOKEN
)
async def regenerate_token(request: Request, connector_id: str) -> Response:
    """Give a connector another token; the agent with the old one is cut off."""
    return await guarded(request, GENERAL, lambda: _regenerate(request, connector_id))


async def _list(request: Request) -> Response:
    caller = caller_of(request, await parameters_of(request))
    found = composition.connectors().list_all(caller.account.account_id)
    return success({"connectors": [_shown(connector) for connector in found]})


async def _create(request: Request) -> Response:
    parameters = await parameters_of(request)
    caller = caller_of(request, parameters)
    given = named(parameters.values, ConnectorParams.model_fields, repeated=parameters.repeated)
    made = composition.connectors().create(caller.account.account_id, parse(ConnectorParams, given).name)
    return success(_with_token(made), status=201)


async def _delete(request: Request, connector_id: str) -> Response:
    caller = caller_of(request, await parameters_of(request))
    gone = composition.connectors().delete(caller.account.account_id, connector_id)
    return success({**_shown(gone), "status": "offline"})


async def _regenerate(request: Request, connector_id: str) -> Response:
    caller = caller_of(request, await parameters_of(request))
    return success(_with_token(composition.connectors().regenerate_token(caller.account.account_id, connector_id)))


def _shown(connector: Connector) -> dict[str, object]:
    seen = connector.last_seen_at
    return {
        "id": connector.connector_id,
        "name": connector.name,
        "status": "online" if connector.is_online(time.time()) else "offline",
        "created_at": timestamp(connector.created_at * 1000),
        "last_seen_at": None if seen is None else timestamp(seen * 1000),
    }


def _with_token(made: NewToken) -> dict[str, object]:
    return {**_shown(made.connector), "token": made.token}
