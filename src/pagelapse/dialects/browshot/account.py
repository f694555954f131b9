"""Browshot's account, instances and browsers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from pagelapse import services as composition
from pagelapse.accounts import Caller
from pagelapse.dialects.browshot import catalog
from pagelapse.dialects.browshot.access import Failed, answer, failure_with, failure_without_status, success
from pagelapse.dialects.browshot.catalog import Browser, Instance
from pagelapse.dialects.browshot.details import account_details
from pagelapse.dialects.browshot.errors import Refused
from pagelapse.dialects.browshot.openapi import json_operation
from pagelapse.dialects.browshot.parsing import parse
from pagelapse.dialects.browshot.query_params import BrowserParams, InstanceParams, NoParams, NumberParams
from pagelapse.dialects.browshot.screenshots import links_of
from pagelapse.dialects.parameters import Parameters
from pagelapse.errors import UsageLimitExceeded

UNLIMITED = 2**31 - 1
"""What an account without a limit has left: the vendor knows numbers only."""

_LATEST = 10
_COUNTRY = "USA"

_MORE: dict[str, tuple[type[BaseModel], ...]] = {"browser/info": (BrowserParams,)}
"""What endpoints look at beside their own parameters."""

Json = dict[str, object]
Telling = Callable[[Request, Caller, Parameters], Json]

router = APIRouter()


def _account_info(request: Request, caller: Caller, parameters: Parameters) -> Json:
    """The account, its own instances and browsers, and its latest screenshots."""
    account_id = caller.account.account_id
    left = str(UNLIMITED if caller.captures_left is None else caller.captures_left)
    orders = composition.orders().recent(account_id, _LATEST)
    links = links_of(request, parameters)
    return {
        "balance": left,
        "instances": [_instance_json(instance) for instance in catalog.own_instances(account_id)],
        "screenshots": [account_details(order, links) for order in orders],
        "browsers": [
            _browser_json(browser) | {"mobile": int(browser.mobile)} for browser in catalog.own_browsers(account_id)
        ],
        "free_screenshots_left": left,
        "private_instances": "1",
        "hosting_s3": 1,
        "hosting_cdn": "1",
        "hosting_browshot": "1",
    }


def _instance_list(_request: Request, caller: Caller, _parameters: Parameters) -> Json:
    """All instances that the account may use."""
    everybody = list(catalog.INSTANCES.values())
    return {
        "shared": [_instance_json(instance) for instance in everybody if instance.kind == "shared"],
        "free": [_instance_json(instance) for instance in everybody if instance.kind == "public"],
        "private": [_instance_json(instance) for instance in catalog.own_instances(caller.account.account_id)],
    }


def _instance_info(_request: Request, caller: Caller, parameters: Parameters) -> Json:
    """One instance."""
    found = catalog.find_instance(caller.account.account_id, parse(NumberParams, parameters).id)
    if found is None:
        raise Refused("Instance not found")
    return _active_instance_json(found)


def _instance_create(_request: Request, caller: Caller, parameters: Parameters) -> Json:
    """Create an instance of the account's own."""
    params, account_id = parse(InstanceParams, parameters), caller.account.account_id
    number = catalog.DEFAULT_BROWSER if params.browser_id is None else params.browser_id
    browser = catalog.find_browser(account_id, number)
    if browser is None:
        raise Refused("Unknown browser ID.")
    try:
        return _active_instance_json(catalog.create_instance(account_id, params.width, params.height, browser))
    except UsageLimitExceeded:
        raise Refused("You are not allowed to create more private instances.") from None


def _browser_list(_request: Request, caller: Caller, _parameters: Parameters) -> Json:
    """All browsers, by their numbers."""
    browsers = [*catalog.BROWSERS.values(), *catalog.own_browsers(caller.account.account_id)]
    return {str(browser.number): _browser_json(browser) for browser in browsers}


def _browser_info(request: Request, caller: Caller, parameters: Parameters) -> Json:
    """One browser; or a new one, since the vendor's example of creating one comes here, without an id."""
    if parameters.values.get("id") in (None, "") and set(BrowserParams.model_fields) & parameters.values.keys():
        return _browser_create(request, caller, parameters)
    found = catalog.find_browser(caller.account.account_id, parse(NumberParams, parameters).id)
    if found is None:
        raise Refused("Browser not found")
    return _browser_json(found)


def _browser_create(_request: Request, caller: Caller, parameters: Parameters) -> Json:
    """Create a browser of the account's own."""
    params = parse(BrowserParams, parameters)
    features = {"javascript": params.javascript, "mobile": params.mobile, "flash": params.flash}
    try:
        made = catalog.create_browser(caller.account.account_id, params.name, params.user_agent, **features)
    except UsageLimitExceeded:
        raise Refused("You are not allowed to create more custom browsers.") from None
    return _browser_json(made)


def _endpoint(tell: Telling, failed: Failed, *knows: type[BaseModel]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        async def handle(caller: Caller, parameters: Parameters) -> Response:
            return success(tell(request, caller, parameters))

        return await answer(request, handle, failed, knows=knows)

    endpoint.__doc__ = tell.__doc__
    return endpoint


for _path, _tell, _model, _failed in (
    ("account/info", _account_info, NoParams, failure_with()),
    ("instance/list", _instance_list, NoParams, failure_with()),
    ("instance/info", _instance_info, NumberParams, failure_with()),
    ("instance/create", _instance_create, InstanceParams, failure_without_status),
    ("browser/list", _browser_list, NoParams, failure_with()),
    ("browser/info", _browser_info, NumberParams, failure_with()),
    ("browser/create", _browser_create, BrowserParams, failure_with()),
):
    for _method in ("GET", "POST"):
        router.add_api_route(
            f"/api/v1/{_path}",
            _endpoint(_tell, _failed, _model, *_MORE.get(_path, ())),
            methods=[_method],
            operation_id=_method.lower() + _path.title().replace("/", ""),
            openapi_extra=json_operation(_model, body=_method == "POST"),
        )


def _instance_json(instance: Instance) -> Json:
    browser = instance.browser
    return {
        "width": str(instance.width),
        "height": str(instance.height),
        "browser": {
            "id": str(browser.number),
            "name": browser.name,
            "javascript": _flag(browser.javascript),
            "mobile": _flag(browser.mobile),
            "flash": _flag(browser.flash),
        },
        "type": instance.kind,
        "id": str(instance.number),
        "load": "0",
        "screenshot_cost": str(instance.cost),
        "country": _COUNTRY,
    }


def _active_instance_json(instance: Instance) -> Json:
    return _instance_json(instance) | {"active": "1"}


def _browser_json(browser: Browser) -> Json:
    identifiers = dict.fromkeys(("appname", "vendorsub", "appcodename", "platform", "vendor", "appversion"), "")
    return {
        "name": browser.name,
        "user_agent": browser.user_agent or "",
        **identifiers,
        "javascript": _flag(browser.javascript),
        "mobile": _flag(browser.mobile),
        "flash": _flag(browser.flash),
    }


def _flag(value: bool) -> str:
    return "1" if value else "0"
