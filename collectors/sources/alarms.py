"""The record of received alarms as a source. No device is asked; the evidence is what the record
said, as it was at that moment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.readings import Exchange, Reading, Trouble
from collectors.readings.alarms import AlarmRecord, OtherAlarms, ReceivedAlarms, TrapAlarms
from collectors.session import Means, Notebook, unanswered
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import Phrase, say

PROTOCOL: Final = "records"
FIRST_LOOK: Final = timedelta(days=1)
"""How far back the first look asks."""
LONGEST_LOOK: Final = timedelta(days=7)


async def open_session(device: Device, means: Means, notebook: Notebook) -> AlarmSession:
    """Nothing has to be opened."""
    return AlarmSession(device, means, notebook)


@dataclass(frozen=True, slots=True)
class AlarmSession:
    """The record, as far as it belongs to one network-management system."""

    device: Device
    means: Means
    notebook: Notebook

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`."""
        kind: type[ReceivedAlarms] = TrapAlarms if question is TrapAlarms else OtherAlarms
        at = self.means.clock()
        since = self._since(memory, kind.item, at)
        book = self.means.alarms
        record = None if book is None else book.of(self.device.name, kind.item, since, at)
        if record is None:
            return unanswered(self.device, at, Trouble.NOT_CONFIGURED, _missing(kind, self.device))
        self.notebook.note(_topic(kind.item), at.isoformat())
        return kind(
            device=self.device.name,
            taken_at=at,
            since=since,
            record=record,
            exchanges=(_evidence(self.device, kind.item, since, at, record),),
        )

    async def close(self) -> None:
        """Nothing was opened."""

    def _since(self, memory: Memory, item: str, at: datetime) -> datetime:
        told = memory.recall(self.device.name, _topic(item))
        try:
            last = at - FIRST_LOOK if told is None else datetime.fromisoformat(told)
        except ValueError:
            last = at - FIRST_LOOK
        if last.tzinfo is None or last > at:
            last = at - FIRST_LOOK
        return max(last, at - LONGEST_LOOK)


def _topic(item: str) -> str:
    return f"alarms:{item}"


def _missing(kind: type[ReceivedAlarms], device: Device) -> Phrase:
    if kind is TrapAlarms:
        return say("{device}: no traps are received; set “traps” under [intake] in lineguard.toml "
                   "and run lineguard serve", device=device.name)  # fmt: skip
    return say("{device}: neither logs nor alerts are received; set “syslog” or “web” under "
               "[intake] in lineguard.toml and run lineguard serve",
               device=device.name)  # fmt: skip


def _evidence(
    device: Device, item: str, since: datetime, at: datetime, record: AlarmRecord
) -> Exchange:
    body = {"device": device.name, "item": item, "since": since.isoformat(), **asdict(record)}
    return Exchange(
        protocol=PROTOCOL,
        asked=f"alarms of {item} for {device.name}",
        answer=json.dumps(body, default=str).encode(),
        at=at,
        duration_ms=0,
    )
