"""A Linux-like host that listens, and a device of the estate that is it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors.readings import Reading, Unanswered
from collectors.session import Means
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import Device, Kind, Watch
from lab.embedded.hostkeys import ensure_host_key, pin
from lab.embedded.linux_host import LinuxHost
from tests.inventory.builders import device, ssh

PASSWORD = "正确 horse battery"


@dataclass
class Remembered:
    """A memory that tests fill by hand."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)

    def recall(self, device: str, topic: str) -> str | None:
        return self.values.get((device, topic))

    def keep(self, visit: Visit) -> None:
        for note in visit.notes:
            self.values[note.device, note.topic] = note.value


@dataclass
class SecretBox:
    values: dict[str, str]

    def secret(self, name: str) -> str:
        return self.values[name]


def now() -> datetime:
    return datetime.now(UTC)


def means(folder: Path, **secrets: str) -> Means:
    return Means(
        secrets=SecretBox({"host": PASSWORD, **secrets}),
        known_hosts=folder / "known_hosts",
        clock=now,
    )


@asynccontextmanager
async def listening(
    folder: Path,
    name: str = "app-1",
    **given: Any,  # noqa: ANN401
) -> AsyncIterator[LinuxHost]:
    """A host whose key is pinned in `folder/known_hosts`."""
    key = ensure_host_key(folder / "hostkeys", name)
    host = LinuxHost(host_key=key, user="inspect", **{"password": PASSWORD, **given})
    await host.start("127.0.0.1", 0)
    pin(folder / "known_hosts", {host.port: key})
    try:
        yield host
    finally:
        await host.stop()


def linux(
    port: int,
    *,
    watch: Watch | None = None,
    **access: Any,  # noqa: ANN401
) -> Device:
    """The device `app-1` at that port."""
    return device(
        "app-1", Kind.APP_SERVER, watch=watch, ssh=ssh(port, **{"timeout_s": 5.0, **access})
    )


async def visit(
    target: Device,
    by: Means,
    wanted: Iterable[type[Reading]],
    memory: Remembered | None = None,
    limit_s: float = 20.0,
) -> Visit:
    """One visit as a round makes it."""
    visitor = Visitor({target.name: target}, by, visit_limit_s=limit_s)
    return await visitor.visit(target.name, frozenset(wanted), memory or Remembered())


def unanswered(answer: Answer) -> Unanswered:
    assert isinstance(answer, Unanswered), answer
    return answer
