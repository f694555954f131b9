"""Every way a request can fail, named once.

An error carries a stable `code` that crosses process borders inside a `CaptureReport`; each dialect translates the
class into its vendor's form. Messages are written for the caller: they name the caller's option where there is one
and never hold a key, a cookie or a header's value.
"""

from __future__ import annotations

from typing import ClassVar


class PagelapseError(Exception):
    """Base of every error a caller may see.

    Args:
        message: One sentence for the caller.
        option: The name of the `CaptureOptions` field, or of the caller's own parameter, at fault.
    """

    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, option: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.option = option


class MissingKey(PagelapseError):
    """No API key came with the request."""

    code = "missing_key"


class InvalidKey(PagelapseError):
    """The API key belongs to no account, is revoked, or is malformed."""

    code = "invalid_key"


class InvalidSignature(PagelapseError):
    """A publishable key came without the signature that its account's secret gives for the URL."""

    code = "invalid_signature"


class AddressRestricted(InvalidKey):
    """The key's account may be used from other addresses only."""

    code = "address_restricted"


class OriginRestricted(InvalidKey):
    """The key's account may be used from other origins' pages only."""

    code = "origin_restricted"


class UsageLimitExceeded(PagelapseError):
    """The account has used up its captures of this calendar month (UTC)."""

    code = "usage_limit_exceeded"


class RateLimitExceeded(PagelapseError):
    """The account asks more often than its limit allows.

    Args:
        message: As for every error.
        retry_after_s: Seconds until the next request is let through.
    """

    code = "rate_limit_exceeded"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AddressRateExceeded(RateLimitExceeded):
    """One address sends more requests than the account lets it."""

    code = "address_rate_exceeded"


class AccountSuspended(PagelapseError):
    """The operator has suspended the account."""

    code = "account_suspended"


class RegistrationClosed(PagelapseError):
    """The operator makes the accounts; strangers can't."""

    code = "registration_closed"


class EmailTaken(PagelapseError):
    """There is an account of this email address already."""

    code = "email_taken"


class TooManyKeys(PagelapseError):
    """The account has as many active keys as it may have."""

    code = "too_many_keys"


class LastKey(PagelapseError):
    """The key is the account's last active one, without which nobody could get in again."""

    code = "last_key"


class KeyNotFound(PagelapseError):
    """The account has no such key."""

    code = "key_not_found"


class ConfigurationNotFound(PagelapseError):
    """The account has no such configuration."""

    code = "configuration_not_found"


class ConnectorNotFound(PagelapseError):
    """The account has no such connector."""

    code = "connector_not_found"


class CaptureUnderWay(PagelapseError):
    """A capture of the configuration is under way already."""

    code = "capture_under_way"


class JobNotFound(PagelapseError):
    """The account has no such job."""

    code = "job_not_found"


class NotCompared(JobNotFound):
    """The job's picture was not compared with those before it."""

    code = "not_compared"


class JobPending(PagelapseError):
    """The job is still under way."""

    code = "job_pending"


class JobFailed(PagelapseError):
    """The job came to nothing, so there is nothing to be had of it."""

    code = "job_failed"


class ArchiveExpired(PagelapseError):
    """The bulk job's archive was there for its time, and is gone."""

    code = "archive_expired"


class InvalidOption(PagelapseError):
    """A parameter has a value outside its documented range or form."""

    code = "invalid_option"


class InvalidUrl(InvalidOption):
    """The address to capture is missing, malformed, too long, or neither http nor https."""

    code = "invalid_url"


class SitemapUnusable(InvalidOption):
    """A site's sitemap can't be found or read, or names no page of the site; the message says why."""

    code = "sitemap_unusable"


class InvalidSchedule(InvalidOption):
    """A schedule is incomplete, or one of its parts has a value that it can't have."""

    code = "invalid_schedule"


class InvalidPage(InvalidOption):
    """A part of a list is asked for in a way that makes no sense; `option` says which parameter is at fault."""

    code = "invalid_page"


class MadeElsewhere(InvalidOption):
    """The thing to be changed was made by another API, whose words this one would not understand."""

    code = "made_elsewhere"


class KeyReused(InvalidOption):
    """The idempotency key belongs to another request."""

    code = "idempotency_key_reused"


class RequestUnderWay(PagelapseError):
    """A request with the same idempotency key has no answer yet."""

    code = "request_under_way"


class InvalidActions(InvalidOption):
    """The actions to do in the page are malformed; the message says which one and why."""

    code = "invalid_actions"


class NotSupported(InvalidOption):
    """A parameter would change the picture and can't be honoured yet, so it is refused instead of ignored."""

    code = "not_supported"


class CannotCompare(InvalidOption):
    """Two captures can't be compared: one is gone, is no picture, or is too large."""

    code = "cannot_compare"


class StorageFailed(PagelapseError):
    """A stored picture can't be read, though it should be there."""

    code = "storage_failed"


class ExportFailed(PagelapseError):
    """A caller's own bucket, or the role that opens it, does not let us; `option` is `bucket` or `role`."""

    code = "export_failed"


class AnalysisFailed(PagelapseError):
    """The AI service that analyses pictures did not answer."""

    code = "analysis_failed"


class CaptureError(PagelapseError):
    """The capture itself failed; the request was well formed."""

    code = "capture_failed"


class TargetRefused(CaptureError):
    """The egress rule forbids the page's address: it is not globally routable and no setting allows it."""

    code = "target_refused"


class TargetUnreachable(CaptureError):
    """The page's host could not be resolved or connected to, or it broke off before it answered."""

    code = "target_unreachable"


class CaptureTimeout(CaptureError):
    """Nothing worth a picture arrived within the capture's time budget."""

    code = "capture_timeout"


class ElementNotFound(CaptureError):
    """No visible element of the page matches the selector to be pictured."""

    code = "element_not_found"


class ActionFailed(CaptureError):
    """One of the caller's actions can't be done; the message begins with `capture.actions.describe`."""

    code = "action_failed"


class PictureImpossible(CaptureError):
    """The picture asked for can't exist: too many pixels, or more rows than its format holds."""

    code = "picture_impossible"


class BrowserLost(CaptureError):
    """The browser crashed or hung twice on this page."""

    code = "browser_lost"


class ServiceBusy(CaptureError):
    """No browser is free at the moment; asking again in a few seconds helps."""

    code = "service_busy"


class WorkersBusy(ServiceBusy):
    """As many captures of the account are in progress as it may have at a time."""

    code = "workers_busy"


class ConnectorOffline(CaptureError):
    """No agent of the connector is connected."""

    code = "connector_offline"


class ConnectorTimeout(CaptureError):
    """The connector's agent did not take the job, stopped answering, or was not done in time."""

    code = "connector_timeout"


_CAPTURE_ERRORS: dict[str, type[CaptureError]] = {
    error.code: error
    for error in (
        CaptureError,
        TargetRefused,
        TargetUnreachable,
        CaptureTimeout,
        ElementNotFound,
        ActionFailed,
        PictureImpossible,
        BrowserLost,
        ServiceBusy,
        WorkersBusy,
        ConnectorOffline,
        ConnectorTimeout,
    )
}


def capture_error(code: str, message: str, *, option: str | None = None) -> CaptureError:
    """Rebuild a capture error from its wire form; an unknown code becomes a plain `CaptureError`."""
    return _CAPTURE_ERRORS.get(code, CaptureError)(message, option=option)
