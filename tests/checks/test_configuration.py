"""M41 and M45: a backup, what is not saved, and what nobody approved."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.catalogue import CHECKS, item
from checks.configuration import (
    judge_backup,
    judge_baseline,
    judge_routes,
    judge_unsaved,
)
from checks.item import NoLimits
from checks.verdict import Severity, State, Verdict
from collectors.readings.configuration import (
    Configuration,
    RoutingTable,
    SavedConfiguration,
    Standing,
)
from inventory.model import Kind
from phrases import Phrase, say
from tests.inventory.builders import device

AT = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
RT = device("rt-1", Kind.ROUTER)
LINES = ("#", "sysname rt-1", "#", "interface A", " ip address 10.1.1.1 24")
ROUTES = ("0.0.0.0/0 Static 10.1.1.254 A", "10.6.0.0/16 Static 10.1.2.254 B")


def standing(lines: tuple[str, ...] = LINES, by: str = "") -> Standing:
    return Standing(lines=lines, version=3, at=AT, by=by)


def configuration(
    lines: tuple[str, ...] = LINES,
    *,
    kept: Standing | Phrase | None = None,
    approved: Standing | Phrase | None = None,
) -> Configuration:
    return Configuration(device="rt-1", taken_at=AT, lines=lines, kept=kept, approved=approved)


def table(
    lines: tuple[str, ...] = ROUTES, approved: Standing | Phrase | None = None
) -> RoutingTable:
    return RoutingTable(
        device="rt-1", taken_at=AT, lines=lines, total=len(lines), approved=approved
    )


def saved(running: tuple[str, ...], on_disk: tuple[str, ...]) -> Verdict:
    reading = SavedConfiguration(device="rt-1", taken_at=AT, running=running, saved=on_disk)
    return judge_unsaved(reading, NoLimits(), RT)


def text(verdict: Verdict) -> str:
    return verdict.sentence.text("en")


def test_a_first_backup_is_normal() -> None:
    verdict = judge_backup(configuration(), NoLimits(), RT)
    assert verdict.state is State.NORMAL
    assert text(verdict) == "rt-1: configuration of 3 lines fetched, the first version of it"


def test_an_unchanged_backup_names_the_version_in_shanghais_calendar() -> None:
    verdict = judge_backup(configuration(kept=standing()), NoLimits(), RT)
    assert text(verdict).endswith("unchanged since version 3 of 2026-11-21")


def test_a_changed_backup_is_normal_and_shows_the_difference() -> None:
    verdict = judge_backup(
        configuration((*LINES, " undo shutdown"), kept=standing()), NoLimits(), RT
    )
    assert verdict.state is State.NORMAL
    assert "1 lines more and 0 fewer" in text(verdict)
    assert text(verdict).endswith("+ interface A > undo shutdown")


def test_a_version_that_cannot_be_read_makes_a_backup_unknown() -> None:
    kept = say("{device} is not confirmed", device="x")
    assert judge_backup(configuration(kept=kept), NoLimits(), RT).state is State.UNKNOWN


def test_what_was_approved_is_normal() -> None:
    verdict = judge_baseline(configuration(approved=standing(by="赵敏")), NoLimits(), RT)
    assert verdict.state is State.NORMAL
    assert "赵敏 approved on 2026-11-21" in text(verdict)


@pytest.mark.parametrize(
    ("lines", "measured"),
    [(LINES[:-1], 1), ((*LINES[:-1], " ip address 10.1.1.2 24"), 2), ((*LINES, "dhcp enable"), 1)],
)
def test_one_line_that_nobody_approved_is_abnormal(lines: tuple[str, ...], measured: int) -> None:
    verdict = judge_baseline(configuration(lines, approved=standing(by="x")), NoLimits(), RT)
    assert (verdict.state, verdict.measured) == (State.ABNORMAL, measured)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (("#", "a <secret:22222222>", "b <secret:00000000>"), "1 passwords or keys"),
        (("#", "a <secret:22222222>", "b <secret:33333333>"), "2 passwords or keys"),
        (
            ("#", "a <secret:22222222>", "b <secret:00000000>", "c"),
            "11-21: 3, the first",
        ),
        (
            ("#", "a <secret:22222222>", "d <secret:00000000>"),
            "11-21: 4, the first",
        ),
        (("#", "a <secret:11111111>"), "11-21: 1, the first"),
    ],
)
def test_a_changed_secret_alone_is_called_so(now: tuple[str, ...], said: str) -> None:
    old = ("#", "a <secret:11111111>", "b <secret:00000000>")
    reading = configuration(now, approved=standing(old, by="x"))
    verdict = judge_baseline(reading, NoLimits(), RT)
    assert verdict.state is State.ABNORMAL
    assert said in text(verdict)


@pytest.mark.parametrize("approved", [None, say("{device} is not confirmed", device="x")])
def test_without_a_baseline_nothing_is_normal(approved: Phrase | None) -> None:
    one = judge_baseline(configuration(approved=approved), NoLimits(), RT)
    other = judge_routes(table(approved=approved), NoLimits(), RT)
    assert one.state is other.state is State.UNKNOWN
    if approved is None:
        wanted = "rt-1: no baseline is approved yet: lineguard baseline approve rt-1"
        assert text(one) == text(other) == wanted


def test_a_saved_configuration_is_normal_in_any_order() -> None:
    assert saved(LINES, LINES[3:] + LINES[:3]).state is State.NORMAL


@pytest.mark.parametrize(("running", "on_disk"), [((*LINES, "x"), LINES), (LINES, (*LINES, "x"))])
def test_one_unsaved_line_is_a_warning(running: tuple[str, ...], on_disk: tuple[str, ...]) -> None:
    verdict = saved(running, on_disk)
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, Severity.WARNING)
    assert verdict.measured == 1


def test_the_approved_routes_are_normal_in_any_order() -> None:
    verdict = judge_routes(table(ROUTES[::-1], standing(ROUTES, "x")), NoLimits(), RT)
    assert verdict.state is State.NORMAL


@pytest.mark.parametrize(
    ("routes", "severity", "said"),
    [
        (ROUTES[:1], Severity.CRITICAL, "1 approved routes are missing, the first: 10.6.0.0/16"),
        ((*ROUTES, "10.7.0.0/16 Static 10.1.1.254 A"), Severity.WARNING, "nobody approved"),
        ((ROUTES[0], "10.6.0.0/16 Static 10.9.9.9 B"), Severity.WARNING, "was 10.1.2.254"),
    ],
)
def test_a_route_that_differs_is_abnormal(
    routes: tuple[str, ...], severity: Severity, said: str
) -> None:
    verdict = judge_routes(table(routes, standing(ROUTES, "x")), NoLimits(), RT)
    assert (verdict.state, verdict.severity, verdict.measured) == (State.ABNORMAL, severity, 1)
    assert said in text(verdict)


def test_a_long_line_is_cut_in_a_sentence() -> None:
    verdict = judge_baseline(
        configuration((*LINES, "x" * 900), approved=standing(by="x")), NoLimits(), RT
    )
    assert len(text(verdict)) < 300


def test_what_is_not_saved_is_said_once_of_each_device() -> None:
    for kind in (Kind.ROUTER, Kind.SWITCH, Kind.FIREWALL):
        one = device("x", kind)
        said = [
            check.name
            for name in ("M41", "M45")
            if item(name).applies_to(one)
            for check in CHECKS[name]
            if check.applies_to(one)
        ]
        assert said.count("saved") == 1, kind
