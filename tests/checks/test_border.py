"""Hot standby and active alarms of routers and firewalls."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.border import ALARMS, HA
from checks.catalogue import item
from checks.item import NoLimits
from checks.judging import judge_item, wanted
from checks.verdict import Severity, State, Verdict
from collectors.readings import ActiveAlarms, Alarm, HaState, Reading, Trouble, Unanswered
from collectors.visit import Contact, Visit
from inventory.model import Device, Watch
from phrases import verbatim
from tests.inventory.builders import cli, device, snmp

AT = datetime(2026, 11, 21, tzinfo=UTC)


def firewall(ha_role: str | None = "active") -> Device:
    return device("fw-1", "firewall", cli=cli(), watch=Watch(ha_role=ha_role))


def ha(
    role: str, peer: str | None, *, switched: bool = False, wanted: str | None = "active"
) -> Verdict:
    reading = HaState(device="fw-1", taken_at=AT, role=role, peer=peer, switched=switched)
    return HA.judge(reading, NoLimits(), firewall(wanted))


@pytest.mark.parametrize(
    ("role", "peer", "switched", "wanted", "state", "severity"),
    [
        ("active", "standby", False, "active", State.NORMAL, None),
        ("standby", "active", False, "standby", State.NORMAL, None),
        ("standby", "not told", False, "standby", State.NORMAL, None),
        ("standby", "active", False, "active", State.ABNORMAL, Severity.CRITICAL),
        ("active", "standby", True, "active", State.ABNORMAL, Severity.CRITICAL),
        ("active", None, False, "active", State.ABNORMAL, Severity.WARNING),
        ("active", "active", False, "active", State.ABNORMAL, Severity.CRITICAL),
    ],
)
def test_a_pair_is_well_when_each_is_in_its_role_and_sees_the_other(
    role: str,
    peer: str | None,
    switched: bool,
    wanted: str,
    state: State,
    severity: Severity | None,
) -> None:
    verdict = ha(role, peer, switched=switched, wanted=wanted)
    assert (verdict.state, verdict.severity) == (state, severity)


def test_a_switched_role_is_said_with_what_it_should_be() -> None:
    sentence = ha("standby", "active").sentence.text("en")
    assert sentence == "fw-1: HA role switched, it is standby and should be active"


@pytest.mark.parametrize(
    ("severities", "state", "severity"),
    [
        ((), State.NORMAL, None),
        (("warning",), State.ABNORMAL, Severity.WARNING),
        (("minor", "major"), State.ABNORMAL, Severity.CRITICAL),
        (("critical",), State.ABNORMAL, Severity.CRITICAL),
    ],
)
def test_any_active_alarm_is_abnormal(
    severities: tuple[str, ...], state: State, severity: Severity | None
) -> None:
    raised = tuple(Alarm(severity=one, text="x" * 500) for one in severities)
    reading = ActiveAlarms(device="fw-1", taken_at=AT, alarms=raised)
    verdict = ALARMS.judge(reading, NoLimits(), firewall())
    assert (verdict.state, verdict.severity) == (state, severity)
    assert len(verdict.sentence.text("en")) < 200


def seen(target: Device, answers: dict[type[Reading], Reading | Unanswered]) -> dict[str, State]:
    silent = Unanswered(
        device=target.name, taken_at=AT, trouble=Trouble.NOT_CONFIGURED, why=verbatim("x")
    )
    item_44 = item("M44")
    visit = Visit(
        device=target.name,
        started_at=AT,
        ended_at=AT,
        contact=Contact(reached=True, trouble=None, why=verbatim("x")),
        answers={one: answers.get(one, silent) for one in wanted(item_44, target)},
    )
    return {one.check: one.verdict.state for one in judge_item(item_44, target, visit)}


def test_a_router_without_a_console_is_not_unknown_for_its_alarms() -> None:
    router = device("rt-1", "router", snmp=snmp())
    assert "alarms" not in seen(router, {})
    assert "ha" not in seen(router, {})


def test_a_console_that_gives_no_whole_answer_leaves_the_alarms_unknown() -> None:
    cut = Unanswered(device="fw-1", taken_at=AT, trouble=Trouble.TIMED_OUT, why=verbatim("x"))
    assert seen(firewall(), {ActiveAlarms: cut})["alarms"] is State.UNKNOWN


def test_a_firewall_of_a_pair_that_cannot_be_asked_is_unknown() -> None:
    assert seen(firewall(), {})["ha"] is State.UNKNOWN


def test_a_firewall_that_stands_alone_is_not_asked_for_its_pair() -> None:
    assert "ha" not in seen(firewall(None), {})
    assert HaState not in wanted(item("M44"), firewall(None))
