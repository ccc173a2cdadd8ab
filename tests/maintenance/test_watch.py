"""The watch: looks on intervals, incidents at once, coverage, and self-doubt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from checks.catalogue import item
from collectors.readings import FileSystems, HostLoad, Reachability, Trouble
from incidents.listing import incidents, steps_of
from incidents.model import ChangeKind
from inventory.model import Estate, Kind
from maintenance.coverage import observed
from maintenance.timetable import CONTACT_ITEMS, STATE_ITEMS, Purpose, Timetable, WatchSettings
from maintenance.watch import WatchDesk, WatchReport, run_watch_once, watch_forever
from store.database import Store
from store.locks import Held
from store.schema import incident, memory, slot
from tests.inventory.builders import device, estate
from tests.maintenance.fakes import FakeCollector, World, app, entries, proven, round_desk

NIGHT = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)  # 03:00 in Shanghai
MINUTE = timedelta(minutes=1)


@dataclass
class Hands:
    """A clock that the test sets."""

    now: datetime = NIGHT

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Watch:
    """A watch on a scripted world."""

    desk: WatchDesk
    collector: FakeCollector
    clock: Hands

    async def at(self, minute: float) -> WatchReport:
        self.clock.now = NIGHT + minute * MINUTE
        return await run_watch_once(self.desk, self.clock.now, self.clock)

    def causes(self) -> list[str]:
        with self.desk.store.read() as tx:
            return sorted(one.cause for one in incidents(tx))


@pytest.fixture
def watch(store: Store, tmp_path: Path, world: World) -> Watch:
    return watch_on(store, tmp_path, world, estate(app("app-1"), app("app-2"), app("app-3")))


def watch_on(store: Store, tmp_path: Path, world: World, of: Estate) -> Watch:
    clock = Hands()
    rounds, collector = round_desk(store, tmp_path, world, of)
    collector.clock = clock
    desk = WatchDesk(
        store=store,
        logbook=rounds.logbook,
        incidents=rounds.incidents,
        estate=of,
        items=rounds.items,
        collector=collector,
        self_check=world,
        observer="here",
    )
    return Watch(desk, collector, clock)


async def test_a_device_that_dies_at_three_is_known_at_two_minutes_past(
    watch: Watch, world: World
) -> None:
    await watch.at(0)
    world.silent.add("app-2")
    await watch.at(1)
    assert watch.causes() == ["device:app-2:unreachable"]
    world.silent.clear()
    report = await watch.at(2)
    assert report.incidents(ChangeKind.RESOLVED) == 1
    assert watch.causes() == []


async def test_contact_is_asked_every_minute_and_state_every_five(watch: Watch) -> None:
    asked = []
    for minute in range(7):
        watch.collector.visits.clear()
        await watch.at(minute)
        asked.append({one for _, wanted in watch.collector.visits for one in wanted})
    whole = {Reachability, FileSystems, HostLoad}
    brief = {Reachability}
    assert asked == [whole, brief, brief, brief, brief, whole, brief]


async def test_nothing_is_looked_at_before_its_time(watch: Watch) -> None:
    await watch.at(0)
    report = await watch.at(0.5)
    assert report.looked == 0
    early = await watch.at(0.95)  # cron may be a little early
    assert early.looked == 3


async def test_when_nothing_is_due_the_next_looks_are_told(watch: Watch) -> None:
    assert (await watch.at(0)).upcoming == {}
    report = await watch.at(0.5)
    assert report.looked == 0
    assert report.upcoming == {Purpose.CONTACT: NIGHT + MINUTE, Purpose.STATE: NIGHT + 5 * MINUTE}


async def test_everything_is_looked_at_on_request_and_the_timetable_goes_on_from_there(
    watch: Watch,
) -> None:
    await watch.at(0)
    watch.clock.now = NIGHT + MINUTE / 2
    report = await run_watch_once(watch.desk, watch.clock.now, watch.clock, everything=True)
    assert report.looked == 3
    later = await watch.at(1)
    assert (later.looked, later.upcoming[Purpose.CONTACT]) == (0, NIGHT + 1.5 * MINUTE)


async def test_the_watch_fulfils_no_slot_and_keeps_no_notes(watch: Watch, store: Store) -> None:
    await watch.at(0)
    with store.read() as tx:
        assert tx.execute(select(func.count()).select_from(slot)).scalar() == 0
        assert tx.execute(select(func.count()).select_from(memory)).scalar() == 0
    assert entries(store) == []


async def test_an_abnormal_state_is_found_and_resolved_within_its_interval(
    watch: Watch, world: World
) -> None:
    await watch.at(0)
    world.disk["app-1"] = 97.0
    await watch.at(5)
    assert watch.causes() == ["item:app-1:M19:check"]
    del world.disk["app-1"]
    await watch.at(6)  # a contact look does not see the disk
    assert watch.causes() == ["item:app-1:M19:check"]
    await watch.at(10)
    assert watch.causes() == []
    assert proven(watch.desk.logbook) == ""


async def test_an_open_finding_is_asked_again_whatever_item_found_it(
    store: Store, tmp_path: Path, world: World
) -> None:
    of = estate(app("app-1"), app("app-2"))
    watch = watch_on(store, tmp_path, world, of)
    extra = replace(
        next(one for one in watch.desk.items if one.id == "M19"), id="M99"
    )  # found by a round, watched by nobody
    watch.desk = replace(watch.desk, items=(*watch.desk.items, extra))
    world.disk["app-1"] = 97.0
    await watch.at(0)
    assert watch.causes() == ["item:app-1:M19:check"]
    with store.write() as tx:
        tx.execute(update(incident).values(item="M99", cause="item:app-1:M99:check"))
    world.disk.clear()
    await watch.at(5)
    assert watch.causes() == []


async def test_only_transitions_are_written_in_the_logbook(watch: Watch, world: World) -> None:
    world.silent.add("app-1")
    for minute in range(4):
        await watch.at(minute)
    assert [one["kind"] for one in entries(watch.desk.store)] == ["incident"]
    with watch.desk.store.read() as tx:
        (one,) = incidents(tx)
        assert one.findings == 4
        assert [step.to_state for step in steps_of(tx, one.id)] == ["open"]


async def test_one_lost_packet_is_asked_about_another_way_before_a_device_is_blamed(
    watch: Watch, world: World
) -> None:
    await watch.at(0)
    world.lossy.add("app-1")  # reachability gets nothing, the host itself answers
    report = await watch.at(1)
    assert (report.silent, report.reached) == (0, 3)
    assert "device:app-1:unreachable" not in watch.causes()


async def test_everything_silent_at_once_is_about_ourselves(watch: Watch, world: World) -> None:
    await watch.at(0)
    world.silent |= {"app-1", "app-2", "app-3"}
    world.references_silent = True
    report = await watch.at(1)
    assert report.cut_off and report.behind == {}
    assert watch.causes() == ["self:cut-off"]
    await watch.at(2)
    assert len(entries(watch.desk.store, "not_observed")) == 1
    world.silent.clear()
    world.references_silent = False
    await watch.at(3)
    assert watch.causes() == []


async def test_everything_silent_beside_a_reference_point_that_answers_is_not(
    watch: Watch, world: World
) -> None:
    world.silent |= {"app-1", "app-2", "app-3"}
    report = await watch.at(0)
    assert not report.cut_off and len(watch.causes()) == 3


async def test_time_in_which_we_were_cut_off_is_not_covered(watch: Watch, world: World) -> None:
    for minute in (0, 1):
        await watch.at(minute)
    world.silent |= {"app-1", "app-2", "app-3"}
    world.references_silent = True
    for minute in (2, 3, 4):
        await watch.at(minute)
    world.silent.clear()
    for minute in (5, 6):
        await watch.at(minute)
    with watch.desk.store.read() as tx:
        found = observed(tx, "app-1", NIGHT, NIGHT + 6 * MINUTE)
    assert [one.contact for one in found] == ["reached", None, "reached"]
    assert found[1].ends - found[1].begins == 4 * MINUTE


async def test_a_time_without_any_look_is_said_in_the_logbook(watch: Watch) -> None:
    await watch.at(0)
    await watch.at(2)
    assert entries(watch.desk.store, "watch_gap") == []
    await watch.at(5)
    (gap,) = entries(watch.desk.store, "watch_gap")
    assert (gap["from"], gap["to"]) == (
        "2026-11-20T19:02:00.000000Z", "2026-11-20T19:05:00.000000Z",
    )  # fmt: skip


async def test_a_second_watch_finds_the_lock_held(watch: Watch) -> None:
    with watch.desk.store.hold("watch"), pytest.raises(Held):
        await watch.at(0)


async def test_what_cannot_be_asked_is_neither_reached_nor_silent(
    watch: Watch, world: World, store: Store
) -> None:
    watch.desk = replace(
        watch.desk, items=tuple(one for one in watch.desk.items if one.id == "M19")
    )
    world.trouble["app-1"] = Trouble.NOT_CONFIGURED
    report = await watch.at(0)
    assert (report.looked, report.reached, report.silent) == (3, 2, 0)
    with store.read() as tx:
        (nothing,) = observed(tx, "app-1", NIGHT - MINUTE, NIGHT + MINUTE)
    assert nothing.contact is None


async def test_a_dead_switch_is_one_incident_though_its_own_look_ends_last(
    store: Store, tmp_path: Path, world: World
) -> None:
    behind = [app(f"app-{number}", depends_on=("switch",)) for number in range(60)]
    watch = watch_on(store, tmp_path, world, estate(app("switch"), app("alive"), *behind))
    world.silent |= {"switch", *(one.name for one in behind)}
    watch.collector.slow["switch"] = asyncio.Event()

    async def let_the_switch_end() -> None:
        while len(watch.collector.visits) < len(watch.desk.estate.devices):
            await watch.collector.one_began()
        watch.collector.slow["switch"].set()

    report, _ = await asyncio.gather(watch.at(0), let_the_switch_end())
    assert report.incidents(ChangeKind.OPENED) == 1
    assert watch.causes() == ["device:switch:unreachable"]
    assert report.behind == {"switch": len(behind)}
    with store.read() as tx:
        assert set(incidents(tx)[0].suppresses) >= {one.name for one in behind}


async def test_a_clock_that_was_set_back_stops_no_look(watch: Watch) -> None:
    await watch.at(60)
    assert (await watch.at(0)).looked == 3


async def test_a_database_is_looked_at_less_often() -> None:
    db, switch = device("db-1", Kind.DATABASE), device("sw-1", Kind.SWITCH)
    table = Timetable({(one, purpose): NIGHT for one in ("db-1", "sw-1") for purpose in Purpose})
    settings = WatchSettings()
    later = NIGHT + 5 * MINUTE
    assert table.due(db, later, settings) == {Purpose.CONTACT}
    assert table.due(switch, later, settings) == {Purpose.CONTACT, Purpose.STATE}
    assert table.due(db, NIGHT + 15 * MINUTE, settings) == {Purpose.CONTACT, Purpose.STATE}


def test_every_watched_item_is_in_the_contract_and_fits_its_kind() -> None:
    for kind, names in STATE_ITEMS.items():
        for name in names:
            of_sensors = item(name).applies_to(device("sensor-1", kind))
            assert kind in item(name).kinds or of_sensors, (kind, name)
    assert all(item(name) for name in CONTACT_ITEMS)


async def test_the_daemon_finds_a_silence_while_a_slow_device_keeps_it_waiting(
    store: Store, tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maintenance.watch.TICK_S", 0.01)
    watch = watch_on(store, tmp_path, world, estate(app("app-1"), app("app-2"), app("slow-1")))
    watch.collector.slow["slow-1"] = asyncio.Event()
    world.silent.add("app-1")
    stop = asyncio.Event()
    running = asyncio.create_task(watch_forever(watch.desk, watch.clock, stop))
    await seen(watch, ["device:app-1:unreachable"])
    world.silent.clear()
    watch.clock.now += MINUTE
    await seen(watch, [])
    assert [name for name, _ in watch.collector.visits].count("slow-1") == 1
    stop.set()
    await running
    assert [one["kind"] for one in entries(store)] == [
        "watch_started", "incident", "incident", "watch_stopped",
    ]  # fmt: skip


async def seen(watch: Watch, causes: list[str]) -> None:
    """Wait until exactly these causes are open."""
    async with asyncio.timeout(20):
        while await asyncio.to_thread(watch.causes) != causes:  # noqa: ASYNC110  (with a deadline)
            await asyncio.sleep(0.01)
