"""What is on record of received alarms, for M54 and M55."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, or_, select

from collectors.intake.model import LOST, Outcome, Receiver
from collectors.readings.alarms import AlarmRecord, OpenAlarm
from incidents.intake_desk import ALARM
from incidents.model import LIVE
from store.database import Store
from store.schema import incident, intake_count, intake_run, received
from store.stored import names as listed

RECEIVERS: Final[Mapping[str, frozenset[Receiver]]] = {
    "M54": frozenset({Receiver.TRAPS}),
    "M55": frozenset({Receiver.SYSLOG, Receiver.SYSLOG_TCP, Receiver.SYSLOG_TLS, Receiver.WEB}),
}
FRESH: Final = timedelta(seconds=15)
"""A receiver that was heard of so lately listens now: it is written down every 5 s."""
LOOKED_BACK: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlarms:
    """Fulfils `collectors.session.AlarmRecords` from the store, opened when it is asked. `set_up`
    are the receivers of the settings, `reaches` the sites whose alarms belong to a device."""

    store: Callable[[], Store]
    set_up: Collection[Receiver]
    reaches: Callable[[str], frozenset[str]]

    def of(self, device: str, item: str, since: datetime, at: datetime) -> AlarmRecord | None:
        """The record of that time; None where no receiver of that item is set up. Raises
        `StoreTrouble`."""
        receivers = sorted(RECEIVERS[item] & frozenset(self.set_up))
        if not receivers:
            return None
        names = [one.value for one in receivers]
        with self.store().read() as tx:
            return AlarmRecord(
                receivers=tuple(names),
                gap_s=max(_unheard(_spans(tx, name), since, at) for name in names),
                stored=_counted(tx, names, (Outcome.STORED,), since),
                lost=_counted(tx, names, LOST, since),
                open=tuple(_open(tx, item, self.reaches(device))),
            )


def _open(tx: Connection, item: str, sites: frozenset[str]) -> Iterable[OpenAlarm]:
    """Also what was told of an incident that a check sees as well (`incidents.intake_joins`)."""
    mark = f"{item}:"
    own = (incident.c.item == item) & incident.c.cause.like(f"{ALARM}%")
    rows = tx.execute(
        select(incident)
        .where(
            incident.c.state.in_([one.value for one in LIVE]),
            or_(own, incident.c.suppresses.like(f'%"{mark}%')),
        )
        .order_by(incident.c.id)
    )
    for row in rows:
        if row.site is not None and row.site not in sites:
            continue
        known = OpenAlarm(
            incident=row.id, device=row.device or "", severity=row.severity,
            alarm=row.cause.removeprefix(f"{ALARM}{row.device}:"), since=row.opened_at,
        )  # fmt: skip
        told = [one.removeprefix(mark) for one in listed(row.suppresses) if one.startswith(mark)]
        yield from [replace(known, alarm=one) for one in told] or [known]


def _counted(tx: Connection, names: list[str], outcomes: Iterable[Outcome], since: datetime) -> int:
    hour = since.replace(minute=0, second=0, microsecond=0)
    return int(
        tx.execute(
            select(func.coalesce(func.sum(intake_count.c.count), 0)).where(
                intake_count.c.hour >= hour,
                intake_count.c.receiver.in_(names),
                intake_count.c.outcome.in_([one.value for one in outcomes]),
            )
        ).scalar_one()
    )


def _spans(tx: Connection, receiver: str) -> list[tuple[datetime, datetime]]:
    rows = tx.execute(
        select(intake_run.c.began_at, intake_run.c.seen_at)
        .where(intake_run.c.receiver == receiver)
        .order_by(intake_run.c.began_at)
    )
    return [(row.began_at, row.seen_at) for row in rows]


def _unheard(spans: Sequence[tuple[datetime, datetime]], since: datetime, at: datetime) -> float:
    """Seconds of that time that no span covers. Where none covers any of it, those of the day
    before: two looks within a minute must not make nobody's listening a short pause."""
    missing = _gap(spans, since, at)
    if missing < (at - since).total_seconds():
        return missing
    return _gap(spans, min(since, at - LOOKED_BACK), at)


def _gap(spans: Iterable[tuple[datetime, datetime]], since: datetime, at: datetime) -> float:
    """Seconds of that time that no span covers."""
    missing, here = timedelta(), since
    for begin, end in spans:
        last = at if timedelta() <= at - end <= FRESH else end
        if last <= here:
            continue
        missing += max(min(begin, at) - here, timedelta())
        here = max(here, min(last, at))
    return (missing + max(at - here, timedelta())).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it is stored, without its raw bytes."""

    at: datetime
    receiver: str
    source: str
    device: str
    subject: str
    severity: str
    key: str
    over: bool
    text: str


def counts(tx: Connection, since: datetime) -> tuple[tuple[str, str, int], ...]:
    """Receiver, outcome and how many, from the hour of `since` on."""
    rows = tx.execute(
        select(intake_count.c.receiver, intake_count.c.outcome, func.sum(intake_count.c.count))
        .where(intake_count.c.hour >= since.replace(minute=0, second=0, microsecond=0))
        .group_by(intake_count.c.receiver, intake_count.c.outcome)
        .order_by(intake_count.c.receiver, intake_count.c.outcome)
    )
    return tuple((receiver, outcome, int(many)) for receiver, outcome, many in rows)


def messages(tx: Connection, last: int, device: str | None = None) -> tuple[Message, ...]:
    """The newest messages, the newest first; of one device where it is named."""
    names = [getattr(received.c, one.name) for one in fields(Message)]
    query = select(*names).order_by(received.c.id.desc()).limit(last)
    if device is not None:
        query = query.where(received.c.device == device)
    return tuple(Message(**row) for row in tx.execute(query).mappings())


REJECTED: Final = (
    Outcome.MALFORMED, Outcome.UNKNOWN_SOURCE, Outcome.REFUSED, Outcome.TOO_LARGE,
)  # fmt: skip
"""Not kept, because of what it was or who sent it."""


def totals(tx: Connection) -> Mapping[tuple[Receiver, Outcome], int]:
    """What became of all that ever arrived. Names that this version does not know are left out."""
    rows = tx.execute(
        select(
            intake_count.c.receiver, intake_count.c.outcome, func.sum(intake_count.c.count)
        ).group_by(intake_count.c.receiver, intake_count.c.outcome)
    )
    known = {(one.value, way.value): (one, way) for one in Receiver for way in Outcome}
    return {known[one, way]: int(many) for one, way, many in rows if (one, way) in known}
