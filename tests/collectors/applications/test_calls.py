"""Call records, counted where they are kept: by the real commands, and from a host over SSH."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.call_records import AGAINST_CTI, CALL_RECORDS, kind_of, usual_of
from checks.catalogue import item
from checks.judging import Judgement, judge_item
from checks.verdict import State, Verdict
from collectors.gathering import Gathering
from collectors.parsers.call_counts import NotATable, Table, table_of
from collectors.readings import Trouble
from collectors.readings.calls import (
    CallCounts,
    KeptCallCounts,
    NotCounted,
    OwnCallCounts,
)
from collectors.session import Means
from collectors.sources.host_calls import SHANGHAI, TIMES
from collectors.sources.host_commands import call_counts
from collectors.visitor import Visitor
from inventory.crossings import joined_up
from inventory.model import Device
from inventory.records import CallFiles, Traffic
from lab.embedded.linux_host import LinuxHost
from phrases import say
from tests.collectors.hosts import Remembered, SecretBox, now
from tests.collectors.practice import host_key, trusted
from tests.inventory.builders import device, ssh
from tests.tiers import count
from tests.witness import shown

HOUR = timedelta(hours=1)
CALLERS = ("13800001234", "02088886666")
LINUX = "practice Linux host"


# --- the command itself, by a real shell ---


def _records(folder: Path, name: str, lines: list[str], age_s: float = 60) -> None:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    written = time.time() - age_s
    os.utime(path, (written, written))


def _run(files: CallFiles, first: str, past: str) -> bytes:
    done = subprocess.run(
        ["sh", "-c", call_counts(files, first, past)], capture_output=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (0, b""), done
    return done.stdout


WAYS = [
    (delimiter, form)
    for delimiter in (",", "|", ";", "tab", " ")
    for form in sorted(TIMES)
    if delimiter not in form  # or a time would stand in two columns
]


@pytest.mark.parametrize(("delimiter", "form"), WAYS)
def test_the_real_commands_count_by_the_hour_and_tell_nobodys_number(
    tmp_path: Path, delimiter: str, form: str
) -> None:
    split = "\t" if delimiter == "tab" else delimiter
    moments = [datetime(2026, 11, 21, hour, tzinfo=SHANGHAI) for hour in (7, 8, 9)]
    times = [one.strftime(TIMES[form]) for one in moments]
    of_calls = (times[0], times[1], times[1], times[2])
    lines = [split.join((*CALLERS, f"{one}:59:01")) for one in of_calls]
    _records(tmp_path, "it's a_1.csv", [split.join(("caller", "callee", "begin")), *lines])
    _records(tmp_path, "it's a_2.csv", [lines[1], split.join((*CALLERS, f'"{times[1]}:00"'))])
    _records(tmp_path, "it's a_0.csv", lines, age_s=30 * 3_600)
    _records(tmp_path, "other.csv", lines)
    place = f"{tmp_path}/it's a_*.csv"
    files = CallFiles(keeper="x", files=place, time_column=3, time_format=form, delimiter=delimiter)  # type: ignore[arg-type]
    answer = _run(files, times[1], times[2])
    table = table_of(answer)
    assert dict(table.calls) == {times[1]: 4}
    assert (len(table.written), table.strange) == (2, 0)
    assert not any(one.encode() in answer for one in CALLERS)


def test_a_column_that_holds_no_time_is_counted_as_strange_and_never_shown(tmp_path: Path) -> None:
    _records(tmp_path, "a.csv", [f"{one},2026-11-21 08:00" for one in CALLERS * 3])
    files = CallFiles(keeper="x", files=f"{tmp_path}/*.csv", time_column=1)
    answer = _run(files, "2026-11-21 08", "2026-11-21 09")
    assert (table_of(answer).strange, dict(table_of(answer).calls)) == (5, {})
    assert not any(one.encode() in answer for one in CALLERS)


def test_a_column_of_counts_is_added_up(tmp_path: Path) -> None:
    lines = ["hour,calls", "2026-11-21 08,120", "2026-11-21 08,3", "2026-11-21 09,7"]
    _records(tmp_path, "a.csv", lines)
    files = CallFiles(keeper="x", files=f"{tmp_path}/*.csv", time_column=1, count_column=2)
    table = table_of(_run(files, "2026-11-21 08", "2026-11-21 10"))
    assert dict(table.calls) == {"2026-11-21 08": 123, "2026-11-21 09": 7}


def test_no_file_is_a_table_without_files(tmp_path: Path) -> None:
    files = CallFiles(keeper="x", files=f"{tmp_path}/*.csv", time_column=1)
    assert table_of(_run(files, "2026-11-21 08", "2026-11-21 10")).written == ()


def test_a_folder_that_is_not_there_fails(tmp_path: Path) -> None:
    files = CallFiles(keeper="x", files=f"{tmp_path}/gone/*.csv", time_column=1)
    command = call_counts(files, "2026-11-21 08", "2026-11-21 10")
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=20, check=False)
    assert done.returncode != 0


def test_the_control_of_the_following(tmp_path: Path) -> None:
    files = CallFiles(keeper="x", files=f"{tmp_path}/*.csv", time_column=1)
    _records(tmp_path, "a.csv", ["2026-11-21 08:00"])
    whole = _run(files, "2026-11-21 08", "2026-11-21 09")
    assert isinstance(table_of(whole), Table)
    for cut in range(len(whole)):
        with pytest.raises(NotATable):
            table_of(whole[:cut])


@settings(max_examples=count(ci=300, soak=10_000), deadline=None)
@given(
    st.binary(max_size=400)
    | st.text(alphabet="FSNB 0123456789abc.\n-:", max_size=400).map(str.encode)
)
def test_no_rubbish_is_a_table(body: bytes) -> None:
    with pytest.raises(NotATable):
        table_of(body)


# --- from a host ---


def _devices(port: int) -> tuple[Device, Device]:
    keeper = device("usm-1", "usm_cti", ssh=ssh(port=port, user="inspect", secret="host"))
    traffic = Traffic(
        records=CallFiles(keeper="usm-1", files="/var/cdr/*.csv", time_column=3),
        cti=CallFiles(keeper="usm-1", files="/var/cti/*.csv", time_column=1, count_column=2),
    )
    gateway = replace(device("gw-1", "gateway_1960"), traffic=traffic)
    joined = {one.name: one for one in joined_up((keeper, gateway))}
    return joined["usm-1"], joined["gw-1"]


@pytest.fixture
def key(tmp_path: Path) -> Iterator[Path]:
    yield host_key(tmp_path)


async def _judged(
    folder: Path, host: LinuxHost, memory: Remembered | None = None
) -> tuple[Judgement, ...]:
    await host.start("127.0.0.1", 0)
    try:
        keeper, gateway = _devices(host.port)
        host.keeps_calls = keeper.keeps_calls
        given = Means(
            secrets=SecretBox({"host": "pw"}),
            known_hosts=trusted(folder, host.port, host.host_key),
            clock=now,
        )
        both = {one.name: one for one in (keeper, gateway)}
        wants = {"gw-1": frozenset({OwnCallCounts})}
        collector = Gathering(Visitor(both, given), both, wants, now)
        remembered = memory or Remembered()
        kept = await collector.visit("usm-1", frozenset({KeptCallCounts}), remembered)
        remembered.keep(kept)
        visit = await collector.visit("gw-1", frozenset({OwnCallCounts}), remembered)
        assert host.strange == []
        return judge_item(item("M60"), gateway, visit)
    finally:
        await host.stop()


def _host(key: Path) -> LinuxHost:
    return LinuxHost(host_key=key, user="inspect", password="pw")


async def test_the_counts_of_a_keeper_are_well(tmp_path: Path, key: Path) -> None:
    memory, host = Remembered(), _host(key)
    found = await _judged(tmp_path, host, memory)
    for one in found:
        shown(one, LINUX)
        assert one.verdict.state is State.NORMAL, one.verdict.sentence.text("en")
    assert host.logins == 1, "the keeper is visited once, for itself and for the gateway"
    assert set(memory.values) == {
        ("usm-1", "calls: records of gw-1"),
        ("usm-1", "calls: cti of gw-1"),
    }


async def test_an_hour_without_records_is_abnormal(tmp_path: Path, key: Path) -> None:
    host = _host(key)
    host.data.calls.missing_hour = 10
    first, second = [shown(one, LINUX) for one in await _judged(tmp_path, host)]
    assert "1 hours without call records" in first.verdict.sentence.text("en")
    assert (first.verdict.state, second.verdict.state) == (State.ABNORMAL, State.NORMAL)


async def test_files_that_are_old_or_gone_are_abnormal(tmp_path: Path, key: Path) -> None:
    host = _host(key)
    host.data.calls.age_s = 3 * 3_600
    found = await _judged(tmp_path, host)
    assert "written 3.0 h ago, limit 2 h" in found[0].verdict.sentence.text("en")
    host.data.calls.age_s = None
    found = await _judged(tmp_path, host)
    assert "no call records were written" in found[0].verdict.sentence.text("en")
    assert found[0].verdict.state is State.ABNORMAL


async def test_lines_without_a_time_are_unknown(tmp_path: Path, key: Path) -> None:
    host = _host(key)
    host.data.calls.strange = 2
    for one in await _judged(tmp_path, host):
        assert shown(one, LINUX).verdict.state is State.UNKNOWN
        assert "have no time in column" in one.verdict.sentence.text("en")


async def test_a_keeper_that_does_not_let_us_in_is_not_the_gateways_fault(
    tmp_path: Path, key: Path
) -> None:
    host = _host(key)
    host.behaviour.refuse_logins = True
    for one in await _judged(tmp_path, host):
        assert (one.verdict.state, one.trouble) == (State.UNKNOWN, Trouble.ELSEWHERE)


# --- what is usual ---

DAY = date(2026, 11, 18)  # a Wednesday without a holiday near
NOON = datetime(2026, 11, 18, 12, tzinfo=SHANGHAI)


def _earlier(*counts: int, at: int = 12) -> dict[date, tuple[int | None, ...]]:
    days: dict[date, tuple[int | None, ...]] = {}
    for number, calls in enumerate(counts, 1):
        hours: list[int | None] = [None] * 24
        hours[at] = calls
        days[DAY - timedelta(weeks=number)] = tuple(hours)
    return days


@pytest.mark.parametrize(("weeks", "known"), [(3, False), (4, True), (8, True)])
def test_four_former_days_make_a_usual(weeks: int, known: bool) -> None:
    assert (usual_of(_earlier(*[100] * weeks), NOON) is not None) is known


def test_one_strange_week_changes_nothing() -> None:
    usual = usual_of(_earlier(100, 102, 0, 98, 101), NOON)
    assert usual is not None and usual.calls == 100


def test_other_weekdays_hours_and_holidays_are_no_measure() -> None:
    assert usual_of(_earlier(*[100] * 8, at=11), NOON) is None
    shifted = {day + timedelta(days=1): hours for day, hours in _earlier(*[100] * 8).items()}
    assert usual_of(shifted, NOON) is None


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2025, 10, 1), "off"),
        (date(2025, 9, 28), "make-up"),
        (date(2025, 9, 27), "off"),
        (date(2025, 9, 24), "2"),
    ],
    ids=["National Day", "a Sunday worked for it", "a Saturday", "a Wednesday"],
)
def test_a_holiday_is_held_against_days_off(day: date, kind: str) -> None:
    assert kind_of(day) == kind


def _counts(
    calls: int, earlier: dict[date, tuple[int | None, ...]] | None = None, counted: str = "records"
) -> CallCounts:
    hours = tuple((NOON.astimezone(UTC) + number * HOUR, 100) for number in range(-12, 12))
    changed = tuple((hour, calls if hour == NOON else one) for hour, one in hours)
    return CallCounts(
        owner="gw-1", counted=counted, hours=changed, files=2, newest_age_s=60,  # type: ignore[arg-type]
        earlier=earlier or {},
    )  # fmt: skip


def _verdict(check: object, *kept: CallCounts | NotCounted, **limits: float) -> Verdict:
    part = KeptCallCounts(device="usm-1", taken_at=now(), kept=kept)
    reading = OwnCallCounts(device="gw-1", taken_at=now(), parts=(("usm-1", part),))
    target = replace(device("gw-1", "gateway_1960", limits=limits), traffic=_devices(1)[1].traffic)
    return check.judge(reading, check.limits_for(target), target)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("calls", "state"),
    [(100, State.NORMAL), (50, State.NORMAL), (49, State.ABNORMAL), (150, State.NORMAL),
     (151, State.ABNORMAL), (0, State.ABNORMAL)],
)  # fmt: skip
def test_an_hour_is_unusual_beyond_half_of_the_usual(calls: int, state: State) -> None:
    verdict = _verdict(CALL_RECORDS, _counts(calls, _earlier(*[100] * 8)))
    assert verdict.state is state, verdict.sentence.text("en")


def test_few_calls_scatter_and_are_not_judged_by_percent() -> None:
    assert _verdict(CALL_RECORDS, _counts(1, _earlier(*[19] * 8))).state is State.NORMAL
    assert _verdict(CALL_RECORDS, _counts(5, _earlier(*[20] * 8))).state is State.ABNORMAL


def test_an_empty_hour_at_night_is_no_fault() -> None:
    limits = {"records_from_hour": 13.0}
    assert _verdict(CALL_RECORDS, _counts(0), **limits).state is State.NORMAL
    assert _verdict(CALL_RECORDS, _counts(0)).state is State.ABNORMAL


def test_too_little_history_is_said() -> None:
    sentence = _verdict(CALL_RECORDS, _counts(100)).sentence.text("en")
    assert "too few former days" in sentence


@pytest.mark.parametrize(
    ("theirs", "state"), [(100, State.NORMAL), (226, State.NORMAL), (227, State.ABNORMAL)]
)
def test_records_and_the_ctis_count_may_be_five_percent_apart(theirs: int, state: State) -> None:
    """Of 2400 calls: 126 of 2526 are 5.0 %, 127 of 2527 are more."""
    verdict = _verdict(AGAINST_CTI, _counts(100), _counts(theirs, counted="cti"))
    assert verdict.state is state, verdict.sentence.text("en")


def test_without_either_count_nothing_is_normal() -> None:
    lost = NotCounted(owner="gw-1", counted="cti", trouble=Trouble.GARBLED, why=say("lost"))
    assert _verdict(AGAINST_CTI, _counts(100), lost).state is State.UNKNOWN
    assert _verdict(AGAINST_CTI, _counts(100, counted="cti")).state is State.UNKNOWN
    assert _verdict(CALL_RECORDS).state is State.UNKNOWN
