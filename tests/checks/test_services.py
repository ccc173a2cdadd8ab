"""M13, M15, M16, M31, M32, M58: services that must run, listen and answer, and their logs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks import services
from checks.catalogue import item
from checks.item import NoLimits
from checks.services import judge_item_log, judge_services
from checks.verdict import Severity, State, Verdict
from collectors.readings.services import ApplicationLog, MdsServices, ServiceState
from inventory.model import Kind
from tests.inventory.builders import device

CTI = device("cti-1", Kind.USM_CTI)
AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def judged(*states: ServiceState, absent: bool = False) -> Verdict:
    reading = MdsServices(device="cti-1", taken_at=AT, services=states, absent=absent)
    return judge_services(reading, NoLimits(), CTI)


def mds(
    processes: int | None = 2,
    closed: tuple[int, ...] = (),
    *,
    refused: bool = False,
) -> ServiceState:
    return ServiceState(
        name="MDS", processes=processes, count=2, ports=(5400, 5401), closed=closed,
        connect=5400, refused=refused,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "checks"),
    [
        ("M13", (services.MDS,)),
        ("M15", (services.APPLICATION_LOG,)),
        ("M16", (services.PROXY, services.PROXY_LOG)),
        ("M31", (services.ASR_SERVER,)),
        ("M32", (services.TTS_SERVER,)),
        ("M58", (services.ASR_SERVICES,)),
    ],
)
def test_the_items_are_judged_by_it(name: str, checks: tuple[object, ...]) -> None:
    assert item(name).checks == checks


@pytest.mark.parametrize(
    ("state", "severity", "sentence"),
    [
        (mds(3), None, "cti-1: 1 services run, listen and answer: MDS"),
        (mds(2), None, "cti-1: 1 services run, listen and answer: MDS"),
        (mds(None), None, "cti-1: 1 services run, listen and answer: MDS"),
        (mds(1), Severity.WARNING,
         "cti-1: service MDS runs with 1 processes, at least 2 are needed"),
        (mds(0), Severity.CRITICAL, "cti-1: service MDS does not run"),
        (mds(closed=(5401,)), Severity.CRITICAL,
         "cti-1: nothing listens on port 5401 of service MDS"),
        (mds(refused=True), Severity.CRITICAL,
         "cti-1: port 5400 of service MDS takes no connection"),
    ],
)  # fmt: skip
def test_a_service_is_judged_at_its_number_of_processes_its_ports_and_its_answer(
    state: ServiceState, severity: Severity | None, sentence: str
) -> None:
    verdict = judged(state)
    assert (verdict.severity, verdict.sentence.text("en")) == (severity, sentence)
    assert verdict.state is (State.ABNORMAL if severity else State.NORMAL)


def test_all_faults_are_told_and_the_gravest_decides() -> None:
    verdict = judged(mds(1), mds(0, closed=(5400,)))
    assert verdict.sentence.text("en").count(";") == 2
    assert (verdict.severity, verdict.measured) == (Severity.CRITICAL, 3)


def test_what_does_not_stand_on_a_device_is_not_applicable_there() -> None:
    verdict = judged(absent=True)
    assert verdict.state is State.NOT_APPLICABLE
    assert verdict.sentence.text("en") == (
        "cti-1: the service of M13 does not stand on it, says its watch.absent"
    )


@pytest.mark.parametrize(
    ("count", "absent", "state"),
    [
        (0, False, State.NORMAL),
        (1, False, State.ABNORMAL),
        (0, True, State.NOT_APPLICABLE),
    ],
)
def test_an_application_log_is_judged_as_every_log(count: int, absent: bool, state: State) -> None:
    reading = ApplicationLog(
        device="cti-1", taken_at=AT, matches=("x",) * count, match_count=count, scanned=9,
        absent=absent,
    )  # fmt: skip
    assert judge_item_log(reading, NoLimits(), CTI).state is state
