"""What the scripts in the sandbox hand to the `snap` function's handler, and what they tell of its report."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

CONTEXT = SimpleNamespace(
    function_name="snap",
    memory_limit_in_mb=2048,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:snap",
    aws_request_id="request",
)


def waited_for(event: dict[str, Any]) -> dict[str, Any]:
    """The job of somebody who waits for a minute."""
    return {**event, "answer_by": time.time() + 60}


def told(event: dict[str, Any], report: dict[str, Any] | None) -> dict[str, Any]:
    """What became of a job; a report that came too late is none."""
    failure = report["failure"] if report else {"code": "late"}
    return {"job": event["job_id"], "failure": failure, "shortfall": report and report["shortfall"]}
