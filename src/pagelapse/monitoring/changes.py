"""Changes of an element's text between two captures of a configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

SendTo = Literal["webhook", "slack"]
ChangeForm = Literal["notification", "event"]
"""In whose words a change is told: PagePixels' or our own."""


class ChangeTarget(BaseModel):
    """An element to watch, and who is told when its text changes."""

    model_config = ConfigDict(frozen=True)

    action_index: int
    """Of the action among the capture's steps, by which an observation names it."""
    key: str
    """Names what was last seen: the same selector keeps it when other steps or the receiver change."""
    send_to: SendTo
    url: str
    config: dict[str, JsonValue]
    """The action in the caller's own words."""
    form: ChangeForm = "notification"


class Change(BaseModel):
    """One change of one element's text."""

    model_config = ConfigDict(frozen=True)

    change_id: str
    configuration_id: str
    previous_value: str
    retrieved_value: str
    config: dict[str, JsonValue]
    sent_at_ms: int
    send_to: SendTo
    url: str
    """Empty: nobody is told."""
    form: ChangeForm = "notification"
    job_id: str = ""
    """Of the capture that shows it."""

    def payload(self) -> dict[str, JsonValue]:
        """The change as its account sees it, in lists and at the webhook."""
        return self.event() if self.form == "event" else self.notification()

    def event(self) -> dict[str, JsonValue]:
        """The change in our own API's words."""
        return {
            "type": "watch.changed",
            "id": self.change_id,
            "watch": self.configuration_id,
            "capture": self.job_id or None,
            "selector": self.config.get("selector"),
            "before": self.previous_value,
            "after": self.retrieved_value,
            "changed_at": datetime.fromtimestamp(self.sent_at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        }

    def notification(self) -> dict[str, JsonValue]:
        """The change in PagePixels' words ("List Change Notifications")."""
        return {
            "id": self.change_id,
            "screenshot_configuration_id": self.configuration_id,
            "previous_value": self.previous_value,
            "retrieved_value": self.retrieved_value,
            "config": self.config,
            "sent_at": str(self.sent_at_ms),
        }


class SeenText(BaseModel):
    """What a capture found at a watched element."""

    model_config = ConfigDict(frozen=True)

    action_index: int
    text: str


def target_key(selector: str, earlier: Iterable[str]) -> str:
    """The key of a target among others: its selector, and how many of the `earlier` ones have the same."""
    return hashlib.sha256(f"{list(earlier).count(selector)}#{selector}".encode()).hexdigest()[:32]


def new_texts(targets: Iterable[ChangeTarget], observed: Iterable[SeenText], seen: Mapping[str, str]) -> dict[str, str]:
    """What differs from what was last seen, by target key; an element seen for the first time counts too."""
    texts = {text.action_index: text.text for text in observed}
    found = {target.key: texts[target.action_index] for target in targets if target.action_index in texts}
    return {key: text for key, text in found.items() if seen.get(key) != text}


def changes_of(
    targets: Iterable[ChangeTarget],
    texts: Mapping[str, str],
    seen: Mapping[str, str],
    *,
    configuration_id: str,
    job_id: str,
    now_ms: int,
) -> tuple[Change, ...]:
    """The changes among `texts`; what was never seen before has not changed.

    A change's id follows from its job, so that a repeated report makes no second one.
    """
    return tuple(
        Change(
            change_id=hashlib.sha1(f"{job_id}#{target.action_index}".encode(), usedforsecurity=False).hexdigest(),
            configuration_id=configuration_id,
            previous_value=seen[target.key],
            retrieved_value=texts[target.key],
            config=target.config,
            sent_at_ms=now_ms,
            send_to=target.send_to,
            url=target.url,
            form=target.form,
            job_id=job_id,
        )
        for target in targets
        if target.key in texts and target.key in seen
    )
