"""One working day of maintenance on the practice site: what happens, in which order, and what came
of it. The slots are those of a day that is over, so that the home can go on with today."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from checks.item import Period
from checks.verdict import State
from incidents.listing import incidents
from incidents.model import Change, ChangeKind
from incidents.tickets.mirror import Synced
from inventory.model import Role
from inventory.people import Actor, who_acts
from lab.embedded.client import LabClient
from lineguard import clock
from lineguard.refusals import Refused
from lineguard.ticketing import mirror
from lineguard.wiring import Station
from logbook.proof import Verification
from logbook.verify import verify
from maintenance.calendar import ONE_DAY, SHANGHAI, day_of, period_of, working_day
from maintenance.manual import Entered, ManualDesk, Observation, Refusal
from maintenance.round_desk import RoundReport, RoundStep
from maintenance.rounds import run_round
from maintenance.slots import Tally, tally
from maintenance.watch import run_watch_once
from phrases import Lang, Phrase, say

WALK: Final = ("R1", "R2", "R3")
OF_A_DAY: Final = frozenset({Period.DAY, Period.SHIFT})
"""What is summed up: a week's work that happens to begin on the day says nothing about it."""

LOOK_BACK_DAYS: Final = 3_650
"""How far back an unplanned day is looked for; nobody runs the demo more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One part of the day. `round_at` and `walk_at` are Shanghai's clock; without either the watch
    looks."""

    says: Phrase
    round_at: time | None = None
    walk_at: time | None = None
    """When the operators of all sites walk through their rooms (R1-R3)."""
    found: tuple[tuple[str, str, str], ...] = ()
    """What they find abnormal on that walk: item, site, and what they note."""
    breaks: tuple[tuple[str, str], ...] = ()
    """Faults, each with the device it befalls."""
    mends: tuple[str, ...] = ()


DAY: Final[tuple[Act, ...]] = (
    Act(
        says=say("08:30 early shift: in the night a disk filled up, a fan failed, a trunk went "
                 "down and the database took too many connections"),
        round_at=time(8, 30),
        breaks=(
            ("disk-97", "app-1"),
            ("fan-failed", "fw-core-1"),
            ("trunk-down", "gw-1960-1"),
            ("connections-905", "db-1"),
        ),
    ),
    Act(
        says=say("08:40 room walk by the operators: an air conditioner drips"),
        walk_at=time(8, 40),
        found=(("R3", "site_dr", "2号空调滴水，已放置接水盘"),),
    ),
    Act(
        says=say("09:30 busy hour: CPU and memory of the servers; one of them has fallen silent"),
        round_at=time(9, 30),
        breaks=(("device-silent", "wechat-1"),),
    ),
    Act(
        says=say("between rounds the watch looks: a router is at its limit"),
        breaks=(("cpu-91", "rt-core-1"),),
    ),
    Act(
        says=say("the router, the silent server, the disk and the fan are put right; "
                 "the watch looks again"),
        mends=("cpu-91", "device-silent", "disk-97", "fan-failed"),
    ),
    Act(
        says=say("15:30 second busy hour: what could not be seen in the morning is caught up"),
        round_at=time(15, 30),
    ),
    Act(says=say("20:00 hand-over: is anything left?"), round_at=time(20, 0)),
    Act(
        says=say("20:10 room walk of the night shift: the air conditioner is mended"),
        walk_at=time(20, 10),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one act came to. A watch has no round; a walk has the states that were entered."""

    act: Act
    report: RoundReport | None
    changes: tuple[Change, ...]
    entered: tuple[State, ...] = ()

    def count(self, kind: ChangeKind) -> int:
        """How many incidents were opened, resolved, ..."""
        return len({one.incident for one in self.changes if one.kind is kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTold:
    """The whole day: how its slots stand, and whether the record is whole."""

    day: date
    acts: tuple[Told, ...]
    tally: Tally
    not_observed: int
    open_incidents: int
    verified: Verification


def free_day(station: Station, today: date) -> date:
    """The latest working day before today that has no slots yet, so that every run has one of its
    own."""
    with station.store.read() as tx:
        for back in range(1, LOOK_BACK_DAYS):
            day = today - back * ONE_DAY
            if not working_day(day).works:
                continue
            span = period_of(day, Period.DAY)
            stands = tally(tx, span.opens, span.closes, OF_A_DAY)
            if not stands.due + stands.done + stands.missed:
                return day
    return today


def work_one_day(
    station: Station,
    site: LabClient,
    tell: Callable[[Act], None],
    step: Callable[[RoundStep], None],
) -> DayTold:
    """Carry out every act on the running site. `tell` hears of each act, `step` of each device."""
    day = free_day(station, day_of(clock.now()))
    acts = tuple(_acts(station, site, day, tell, step))
    span = period_of(day, Period.DAY)
    with station.store.read() as tx:
        stands = tally(tx, span.opens, span.closes, OF_A_DAY)
        still_open = len(incidents(tx))
    return DayTold(
        day=day,
        acts=acts,
        tally=stands,
        not_observed=sum(one.report.not_observed for one in acts if one.report),
        open_incidents=still_open,
        verified=verify(station.store, station.keys.public_keys(), station.evidence),
    )


def file_tickets(station: Station, lang: Lang) -> Synced | None:
    """File what the day opened in the site's ticket service; None where the home has none."""
    if not station.settings.tickets.kind:
        return None
    return asyncio.run(mirror(station, lang).sync(at_once=True))


def _acts(
    station: Station,
    site: LabClient,
    day: date,
    tell: Callable[[Act], None],
    step: Callable[[RoundStep], None],
) -> Iterator[Told]:
    for act in DAY:
        tell(act)
        for fault, device in act.breaks:
            site.break_fault(fault, device)
        for fault in act.mends:
            site.mend(fault)
        if act.walk_at is not None:
            yield _walk(station, act, datetime.combine(day, act.walk_at, SHANGHAI))
            continue
        if act.round_at is None:
            yield Told(act=act, report=None, changes=_watch(station))
            continue
        at = datetime.combine(day, act.round_at, SHANGHAI)
        report = asyncio.run(run_round(station.round_desk(), at, clock.now, step))
        yield Told(act=act, report=report, changes=report.changes)


def _walk(station: Station, act: Act, at: datetime) -> Told:
    """Every site's rooms, as the operator of the practice estate enters them: a name that nobody
    proved, so it stands as claimed."""
    desk = station.manual_desk()
    operator = next(one for one in station.people if Role.OPERATOR in one.roles)
    actor = who_acts((operator,), "", operator.name)
    found = {(item, site): note for item, site, note in act.found}
    told = tuple(
        _enter(desk, item, site.name, found.get((item, site.name), ""), actor, at)
        for site in station.estate.sites
        for item in WALK
    )
    return Told(
        act=act,
        report=None,
        changes=tuple(change for one in told for change in one.changes.made),
        entered=tuple(one.record.judgement.verdict.state for one in told),
    )


def _enter(
    desk: ManualDesk, item: str, site: str, note: str, actor: Actor, at: datetime
) -> Entered:
    state = State.ABNORMAL if note else State.NORMAL
    seen = Observation(item=item, place=site, state=state, note=note)
    told = desk.enter(seen, actor, at, asyncio.run(desk.look(seen, actor)))
    if isinstance(told, Refusal):
        raise Refused(told.why)
    return told


def _watch(station: Station) -> tuple[Change, ...]:
    desk = station.watch_desk()
    return asyncio.run(run_watch_once(desk, clock.now(), clock.now, everything=True)).changes
