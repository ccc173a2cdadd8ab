"""M25, M27, M49, M50 on Windows hosts: events, virus protection, patches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from checks.antivirus import TREND_MICRO, VIRUS_PROTECTION
from checks.catalogue import item
from checks.events import EVENTS
from checks.patches import PATCHES
from checks.verdict import Severity, State, Verdict
from collectors.readings.windows import (
    Defender,
    Event,
    MissingPatch,
    Patches,
    SystemEvents,
    TrendAgent,
    VirusProtection,
)
from inventory.model import Device, Kind, Trait
from tests.inventory.builders import device, ssh, winssh

AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)


def host(**limits: float) -> Device:
    return device(
        "file-2", Kind.FILE_SERVER, traits=(Trait.WINDOWS,), limits=limits, winssh=winssh()
    )


def test_the_items_are_judged_by_them() -> None:
    assert item("M27").checks == (TREND_MICRO,)
    assert item("M49").checks == (VIRUS_PROTECTION,)
    assert item("M50").checks == (PATCHES,)


def test_a_system_log_is_one_of_lines_or_one_of_events() -> None:
    linux = device("file-1", Kind.FILE_SERVER, ssh=ssh())
    checks = item("M25").checks
    assert [one.name for one in checks if one.applies_to(linux)] == ["logs"]
    assert [one.name for one in checks if one.applies_to(host())] == ["events"]


# --- events ---


def events(*levels: int, gap: bool = False, more: bool = False, **limits: float) -> Verdict:
    target = host(**limits)
    reading = SystemEvents(
        device="file-2", taken_at=AT, gap=gap, more=more,
        entries=tuple(Event(level=one, source="disk 7", text=f"event {one}") for one in levels),
    )  # fmt: skip
    return EVENTS.judge(reading, EVENTS.limits_for(target), target)


@pytest.mark.parametrize(
    ("levels", "gap", "more", "state"),
    [
        ((), False, False, State.NORMAL),
        ((3, 3), False, False, State.NORMAL),
        ((3, 2), False, False, State.ABNORMAL),
        ((1,), False, False, State.ABNORMAL),
        ((), True, False, State.UNKNOWN),
        ((3,), False, True, State.UNKNOWN),
        ((2,), True, True, State.ABNORMAL),
    ],
)
def test_errors_are_abnormal_and_warnings_are_not(
    levels: tuple[int, ...], gap: bool, more: bool, state: State
) -> None:
    assert events(*levels, gap=gap, more=more).state is state


def test_the_worst_event_speaks_and_a_site_may_set_another_level() -> None:
    told = events(2, 1, 2)
    assert told.severity is Severity.CRITICAL
    assert told.sentence.text("en") == (
        "file-2: 3 new events of level 1 to 2 in its System log, the worst: disk 7: event 1"
    )
    assert events(3, event_level=3).state is State.ABNORMAL


# --- virus protection ---

TREND = TrendAgent(pattern_date=TODAY, real_time=True, version="14")
DEFENDER = Defender(
    real_time=True, mode="Normal", signature_days=0, quick_scan_days=1, full_scan_days=None,
    active_threats=0, detections=0,
)  # fmt: skip
RUN = {"ntrtscan": "Running", "TmListen": "Running"}
STOP = {"ntrtscan": "Stopped", "TmListen": "Running"}
NONE = {"ntrtscan": None, "TmListen": None}


def protection(
    services: Mapping[str, str | None], trend: TrendAgent | None, defender: Defender | None
) -> VirusProtection:
    return VirusProtection(
        device="file-2", taken_at=AT, services=services, trend=trend, defender=defender,
        today=TODAY,
    )  # fmt: skip


def aged(days: int) -> TrendAgent:
    return replace(TREND, pattern_date=TODAY - timedelta(days=days))


@pytest.mark.parametrize(
    ("services", "trend", "state", "sentence"),
    [
        (RUN, TREND, State.NORMAL,
         "file-2: the Trend Micro agent runs, its pattern is of 2026-11-21"),
        (RUN, aged(7), State.NORMAL,
         "file-2: the Trend Micro agent runs, its pattern is of 2026-11-14"),
        (RUN, aged(8), State.ABNORMAL, "file-2: virus pattern 8 days old, limit 7"),
        (STOP, TREND, State.ABNORMAL,
         "file-2: the Trend Micro service ntrtscan does not run"),
        (STOP, None, State.ABNORMAL, "file-2: the Trend Micro service ntrtscan does not run"),
        (NONE, None, State.ABNORMAL, "file-2: the Trend Micro agent is not installed on it"),
        (RUN, replace(TREND, real_time=False), State.ABNORMAL,
         "file-2: real-time virus protection is off"),
        (RUN, replace(TREND, real_time=None), State.NORMAL,
         "file-2: the Trend Micro agent runs, its pattern is of 2026-11-21"),
        (RUN, replace(TREND, pattern_date=None), State.UNKNOWN,
         "file-2: the registry does not tell the date of the Trend Micro pattern"),
        (RUN, None, State.UNKNOWN,
         "file-2: the Trend Micro services run, but the registry does not tell their pattern; "
         "its product may be of another generation"),
    ],
)  # fmt: skip
def test_the_agent_runs_guards_and_is_fresh(
    services: Mapping[str, str | None], trend: TrendAgent | None, state: State, sentence: str
) -> None:
    reading = protection(services, trend, None)
    verdict = TREND_MICRO.judge(reading, TREND_MICRO.limits, host())
    assert (verdict.state, verdict.sentence.text("en")) == (state, sentence)


@pytest.mark.parametrize(
    ("reading", "state", "sentence"),
    [
        (protection(RUN, aged(3), None), State.NORMAL,
         "file-2: Trend Micro guards it, virus pattern 3 days old, limit 7"),
        (protection(RUN, aged(9), DEFENDER), State.ABNORMAL,
         "file-2: virus pattern 9 days old, limit 7"),
        (protection(NONE, None, DEFENDER), State.NORMAL,
         "file-2: Defender guards it, virus pattern 0 days old, limit 7"),
        (protection(STOP, TREND, DEFENDER), State.NORMAL,
         "file-2: Defender guards it, virus pattern 0 days old, limit 7"),
        (protection(STOP, TREND, replace(DEFENDER, mode="Passive Mode")), State.ABNORMAL,
         "file-2: no virus scanner guards it"),
        (protection(NONE, None, None), State.ABNORMAL, "file-2: no virus scanner guards it"),
        (protection(NONE, None, replace(DEFENDER, real_time=False)), State.ABNORMAL,
         "file-2: real-time virus protection is off"),
        (protection(NONE, None, replace(DEFENDER, signature_days=8)), State.ABNORMAL,
         "file-2: virus pattern 8 days old, limit 7"),
        (protection(NONE, None, replace(DEFENDER, quick_scan_days=8)), State.NORMAL,
         "file-2: Defender guards it, virus pattern 0 days old, limit 7"),
        (protection(NONE, None, replace(DEFENDER, quick_scan_days=9)), State.ABNORMAL,
         "file-2: the last virus scan was 9 days ago, limit 8"),
        (protection(NONE, None, replace(DEFENDER, quick_scan_days=9, full_scan_days=2)),
         State.NORMAL, "file-2: Defender guards it, virus pattern 0 days old, limit 7"),
        (protection(NONE, None, replace(DEFENDER, quick_scan_days=None)), State.ABNORMAL,
         "file-2: Defender has never scanned it"),
        (protection(RUN, TREND, replace(DEFENDER, active_threats=2)), State.ABNORMAL,
         "file-2: 2 viruses are active on it"),
        (protection(NONE, None, replace(DEFENDER, detections=1)), State.ABNORMAL,
         "file-2: Defender found 1 viruses in the last seven days"),
        (protection(RUN, replace(TREND, pattern_date=None), None), State.UNKNOWN,
         "file-2: the registry does not tell the date of the Trend Micro pattern"),
    ],
)  # fmt: skip
def test_somebody_guards_and_is_fresh_and_found_nothing(
    reading: VirusProtection, state: State, sentence: str
) -> None:
    verdict = VIRUS_PROTECTION.judge(reading, VIRUS_PROTECTION.limits, host())
    assert (verdict.state, verdict.sentence.text("en")) == (state, sentence)


# --- patches ---


def patched(
    *severities: str,
    searched: timedelta = timedelta(days=1),
    installed: int | None = 10,
    reboot: bool = False,
    **limits: float,
) -> Verdict:
    target = host(**limits)
    reading = Patches(
        device="file-2", taken_at=AT, searched_at=AT - searched, reboot_pending=reboot,
        last_installed=None if installed is None else AT - timedelta(days=installed),
        missing=tuple(MissingPatch(kb=f"KB{number}", title="x", severity=one)
                      for number, one in enumerate(severities)),
    )  # fmt: skip
    return PATCHES.judge(reading, PATCHES.limits_for(target), target)


@pytest.mark.parametrize(
    ("verdict", "severity", "sentence"),
    [
        (patched(), None, "file-2: 0 patches are missing, of them 0 critical"),
        (patched("low", ""), None, "file-2: 2 patches are missing, of them 0 critical"),
        (patched("critical", "low"), Severity.CRITICAL,
         "file-2: 1 critical patches are missing, limit 0: KB0"),
        (patched("critical", patches_critical=1), None,
         "file-2: 1 patches are missing, of them 1 critical"),
        (patched(*["low"] * 20), None, "file-2: 20 patches are missing, of them 0 critical"),
        (patched(*["low"] * 21), Severity.WARNING, "file-2: 21 patches are missing, limit 20"),
        (patched(installed=90), None, "file-2: 0 patches are missing, of them 0 critical"),
        (patched(installed=91), Severity.WARNING,
         "file-2: its last patch was installed 91 days ago, limit 90"),
        (patched(installed=None), None, "file-2: 0 patches are missing, of them 0 critical"),
        (patched(reboot=True), Severity.WARNING,
         "file-2: installed patches wait for a restart of the host"),
    ],
)  # fmt: skip
def test_patches_are_held_to_their_limits(
    verdict: Verdict, severity: Severity | None, sentence: str
) -> None:
    assert (verdict.severity, verdict.sentence.text("en")) == (severity, sentence)
    assert verdict.state is (State.ABNORMAL if severity else State.NORMAL)


@pytest.mark.parametrize(
    ("searched", "state"),
    [
        (timedelta(days=7), State.NORMAL),
        (timedelta(days=7, seconds=1), State.UNKNOWN),
        (timedelta(hours=-24), State.NORMAL),
        (timedelta(hours=-25), State.UNKNOWN),
    ],
)
def test_a_search_that_is_old_or_of_the_future_proves_nothing(
    searched: timedelta, state: State
) -> None:
    assert patched(searched=searched).state is state
