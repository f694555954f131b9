"""What is remembered of connectors, in the application's own terms. Times are Unix time, seconds.

A connector's id holds its account's, and its token holds both: one read by key finds whose a token is, and whoever asks
for another account's connector finds nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pagelapse.capture.jobs import Purpose

SILENCE_S = 70.0
"""Without a word for so long an agent counts as gone: it speaks every 20 s, and a message may be lost."""

_TOKEN = re.compile(r"pxc_([0-9a-f]{12})([0-9a-f]{12})[0-9a-f]{40}")
_ID = re.compile(r"conn_[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Session:
    """An agent that is connected."""

    connection_id: str
    agent_id: str
    """One per process of the agent."""
    slots: int
    version: str
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Connector:
    """A way into somebody's private network."""

    account_id: str
    connector_id: str
    name: str
    token_hash: str = field(repr=False)
    created_at: float
    last_seen_at: float | None = None
    """Also of an agent that is gone."""
    session: Session | None = None

    def is_present(self, now: float) -> bool:
        """Whether an agent is there, even if it takes no further jobs."""
        return self.session is not None and self.last_seen_at is not None and now - self.last_seen_at < SILENCE_S

    def is_online(self, now: float) -> bool:
        """Whether an agent is there that takes jobs."""
        return self.session is not None and not self.session.leaving and self.is_present(now)


@dataclass(frozen=True, slots=True)
class Connection:
    """An open WebSocket whose token was good."""

    connection_id: str
    account_id: str
    connector_id: str
    token_hash: str = field(repr=False)


class AssignedFile(BaseModel):
    """A file that a job may store, and as what."""

    model_config = ConfigDict(frozen=True)

    key: str
    stored_type: str
    """The object's content type."""
    media_type: str
    """The file's own; documents are stored as plain text."""


JobState = Literal["sent", "accepted", "returned", "done", "abandoned"]
"""`returned`: the agent gave it back. `abandoned`: nobody wants its report any more."""


class Assignment(BaseModel):
    """What an agent was told to do, so that its report can be judged."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    job_id: str
    connector_id: str
    agent_id: str
    purpose: Purpose
    digest: str
    file: AssignedFile
    thumbnail: AssignedFile | None = None
    report_key: str
    """In the bucket, of a report that is too large for a message."""
    answer_by: float | None
    """Until when somebody waits; `None`: nobody does."""
    sent_at: float
    overdue_at: float
    """When a report can no longer be expected."""
    attempt: int = 1
    correlation_id: str | None = None
    """See `observability.correlation_id`; a report comes over a WebSocket, which says nothing of it."""


@dataclass(frozen=True, slots=True)
class AssignedJob:
    """An assignment, and what became of it."""

    assignment: Assignment
    state: JobState
    report: str | None = None
    """A `CaptureReport`, checked."""
    passed_on: bool = False
    """The result queue has the report."""


def new_connector_id(account_id: str) -> str:
    """An id that begins with its account's."""
    return f"conn_{account_id}{secrets.token_hex(6)}"


def new_token(connector_id: str) -> str:
    """A token with 160 random bits, for one connector."""
    return f"pxc_{connector_id.removeprefix('conn_')}{secrets.token_hex(20)}"


def connector_of(token: str) -> tuple[str, str] | None:
    """Account and connector that a token claims to be of; `None` when it is malformed."""
    found = _TOKEN.fullmatch(token)
    return (found[1], f"conn_{found[1]}{found[2]}") if found else None


def is_connector_id(text: str) -> bool:
    """Whether `text` could be a connector's id."""
    return _ID.fullmatch(text) is not None


def hash_token(token: str) -> str:
    """Lower-case hex SHA-256 of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
