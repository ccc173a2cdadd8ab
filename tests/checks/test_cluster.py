"""M03 and M20: quorum, members, resources."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.catalogue import item
from checks.cluster import CLUSTER, judge_cluster
from checks.item import NoLimits
from checks.verdict import Severity, State, Verdict
from collectors.readings import ClusterMember, ClusterResource, ClusterState
from inventory.model import Kind, Trait
from tests.inventory.builders import device

USM = device("usm-1", Kind.USM_CTI, traits=(Trait.CLUSTERED,))
AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def state(
    first: str = "online",
    *,
    quorum: bool = True,
    resource: str = "Started",
    failed: bool = False,
    empty: bool = False,
) -> ClusterState:
    members = (
        ClusterMember(name="usm-1", state=first),
        ClusterMember(name="usm-2", state="online"),
    )
    return ClusterState(
        device="usm-1",
        taken_at=AT,
        quorum=quorum,
        members=() if empty else members,
        resources=(ClusterResource(name="vip", state=resource, node="usm-1", failed=failed),),
    )


def judged(reading: ClusterState) -> Verdict:
    return judge_cluster(reading, NoLimits(), USM)


@pytest.mark.parametrize("name", ["M03", "M20"])
def test_the_items_are_judged_by_it(name: str) -> None:
    assert item(name).checks == (CLUSTER,)


def test_a_cluster_in_order_is_normal() -> None:
    verdict = judged(state())
    assert (verdict.state, verdict.severity) == (State.NORMAL, None)
    assert verdict.sentence.text("en") == (
        "usm-1: cluster with quorum, 2 nodes online, 1 resources in order"
    )


@pytest.mark.parametrize("resource", ["Started", "Master", "Slave", "Disabled"])
def test_roles_that_are_wanted_are_normal(resource: str) -> None:
    assert judged(state(resource=resource)).state is State.NORMAL


@pytest.mark.parametrize(
    ("reading", "severity", "words"),
    [
        (state(quorum=False), Severity.CRITICAL, "usm-1: the cluster has no quorum"),
        (state(quorum=False, empty=True), Severity.CRITICAL,
         "usm-1: the cluster software does not run on it"),
        (state("offline"), Severity.WARNING, "usm-1: cluster node usm-1 is offline"),
        (state("standby"), Severity.WARNING, "usm-1: cluster node usm-1 is in standby"),
        (state("maintenance"), Severity.WARNING, "usm-1: cluster node usm-1 is in maintenance"),
        (state("strange"), Severity.WARNING, "usm-1: cluster node usm-1 is strange"),
        (state(failed=True), Severity.WARNING, "usm-1: cluster resource vip has failed"),
        (state(resource="Stopped"), Severity.WARNING, "usm-1: cluster resource vip is stopped"),
    ],
)  # fmt: skip
def test_each_fault_is_named(reading: ClusterState, severity: Severity, words: str) -> None:
    verdict = judged(reading)
    assert (verdict.state, verdict.severity) == (State.ABNORMAL, severity)
    assert words in verdict.sentence.text("en")


def test_all_faults_are_told_in_one_sentence() -> None:
    text = judged(state("offline", quorum=False, failed=True)).sentence.text("en")
    assert text.count(";") == 2
