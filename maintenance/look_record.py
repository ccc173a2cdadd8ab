"""Looks that somebody asked for, kept: one `look` entry per device. Such a look fulfils no slot,
stores no notes and opens no incident; it is evidence of what was seen, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from checks.verdict import State
from inventory.people import Actor
from logbook.book import Logbook
from maintenance.looks import Clock, Looked
from maintenance.record import VerdictRecord, keep, looked_at, severity_of, state_of
from maintenance.versions import Versions
from phrases import Phrase, say
from store.database import Store

LOOK_ENTRY: Final = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRecord:
    """Where the looks of one command are written down."""

    store: Store
    logbook: Logbook
    actor: Actor
    clock: Clock
    versions: Versions | None = None

    def write(self, looked: Sequence[Looked]) -> Mapping[str, tuple[VerdictRecord, ...]]:
        """The records by device, each with the number of its entry. Evidence first and durable,
        then all entries in one transaction. Raises `StoreTrouble`, `OSError`."""
        records = {one.device.name: looked_at(one.judgements) for one in looked}
        keep((judgement for one in looked for judgement in one.judgements), self.logbook.evidence)
        self.logbook.evidence.settle()
        with self.store.write() as tx:
            bodies = [(LOOK_ENTRY, self._body(one, records[one.device.name])) for one in looked]
            entries = self.logbook.append_many(tx, bodies, self.clock())
            if self.versions is not None:
                fetched = (text for one in looked for text in one.fetched)
                self.versions.keep(tx, fetched, self.clock(), self.actor.name)
        return dict(_numbered(records, entries))

    def sign(self) -> None:
        """A checkpoint behind the last of them. Raises `KeyTrouble`, `StoreTrouble`."""
        with self.store.write() as tx:
            self.logbook.checkpoint(tx, self.clock())

    def _body(self, looked: Looked, records: Sequence[VerdictRecord]) -> dict[str, Any]:
        severity = severity_of(records)
        return {
            "device": looked.device.name,
            "kind": looked.device.kind.value,
            "site": looked.device.site,
            "actor": self.actor.as_json(),
            "state": state_of(records).value,
            "severity": severity.value if severity else None,
            "sentence": self._sentence(looked.device.name, records).both(),
            "verdicts": [{"item": one.judgement.item, **one.body()} for one in records],
        }

    def _sentence(self, device: str, records: Sequence[VerdictRecord]) -> Phrase:
        states = [one.judgement.verdict.state for one in records]
        return say(
            "{who} looked at {device}: {count} verdicts, {abnormal} abnormal, {unknown} unknown",
            who=self.actor.shown(),
            device=device,
            count=len(states),
            abnormal=states.count(State.ABNORMAL),
            unknown=states.count(State.UNKNOWN),
        )


def _numbered(
    records: Mapping[str, tuple[VerdictRecord, ...]], entries: Sequence[int]
) -> Iterator[tuple[str, tuple[VerdictRecord, ...]]]:
    for (device, of_device), entry in zip(records.items(), entries, strict=True):
        yield device, tuple(replace(one, entry=entry) for one in of_device)
