from __future__ import annotations

import pytest
from tests.world import World


@pytest.fixture
def world() -> World:
    """Services over fakes."""
    return World()
