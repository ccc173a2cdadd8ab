"""What persons enter: dated by the clock, once per slot, and never unsaid."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from checks.catalogue import catalogue
from checks.item import By, Item
from checks.verdict import State
from collectors.readings import Trouble
from collectors.visit import Contact
from incidents.desk import IncidentDesk
from incidents.listing import incidents
from incidents.model import LIVE, ChangeKind, Sighting
from inventory.model import Estate, Kind, Role
from inventory.people import Actor, Proof
from maintenance.calendar import SHANGHAI, CalendarSettings, Shift, hours
from maintenance.manual import NOTE_LIMIT, Entered, ManualDesk, Observation, Refusal, note_refusal
from maintenance.rounds import run_round
from maintenance.saying import drill_refusal
from phrases import verbatim
from store.database import Store
from store.schema import entry
from tests.inventory.builders import device, estate, person
from tests.maintenance.fakes import (
    REAL,
    SPACE,
    FakeCollector,
    World,
    apps,
    entries,
    logbook,
    proven,
    real_clock,
    round_desk,
    slots,
)
from tests.witness import entered as noted

LI = Actor(name="李明", proven=True, how=Proof.OS_USER)
CHEN = Actor(name="陈静", proven=True, how=Proof.PIN)
MORNING = datetime(2026, 11, 20, 8, 40, tzinfo=SHANGHAI)
DAY_SHIFT = "R1/site_primary/2026-11-20T08:00"
NORMAL = Observation(item="R1", place=None, state=State.NORMAL)
ROOM_WALK = ("R1", "R2", "R3")
ABNORMAL = replace(NORMAL, state=State.ABNORMAL, note="UPS 2 蜂鸣")


def desk_of(
    store: Store,
    folder: Path,
    of: Estate | None = None,
    items: tuple[Item, ...] | None = None,
    calendar: CalendarSettings | None = None,
) -> ManualDesk:
    book = logbook(store, folder)
    where = of or apps(1)
    return ManualDesk(
        store=store,
        logbook=book,
        incidents=IncidentDesk.of(where, book),
        estate=where,
        items=items or catalogue(),
        clock=real_clock,
        collector=FakeCollector(World(), real_clock),
        calendar=calendar or CalendarSettings(),
    )


def entered(told: Entered | Refusal) -> Entered:
    assert isinstance(told, Entered), told
    return told


def refused(told: Entered | Refusal) -> Refusal:
    assert isinstance(told, Refusal), told
    return told


def live(store: Store) -> list[tuple[str | None, str | None]]:
    with store.read() as tx:
        return [(one.device, one.item) for one in incidents(tx, LIVE)]


def test_an_entry_fulfils_the_slot_of_the_shift_on_duty(store: Store, tmp_path: Path) -> None:
    desk = desk_of(store, tmp_path)
    told = entered(desk.enter(NORMAL, LI, MORNING))
    assert told.fulfilled and told.record.slot == DAY_SHIFT
    assert slots(store) == {DAY_SHIFT: ("done", "normal")}
    assert live(store) == []
    assert proven(desk.logbook) == ""


def test_the_entry_says_who_and_when_and_what_stood_before_it(store: Store, tmp_path: Path) -> None:
    desk = desk_of(store, tmp_path)
    with store.write() as tx:
        before = desk.logbook.append(tx, "site", {}, REAL - timedelta(hours=1))
    entered(desk.enter(ABNORMAL, LI, MORNING))
    (result,) = entries(store, "result")
    with store.read() as tx:
        head = tx.execute(select(entry.c.hash).where(entry.c.seq == before)).scalar_one()
    assert result["after"] == {"seq": before, "hash": head}
    assert result["at"] == "2026-11-21T08:00:00.000000Z"  # when it was written
    assert result["slot_time"] == "2026-11-20T00:40:00.000000Z"
    assert (result["actor"]["name"], result["by"], result["note"]) == (
        "李明",
        "person",
        "UPS 2 蜂鸣",
    )


def test_the_night_shift_that_began_yesterday_is_the_one_on_duty(
    store: Store, tmp_path: Path
) -> None:
    at = datetime(2026, 11, 20, 3, 0, tzinfo=SHANGHAI)
    told = entered(desk_of(store, tmp_path).enter(NORMAL, LI, at))
    assert told.record.slot == "R1/site_primary/2026-11-19T20:00"
    assert set(slots(store)) == {told.record.slot}  # nothing else was planned beside it


async def test_an_entry_and_a_round_agree_on_the_plan(store: Store, tmp_path: Path) -> None:
    walk = tuple(one for one in catalogue() if one.id == "R1")
    rounds, _ = round_desk(store, tmp_path, World(), apps(1), (SPACE, *walk))
    desk = desk_of(store, tmp_path)
    entered(desk.enter(NORMAL, LI, MORNING))
    await run_round(rounds, MORNING, real_clock)
    await run_round(rounds, MORNING + timedelta(days=1), real_clock)
    found = {name: state for name, (state, _) in slots(store).items() if name.startswith("R1")}
    assert found == {
        DAY_SHIFT: "done",
        "R1/site_primary/2026-11-20T20:00": "missed",
        "R1/site_primary/2026-11-21T08:00": "due",
        "R1/site_primary/2026-11-21T20:00": "due",
    }
    assert proven(desk.logbook) == ""


def test_what_a_person_finds_abnormal_is_an_incident_until_one_finds_it_normal(
    store: Store, tmp_path: Path
) -> None:
    desk = desk_of(store, tmp_path)
    opened = entered(desk.enter(ABNORMAL, LI, MORNING))
    assert opened.changes.count(ChangeKind.OPENED) == 1
    assert opened.record.incident is not None
    assert live(store) == [("site_primary", "R1")]
    other = entered(desk.enter(replace(NORMAL, item="R2"), LI, MORNING))
    assert other.changes.made == ()  # another item says nothing about it
    over = entered(desk.enter(NORMAL, CHEN, MORNING + timedelta(hours=12)))
    assert over.fulfilled and over.changes.count(ChangeKind.RESOLVED) == 1
    assert live(store) == []
    assert proven(desk.logbook) == ""


@pytest.mark.parametrize("item", ROOM_WALK)
@pytest.mark.parametrize("state", [State.NORMAL, State.ABNORMAL])
def test_each_part_of_the_room_walk_is_entered_as_what_was_seen(
    store: Store, tmp_path: Path, item: str, state: State
) -> None:
    desk = desk_of(store, tmp_path)
    told = entered(
        desk.enter(Observation(item=item, place=None, state=state, note="见"), LI, MORNING)
    )
    assert (told.record.judgement.verdict.state, told.fulfilled) == (state, True)
    assert slots(store) == {f"{item}/site_primary/2026-11-20T08:00": ("done", state.value)}
    assert proven(desk.logbook) == ""
    noted(item, state)


def test_a_second_entry_of_the_same_state_is_refused_and_names_the_first(
    store: Store, tmp_path: Path
) -> None:
    desk = desk_of(store, tmp_path)
    entered(desk.enter(NORMAL, LI, MORNING))
    before = len(entries(store))
    why = refused(desk.enter(NORMAL, CHEN, MORNING + timedelta(hours=1))).why
    assert "李明" in why.text("en") and "16:00" in why.text("en") and "normal" in why.text("en")
    assert len(entries(store)) == before


def test_who_finds_something_else_in_the_same_shift_adds_an_observation(
    store: Store, tmp_path: Path
) -> None:
    desk = desk_of(store, tmp_path)
    entered(desk.enter(NORMAL, LI, MORNING))
    second = entered(desk.enter(ABNORMAL, CHEN, MORNING + timedelta(hours=1)))
    assert (second.fulfilled, second.record.slot) == (False, DAY_SHIFT)
    assert slots(store) == {DAY_SHIFT: ("done", "normal")}  # what was recorded stays
    assert live(store) == [("site_primary", "R1")]
    assert isinstance(desk.enter(ABNORMAL, LI, MORNING), Refusal)
    third = entered(desk.enter(NORMAL, LI, MORNING + timedelta(hours=2)))
    assert not third.fulfilled and live(store) == []
    assert [one["kind"] for one in entries(store, "result", "observation")] == [
        "result", "observation", "observation",
    ]  # fmt: skip
    assert proven(desk.logbook) == ""


@pytest.mark.parametrize(
    ("item", "note", "fine"),
    [("M43", "", False), ("M43", " ", False), ("M43", "report 2026-Q4-1", True), ("R1", "", True)],
)
def test_a_drill_is_entered_with_the_name_of_its_record(item: str, note: str, fine: bool) -> None:
    why = drill_refusal(item, note)
    assert (why is None) is fine
    assert why is None or "--note names its record" in why.text("en")


@pytest.mark.parametrize(
    ("state", "note", "fine"),
    [
        (State.ABNORMAL, "", False),
        (State.ABNORMAL, "  ", False),
        (State.ABNORMAL, "x", True),
        (State.NORMAL, "", True),
        (State.NORMAL, "x" * NOTE_LIMIT, True),
        (State.NORMAL, "x" * (NOTE_LIMIT + 1), False),
        (State.NORMAL, "a\nb", False),
        (State.NORMAL, "\x1b[2J", False),
        (State.NORMAL, "\u202e", False),
    ],
)
def test_a_note_is_required_when_abnormal_and_always_one_plain_line(
    store: Store, tmp_path: Path, state: State, note: str, fine: bool
) -> None:
    assert (note_refusal(state, note) is None) is fine
    told = desk_of(store, tmp_path).enter(replace(NORMAL, state=state, note=note), LI, MORNING)
    assert isinstance(told, Entered) is fine
    assert fine or refused(told).misused
    assert fine or entries(store) == []


@pytest.mark.parametrize("name", ["M46", "M51"])
def test_what_a_machine_or_a_document_does_is_not_a_persons_to_enter(
    store: Store, tmp_path: Path, name: str
) -> None:
    of = estate(device("fw-1", Kind.FIREWALL))
    told = desk_of(store, tmp_path, of).enter(replace(NORMAL, item=name), LI, MORNING)
    assert not refused(told).misused
    assert entries(store) == []


def test_an_item_that_is_due_at_two_sites_needs_one_named(store: Store, tmp_path: Path) -> None:
    of = estate(device("app-1", Kind.APP_SERVER), device("app-9", Kind.APP_SERVER, site="site_dr"))
    desk = desk_of(store, tmp_path, of)
    vague = refused(desk.enter(NORMAL, LI, MORNING))
    assert vague.misused and "site_dr, site_primary" in vague.why.text("en")
    assert refused(desk.enter(replace(NORMAL, place="moon"), LI, MORNING)).misused
    told = entered(desk.enter(replace(NORMAL, place="site_dr"), LI, MORNING))
    assert told.record.slot == "R1/site_dr/2026-11-20T08:00"


def test_an_unknown_item_is_refused(store: Store, tmp_path: Path) -> None:
    told = desk_of(store, tmp_path).enter(replace(NORMAL, item="R9"), LI, MORNING)
    assert refused(told).misused


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, False),
        (Role.PURCHASER, False),
        (Role.OPERATOR, True),
        (Role.SUPERVISOR, True),
    ],
)
def test_viewers_and_purchasers_enter_nothing(
    store: Store, tmp_path: Path, role: Role, may: bool
) -> None:
    actor = replace(LI, person=replace(person("李明"), roles=frozenset({role})))
    assert isinstance(desk_of(store, tmp_path).enter(NORMAL, actor, MORNING), Entered) is may


def test_a_claimed_name_is_recorded_as_claimed(store: Store, tmp_path: Path) -> None:
    claimed = Actor(name="wang", proven=False, how=Proof.CLAIMED)
    told = entered(desk_of(store, tmp_path).enter(NORMAL, claimed, MORNING))
    assert "wang (claimed)" in told.record.judgement.verdict.sentence.text("en")
    (result,) = entries(store, "result")
    assert result["actor"] == {"name": "wang", "proven": False, "how": "claimed"}


def test_in_a_gap_of_the_roster_nothing_is_due(store: Store, tmp_path: Path) -> None:
    days_only = CalendarSettings(shifts=(Shift(name="白班", hours=hours("08:00-20:00")),))
    desk = desk_of(store, tmp_path, calendar=days_only)
    assert "no shift" in refused(desk.enter(NORMAL, LI, MORNING + timedelta(hours=12))).why.text(
        "en"
    )


def test_a_persons_item_of_a_device_says_nothing_about_the_device_itself(
    store: Store, tmp_path: Path
) -> None:
    """Somebody who looks at a lamp resolves what was seen at the lamp; that the device cannot be
    reached is another matter."""
    lamp = replace(SPACE, id="X1", by=By.PERSON, checks=())
    desk = desk_of(store, tmp_path, items=(lamp,))
    seen = Observation(item="X1", place="app-1", state=State.ABNORMAL, note="red")
    entered(desk.enter(seen, LI, MORNING))
    gone = Contact(reached=False, trouble=Trouble.UNREACHABLE, why=verbatim("silent"))
    with store.write() as tx:
        silent = Sighting(device="app-1", site="site_primary", contact=gone)
        desk.incidents.observe(tx, [silent], REAL, "test")
    told = entered(desk.enter(replace(seen, state=State.NORMAL), LI, MORNING))
    assert told.changes.count(ChangeKind.RESOLVED) == 1
    assert live(store) == [("app-1", None)]
