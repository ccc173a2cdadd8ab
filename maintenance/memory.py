"""What is remembered from one recorded look to the next: log offsets, counters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from collectors.visit import Note
from store.schema import memory


@dataclass(frozen=True, slots=True)
class Remembered:
    """All of it, as it stood when a round or a look began; fulfils `collectors.visit.Memory`."""

    values: Mapping[tuple[str, str], str]

    def recall(self, device: str, topic: str) -> str | None:
        """The value last noted, or None."""
        return self.values.get((device, topic))


def remembered(tx: Connection) -> Remembered:
    """Everything that was noted."""
    rows = tx.execute(select(memory.c.device, memory.c.topic, memory.c.value))
    return Remembered({(row.device, row.topic): row.value for row in rows})


def remember(tx: Connection, notes: Iterable[Note], at: datetime) -> None:
    """Keep these notes in place of earlier ones on the same topics; of several the last."""
    latest = {(one.device, one.topic): one.value for one in notes}
    if not latest:
        return
    tx.execute(
        delete(memory).where(
            memory.c.device == bindparam("of"), memory.c.topic == bindparam("about")
        ),
        [{"of": device, "about": topic} for device, topic in latest],
    )
    tx.execute(
        insert(memory),
        [
            {"device": device, "topic": topic, "value": value, "at": at}
            for (device, topic), value in latest.items()
        ],
    )
