"""The contract's metrics: names, labels and values, as Prometheus' own parser reads them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from checks.verdict import Severity
from collectors.intake.model import LOST, Outcome, Receiver
from incidents.beats import OWN_TICK, Beat
from incidents.heartbeats import put
from incidents.model import Finding
from lineguard import clock
from lineguard.cli.boundary import run
from lineguard.duty import own_incidents
from lineguard.figures import MOST_CLOCKS
from lineguard.founding import found
from lineguard.metrics import HELP, intake_families, page, write_textfile
from lineguard.wiring import Station
from phrases import say
from store.schema import coverage, intake_count, slot
from tests.lineguard.homes import AT

CONTRACT = frozenset(
    {
        "lineguard_check_state", "lineguard_check_value", "lineguard_slots_due",
        "lineguard_slots_overdue", "lineguard_round_duration_seconds",
        "lineguard_round_last_success_timestamp_seconds", "lineguard_incidents_open",
        "lineguard_incident_clock_remaining_seconds", "lineguard_notifications_total",
        "lineguard_emergency_lines", "lineguard_failover_state", "lineguard_workload_up",
        "lineguard_logbook_entries_total", "lineguard_heartbeat_timestamp_seconds",
        "lineguard_watch_last_seen_timestamp_seconds",
    }
)  # fmt: skip
OURS = frozenset(
    {
        "lineguard_intake_received_total", "lineguard_intake_stored_total",
        "lineguard_intake_dropped_total", "lineguard_intake_rejected_total",
    }
)  # fmt: skip
LABELS = {
    "lineguard_intake_received_total": ("receiver",),
    "lineguard_intake_stored_total": ("receiver",),
    "lineguard_intake_dropped_total": ("receiver", "reason"),
    "lineguard_intake_rejected_total": ("receiver", "reason"),
    "lineguard_check_state": ("item", "device", "site"),
    "lineguard_check_value": ("item", "device", "measure"),
    "lineguard_incidents_open": ("severity",),
    "lineguard_incident_clock_remaining_seconds": ("incident", "clock"),
    "lineguard_notifications_total": ("channel", "outcome"),
    "lineguard_heartbeat_timestamp_seconds": ("site",),
    "lineguard_watch_last_seen_timestamp_seconds": ("device",),
}


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return found(tmp_path / "home", practice=False, at=AT)


def samples(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(text.decode())
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in families
        for one in family.samples
    }


def value(station: Station, name: str, **labels: str) -> float:
    return samples(page(station))[name, frozenset(labels.items())]


def test_every_name_and_label_is_the_contracts_or_the_intakes() -> None:
    assert HELP.keys() <= CONTRACT | OURS
    assert {name: labels for name, (_says, labels) in HELP.items() if labels} == LABELS


def test_an_empty_home_says_what_it_knows_and_nothing_more(station: Station) -> None:
    known = samples(page(station))
    assert known["lineguard_slots_due", frozenset()] == 0
    assert known["lineguard_logbook_entries_total", frozenset()] == 1
    names = {name for name, _labels in known}
    assert "lineguard_round_duration_seconds" not in names, "none has finished: there is no figure"
    assert "lineguard_heartbeat_timestamp_seconds" not in names


def test_an_incident_is_counted_with_its_clocks(station: Station) -> None:
    finding = Finding(cause="self:x", severity=Severity.CRITICAL, sentence=say("x"))
    at = clock.now() - timedelta(minutes=70)
    with station.store.write() as tx:
        own_incidents(station).declare(tx, finding, at, "test")
    assert value(station, "lineguard_incidents_open", severity="critical") == 1
    assert value(station, "lineguard_incidents_open", severity="warning") == 0
    left = value(station, "lineguard_incident_clock_remaining_seconds", incident="1", clock="cure")
    assert left == pytest.approx(-600, abs=30)


def test_a_storm_of_incidents_is_no_storm_of_labels(station: Station) -> None:
    with station.store.write() as tx:
        for number in range(MOST_CLOCKS):
            finding = Finding(cause=f"self:{number}", severity=Severity.CRITICAL, sentence=say("x"))
            own_incidents(station).declare(tx, finding, clock.now(), "test")
    known = samples(page(station))
    clocks = [one for one in known if one[0] == "lineguard_incident_clock_remaining_seconds"]
    assert len(clocks) == MOST_CLOCKS


def result(
    station: Station, number: int, state: str, severity: str | None, days_ago: int = 1
) -> None:
    closes = clock.now() - timedelta(days=days_ago)
    body = {
        "severity": severity,
        "verdicts": [{"check": "space", "measured": 81.5}, {"check": "inodes", "measured": None},
                     {"check": "names", "measured": "eth0"}],
    }  # fmt: skip
    with station.store.write() as tx:
        entry = station.logbook.append(tx, "result", body, AT)
        row = {
            "id": f"M02/db-1/{number}", "item": "M02", "device": "db-1", "site": "site_primary",
            "period": "D", "opens": closes, "closes": closes, "busy_hour": False, "plan_entry": 1,
            "state": "done", "result": state, "result_entry": entry, "done_at": AT,
        }  # fmt: skip
        tx.execute(insert(slot), [row])


@pytest.mark.parametrize(
    ("state", "severity", "number"),
    [
        ("normal", None, 0),
        ("not_applicable", None, 0),
        ("abnormal", "warning", 1),
        ("abnormal", "critical", 2),
        ("unknown", None, 3),
    ],
)
def test_the_last_result_of_an_item_is_a_number(
    station: Station, state: str, severity: str | None, number: int
) -> None:
    result(station, 1, "unknown", None)
    result(station, 2, state, severity)
    of = {"item": "M02", "device": "db-1"}
    assert value(station, "lineguard_check_state", site="site_primary", **of) == number
    assert value(station, "lineguard_check_value", measure="space", **of) == 81.5
    values = [one for one in samples(page(station)) if one[0] == "lineguard_check_value"]
    assert len(values) == 1, "what is no number is no sample"


@pytest.mark.parametrize(("days_ago", "there"), [(99, True), (101, False)])
def test_a_result_of_longer_ago_than_a_quarter_is_history(
    station: Station, days_ago: int, there: bool
) -> None:
    result(station, 1, "normal", None, days_ago)
    names = {name for name, _labels in samples(page(station))}
    assert ("lineguard_check_state" in names) is there


def test_signs_of_life_and_looks_have_their_times(station: Station) -> None:
    with station.store.write() as tx:
        put(tx, Beat(name=OWN_TICK, at=AT))
        put(tx, Beat(name="site_dr", at=AT))
        row = {"device": "db-1", "observer": "x", "begins": AT, "ends": AT, "contact": "reached"}
        silent = {**row, "ends": AT + timedelta(hours=1), "contact": "timed_out"}
        tx.execute(insert(coverage), [row, silent])
    epoch = AT.timestamp()
    assert value(station, "lineguard_heartbeat_timestamp_seconds", site="local") == epoch
    assert value(station, "lineguard_watch_last_seen_timestamp_seconds", device="db-1") == epoch
    beats = [one for one in samples(page(station)) if "heartbeat" in one[0]]
    assert len(beats) == 1, "who is not expected has no label"


def test_of_those_that_are_expected_only_sites_are_in_the_metric(station: Station) -> None:
    settings = station.home.settings
    more = "[heartbeat]\nexpect_s = { site_dr = 180, nightly = 90000 }\n"
    text = settings.read_text(encoding="utf-8").replace("[heartbeat]\n", more)
    settings.write_text(text, encoding="utf-8")
    again = Station(station.home)
    with again.store.write() as tx:
        put(tx, Beat(name="site_dr", at=AT))
        put(tx, Beat(name="nightly", at=AT))
    beats = [dict(one[1]) for one in samples(page(again)) if "heartbeat" in one[0]]
    assert beats == [{"site": "site_dr"}]


def test_what_arrived_is_counted_by_what_became_of_it(station: Station) -> None:
    told = {
        Outcome.STORED: 5, Outcome.MALFORMED: 2, Outcome.LOST_IN_QUEUE: 3,
        Outcome.LOST_IN_CRASH: 1, Outcome.EXPIRED: 4, Outcome.HANDSHAKE: 6,
    }  # fmt: skip
    rows = [
        {"hour": AT + hour * timedelta(hours=1), "receiver": Receiver.SYSLOG.value,
         "outcome": way.value, "count": many}
        for way, many in told.items() for hour in range(2)
    ]  # fmt: skip
    assert not [name for name, _ in samples(page(station)) if "intake" in name], "nobody listens"
    with station.store.write() as tx:
        tx.execute(insert(intake_count), rows)
    assert value(station, "lineguard_intake_received_total", receiver="syslog") == 22
    assert value(station, "lineguard_intake_stored_total", receiver="syslog") == 10
    dropped = {
        reason: value(station, "lineguard_intake_dropped_total", receiver="syslog", reason=reason)
        for reason in ("kernel", "queue", "crash")
    }
    assert dropped == {"kernel": 0, "queue": 6, "crash": 2}
    rejected = {
        reason: value(station, "lineguard_intake_rejected_total", receiver="syslog", reason=reason)
        for reason in ("malformed", "unknown_source", "refused", "too_large")
    }
    assert rejected == {"malformed": 4, "unknown_source": 0, "refused": 0, "too_large": 0}


def test_a_receiver_that_listens_is_counted_from_nothing_on() -> None:
    found = {family.name: family.samples for family in intake_families({}, [Receiver.TRAPS])}
    assert {one.labels["receiver"] for every in found.values() for one in every} == {"traps"}
    assert {one.value for every in found.values() for one in every} == {0}
    assert len(found["lineguard_intake_dropped"]) == len(LOST)


def test_the_textfile_is_whole_and_readable_by_others(tmp_path: Path) -> None:
    target = tmp_path / "lineguard.prom"
    write_textfile(target, b"one 1\n")
    write_textfile(target, b"two 2\n")
    assert target.read_bytes() == b"two 2\n"
    assert target.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in tmp_path.iterdir()] == ["lineguard.prom"]


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_part(tmp_path: Path) -> None:
    target = tmp_path / "lineguard.prom"
    target.mkdir()
    with pytest.raises(OSError, match=re.escape("lineguard.prom")):
        write_textfile(target, b"one 1\n")
    assert [one.name for one in tmp_path.iterdir()] == ["lineguard.prom"]


def test_the_command_writes_what_the_page_says(
    station: Station, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(station.home.root)
    assert run(["metrics", "--home", home]) == 0
    assert "lineguard_slots_due 0.0\n" in capsys.readouterr().out
    target = tmp_path / "x.prom"
    assert run(["metrics", "--textfile", str(target), "--home", home]) == 0
    assert samples(target.read_bytes())["lineguard_slots_due", frozenset()] == 0
    assert run(["metrics", "--textfile", str(tmp_path / "no" / "x.prom"), "--home", home]) == 1
