"""Verdicts as they are kept and shown."""

from __future__ import annotations

import pytest

from checks.judging import Judgement
from checks.verdict import Severity, State, Verdict
from collectors.readings import Exchange
from maintenance.record import VerdictRecord, looked_at, severity_of, state_of
from phrases import verbatim
from tests.maintenance.fakes import REAL

CONTRACT = (
    "item", "form", "device", "kind", "site", "state", "severity", "sentence", "measured",
    "expected", "unit", "taken_at", "duration_ms", "evidence",
)  # fmt: skip
ANSWER = Exchange(protocol="ssh", asked="df -P", answer=b"/ 40%", at=REAL, duration_ms=7)


def judgement(state: State, severity: Severity | None = None) -> Judgement:
    return Judgement(
        item="M19", check="space", form=None, device="app-1", kind="app_server", site="site_dr",
        verdict=Verdict(state=state, severity=severity, sentence=verbatim("disk 40 %"), unit="%"),
        taken_at=REAL, duration_ms=7, exchanges=(ANSWER,),
    )  # fmt: skip


def records(*states: State) -> tuple[VerdictRecord, ...]:
    return looked_at([judgement(state) for state in states])


def test_a_look_has_every_field_of_the_contract() -> None:
    (one,) = records(State.NORMAL)
    told = one.as_json("zh")
    assert set(CONTRACT) <= set(told)
    assert told["taken_at"] == "2026-11-21T08:00:00.000000Z"
    assert told["sentence"] == "disk 40 %"
    assert told["evidence"][0]["asked"] == "df -P"
    assert "slot" not in told


def test_an_answer_that_two_checks_rest_on_has_one_reference() -> None:
    first, second = records(State.NORMAL, State.NORMAL)
    assert first.evidence[0] is second.evidence[0]
    assert first.judgement.exchanges == ()


@pytest.mark.parametrize(
    ("states", "speaks"),
    [
        ((State.NORMAL, State.NOT_APPLICABLE), State.NORMAL),
        ((State.NORMAL, State.UNKNOWN), State.UNKNOWN),
        ((State.UNKNOWN, State.ABNORMAL), State.ABNORMAL),
        ((State.NOT_APPLICABLE,), State.NOT_APPLICABLE),
    ],
)
def test_unknown_outweighs_normal_and_abnormal_outweighs_all(
    states: tuple[State, ...], speaks: State
) -> None:
    assert state_of(records(*states)) is speaks


def test_the_worst_severity_speaks() -> None:
    found = looked_at(
        [judgement(State.ABNORMAL, one) for one in (Severity.WARNING, Severity.CRITICAL)]
    )
    assert severity_of(found) is Severity.CRITICAL
    assert severity_of(records(State.NORMAL)) is None
