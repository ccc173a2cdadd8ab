"""M04: links, peers and VRRP states of a cluster node."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from checks.catalogue import item
from checks.heartbeat import HEARTBEAT, judge_heartbeat
from checks.verdict import Severity, State, Verdict
from collectors.readings.heartbeat import Heartbeat, HeartbeatLink, HeartbeatPeer, VrrpState
from inventory.model import Kind, Trait
from tests.inventory.builders import device


def judged(limits: dict[str, float] | None = None, **seen: Any) -> Verdict:  # noqa: ANN401
    target = device("usm-1", Kind.USM_CTI, traits=(Trait.CLUSTERED,), limits=limits)
    reading = Heartbeat(device="usm-1", taken_at=datetime(2026, 11, 21, 1, tzinfo=UTC), **seen)
    return judge_heartbeat(reading, HEARTBEAT.limits_for(target), target)


def link(number: str, *lost: str) -> HeartbeatLink:
    return HeartbeatLink(link=number, address="10.9.0.1", nodes=("1", "2"), lost=lost)


def peer(received: int, trip: float | None = 0.5) -> HeartbeatPeer:
    return HeartbeatPeer(address="10.9.0.2", sent=10, received=received, round_trip_ms=trip)


def vrrp(state: str, role: str | None = None) -> VrrpState:
    return VrrpState(instance="VI_1", state=state, role=role)


def test_the_item_is_judged_by_it() -> None:
    assert item("M04").checks == (HEARTBEAT,)


@pytest.mark.parametrize(
    ("seen", "severity", "sentence"),
    [
        ({"links": (link("0"), link("1"))}, None,
         "usm-1: heartbeat in order: 2 links, 0 peers, 0 VRRP instances"),
        ({"links": ()}, Severity.CRITICAL, "usm-1: corosync does not run on it"),
        ({"links": (link("0"), link("1", "2"))}, Severity.WARNING,
         "usm-1: heartbeat link 1 (10.9.0.1) does not reach node 2"),
        ({"links": (link("0", "*"), link("1"))}, Severity.WARNING,
         "usm-1: heartbeat link 0 (10.9.0.1) is faulty"),
        ({"links": (link("0", "2"),)}, Severity.CRITICAL,
         "usm-1: heartbeat link 0 (10.9.0.1) does not reach node 2"),
        ({"peers": (peer(0, None),)}, Severity.CRITICAL,
         "usm-1: heartbeat peer 10.9.0.2 answers none of 10 echoes"),
        ({"vrrp": (vrrp("backup"),)}, None,
         "usm-1: heartbeat in order: 0 links, 0 peers, 1 VRRP instances"),
        ({"vrrp": (vrrp("backup", "backup"),)}, None,
         "usm-1: heartbeat in order: 0 links, 0 peers, 1 VRRP instances"),
        ({"vrrp": (vrrp("backup", "master"),)}, Severity.WARNING,
         "usm-1: VRRP instance VI_1 is backup, it should be master"),
        ({"vrrp": (vrrp("fault"),)}, Severity.CRITICAL,
         "usm-1: VRRP instance VI_1 is in state fault"),
    ],
)  # fmt: skip
def test_each_state_is_told_with_what_it_means(
    seen: dict[str, Any], severity: Severity | None, sentence: str
) -> None:
    verdict = judged(**seen)
    assert (verdict.severity, verdict.sentence.text("en")) == (severity, sentence)
    assert verdict.state is (State.ABNORMAL if severity else State.NORMAL)


@pytest.mark.parametrize(
    ("received", "limit", "state"),
    [(10, 0.0, State.NORMAL), (9, 0.0, State.ABNORMAL), (9, 10.0, State.NORMAL),
     (8, 10.0, State.ABNORMAL)],
)  # fmt: skip
def test_loss_is_held_to_its_limit(received: int, limit: float, state: State) -> None:
    assert judged({"heartbeat_loss_percent": limit}, peers=(peer(received),)).state is state


@pytest.mark.parametrize(
    ("trip", "state"), [(9.99, State.NORMAL), (10.0, State.NORMAL), (10.01, State.ABNORMAL)]
)
def test_the_round_trip_is_held_to_its_limit(trip: float, state: State) -> None:
    verdict = judged(peers=(peer(10, trip),))
    assert (verdict.state, verdict.measured, verdict.unit) == (state, trip, "ms")
