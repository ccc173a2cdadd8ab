"""Signs of life, stored; and the incidents about those who are late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, insert, select, update

from checks.verdict import Severity
from incidents.beats import (
    Beat,
    Beats,
    Heart,
    cause_of,
    forgotten,
    hearts,
    to_change,
)
from incidents.desk import IncidentDesk, live_incidents
from incidents.handling import Refusal
from incidents.model import Change, Finding
from phrases import Phrase, say
from store.database import Store
from store.schema import heartbeat

ACTOR: Final = "heartbeat"
SHANGHAI: Final = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatDesk:
    """Taking signs of life and missing them. `expected`: the longest time between two, by name."""

    store: Store
    incidents: IncidentDesk
    expected: Mapping[str, timedelta]

    def beat(self, name: str, at: datetime) -> Refusal | None:
        """Somebody gave one; whoever was late is not any more. None when it was taken."""
        if name not in self.expected:
            return Refusal(
                why=say(
                    "nobody expects a heartbeat named {name}; write it to [heartbeat] expect_s in "
                    "lineguard.toml",
                    name=name,
                )
            )
        with self.store.write() as tx:
            put(tx, Beat(name=name, at=at))
            why = say("{name} gave a sign of life", name=name)
            self.incidents.settle(tx, cause_of(name), why, at, ACTOR)
        return None

    def examine(self, at: datetime) -> tuple[Change, ...]:
        """Open an incident for everybody who is late, end those that are over."""
        with self.store.write() as tx:
            live = {one.cause for one in live_incidents(tx)}
            changing = to_change(hearts(self.expected, beats(tx), at), live, at)
            made = [change for one in changing for change in self._change(tx, one, at)]
            for cause in forgotten(self.expected, live):
                why = say("this heartbeat is not expected any more")
                made += self.incidents.settle(tx, cause, why, at, ACTOR).made
        return tuple(made)

    def _change(self, tx: Connection, one: Heart, at: datetime) -> tuple[Change, ...]:
        cause = cause_of(one.name)
        if not one.late(at):
            why = say("{name} gave a sign of life", name=one.name)
            return self.incidents.settle(tx, cause, why, at, ACTOR).made
        found = Finding(cause=cause, severity=Severity.WARNING, sentence=_late(one))
        return self.incidents.declare(tx, found, at, ACTOR).made


def _late(one: Heart) -> Phrase:
    seconds = round(one.every.total_seconds())
    if one.last is None:
        return say(
            "{name} has never given a sign of life; one is expected every {seconds} seconds",
            name=one.name, seconds=seconds,
        )  # fmt: skip
    return say(
        "{name} gave its last sign of life on {time}; one is expected every {seconds} seconds",
        name=one.name, time=f"{one.last + SHANGHAI:%m-%d %H:%M}", seconds=seconds,
    )  # fmt: skip


def beats(tx: Connection) -> Beats:
    """Every sign of life that is known, by name."""
    rows = tx.execute(select(heartbeat).order_by(heartbeat.c.name))
    return {row.name: Beat(name=row.name, at=row.at, failures=row.failures) for row in rows}


def put(tx: Connection, beat: Beat) -> None:
    """Write it in the place of the one before."""
    values = {"at": beat.at, "failures": beat.failures}
    done = tx.execute(update(heartbeat).where(heartbeat.c.name == beat.name).values(values))
    if not done.rowcount:
        tx.execute(insert(heartbeat), [{"name": beat.name, **values}])
