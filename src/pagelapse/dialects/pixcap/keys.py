"""Pixcap's accounts and keys ("Register", "API Keys"). The text names no paths for them: these are ours (docs/adr)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from pagelapse import services as composition
from pagelapse.dialects.pixcap.access import caller_of, count_address, guarded, parameters_of
from pagelapse.dialects.pixcap.limits import GENERAL, REGISTRATION
from pagelapse.dialects.pixcap.names import named, parse
from pagelapse.dialects.pixcap.openapi import key_operation, keys_operation, registration_operation
from pagelapse.dialects.pixcap.responses import success, timestamp
from pagelapse.dialects.request_log import note
from pagelapse.records import ApiKey

router = APIRouter(prefix="/api/v1")


class RegistrationParams(BaseModel):
    """The parameters of `/register`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    email: str = Field(description="Where the account's owner can be reached.")


class KeyParams(BaseModel):
    """The parameters of a new key."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, str_strip_whitespace=True)

    name: str = Field("", max_length=100, description="What it is for.")


@router.post(
    "/register", operation_id="register", status_code=201, openapi_extra=registration_operation(RegistrationParams)
)
async def register(request: Request) -> Response:
    """Make an account."""
    return await guarded(request, REGISTRATION, lambda: _register(request))


@router.get("/keys", operation_id="listKeys", openapi_extra=keys_operation())
async def list_keys(request: Request) -> Response:
    """The account's keys, without their texts."""
    return await guarded(request, GENERAL, lambda: _list_keys(request))


@router.post("/keys", operation_id="createKey", status_code=201, openapi_extra=key_operation(KeyParams))
async def create_key(request: Request) -> Response:
    """Make a key; its text is shown this once."""
    return await guarded(request, GENERAL, lambda: _create_key(request))


@router.delete("/keys/{key_id}", operation_id="deactivateKey", openapi_extra=key_operation())
async def deactivate_key(request: Request, key_id: str) -> Response:
    """Refuse a key from now on."""
    return await guarded(request, GENERAL, lambda: _deactivate_key(request, key_id))


async def _register(request: Request) -> Response:
    count_address(request)
    parameters = await parameters_of(request)
    given = named(parameters.values, RegistrationParams.model_fields, repeated=parameters.repeated)
    account, key = composition.self_service().register(parse(RegistrationParams, given).email)
    note(request.scope, account_id=account.account_id)
    data = {
        "message": "Account created successfully",
        "email": account.name,
        "api_key": key,
        "credits": account.screenshot_limit,
    }
    return success(data, status=201)


async def _list_keys(request: Request) -> Response:
    caller = caller_of(request, await parameters_of(request))
    keys = composition.self_service().keys(caller.account.account_id)
    return success({"keys": [_shown(key) for key in keys]})


async def _create_key(request: Request) -> Response:
    parameters = await parameters_of(request)
    caller = caller_of(request, parameters)
    params = parse(KeyParams, named(parameters.values, KeyParams.model_fields, repeated=parameters.repeated))
    key, text = composition.self_service().add_key(caller.account.account_id, params.name)
    return success({**_shown(key), "api_key": text}, status=201)


async def _deactivate_key(request: Request, key_id: str) -> Response:
    caller = caller_of(request, await parameters_of(request))
    return success(_shown(composition.self_service().deactivate(caller.account.account_id, key_id)))


def _shown(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.key_id,
        "name": key.label,
        "active": key.revoked_at is None,
        "created_at": timestamp(key.created_at * 1000),
        "deactivated_at": None if key.revoked_at is None else timestamp(key.revoked_at * 1000),
    }
