"""The desk where sightings become incidents, in the transaction of whoever saw them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from checks.verdict import Severity
from incidents.correlate import Correlation
from incidents.model import (
    CUT_OFF,
    LIVE,
    Changes,
    Decision,
    Finding,
    Open,
    OpenIncident,
    Resolve,
    Sighting,
    Update,
)
from incidents.topology import Topology
from incidents.writing import Writing
from inventory.model import Estate
from logbook.book import Logbook
from phrases import Phrase, say
from store.schema import incident
from store.stored import member, names


@dataclass(frozen=True, slots=True)
class IncidentDesk:
    """Where sightings become incidents. One desk serves rounds and the watch alike."""

    logbook: Logbook
    topology: Topology

    @classmethod
    def of(cls, estate: Estate, logbook: Logbook) -> IncidentDesk:
        """The desk for the devices of an estate."""
        return cls(logbook, Topology({one.name: one.depends_on for one in estate.devices}))

    def observe(
        self, tx: Connection, sightings: Sequence[Sighting], at: datetime, actor: str
    ) -> Changes:
        """Open, update, resolve and merge what these sightings (at most one per device) call for.
        `at` is the real time; `actor` is who looked, such as `round` or `watch`."""
        live = live_incidents(tx)
        decided = Correlation(live, tuple(sightings), self.topology).decisions()
        return self._store(tx, live, decided, at, actor)

    def cut_off(self, tx: Connection, why: Phrase, at: datetime, actor: str) -> Changes:
        """Lineguard itself sees nothing: one incident about that, none about devices."""
        finding = Finding(cause=CUT_OFF, severity=Severity.CRITICAL, sentence=why)
        live = live_incidents(tx)
        known = next((one for one in live if one.cause == CUT_OFF), None)
        decision: Decision = (
            Open(finding=finding)
            if known is None
            else Update(
                incident=known.id, finding=finding, severity=known.severity, covers=known.covers
            )
        )
        return self._store(tx, live, (decision,), at, actor)

    def connected(self, tx: Connection, at: datetime, actor: str) -> Changes:
        """Something outside answers: an incident about ourselves is over."""
        live = live_incidents(tx)
        decided = tuple(
            Resolve(incident=one.id, cause=CUT_OFF, why=say("Lineguard reaches the network again"))
            for one in live
            if one.cause == CUT_OFF
        )
        return self._store(tx, live, decided, at, actor)

    def _store(
        self,
        tx: Connection,
        live: Iterable[OpenIncident],
        decided: Sequence[Decision],
        at: datetime,
        actor: str,
    ) -> Changes:
        writing = Writing(tx=tx, at=at, actor=actor, live={one.cause: one.id for one in live})
        for decision in decided:
            writing.write(decision)
        return writing.finish(self.logbook)


def live_incidents(tx: Connection) -> tuple[OpenIncident, ...]:
    """The incidents that still take findings, oldest first."""
    rows = tx.execute(
        select(
            incident.c.id,
            incident.c.cause,
            incident.c.severity,
            incident.c.device,
            incident.c.item,
            incident.c.suppresses,
        )
        .where(incident.c.state.in_([state.value for state in LIVE]))
        .order_by(incident.c.id)
    )
    return tuple(_open_incident(row) for row in rows.mappings())


def _open_incident(row: RowMapping) -> OpenIncident:
    return OpenIncident(
        id=row["id"],
        cause=row["cause"],
        severity=member(Severity, row["severity"]),
        device=row["device"],
        item=row["item"],
        covers=frozenset(names(row["suppresses"])),
    )
