"""Is the ticket service there? One incident when it is not, for as long as it is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from checks.verdict import Severity
from incidents.desk import live_incidents
from incidents.model import Finding, Open, Resolve
from incidents.writing import Writing
from logbook.book import Logbook
from logbook.entries import canonical
from phrases import Phrase, say
from store.schema import ticket_service
from store.stored import sentence

CAUSE: Final = "self:tickets"
ACTOR: Final = "tickets"
TROUBLED_AFTER: Final = timedelta(minutes=5)
"""So long it may fail before somebody is told: a restart takes less."""
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the service was when it was last asked."""

    answered_at: datetime | None = None
    failing_since: datetime | None = None
    tried_at: datetime | None = None
    tries: int = 0
    trouble: Mapping[str, str] | None = None

    def due(self, at: datetime) -> bool:
        """Is it to be asked again? At once while it is well."""
        if self.failing_since is None or self.tried_at is None or self.tried_at > at:
            return True
        pause = min(FIRST_PAUSE * 2 ** min(self.tries - 1, 10), LONGEST_PAUSE)
        return bool(at - self.tried_at >= pause)


def health(tx: Connection) -> Health:
    """As it is stored."""
    row = tx.execute(select(ticket_service)).mappings().first()
    if row is None:
        return Health()
    return Health(
        answered_at=row["answered_at"],
        failing_since=row["failing_since"],
        tried_at=row["tried_at"],
        tries=row["tries"],
        trouble=None if row["trouble"] is None else sentence(row["trouble"]),
    )


def answered(tx: Connection, logbook: Logbook, at: datetime) -> None:
    """It answers; an incident about it is over."""
    values: dict[str, Any] = {"answered_at": at, "failing_since": None, "tried_at": at, "tries": 0}
    tx.execute(update(ticket_service).values(trouble=None, **values))
    live = {one.cause: one for one in live_incidents(tx)}
    if CAUSE in live:
        own = live[CAUSE]
        why = say("the ticket service answers again")
        writing = Writing(tx=tx, at=at, actor=ACTOR, live={CAUSE: own.id})
        writing.write(Resolve(incident=own.id, cause=CAUSE, why=why, was=own.state))
        writing.finish(logbook)


def failed(tx: Connection, logbook: Logbook, why: Phrase, at: datetime) -> None:
    """It does not. After a while that is an incident, and stays one."""
    known = health(tx)
    since = known.failing_since or at
    values: dict[str, Any] = {"failing_since": since, "tried_at": at, "tries": known.tries + 1}
    tx.execute(update(ticket_service).values(trouble=canonical(why.both()), **values))
    live = {one.cause for one in live_incidents(tx)}
    if at - since >= TROUBLED_AFTER and CAUSE not in live:
        writing = Writing(tx=tx, at=at, actor=ACTOR, live={})
        writing.write(Open(finding=_finding(why)))
        writing.finish(logbook)


def _finding(why: Phrase) -> Finding:
    return Finding(
        cause=CAUSE,
        severity=Severity.WARNING,
        sentence=say("the ticket service takes nothing: {why}; what is to be filed is kept",
                     why=why),
    )  # fmt: skip
