"""The desk where sightings become incidents, in the transaction of whoever saw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection, RowMapping, func, select

from checks.verdict import Severity
from incidents.correlate import Correlation
from incidents.model import (
    CUT_OFF,
    DAMPING,
    LIVE,
    Changes,
    Cover,
    Damping,
    Decision,
    Finding,
    IncidentState,
    Open,
    OpenIncident,
    PastIncident,
    Resolve,
    Sighting,
    Suspect,
    Update,
)
from incidents.topology import Topology
from incidents.writing import Writing
from inventory.model import Estate
from logbook.book import Logbook
from phrases import Phrase, say
from store.schema import incident, suspect, transition
from store.stored import member, names

NO_COVERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class IncidentDesk:
    """Where sightings become incidents. One desk serves rounds and the watch alike."""

    logbook: Logbook
    topology: Topology
    damping: Damping = DAMPING
    confirm: Mapping[str, int] = field(default_factory=dict)
    """By item: how often it has to be seen abnormal to be believed, where once is not enough."""

    @classmethod
    def of(
        cls, estate: Estate, logbook: Logbook, confirm: Mapping[str, int] | None = None
    ) -> IncidentDesk:
        """The desk for the devices of an estate."""
        topology = Topology({one.name: one.depends_on for one in estate.devices})
        return cls(logbook, topology, confirm=confirm or {})

    def observe(
        self, tx: Connection, sightings: Sequence[Sighting], at: datetime, actor: str
    ) -> Changes:
        """Open, update, resolve and merge what these sightings (at most one per device) call for.
        `at` is the real time; `actor` is who looked, such as `round` or `watch`."""
        live = live_incidents(tx, at - self.damping.flap_window)
        correlation = Correlation(
            live,
            tuple(sightings),
            self.topology,
            at,
            past_incidents(tx, at - self.damping.reopen_within),
            self.damping,
            suspects(tx),
            self.confirm,
        )
        decided = correlation.decisions()
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
                incident=known.id,
                finding=finding,
                severity=known.severity,
                covers=known.covers,
                was=known.state,
            )
        )
        return self._store(tx, live, (decision,), at, actor)

    def connected(self, tx: Connection, at: datetime, actor: str) -> Changes:
        """Something outside answers: an incident about ourselves is over."""
        live = live_incidents(tx)
        decided = tuple(
            Resolve(
                incident=one.id,
                cause=CUT_OFF,
                why=say("Lineguard reaches the network again"),
                was=one.state,
            )
            for one in live
            if one.cause == CUT_OFF
        )
        return self._store(tx, live, decided, at, actor)

    def declare(self, tx: Connection, finding: Finding, at: datetime, actor: str) -> Changes:
        """Something that no device shows, such as a daemon's own trouble: open, opened again, or
        seen again and raised where it got worse. Causes of devices come through `observe`."""
        live = live_incidents(tx)
        past = past_incidents(tx, at - self.damping.reopen_within)
        decision = Correlation(live, (), self.topology, at, past, self.damping).begun(finding)
        return self._store(tx, live, (decision,), at, actor)

    def told(
        self,
        tx: Connection,
        findings: Iterable[Finding],
        over: Mapping[str, Phrase],
        at: datetime,
        actor: str,
        covers: Mapping[str, frozenset[str]] = NO_COVERS,
    ) -> Changes:
        """What was said unasked, at most one thing of each cause: what is wrong, and of which
        causes it is over, and why. What flaps stays until it was calm for a while. `covers` is what
        live causes stand for from now on."""
        live = live_incidents(tx, at - self.damping.flap_window)
        past = past_incidents(tx, at - self.damping.reopen_within)
        heard = Correlation(live, (), self.topology, at, past, self.damping)
        decided = [heard.begun(one) for one in findings]
        decided.extend(
            Cover(incident=heard.by_cause[cause].id, cause=cause, covers=now)
            for cause, now in covers.items()
            if cause in heard.by_cause
        )
        decided.extend(one for cause, why in over.items() for one in heard.ended(cause, why))
        return self._store(tx, live, decided, at, actor)

    def settle(self, tx: Connection, cause: str, why: Phrase, at: datetime, actor: str) -> Changes:
        """What was declared under that cause is over; nothing where it is not live."""
        live = live_incidents(tx)
        decided = tuple(
            Resolve(incident=one.id, cause=cause, why=why, was=one.state)
            for one in live
            if one.cause == cause
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


def past_incidents(tx: Connection, since: datetime) -> tuple[PastIncident, ...]:
    """The incidents that were resolved since then and not closed, oldest first."""
    rows = tx.execute(
        select(incident.c.id, incident.c.cause, incident.c.severity)
        .where(incident.c.state == IncidentState.RESOLVED.value, incident.c.resolved_at >= since)
        .order_by(incident.c.id)
    )
    return tuple(
        PastIncident(id=row.id, cause=row.cause, severity=member(Severity, row.severity))
        for row in rows
    )


def suspects(tx: Connection) -> tuple[Suspect, ...]:
    """What was seen abnormal and is not believed yet."""
    rows = tx.execute(select(suspect).order_by(suspect.c.cause))
    return tuple(
        Suspect(cause=row.cause, device=row.device, item=row.item, seen=row.seen) for row in rows
    )


def live_incidents(tx: Connection, flaps_since: datetime | None = None) -> tuple[OpenIncident, ...]:
    """The incidents that still take findings, oldest first. `flaps` are counted since that time;
    without one they are not."""
    flaps = {} if flaps_since is None else _flaps(tx, flaps_since)
    rows = tx.execute(
        select(
            incident.c.id,
            incident.c.cause,
            incident.c.severity,
            incident.c.device,
            incident.c.item,
            incident.c.suppresses,
            incident.c.state,
            incident.c.calm_since,
        )
        .where(incident.c.state.in_([state.value for state in LIVE]))
        .order_by(incident.c.id)
    )
    return tuple(_open_incident(row, flaps.get(row["id"], 0)) for row in rows.mappings())


def _flaps(tx: Connection, since: datetime) -> dict[int, int]:
    """How often each live incident came back since then."""
    counted = (
        select(transition.c.incident, func.count().label("times"))
        .join(incident, incident.c.id == transition.c.incident)
        .where(
            incident.c.state.in_([state.value for state in LIVE]),
            transition.c.from_state == IncidentState.RESOLVED.value,
            transition.c.to_state == IncidentState.OPEN.value,
            transition.c.at >= since,
        )
        .group_by(transition.c.incident)
    )
    return {row.incident: row.times for row in tx.execute(counted)}


def _open_incident(row: RowMapping, flaps: int) -> OpenIncident:
    return OpenIncident(
        id=row["id"],
        cause=row["cause"],
        severity=member(Severity, row["severity"]),
        device=row["device"],
        item=row["item"],
        covers=frozenset(names(row["suppresses"])),
        state=member(IncidentState, row["state"]),
        flaps=flaps,
        calm_since=row["calm_since"],
    )
