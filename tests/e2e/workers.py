"""The function that works off a queue of the deployed stack: held back, frozen and killed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3

from pagelapse.local.stack import Stack

_SLICE_S = 0.01


class Worker:
    """Whatever processes a queue's function has.

    Args:
        stack: Where it is deployed.
        queue_url: The queue that invokes it.
    """

    def __init__(self, stack: Stack, queue_url: str) -> None:
        self._sqs = boto3.client("sqs", **stack.client_options)
        self._lambda = boto3.client("lambda", **stack.client_options)
        self._queue_url = queue_url
        name = queue_url.rpartition("/")[2]
        mappings = self._lambda.list_event_source_mappings()["EventSourceMappings"]
        (mapping,) = [each for each in mappings if each["EventSourceArn"].endswith(f":{name}")]
        self._mapping = mapping["UUID"]
        function = mapping["FunctionArn"].split(":function:")[1]
        self._environment = {f"TMPDIR={stack.layout.tmp}".encode(), f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()}

    @contextmanager
    def redelivering_after(self, seconds: int) -> Iterator[None]:
        """For the length of the block, let what a killed worker had come again so soon."""
        names = ["VisibilityTimeout"]
        before = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=names)["Attributes"]
        self._sqs.set_queue_attributes(QueueUrl=self._queue_url, Attributes={"VisibilityTimeout": str(seconds)})
        try:
            yield
        finally:
            self._sqs.set_queue_attributes(QueueUrl=self._queue_url, Attributes=before)

    @contextmanager
    def redelivering_once(self, seconds: int) -> Iterator[Callable[[], None]]:
        """For the length of the block, let what is received come again so soon, until it calls what this yields.

        From then on the queue is as it was, so that a slow machine's workers are not given what they work at again and
        again; and nothing is given up meanwhile.
        """
        names: list[Any] = ["VisibilityTimeout", "RedrivePolicy"]
        before = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=names)["Attributes"]
        patient = json.dumps({**json.loads(before["RedrivePolicy"]), "maxReceiveCount": 1000})

        def change(**attributes: str) -> None:
            self._sqs.set_queue_attributes(QueueUrl=self._queue_url, Attributes=attributes)

        change(VisibilityTimeout=str(seconds), RedrivePolicy=patient)
        try:
            yield lambda: change(VisibilityTimeout=before["VisibilityTimeout"])
        finally:
            change(**before)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """For the length of the block, give it no messages."""
        self._lambda.update_event_source_mapping(UUID=self._mapping, Enabled=False)
        try:
            yield
        finally:
            self._lambda.update_event_source_mapping(UUID=self._mapping, Enabled=True)

    def unfinished(self) -> int:
        """How many messages the queue holds, those under way included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def kill(self) -> int:
        """Kill its processes; returns how many there were."""
        pids = list(self._pids())
        _signal(pids, signal.SIGKILL)
        return len(pids)

    def kill_once(self, reached: Callable[[], bool], *, within_s: float = 90) -> None:
        """Kill it as soon as `reached`, which is asked while it stands still: it can't get past unseen."""
        deadline = time.monotonic() + within_s
        pids: list[int] = []
        while True:
            _signal(pids, signal.SIGSTOP)
            # The search takes long, so it is no part of the slice; a process that is new has yet to import everything.
            pids = list(self._pids())
            _signal(pids, signal.SIGSTOP)
            if reached():
                assert self.kill() > 0
                return
            _signal(pids, signal.SIGCONT)
            assert time.monotonic() < deadline, "it did not come so far"
            time.sleep(_SLICE_S)

    def _pids(self) -> Iterator[int]:
        for entry in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if set(entry.read_bytes().split(b"\0")) >= self._environment:
                    yield int(entry.parent.name)


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
