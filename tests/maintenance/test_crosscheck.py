"""An entry beside the sensors: it stands as it was made, and a contradiction is known at once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.catalogue import catalogue, item
from checks.judging import Judgement
from checks.verdict import Severity, State, abnormal, normal
from collectors.readings import Exchange, Reachability, Reading, Trouble, Unanswered
from collectors.readings.power import (
    Battery,
    Supply,
    UpsAlarms,
    UpsBattery,
    UpsLoad,
    UpsSupply,
)
from collectors.visit import Answer, Contact, Memory, Visit
from incidents.desk import IncidentDesk, live_incidents
from incidents.listing import incidents
from incidents.model import LIVE, ChangeKind, Sighting
from incidents.topology import Topology
from inventory.model import Device, Estate, Kind, Tcp
from inventory.people import Actor, Proof
from maintenance.calendar import SHANGHAI
from maintenance.crosscheck import Sensors, compared, look_at_sensors, sensor_calls, sensors
from maintenance.looks import Looked
from maintenance.manual import Entered, ManualDesk, Observation, Refusal
from phrases import verbatim
from store.database import Store
from tests.inventory.builders import device, estate, snmp
from tests.maintenance.fakes import REAL, entries, logbook, proven, real_clock, slots

LI = Actor(name="李明", proven=True, how=Proof.OS_USER)
MORNING = datetime(2026, 11, 20, 8, 40, tzinfo=SHANGHAI)
NORMAL = Observation(item="R1", place="site_primary", state=State.NORMAL)
ABNORMAL = replace(NORMAL, state=State.ABNORMAL, note="UPS 蜂鸣")
UPS = device("ups-1", Kind.UPS, snmp=snmp())
SERVERS = (
    device("app-1", Kind.APP_SERVER, tcp=Tcp(port=1), depends_on=("sw-1",)),
    device("app-2", Kind.APP_SERVER, tcp=Tcp(port=1)),
    device("sw-1", Kind.SWITCH, snmp=snmp()),
)


@dataclass
class Room:
    """Goes to sensors that say what the test wants."""

    supply: Supply | None = Supply.MAINS
    silent: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    defective: set[str] = field(default_factory=set)
    visits: list[str] = field(default_factory=list)

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        self.visits.append(device)
        if device in self.stuck:
            await asyncio.Event().wait()
        if device in self.defective:
            raise ValueError("a defect of ours")
        why = verbatim(f"{device} says nothing" if device in self.silent else "")
        trouble = Trouble.UNREACHABLE if device in self.silent else None
        return Visit(
            device=device,
            started_at=REAL,
            ended_at=REAL,
            contact=Contact(reached=trouble is None, trouble=trouble, why=why),
            answers={one: self._answer(device, one) for one in wanted},
        )

    def _answer(self, of: str, question: type[Reading]) -> Answer:
        asked = Exchange(
            protocol="snmp", asked=question.__name__, answer=of.encode(), at=REAL, duration_ms=4
        )
        stamp: dict[str, Any] = {"device": of, "taken_at": REAL, "exchanges": (asked,)}
        if question is Reachability:
            answered = 0 if of in self.silent else 3
            return Reachability(
                protocol="tcp", sent=3, answered=answered, round_trip_ms=1.0 if answered else None,
                **stamp,
            )  # fmt: skip
        if of in self.silent:
            return Unanswered(trouble=Trouble.UNREACHABLE, why=verbatim("silent"), **stamp)
        made: dict[type[Reading], Reading] = {
            UpsSupply: UpsSupply(supply=self.supply, word="x", **stamp),
            UpsBattery: UpsBattery(state=Battery.NORMAL, charge_percent=97, **stamp),
            UpsLoad: UpsLoad(percent=30, **stamp),
            UpsAlarms: UpsAlarms(alarms=(), **stamp),
        }
        return made[question]


@dataclass
class Walk:
    """A person walking through one site."""

    store: Store
    desk: ManualDesk
    room: Room

    async def enter(self, seen: Observation, hours: float = 0) -> Entered:
        looked = await self.desk.look(seen, LI)
        told = self.desk.enter(seen, LI, MORNING + timedelta(hours=hours), looked)
        assert isinstance(told, Entered), told
        return told

    def causes(self) -> list[str]:
        with self.store.read() as tx:
            return sorted(one.cause for one in live_incidents(tx))


@pytest.fixture
def walk(store: Store, tmp_path: Path) -> Walk:
    return walking(store, tmp_path, estate(UPS, *SERVERS))


def walking(store: Store, folder: Path, of: Estate) -> Walk:
    book, room = logbook(store, folder), Room()
    desk = ManualDesk(
        store=store,
        logbook=book,
        incidents=IncidentDesk.of(of, book),
        estate=of,
        items=catalogue(),
        clock=real_clock,
        collector=room,
    )
    return Walk(store, desk, room)


CONTRADICTED = "item:site_primary:R1:sensors"
ENTERED = "item:site_primary:R1:entry"


async def test_sensors_that_agree_stand_beside_the_entry_with_their_evidence(walk: Walk) -> None:
    told = await walk.enter(NORMAL)
    assert told.beside is not None
    assert told.beside.judgement.verdict.state is State.NORMAL
    (body,) = entries(walk.store, "result")
    assert body["state"] == "normal" and len(body["verdicts"]) == 1
    assert body["beside"]["check"] == "sensors"
    checks = [(one["device"], one["check"], one["state"]) for one in body["sensors"]]
    assert checks == [
        ("ups-1", "supply", "normal"),
        ("ups-1", "battery", "normal"),
        ("ups-1", "load", "normal"),
        ("ups-1", "ups_alarms", "normal"),
    ]
    assert all(one["evidence"] for one in body["sensors"])
    assert walk.causes() == []
    assert proven(walk.desk.logbook) == ""


async def test_normal_beside_a_ups_on_battery_is_an_incident_with_both_sentences(
    walk: Walk,
) -> None:
    walk.room.supply = Supply.BATTERY
    told = await walk.enter(NORMAL)
    assert told.fulfilled and told.record.judgement.verdict.state is State.NORMAL
    assert slots(walk.store) == {"R1/site_primary/2026-11-20T08:00": ("done", "normal")}
    assert walk.causes() == [CONTRADICTED]
    assert told.beside is not None and told.beside.incident is not None
    with walk.store.read() as tx:
        (one,) = incidents(tx, LIVE)
    sentence = one.sentence if isinstance(one.sentence, dict) else json.loads(str(one.sentence))
    assert sentence["en"] == (
        "the entry and the sensors contradict each other: site_primary: R1 电源、UPS normal, "
        "seen by 李明; but ups-1: the UPS runs on battery, mains are gone"
    )
    assert "录入与传感器相矛盾" in sentence["zh"]
    assert one.severity == "critical"
    assert proven(walk.desk.logbook) == ""


async def test_it_ends_with_the_next_entry_that_the_sensors_do_not_contradict(walk: Walk) -> None:
    walk.room.supply = Supply.BYPASS
    await walk.enter(NORMAL)
    walk.room.supply = Supply.MAINS
    over = await walk.enter(NORMAL, hours=12)
    assert over.changes.count(ChangeKind.RESOLVED) == 1
    assert walk.causes() == []
    assert proven(walk.desk.logbook) == ""


async def test_who_goes_back_and_finds_it_well_may_say_so_in_the_same_shift(walk: Walk) -> None:
    walk.room.supply = Supply.BATTERY
    await walk.enter(NORMAL)
    walk.room.supply = Supply.MAINS
    again = await walk.enter(NORMAL, hours=1)
    assert not again.fulfilled and walk.causes() == []
    refused = walk.desk.enter(NORMAL, LI, MORNING + timedelta(hours=2), ())
    assert isinstance(refused, Refusal)  # now it stands, and nothing contradicts it


async def test_abnormal_that_the_sensors_see_as_well_is_one_incident_and_no_contradiction(
    walk: Walk,
) -> None:
    walk.room.supply = Supply.BATTERY
    await walk.enter(NORMAL)
    told = await walk.enter(ABNORMAL, hours=1)
    assert not told.fulfilled  # an observation beside the slot
    assert walk.causes() == [ENTERED]
    assert told.beside is not None
    assert "see it as well" in told.beside.judgement.verdict.sentence.text("en")


async def test_abnormal_that_no_sensor_sees_is_noted_and_nothing_more(walk: Walk) -> None:
    told = await walk.enter(ABNORMAL)
    assert walk.causes() == [ENTERED]
    assert told.beside is not None
    assert told.beside.judgement.verdict.state is State.NORMAL
    assert "the entry stands as it was made" in told.beside.judgement.verdict.sentence.text("en")


@pytest.mark.parametrize("how", ["silent", "defective"])
async def test_sensors_that_cannot_be_asked_are_not_seen_and_hinder_nobody(
    walk: Walk, how: str
) -> None:
    getattr(walk.room, how).add("ups-1")
    told = await walk.enter(NORMAL)
    assert told.fulfilled and told.beside is not None
    assert told.beside.judgement.verdict.state is State.UNKNOWN
    assert walk.causes() == []  # a sensor that is gone is the watch's to say
    (body,) = entries(walk.store, "result")
    assert {one["state"] for one in body["sensors"]} == {"unknown"}


async def test_what_was_not_seen_does_not_end_a_contradiction(walk: Walk) -> None:
    walk.room.supply = Supply.BATTERY
    await walk.enter(NORMAL)
    walk.room.silent.add("ups-1")
    await walk.enter(NORMAL, hours=12)
    assert walk.causes() == [CONTRADICTED]


async def test_a_sensor_that_never_answers_is_waited_for_so_long_and_no_longer(
    walk: Walk,
) -> None:
    walk.room.stuck.add("ups-1")
    calls = sensor_calls(item("R1"), "site_primary", walk.desk.estate, catalogue())
    looked = await look_at_sensors(walk.room, calls, real_clock, limit_s=0.05)
    assert [one.contact for one in looked] == [None]
    assert {one.trouble for one in looked[0].judgements} == {Trouble.TIMED_OUT}
    assert looked[0].judgements[0].verdict.sentence.text("en") == "ups-1: not asked within 0.05 s"


async def test_one_that_is_stuck_costs_no_other_its_answer(walk: Walk) -> None:
    walk.room.stuck.add("app-1")
    calls = sensor_calls(item("R2"), "site_primary", walk.desk.estate, catalogue())
    looked = await look_at_sensors(walk.room, calls, real_clock, limit_s=0.2)
    assert {one.device.name: one.reached for one in looked} == {"app-1": False, "app-2": True}


async def test_what_would_be_refused_asks_no_sensor(walk: Walk) -> None:
    assert await walk.desk.look(replace(ABNORMAL, note=""), LI) == ()
    assert await walk.desk.look(replace(NORMAL, place="moon"), LI) == ()
    assert walk.room.visits == []


async def test_a_site_without_sensors_says_nothing_beside(store: Store, tmp_path: Path) -> None:
    alone = walking(store, tmp_path, estate(SERVERS[1]))
    told = await alone.enter(NORMAL)
    assert told.beside is None and told.seen == ()
    (body,) = entries(store, "result")
    assert "beside" not in body and "sensors" not in body


async def test_only_the_sensors_of_that_site_are_asked(store: Store, tmp_path: Path) -> None:
    there = device("ups-9", Kind.UPS, site="site_dr", snmp=snmp())
    here = walking(store, tmp_path, estate(UPS, there))
    await here.enter(NORMAL)
    assert here.room.visits == ["ups-1"]


# --- servers: R2 -------------------------------------------------------------------------------

WALKED = replace(NORMAL, item="R2")


async def test_a_server_that_is_silent_contradicts_a_normal_walk(walk: Walk) -> None:
    walk.room.silent.add("app-2")
    told = await walk.enter(WALKED)
    assert walk.causes() == ["item:site_primary:R2:sensors"]
    assert told.beside is not None
    assert "app-2: no answer to 3 probes over tcp" in told.beside.judgement.verdict.sentence.text(
        "en"
    )


async def test_when_nothing_at_all_answers_lineguard_may_be_cut_off(walk: Walk) -> None:
    walk.room.silent |= {"app-1", "app-2"}
    told = await walk.enter(WALKED)
    assert walk.causes() == []
    assert told.beside is not None
    assert told.beside.judgement.verdict.state is State.UNKNOWN


async def test_a_server_behind_a_dead_switch_was_not_seen(walk: Walk) -> None:
    gone = Contact(reached=False, trouble=Trouble.UNREACHABLE, why=verbatim("silent"))
    with walk.store.write() as tx:
        dead = Sighting(device="sw-1", site="site_primary", contact=gone)
        walk.desk.incidents.observe(tx, [dead], REAL, "watch")
    walk.room.silent.add("app-1")
    told = await walk.enter(WALKED)
    assert walk.causes() == ["device:sw-1:unreachable"]
    assert told.beside is not None
    assert told.beside.judgement.verdict.state is State.UNKNOWN


async def test_a_server_that_answers_slowly_is_there(walk: Walk) -> None:
    calls = sensor_calls(item("R2"), "site_primary", walk.desk.estate, catalogue())
    (one, two) = await look_at_sensors(walk.room, calls, real_clock)
    slow = replace(
        one,
        judgements=tuple(
            replace(each, verdict=abnormal(verbatim("slow"))) for each in one.judgements
        ),
    )
    assert sensors((slow, two), (), Topology({})).wrong == ()


# --- the comparison itself ---------------------------------------------------------------------


def judgement(state: State, severity: Severity = Severity.WARNING) -> Judgement:
    verdict = (
        normal(verbatim("fine"))
        if state is State.NORMAL
        else abnormal(verbatim("bad"), severity=severity)
    )
    return Judgement(
        item="R1", check="entry", form=None, device="site_primary", kind="site",
        site="site_primary", verdict=verdict, taken_at=REAL, duration_ms=0,
    )  # fmt: skip


WELL, BAD = judgement(State.NORMAL), judgement(State.ABNORMAL, Severity.CRITICAL)


@pytest.mark.parametrize(
    ("entered", "wrong", "well", "unseen", "state"),
    [
        (State.NORMAL, (), (WELL,), (), State.NORMAL),
        (State.NORMAL, (BAD,), (WELL,), (), State.ABNORMAL),
        (State.NORMAL, (BAD,), (), ("x",), State.ABNORMAL),
        (State.NORMAL, (), (WELL,), ("x",), State.UNKNOWN),
        (State.NORMAL, (), (), ("x",), State.UNKNOWN),
        (State.ABNORMAL, (), (WELL,), (), State.NORMAL),
        (State.ABNORMAL, (BAD,), (WELL,), (), State.NORMAL),
        (State.ABNORMAL, (), (WELL,), ("x",), State.UNKNOWN),
        (State.NORMAL, (), (), (), None),
    ],
)
def test_every_pair_has_its_comparison(
    entered: State,
    wrong: tuple[Judgement, ...],
    well: tuple[Judgement, ...],
    unseen: tuple[str, ...],
    state: State | None,
) -> None:
    said = Sensors(wrong=wrong, well=well, unseen=tuple(map(verbatim, unseen)))
    beside = compared(judgement(entered), said)
    assert (beside.verdict.state if beside else None) == state
    if beside is not None:
        assert beside.verdict.sentence.text("zh") != beside.verdict.sentence.text("en")
        worst = Severity.CRITICAL if state is State.ABNORMAL else None
        assert beside.verdict.severity is worst


def test_items_of_devices_have_no_sensors_beside_them() -> None:
    of: Device = device("fw-1", Kind.FIREWALL, snmp=snmp())
    assert sensor_calls(item("M46"), "site_primary", estate(of), catalogue()) == ()
    looked: tuple[Looked, ...] = ()
    assert sensors(looked, (), Topology({})) == Sensors(wrong=(), well=(), unseen=())
