"""Failures that only pages have, and the HTTP status of every failure that a page shows."""

from __future__ import annotations

from pagelapse import errors
from pagelapse.errors import PagelapseError


class ForeignForm(PagelapseError):
    """A form that none of our pages sent, or an outdated one."""

    code = "foreign_form"


class NoSuchPage(PagelapseError):
    """There is nothing at this address."""

    code = "no_such_page"


_STATUS: dict[type[PagelapseError], int] = {
    NoSuchPage: 404,
    ForeignForm: 403,
    errors.ConfigurationNotFound: 404,
    errors.ConnectorNotFound: 404,
    errors.JobNotFound: 404,
    errors.KeyNotFound: 404,
    errors.ArchiveExpired: 410,
    errors.MissingKey: 401,
    errors.InvalidKey: 401,
    errors.AccountSuspended: 403,
    errors.UsageLimitExceeded: 403,
    errors.RateLimitExceeded: 429,
    errors.InvalidOption: 422,
    errors.CaptureUnderWay: 409,
    errors.LastKey: 409,
    errors.TooManyKeys: 409,
    errors.JobPending: 409,
    errors.JobFailed: 409,
    errors.ServiceBusy: 503,
    errors.CaptureTimeout: 504,
    errors.CaptureError: 502,
}


def status_of(error: PagelapseError) -> int:
    """The HTTP status of a page that tells of the failure."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
