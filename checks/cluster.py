"""Judge for a cluster of two or more nodes: quorum, members, resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings import ClusterState
from inventory.model import Device
from phrases import Phrase, joined, say, verbatim

ONLINE: Final = "online"
STOPPED: Final = "Stopped"
EXPECTED: Final = "quorum, all nodes online, no resource failed or stopped"
MEMBER_STATES: Final[Mapping[str, Phrase]] = {
    "offline": say("offline"),
    "standby": say("in standby"),
    "maintenance": say("in maintenance"),
    "unclean": say("in an unclean state"),
    "pending": say("still joining"),
}


def judge_cluster(reading: ClusterState, limits: NoLimits, device: Device) -> Verdict:
    """Without quorum, or without the cluster software, nothing fails over: critical. A node or a
    resource that is not in order is a warning, as the other node still serves."""
    gravest = _nothing_fails_over(reading, device)
    faults = [*([gravest] if gravest else ()), *_members(reading, device), *_parts(reading, device)]
    if not faults:
        return _in_order(reading, device)
    return abnormal(
        joined(tuple(faults)),
        severity=Severity.CRITICAL if gravest else Severity.WARNING,
        measured=len(faults),
        expected=EXPECTED,
    )


def _nothing_fails_over(reading: ClusterState, device: Device) -> Phrase | None:
    if not reading.members:
        return say("{device}: the cluster software does not run on it", device=device.name)
    if not reading.quorum:
        return say("{device}: the cluster has no quorum", device=device.name)
    return None


def _members(reading: ClusterState, device: Device) -> Iterator[Phrase]:
    for member in reading.members:
        if member.state != ONLINE:
            yield say(
                "{device}: cluster node {node} is {state}",
                device=device.name,
                node=member.name,
                state=MEMBER_STATES.get(member.state, verbatim(member.state)),
            )


def _parts(reading: ClusterState, device: Device) -> Iterator[Phrase]:
    for resource in reading.resources:
        if resource.failed:
            yield say(
                "{device}: cluster resource {resource} has failed",
                device=device.name,
                resource=resource.name,
            )
        elif resource.state == STOPPED:
            yield say(
                "{device}: cluster resource {resource} is stopped",
                device=device.name,
                resource=resource.name,
            )


def _in_order(reading: ClusterState, device: Device) -> Verdict:
    return normal(
        say(
            "{device}: cluster with quorum, {nodes} nodes online, {resources} resources in order",
            device=device.name,
            nodes=len(reading.members),
            resources=len(reading.resources),
        ),
        measured=0,
        expected=EXPECTED,
    )


CLUSTER: Final = Check(name="cluster", reads=ClusterState, judge=judge_cluster, limits=NoLimits())
