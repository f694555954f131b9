"""What travels over a connector's WebSocket: JSON objects, told apart by `type` (docs/connectors.md).

The agent is somebody else's machine: what it sends is bounded here, and judged in `services.connector_reports`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from pagelapse.capture.jobs import CaptureJob

MAX_MESSAGE_BYTES = 100_000
"""UTF-8 bytes of one message; what is larger goes through the bucket. API Gateway ends at 128 KB (AWS quota)."""

MAX_REPORT_BYTES = 350_000
"""UTF-8 bytes of a report; DynamoDB items end at 400 KB (AWS quota)."""

MAX_FILE_BYTES = 100_000_000
"""Of an uploaded file."""

HEARTBEAT_S = 20.0
"""How often an agent says that it is there."""

_Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,100}$")]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Upload(_Message):
    """A form that stores one file under one key, as one type and up to one size: S3's POST policy."""

    url: str
    fields: Mapping[str, str]
    """To be sent as they are, before the file."""
    key: str


class RemoteJob(_Message):
    """A capture, and where its results go."""

    job: dict[str, JsonValue]
    """A `CaptureJob`; an agent of an older version may not know all of its options, so it is read late."""
    seconds: float = Field(gt=0)
    """From its arrival until its report must be here. Relative, since clocks differ."""
    uploads: tuple[Upload, ...]
    report: Upload
    """For a report that is too large for a message."""

    def capture_job(self) -> CaptureJob:
        """The job; raises `pydantic.ValidationError` when it asks for something that this version doesn't know."""
        return CaptureJob.model_validate(self.job)


class Hello(_Message):
    """The agent's first words on a connection: from now on it takes jobs."""

    type: Literal["hello"] = "hello"
    agent_id: _Id
    """Random, one per process: tells an agent that reconnects from one that has been started anew."""
    slots: int = Field(ge=1, le=1000)
    """Captures that it takes at the same time."""
    version: str = Field(default="", max_length=100)


class Ping(_Message):
    """The agent is there; answered by `Pong`."""

    type: Literal["ping"] = "ping"
    connector_id: _Id
    """From `Welcome`; saves a lookup."""


class Accepted(_Message):
    """The agent has the job and begins with it, or is at it."""

    type: Literal["accepted"] = "accepted"
    job_id: _Id


class Returned(_Message):
    """The agent won't do the job: too many are under way, it has waited its time away, or the agent is about to end."""

    type: Literal["returned"] = "returned"
    job_id: _Id


class Report(_Message):
    """What became of a job; repeated until `Recorded` answers it."""

    type: Literal["report"] = "report"
    job_id: _Id
    report: dict[str, JsonValue] | None = None
    """A `CaptureReport`; `None` when it was uploaded instead."""


class Leaving(_Message):
    """The agent takes no further jobs: it ends once those under way are done."""

    type: Literal["leaving"] = "leaving"


FromAgent = Annotated[Hello | Ping | Accepted | Returned | Report | Leaving, Field(discriminator="type")]
FROM_AGENT: TypeAdapter[Hello | Ping | Accepted | Returned | Report | Leaving] = TypeAdapter(FromAgent)


class Welcome(_Message):
    """Answers `Hello`."""

    type: Literal["welcome"] = "welcome"
    connector_id: _Id
    name: str
    heartbeat_s: float = Field(default=HEARTBEAT_S, gt=0)
    """How often to send `Ping`."""


class Pong(_Message):
    """Answers `Ping`."""

    type: Literal["pong"] = "pong"


class Job(_Message):
    """A job to do. Exactly one of its parts is set."""

    type: Literal["job"] = "job"
    job_id: _Id
    patient: bool = False
    """Nobody waits for it: jobs that somebody waits for go first."""
    work: RemoteJob | None = None
    work_url: str | None = None
    """Where to read it by GET, when it is too large for a message."""


class Cancel(_Message):
    """Nobody wants the job's report any more."""

    type: Literal["cancel"] = "cancel"
    job_id: _Id


class Recorded(_Message):
    """Answers `Report`: it is written down, or nobody wants it, and the agent may forget it."""

    type: Literal["recorded"] = "recorded"
    job_id: _Id


class Goodbye(_Message):
    """This connection ends, and why: another agent took over, or the token is no longer good."""

    type: Literal["goodbye"] = "goodbye"
    reason: Literal["displaced", "revoked"]


ToAgent = Annotated[Welcome | Pong | Job | Cancel | Recorded | Goodbye, Field(discriminator="type")]
TO_AGENT: TypeAdapter[Welcome | Pong | Job | Cancel | Recorded | Goodbye] = TypeAdapter(ToAgent)
