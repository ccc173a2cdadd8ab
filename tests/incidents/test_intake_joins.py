"""What a trap tells and a check sees is one incident, whichever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.catalogue import catalogue
from checks.item import NoLimits
from checks.judging import Judgement
from checks.network import judge_ports
from checks.power import judge_supply
from checks.verdict import Severity, Verdict, unknown
from collectors.intake.model import Received, Receiver
from collectors.intake.syslog import read_line
from collectors.intake.traps import read_trap
from collectors.readings import Port, Ports
from collectors.readings.power import Supply, UpsSupply
from collectors.visit import Contact
from incidents.cases import unsettled
from incidents.clocks import RULES, clocks_of
from incidents.intake_desk import IntakeDesk
from incidents.intake_joins import joins_of
from incidents.intake_records import StoredAlarms
from incidents.listing import incidents
from incidents.model import DAMPING, Changes, Sighting
from inventory.model import Device, Kind, Watch
from logbook.book import Logbook
from phrases import say, verbatim
from store.database import open_store
from store.migrating import migrate
from tests.collectors.intake import senders
from tests.collectors.intake.senders import LINK_DOWN, LINK_UP, arrived, link
from tests.incidents.intakes import desk_of
from tests.inventory.builders import device
from tests.maintenance.fakes import logbook, proven

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIRST, SECOND, OTHER = "GigabitEthernet0/0/1", "GigabitEthernet0/0/2", "GigabitEthernet0/0/9"
ROUTER = device("rt-1", Kind.ROUTER, watch=Watch(ports=(FIRST, SECOND)))
UPS = device("ups-1", Kind.UPS)
PORTS = "item:rt-1:M44:ports"
ON_BATTERY = "1.3.6.1.2.1.33.2.1"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    opened = open_store(f"sqlite:///{tmp_path}/data/lineguard.db", tmp_path / "data")
    migrate(opened)
    yield logbook(opened, tmp_path)
    opened.close()


def joining(book: Logbook, *devices: Device) -> IntakeDesk:
    return replace(desk_of(book), joins=joins_of(devices or (ROUTER, UPS), catalogue()))


def take(desk: IntakeDesk, minute: float, *messages: Received) -> Changes:
    return desk.take(messages, {}, (), AT + minute * MINUTE)


def down(port: str = FIRST) -> Received:
    return read_trap(arrived(link(LINK_DOWN, port)), None)[0]


def up(port: str = FIRST) -> Received:
    return read_trap(arrived(link(LINK_UP, port)), None)[0]


def on_battery() -> Received:
    return read_trap(arrived(senders.trap(ON_BATTERY, []), source="127.0.0.2"), None)[0]


def ports(*names: str) -> Verdict:
    """What the check says when these are down."""
    told = tuple(
        Port(name=name, admin_up=True, oper_up=name not in names) for name in (FIRST, SECOND)
    )
    return judge_ports(Ports(device="rt-1", taken_at=AT, ports=told), NoLimits(), ROUTER)


def supply(which: Supply) -> Verdict:
    return judge_supply(
        UpsSupply(device="ups-1", taken_at=AT, supply=which, word=which.value), NoLimits(), UPS
    )


def look(
    desk: IntakeDesk, minute: float, verdict: Verdict, of: Device = ROUTER,
    item: str = "M44", check: str = "ports",
) -> Changes:  # fmt: skip
    judgement = Judgement(
        item=item, check=check, form=None, device=of.name, kind=of.kind, site=of.site,
        verdict=verdict, taken_at=AT, duration_ms=1,
    )  # fmt: skip
    contact = Contact(reached=True, trouble=None, why=verbatim(""))
    seen = Sighting(device=of.name, site=of.site, contact=contact, judgements=(judgement,))
    at = AT + minute * MINUTE
    with desk.store.write() as tx:
        changes = desk.incidents.observe(tx, [seen], at, "watch")
        desk.incidents.logbook.checkpoint(tx, at)
    return changes


def states(book: Logbook) -> list[tuple[str, str]]:
    with book.store.read() as tx:
        return sorted((one.cause, str(one.state)) for one in incidents(tx, states=None))


def covers(book: Logbook) -> set[str]:
    with book.store.read() as tx:
        (one,) = incidents(tx)
    return set(one.suppresses)


def test_a_trap_and_then_the_check_are_one_incident_that_the_next_trap_ends(book: Logbook) -> None:
    desk = joining(book)
    opened = take(desk, 0, down())
    assert states(book) == [(PORTS, "open")]
    with book.store.read() as tx:
        (one,) = incidents(tx)
    assert (one.item, one.check, one.severity) == ("M44", "ports", "critical")
    assert one.sentence["en"] == f"rt-1: port {FIRST} went down (by SNMP trap, from 127.0.0.1)"
    seen = look(desk, 1, ports(FIRST))
    assert [str(change.kind) for change in (*opened.made, *seen.made)] == ["opened", "updated"]
    take(desk, 2, up())
    assert states(book) == [(PORTS, "resolved")]
    assert proven(book) == ""


def test_the_check_and_then_a_trap_are_one_incident_that_the_next_look_ends(book: Logbook) -> None:
    desk = joining(book)
    look(desk, 0, ports(FIRST))
    (joined,) = take(desk, 1, down(FIRST.upper())).made
    assert (str(joined.kind), states(book)) == ("updated", [(PORTS, "open")])
    look(desk, 2, ports())
    assert states(book) == [(PORTS, "resolved")]
    take(desk, 3, up())
    assert states(book) == [(PORTS, "resolved")]
    assert proven(book) == ""


@pytest.mark.parametrize("told", ["trap", "check"])
def test_of_two_ports_the_incident_ends_with_the_second(book: Logbook, told: str) -> None:
    desk = joining(book)
    if told == "trap":
        take(desk, 0, down(FIRST), down(SECOND))
    else:
        look(desk, 0, ports(FIRST, SECOND))
    take(desk, 1, up(FIRST))
    assert states(book) == [(PORTS, "open")]
    assert f"M44:{FIRST}" not in covers(book)
    assert f"M44:{SECOND}" in covers(book)
    take(desk, 2, up(SECOND))
    assert states(book) == [(PORTS, "resolved")]


def test_what_a_look_saw_replaces_what_was_told_before(book: Logbook) -> None:
    desk = joining(book)
    take(desk, 0, down(FIRST))
    look(desk, 1, ports(SECOND))
    take(desk, 2, up(FIRST))
    assert states(book) == [(PORTS, "open")]
    assert covers(book) == {f"M44:{SECOND}"}


def test_down_and_up_in_one_batch_leave_no_incident(book: Logbook) -> None:
    take(joining(book), 0, down(), up())
    assert states(book) == []


def test_a_log_that_says_the_same_joins_too_and_ends_it(book: Logbook) -> None:
    desk = joining(book)
    take(desk, 0, down(), read_line(arrived(senders.VRP_DOWN, Receiver.SYSLOG)))
    assert states(book) == [(PORTS, "open")]
    assert {f"M54:link:{FIRST}", f"M55:link:{FIRST}"} <= covers(book)
    take(desk, 1, read_line(arrived(senders.VRP_UP, Receiver.SYSLOG)))
    assert states(book) == [(PORTS, "resolved")]


@pytest.mark.parametrize(
    "of",
    [
        replace(ROUTER, watch=Watch(ports=(OTHER,))),
        replace(ROUTER, watch=Watch()),
        replace(ROUTER, kind=Kind.SWITCH),
    ],
)
def test_a_port_that_no_check_looks_at_is_an_alarm_by_itself(book: Logbook, of: Device) -> None:
    desk = joining(book, of)
    take(desk, 0, down())
    assert states(book) == [(f"alarm:rt-1:link:{FIRST}", "open")]


def test_an_alarm_from_before_the_port_was_watched_is_ended_too(book: Logbook) -> None:
    take(joining(book, replace(ROUTER, watch=Watch())), 0, down())
    take(joining(book), 1, up())
    assert states(book) == [(f"alarm:rt-1:link:{FIRST}", "resolved")]


def test_m54_counts_what_traps_told_though_the_incident_is_the_check_s(book: Logbook) -> None:
    desk = joining(book)
    record = StoredAlarms(
        store=lambda: book.store, set_up=[Receiver.TRAPS, Receiver.SYSLOG],
        reaches=lambda _device: frozenset({"site_primary"}),
    )  # fmt: skip

    def alarms(item: str) -> list[str]:
        known = record.of("nms-1", item, AT, AT + MINUTE)
        assert known is not None
        return [one.alarm for one in known.open]

    take(desk, 0, down(FIRST), down(SECOND))
    assert alarms("M54") == [f"link:{FIRST}", f"link:{SECOND}"]
    assert alarms("M55") == []
    take(desk, 1, up(FIRST))
    assert alarms("M54") == [f"link:{SECOND}"]


def test_a_port_that_flaps_ends_when_it_stayed_up(book: Logbook) -> None:
    desk = joining(book)
    for turn in range(DAMPING.flaps + 1):
        take(desk, 2 * turn, down())
        take(desk, 2 * turn + 1, up())
    assert states(book) == [(PORTS, "open")]
    desk.sweep(AT + (2 * DAMPING.flaps + 1) * MINUTE + DAMPING.calm)
    assert states(book) == [(PORTS, "resolved")]


def test_a_ups_on_its_battery_is_one_incident_with_the_clock_of_a_power_cut(book: Logbook) -> None:
    desk = joining(book)
    take(desk, 0, on_battery())
    look(desk, 0.5, supply(Supply.BATTERY), UPS, "R1", "supply")
    assert states(book) == [("item:ups-1:R1:supply", "open")]
    with book.store.read() as tx:
        (case,) = unsettled(tx)
    assert "power_cut" in {one.rule.name for one in clocks_of(case, AT, RULES)}
    desk.sweep(AT + 30 * MINUTE)
    assert states(book) == [("item:ups-1:R1:supply", "open")], (
        "the look has seen it: a look ends it"
    )
    look(desk, 31, supply(Supply.MAINS), UPS, "R1", "supply")
    assert states(book) == [("item:ups-1:R1:supply", "resolved")]


def test_a_ups_that_nobody_can_ask_is_over_when_it_says_no_more(book: Logbook) -> None:
    desk = joining(book)
    take(desk, 0, on_battery())
    look(desk, 1, unknown(say("no check yet for {item}", item="R1")), UPS, "R1", "supply")
    desk.sweep(AT + 4 * MINUTE)
    assert states(book) == [("item:ups-1:R1:supply", "open")]
    desk.sweep(AT + 5 * MINUTE)
    assert states(book) == [("item:ups-1:R1:supply", "resolved")]


@pytest.mark.parametrize(
    ("which", "severity"),
    [(Supply.BYPASS, Severity.WARNING), (Supply.BATTERY, Severity.CRITICAL)],
)
def test_a_ups_on_its_bypass_is_no_power_cut(
    book: Logbook, which: Supply, severity: Severity
) -> None:
    look(joining(book), 0, supply(which), UPS, "R1", "supply")
    with book.store.read() as tx:
        (case,) = unsettled(tx)
    assert case.severity is severity
    clocks = {one.rule.name for one in clocks_of(case, AT, RULES)}
    assert ("power_cut" in clocks) is (severity is Severity.CRITICAL)
