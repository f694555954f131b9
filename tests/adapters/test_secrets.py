"""Secrets that are read again, over a client that counts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pagelapse.adapters.secrets import KEPT_S, Secret


@dataclass
class Manager:
    """Secrets Manager with one secret, or out of order."""

    text: str = "first"
    broken: bool = False
    reads: int = 0
    now: float = 0

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        assert SecretId == "arn"
        self.reads += 1
        if self.broken:
            raise OSError("it is down")
        return {"SecretString": self.text}


@pytest.fixture
def manager() -> Manager:
    """One that works."""
    return Manager()


@pytest.fixture
def secret(manager: Manager) -> Secret:
    """Its secret."""
    return Secret("arn", client=manager, clock=lambda: manager.now)


def test_a_changed_secret_is_used_after_a_while(manager: Manager, secret: Secret) -> None:
    """A secret is kept for minutes, and then read again."""
    assert [secret(), secret(), manager.reads] == ["first", "first", 1]
    manager.text, manager.now = "second", KEPT_S
    assert secret() == "first"
    manager.now = KEPT_S + 1
    assert [secret(), secret(), manager.reads] == ["second", "second", 2]


def test_a_secret_that_cannot_be_read_again_is_kept(manager: Manager, secret: Secret) -> None:
    """While Secrets Manager is down the last text stays in use, and is not asked for at each request."""
    secret()
    manager.broken, manager.now = True, KEPT_S + 1
    assert [secret(), secret(), manager.reads] == ["first", "first", 2]
    manager.broken, manager.text, manager.now = False, "second", 2 * KEPT_S + 2
    assert secret() == "second"


def test_a_secret_that_was_never_read_is_an_error(manager: Manager, secret: Secret) -> None:
    """Without any text there is nothing to go on with; the next request tries again."""
    manager.broken = True
    with pytest.raises(OSError, match="down"):
        secret()
    manager.broken = False
    assert secret() == "first"
