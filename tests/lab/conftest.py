"""What the tests of the practice site share."""

from __future__ import annotations

import random

import pytest

from lab.embedded.ports import free_block


@pytest.fixture
def free_port() -> int:
    """A port that nobody has, outside the ephemeral range."""
    return free_block(1, random.SystemRandom())[0]
