"""The coverage ledger: who looked at what, when. A minute that nobody observed is unknown, never
fine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from store.schema import coverage

REACHED: Final = "reached"

CONTIGUOUS: Final = 2
"""Looks this many intervals apart still make one span; one that failed to happen in between is
forgiven, two are a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look: `contact` is `reached`, or the trouble that was met instead."""

    device: str
    at: datetime
    contact: str
    within: timedelta
    """The interval at which this device is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of a time in question. `contact` None: nobody looked, so nothing is known."""

    begins: datetime
    ends: datetime
    contact: str | None


@dataclass(frozen=True, slots=True)
class _Last:
    id: int
    ends: datetime
    contact: str


def extend(tx: Connection, observer: str, seen: Sequence[Seen]) -> None:
    """Write these looks down: a span grows while looks follow each other and say the same."""
    last = _last_spans(tx, observer, [one.device for one in seen])
    grown, new = [], []
    for one in seen:
        known = last.get(one.device)
        if known is not None and _continues(known, one):
            grown.append({"of": known.id, "until": one.at})
        else:
            new.append(_row(observer, one))
    if grown:
        statement = update(coverage).where(coverage.c.id == bindparam("of"))
        tx.execute(statement.values(ends=bindparam("until")), grown)
    if new:
        tx.execute(insert(coverage), new)


def observed(tx: Connection, device: str, begins: datetime, ends: datetime) -> tuple[Stretch, ...]:
    """What was observed of a device in `[begins, ends)`, whole and in order: every moment is in
    exactly one stretch. Where observers differ, one that reached the device is right."""
    rows = tx.execute(
        select(coverage.c.begins, coverage.c.ends, coverage.c.contact).where(
            coverage.c.device == device, coverage.c.ends > begins, coverage.c.begins < ends
        )
    ).all()
    spans = [
        Stretch(begins=max(row.begins, begins), ends=min(row.ends, ends), contact=row.contact)
        for row in rows
    ]
    return _joined(_pieces(spans, begins, ends))


class Ledger:
    """The ledger as incidents ask it (`incidents.clockwork.Observation`)."""

    def unobserved(
        self, tx: Connection, device: str, begins: datetime, ends: datetime
    ) -> timedelta:
        """The part of `[begins, ends)` in which nobody looked at the device."""
        gaps = (one for one in observed(tx, device, begins, ends) if one.contact is None)
        return sum((one.ends - one.begins for one in gaps), timedelta(0))


def _pieces(spans: Sequence[Stretch], begins: datetime, ends: datetime) -> Iterable[Stretch]:
    """The time cut wherever a span begins or ends."""
    cuts = sorted({begins, ends, *(one.begins for one in spans), *(one.ends for one in spans)})
    for first, second in pairwise(cuts):
        contacts = {one.contact for one in spans if one.begins <= first and second <= one.ends}
        contact = REACHED if REACHED in contacts else min(filter(None, contacts), default=None)
        yield Stretch(begins=first, ends=second, contact=contact)


def _joined(pieces: Iterable[Stretch]) -> tuple[Stretch, ...]:
    whole: list[Stretch] = []
    for piece in pieces:
        if whole and whole[-1].contact == piece.contact:
            before = whole.pop()
            piece = Stretch(begins=before.begins, ends=piece.ends, contact=piece.contact)
        whole.append(piece)
    return tuple(whole)


def _continues(known: _Last, one: Seen) -> bool:
    return known.contact == one.contact and one.at - known.ends <= CONTIGUOUS * one.within


def _last_spans(tx: Connection, observer: str, devices: Sequence[str]) -> dict[str, _Last]:
    newest = (
        select(func.max(coverage.c.id))
        .where(coverage.c.observer == observer, coverage.c.device.in_(devices))
        .group_by(coverage.c.device)
    )
    rows = tx.execute(select(coverage).where(coverage.c.id.in_(newest)))
    return {row.device: _Last(row.id, row.ends, row.contact) for row in rows}


def _row(observer: str, one: Seen) -> dict[str, Any]:
    return {
        "device": one.device,
        "observer": observer,
        "begins": one.at,
        "ends": one.at,
        "contact": one.contact,
    }
