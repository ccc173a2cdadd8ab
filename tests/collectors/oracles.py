"""A practice Oracle listener that listens, and a device of the estate that is it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from collectors.session import Means
from inventory.model import Device, Kind, Oracle, Trait, Watch
from lab.embedded.oracle.listener import OracleListener, Terms
from tests.collectors.hosts import SecretBox, now
from tests.inventory.builders import device

PASSWORD = "正确 inspect's"
SERVICE = "HOTLINE"


@asynccontextmanager
async def running(listener: OracleListener) -> AsyncIterator[OracleListener]:
    """At a port of its own; ended whatever happens."""
    await listener.start("127.0.0.1", 0)
    try:
        yield listener
    finally:
        await listener.stop()


@pytest.fixture
async def oracle() -> AsyncIterator[OracleListener]:
    """A healthy practice database."""
    async with running(OracleListener(Terms("inspect", PASSWORD, SERVICE))) as listener:
        yield listener


def oracle_device(
    port: int,
    *,
    watch: Watch | None = None,
    **access: Any,  # noqa: ANN401
) -> Device:
    """The device `db-dr-1` at that port."""
    reached = {
        "port": port, "user": "inspect", "secret": "db", "service": "hotline", "timeout_s": 5.0,
        **access,
    }  # fmt: skip
    traits = (Trait.ORACLE,)
    return device("db-dr-1", Kind.DATABASE, traits=traits, watch=watch, oracle=Oracle(**reached))


def oracle_means(password: str = PASSWORD) -> Means:
    return Means(secrets=SecretBox({"db": password}), known_hosts=Path("/nonexistent"), clock=now)
