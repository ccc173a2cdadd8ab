"""What every test is given: a process that the test before left as it found it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.coverage_session import (
    pytest_addoption,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = (
    "pytest_addoption",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
)


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """The command line makes everything private for the rest of its process. In that of the tests
    it would hide files from the practice PostgreSQL, which as root runs as somebody else."""
    before = os.umask(0o022)
    yield
    os.umask(before)
