"""Every fault of the practice site, seen the whole way: a real peer, a real protocol, the watch,
its incident, the next due slot, and its end.

One site serves all; each fault begins and ends with everything healthy. Times of looks and slots
are stepped, so that two intervals of the watch take as long as two looks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row, func, select

from checks.catalogue import item
from checks.item import By, Item, Period
from checks.judging import Judgement
from checks.verdict import State
from collectors.acting import Permitted
from collectors.readings import Trouble, UserLocks
from collectors.visit import Memory
from incidents.desk import live_incidents
from incidents.model import CUT_OFF, LIVE
from inventory.model import Device, Person, Role
from inventory.people import Actor, Proof
from lab.embedded.client import LabClient
from lab.embedded.faults import FAULTS, Fault, fault_named
from lineguard.fetching import Fetching
from lineguard.reference import NothingRemembered
from lineguard.wiring import Station
from maintenance.baselines import Approval
from maintenance.looks import Call, burst, look
from maintenance.memory import Remembered
from maintenance.rounds import RoundReport, run_round
from maintenance.timetable import CONTACT_ITEMS, STATE_ITEMS, Purpose
from maintenance.watch import WatchReport, run_watch_once
from store.schema import entry, incident, transition
from tests.lab.practice import DEADLINE_S, now, practice_station

MONDAY_BUSY_HOUR = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
INTERVALS = 2
WELL = (State.NORMAL, State.NOT_APPLICABLE)
WITHOUT = {
    ("file-1", "M25"): Trouble.NOT_CONFIGURED,
    ("sms-1", "M56"): Trouble.WITHHELD,
    ("nms-1", "M54"): None,
    ("nms-1", "M55"): None,
}
"""The first is asked over SNMP only, which tells no logs; the second by sending a message, which
only a round may do; the others are told what is received, and nobody listens while nothing serves
this home."""
PERIODS = {
    Period.SHIFT: timedelta(days=1),
    Period.DAY: timedelta(days=1),
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=31),
    Period.QUARTER: timedelta(days=92),
}
"""Long enough that an item is due again."""
CHANGED_BY_THEN = "M48"
"""Nobody has changed a password of a home that was made just now."""
HAPPENINGS = {"M11"}
"""Items that judge what has happened since the last recorded look."""
ROUNDS_ONLY = [
    fault.name
    for fault in FAULTS
    if not fault.everywhere
    and fault.seen.cause.startswith("device:")
    and item(fault.seen.item).period is not Period.DAY
]
"""One answer of a rare item is of no use, and all others are: only its own round can see that."""
AT_ONCE = 8
"""Devices that are looked at beside one another."""
DEVICE_FAULTS = [
    one.name
    for one in FAULTS
    if not one.everywhere and one.name not in ROUNDS_ONLY and one.seen.by is None
]
"""What is told unasked is seen where somebody listens: `test_told_faults`."""
SUPERVISOR = Actor(
    name="赵敏",
    proven=True,
    how=Proof.PIN,
    person=Person(name="赵敏", title="", roles=frozenset({Role.SUPERVISOR})),
)


@dataclass
class Course:
    """The simulated time: when the watch looks next, and the day of the next round."""

    look_at: datetime = MONDAY_BUSY_HOUR
    slot_at: datetime = MONDAY_BUSY_HOUR

    def next_look(self, after: timedelta) -> datetime:
        self.look_at += after
        return self.look_at

    def next_slot(self, after: timedelta = timedelta(days=1)) -> datetime:
        self.slot_at += after
        return self.slot_at


@dataclass(frozen=True)
class Practice:
    """A home whose site is up."""

    station: Station
    lab: LabClient
    course: Course

    def opened(self) -> Station:
        """The home, as a new process opens it."""
        return Station(self.station.home)


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with practice_station(tmp_path_factory.mktemp("practice") / "home") as station:
        lab = LabClient(station.home.root)
        lab.up()
        approve_all(station)
        yield Practice(station=station, lab=lab, course=Course())


def approve_all(station: Station) -> None:
    """What every network device is configured to do while all is well."""
    fetching = Fetching(station, SUPERVISOR)
    for device in station.estate.devices:
        if item("M41").applies_to(device) or item("M45").applies_to(device):
            assert fetching.fetch(device).missing == ()
            assert isinstance(station.baselines.approve(device, SUPERVISOR, now()), Approval)


def _interval(station: Station, fault: Fault) -> timedelta:
    """Of the look that can see it: a device that is gone is missed by the contact look."""
    purpose = Purpose.CONTACT if fault.seen.cause.endswith("unreachable") else Purpose.STATE
    kind = station.estate.device(fault.device).kind
    return station.watch_desk().settings.interval(purpose, kind)


async def _watch(practice: Practice, after: timedelta) -> WatchReport:
    desk = practice.opened().watch_desk()
    return await run_watch_once(desk, practice.course.next_look(after), now)


def _causes(station: Station) -> list[str]:
    with station.store.read() as tx:
        return [one.cause for one in live_incidents(tx)]


def _incident(station: Station, cause: str) -> Row[Any]:
    live = [state.value for state in LIVE]
    with station.store.read() as tx:
        query = select(incident).where(incident.c.cause == cause, incident.c.state.in_(live))
        return tx.execute(query).one()


def _ever(station: Station) -> int:
    """How often an incident was opened, for the first time or again."""
    began = transition.c.from_state.is_(None) | (transition.c.from_state == "resolved")
    opened = select(func.count()).where(transition.c.to_state == "open", began)
    with station.store.read() as tx:
        return tx.execute(opened).scalar_one()


def _of_fault(fault: Fault) -> Callable[[tuple[Item, ...]], tuple[Item, ...]]:
    """The daily items, and the one that the fault is seen by; another weekly one that sees it too
    is due once a week."""
    return lambda items: tuple(
        one for one in items if one.period is Period.DAY or one.id == fault.seen.item
    )


def _one_period(station: Station, fault: Fault) -> timedelta:
    """Until the fault's item is due again."""
    found = next(one for one in station.round_desk().items if one.id == fault.seen.item)
    return PERIODS[found.period]


def _is_watched(station: Station, fault: Fault) -> bool:
    """Does the watch look at that item? Otherwise a round sees it first."""
    kind = station.estate.device(fault.device).kind
    return fault.seen.item in (*CONTACT_ITEMS, *STATE_ITEMS.get(kind, ()))


def _is_for_rounds_only(fault: Fault) -> bool:
    """Is the check that sees it too heavy for the watch? Then a round sees its end as well."""
    checks = item(fault.seen.item).checks
    return any(one.rounds_only for one in checks if one.name == fault.seen.check)


async def _looked(
    station: Station,
    device: Device,
    chosen: Callable[[tuple[Item, ...]], tuple[Item, ...]],
    memory: Memory | None = None,
) -> tuple[Judgement, ...]:
    """The chosen items of one device, judged now."""
    desk = station.round_desk()
    items = tuple(one for one in chosen(desk.items) if one.checks and one.applies_to(device))
    call = Call(device=device, items=items)
    collector = burst(desk.collector, desk.estate, [call], now)
    return (await look(collector, call, memory or Remembered({}), now)).judgements


async def _round(station: Station, fault: Fault, at: datetime) -> RoundReport:
    """The slots that are due then, of the device of that fault."""
    desk = station.round_desk()
    device = station.estate.device(fault.device)
    alone = replace(desk.estate, devices=(replace(device, depends_on=()),))
    return await run_round(replace(desk, estate=alone, items=_of_fault(fault)(desk.items)), at, now)


async def _until_it_can_be_seen(station: Station, fault: Fault) -> None:
    """A blocked session is only a fault when it has waited for so long."""
    if fault.name != "blocked-session":
        return
    device = station.estate.device(fault.device)
    limit = timedelta(seconds=dict(device.limits)["blocked_seconds"])
    began = now()
    while now() - began < timedelta(seconds=DEADLINE_S):
        wanted = frozenset({UserLocks})
        visit = await station.visitor.visit(device.name, wanted, NothingRemembered())
        answer = visit.answers[UserLocks]
        assert isinstance(answer, UserLocks)
        if any(session.waiting >= limit for session in answer.blocked):
            return
    pytest.fail("no session was blocked for long enough")


def _fits(sentence: str, expected: str) -> bool:
    return fnmatchcase(sentence, expected)


async def test_a_healthy_site_has_no_incident_and_every_check_is_normal(practice: Practice) -> None:
    report = await _watch(practice, timedelta())
    assert (report.silent, report.cut_off, report.changes) == (0, False, ())
    station = practice.opened()
    devices = station.estate.devices
    for some in (devices[first : first + AT_ONCE] for first in range(0, len(devices), AT_ONCE)):
        looks = await asyncio.gather(*(_looked(station, device, tuple) for device in some))
        for one in (judged for looked in looks for judged in looked):
            _is_well(one)


def _is_well(one: Judgement) -> None:
    sentence = one.verdict.sentence.text("en")
    if (one.device, one.item) in WITHOUT:
        assert one.trouble is WITHOUT[one.device, one.item], sentence
        assert one.verdict.state is State.UNKNOWN, sentence
    elif one.item == CHANGED_BY_THEN:
        assert one.trouble in (Trouble.NOT_YET, Trouble.NOT_CONFIGURED), sentence
    else:
        assert one.verdict.state in WELL, sentence


@pytest.mark.parametrize("name", DEVICE_FAULTS)
async def test_a_fault_is_seen_in_time_as_what_it_is_and_seen_to_end(
    practice: Practice, name: str
) -> None:
    fault, station = fault_named(name), practice.opened()
    device, interval = station.estate.device(fault.device), _interval(station, fault)
    await _begin_well(practice)
    before = _ever(station)
    practice.lab.break_fault(name)
    try:
        await _until_it_can_be_seen(station, fault)
        await _sees_it(practice, fault, interval)
        await _judges_it(station, fault, device)
        await _slot_agrees(practice, fault, device)
    finally:
        practice.lab.mend(name)
    if not _is_for_rounds_only(fault):
        await _sees_it_end(practice, fault, interval)
    report = await _round(
        practice.opened(), fault, practice.course.next_slot(_one_period(station, fault))
    )
    assert _not_well(report) == set()
    assert _causes(station) == []
    assert _ever(station) == before + 1


@pytest.mark.parametrize("name", ROUNDS_ONLY)
async def test_a_rare_answer_of_no_use_is_one_incident_from_round_to_round(
    practice: Practice, name: str
) -> None:
    fault, station = fault_named(name), practice.opened()
    device = station.estate.device(fault.device)
    await _begin_well(practice)
    before = _ever(station)
    practice.lab.break_fault(name)
    try:
        judged = await _looked(station, device, lambda items: _only(items, fault))
        assert _first_of(judged, fault).verdict.state is fault.seen.state
        sentence = _first_of(judged, fault).verdict.sentence.text("en")
        assert _fits(sentence, fault.seen.sentence), sentence
        report = await _rare_round(practice, fault, device)
        assert (fault.seen.item, fault.seen.state) in _not_well(report)
        assert _causes(station) == [fault.seen.cause]
    finally:
        practice.lab.mend(name)
    assert _not_well(await _rare_round(practice, fault, device)) == set()
    assert _causes(station) == []
    assert _ever(station) == before + 1


def _only(items: tuple[Item, ...], fault: Fault) -> tuple[Item, ...]:
    return tuple(one for one in items if one.id == fault.seen.item)


def _first_of(judged: tuple[Judgement, ...], fault: Fault) -> Judgement:
    return next(one for one in judged if one.check == fault.seen.check)


async def _rare_round(practice: Practice, fault: Fault, device: Device) -> RoundReport:
    """The slot of that item alone, one period on."""
    desk = practice.opened().round_desk()
    alone = replace(desk.estate, devices=(replace(device, depends_on=()),))
    at = practice.course.next_slot(_one_period(practice.station, fault))
    return await run_round(replace(desk, estate=alone, items=_only(desk.items, fault)), at, now)


async def _begin_well(practice: Practice) -> None:
    """Whatever a failed test before this one left is over."""
    station = practice.opened()
    if _causes(station):
        await _watch(practice, station.watch_desk().settings.database)
    assert _causes(station) == []


async def _sees_it(practice: Practice, fault: Fault, interval: timedelta) -> None:
    """One incident, of that cause, with that sentence, within two intervals."""
    station = practice.opened()
    if not _is_watched(station, fault):
        at = practice.course.next_slot(_one_period(station, fault))
        await _round(station, fault, at)
    for _ in range(INTERVALS):
        if _causes(station):
            break
        await _watch(practice, interval)
    assert _causes(station) == [fault.seen.cause]
    told = _incident(station, fault.seen.cause)
    sentence = json.loads(told.sentence)["en"]
    assert told.device == fault.device
    assert _fits(sentence, fault.seen.headline or fault.seen.sentence), sentence
    if fault.name == "switch-dead":
        behind = {one.name for one in station.estate.devices if fault.device in one.depends_on}
        assert behind
        assert behind <= set(json.loads(told.suppresses))
    if fault.seen.headline is None:
        assert (told.item, told.check) == (fault.seen.item, fault.seen.check)


async def _judges_it(station: Station, fault: Fault, device: Device) -> None:
    """Exactly the expected item, state and sentence."""
    allowed = Permitted(Remembered({}), device.name, f"look at {fault.name}")
    judged = await _looked(station, device, _of_fault(fault), allowed)
    wrong = [one for one in judged if one.verdict.state not in WELL]
    _is_all(fault, {(one.item, one.verdict.state) for one in wrong})
    first = next(one for one in wrong if one.check == fault.seen.check)
    assert first.verdict.state is fault.seen.state
    sentence = first.verdict.sentence.text("en")
    assert _fits(sentence, fault.seen.sentence), sentence


def _is_all(fault: Fault, seen: set[tuple[str, State]]) -> None:
    """Only that item is not well. A device that gives no usable answer gives none to any question:
    then nothing is said of it but 未知."""
    assert (fault.seen.item, fault.seen.state) in seen
    if fault.seen.state is State.UNKNOWN:
        assert {state for _, state in seen} == {State.UNKNOWN}
    else:
        assert {item for item, _ in seen} == {fault.seen.item}


async def _slot_agrees(practice: Practice, fault: Fault, device: Device) -> None:
    """The next due slot finds the same, and opens nothing beside it. A line of a log that a round
    has seen is not seen again; what is a person's to look at has no slot that a round works."""
    station = practice.opened()
    if fault.seen.item in HAPPENINGS:
        return
    at = practice.course.next_slot(_one_period(station, fault))
    report = await _round(station, fault, at)
    if item(fault.seen.item).by is By.PERSON:
        assert _not_well(report) == set()
    else:
        _is_all(fault, _not_well(report))
    assert _causes(station) == [fault.seen.cause]


def _not_well(report: RoundReport) -> set[tuple[str, State]]:
    """What a round found, leaving out the items that have no check yet."""
    judged = [record.judgement for record in report.verdicts if record.judgement.check]
    return {(one.item, one.verdict.state) for one in judged if one.verdict.state not in WELL}


async def _sees_it_end(practice: Practice, fault: Fault, interval: timedelta) -> None:
    station = practice.opened()
    for _ in range(INTERVALS):
        await _watch(practice, interval)
        if not _causes(station):
            return
    pytest.fail(f"still open: {_causes(station)}")


async def test_when_all_is_silent_lineguard_doubts_itself_and_blames_no_device(
    practice: Practice,
) -> None:
    station = practice.opened()
    fault = fault_named("all-silent")
    await _begin_well(practice)
    before = _ever(station)
    practice.lab.break_fault(fault.name)
    try:
        watched = await _watch(practice, timedelta(minutes=15))
        assert watched.cut_off
        assert watched.reached == 0
        assert _causes(station) == [CUT_OFF]
        report = await run_round(practice.opened().round_desk(), practice.course.next_slot(), now)
        assert report.cut_off
        assert report.done == 0 or {one.judgement.check for one in report.verdicts} == {""}
        assert _causes(station) == [CUT_OFF]
    finally:
        practice.lab.mend(fault.name)
    with station.store.read() as tx:
        kinds = tx.execute(select(entry.c.kind)).scalars().all()
    assert "not_observed" in kinds
    told = _incident(station, CUT_OFF)
    assert told.device is None
    assert _fits(json.loads(told.sentence)["en"], fault.seen.headline or "")
    await _watch(practice, timedelta(minutes=15))
    assert _causes(station) == []
    assert _ever(station) == before + 1
