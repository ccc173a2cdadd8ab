"""What a CTI tells of itself on its page, or a session manager in its file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.judging import Judgement
from checks.telephony import CALL_CENTRE
from checks.verdict import Severity, State, Verdict
from collectors.parsers.figures import figures_of
from collectors.parsers.pointed import NoSuchPlace
from collectors.readings import Trouble
from collectors.readings.application import CallCentreState
from inventory.applications import Cti, Figures
from lab.embedded.applications import FiguresData, cti_answers
from lab.embedded.web_service import Answers, Said
from tests.collectors.applications.peers import judged, of, serving
from tests.inventory.builders import device
from tests.tiers import count
from tests.witness import shown

FIGURES = Figures(
    calls_online="/calls/online",
    agents_signed_in="/agents",
    queue_length="/queue",
    cti_link="/link",
    ivr="/ivr",
)
PAGE: dict[str, Any] = {
    "calls": {"online": 18}, "agents": 32, "queue": 1, "link": "up", "ivr": "UP",
}  # fmt: skip
CTI = "practice CTI page"


def cti(port: int) -> Cti:
    return Cti(port=port, path="/monitor", figures=FIGURES, timeout_s=3.0)


async def page(answers: Answers) -> Judgement:
    async with serving(answers) as service:
        (found,) = await judged("M14", of("cti-1", "usm_cti", cti=cti(service.port)))
    return found


def said(found: Judgement) -> str:
    return found.verdict.sentence.text("en")


async def test_a_page_is_read_whole() -> None:
    found = shown(await page(cti_answers(FiguresData(), cti(1))), CTI)
    assert found.verdict.state is State.NORMAL
    assert said(found) == (
        "cti-1: 18 calls on line; 32 agents signed in; 1 in the queue; CTI link up; IVR up"
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cti_link": "down"}, "the CTI link is not up, its state is “down”"),
        ({"ivr": "stopped"}, "the IVR is not up, its state is “stopped”"),
        ({"queue_length": 7}, "7 callers wait in the queue, limit 5"),
    ],
)
async def test_what_is_not_well_is_said(changed: dict[str, Any], words: str) -> None:
    found = shown(await page(cti_answers(replace(FiguresData(), **changed), cti(1))), CTI)
    assert (found.verdict.state, words in said(found)) == (State.ABNORMAL, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        json.dumps(PAGE).encode()[:-1],
        *(
            json.dumps({key: value for key, value in PAGE.items() if key != gone}).encode()
            for gone in PAGE
        ),
        json.dumps({**PAGE, "queue": -1}).encode(),
        json.dumps({**PAGE, "queue": 1.5}).encode(),
        json.dumps({**PAGE, "queue": True}).encode(),
        json.dumps({**PAGE, "agents": 10**7}).encode(),
        json.dumps({**PAGE, "link": ""}).encode(),
        json.dumps({**PAGE, "link": None}).encode(),
        b"[" * 100_000,
    ],
    ids=range(15),
)
async def test_a_page_that_misses_a_figure_is_unknown(body: bytes) -> None:
    found = shown(await page(lambda _: Said(body)), CTI)
    assert (found.verdict.state, found.trouble) == (State.UNKNOWN, Trouble.GARBLED)


@pytest.mark.parametrize("status", [302, 404, 503])
async def test_a_page_that_cannot_be_shown_is_unknown(status: int) -> None:
    found = await page(lambda _: Said(json.dumps(PAGE).encode(), status=status))
    assert (found.verdict.state, found.trouble) == (State.UNKNOWN, Trouble.GARBLED)


@settings(max_examples=count(ci=200, soak=5_000), deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(str.encode),
    st.sampled_from(["json", "pairs"]),
)
def test_no_rubbish_is_understood(body: bytes, form: str) -> None:
    with pytest.raises(NoSuchPlace):
        figures_of(body, form, FIGURES)


@settings(max_examples=count(ci=200, soak=5_000), deadline=None)
@given(st.integers(min_value=0, max_value=80))
def test_no_page_that_is_cut_is_understood(cut: int) -> None:
    whole = json.dumps(PAGE).encode()
    with pytest.raises(NoSuchPlace):
        figures_of(whole[: min(cut, len(whole) - 1)], "json", FIGURES)


PAIRS = Figures(calls_online="calls", queue_length="queue", ivr="ivr", ivr_up=("running",))


def test_lines_of_keys_and_values_are_read_too() -> None:
    told = figures_of(b"# now\ncalls = 3\nqueue=0\nivr=running\n", "pairs", PAIRS)
    assert (told.calls_online, told.queue_length, told.ivr_up) == (3, 0, True)
    assert (told.agents_signed_in, told.link_up) == (None, None)


@pytest.mark.parametrize(
    "body",
    [b"calls=3\nqueue=0\nivr=running", b"calls=3\ncalls=4\nqueue=0\nivr=running\n", b"calls=3\n"],
    ids=["cut", "twice", "missing"],
)
def test_lines_that_are_cut_or_contradict_each_other_are_refused(body: bytes) -> None:
    with pytest.raises(NoSuchPlace):
        figures_of(body, "pairs", PAIRS)


MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


def verdict(at: datetime = MORNING, **figures: Any) -> Verdict:  # noqa: ANN401
    reading = CallCentreState(
        device="cti-1", taken_at=at, **{"calls_online": 5, "agents_signed_in": 5, **figures}
    )
    target = device("cti-1", "usm_cti")
    return CALL_CENTRE.judge(reading, CALL_CENTRE.limits_for(target), target)


@pytest.mark.parametrize(
    ("figures", "state", "severity"),
    [
        ({"queue_length": 4}, State.NORMAL, None),
        ({"queue_length": 5}, State.ABNORMAL, Severity.WARNING),
        ({"agents_signed_in": 1}, State.NORMAL, None),
        ({"agents_signed_in": 0}, State.ABNORMAL, Severity.WARNING),
        ({"calls_online": 1}, State.NORMAL, None),
        ({"calls_online": 0}, State.ABNORMAL, Severity.WARNING),
        ({"link": "down", "link_up": False}, State.ABNORMAL, Severity.CRITICAL),
        ({"ivr": "down", "ivr_up": False, "queue_length": 9}, State.ABNORMAL, Severity.CRITICAL),
        ({"agents_signed_in": None}, State.NORMAL, None),
    ],
)
def test_each_figure_at_its_limit(
    figures: dict[str, Any], state: State, severity: Severity | None
) -> None:
    found = verdict(**figures)
    assert (found.state, found.severity) == (state, severity)


@pytest.mark.parametrize(
    ("hour", "agents", "calls"),
    [(7, True, True), (8, False, True), (9, False, False), (16, False, False), (17, False, True),
     (19, False, True), (20, True, True)],
)  # fmt: skip
def test_nobody_is_missed_outside_the_hours(hour: int, agents: bool, calls: bool) -> None:
    """The hours are those of Shanghai."""
    at = datetime(2026, 11, 23, (hour - 8) % 24, 0, tzinfo=UTC)
    assert (verdict(at, agents_signed_in=0).state is State.NORMAL) is agents
    assert (verdict(at, calls_online=0).state is State.NORMAL) is calls


async def test_a_server_without_site_data_is_told_which_key_it_needs(tmp_path: Path) -> None:
    (found,) = await judged("M14", of("cti-1", "usm_cti"))
    assert found.trouble is Trouble.NOT_CONFIGURED
    assert "cti" in said(found)
