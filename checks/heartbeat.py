"""Judge for the heartbeat between the nodes of a cluster: M04."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal
from collectors.readings.heartbeat import Heartbeat, HeartbeatLink, HeartbeatPeer, VrrpState
from inventory.model import Device
from phrases import Phrase, joined, say

FAULT_STATES: Final = frozenset({"fault", "init", "stop"})
"""States of keepalived in which an instance takes no part."""
WHOLE_RING: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatLimits:
    """More loss than this, in percent, or a longer mean round trip is abnormal. The operator's: a
    heartbeat runs through one switch at most."""

    heartbeat_loss_percent: float = 0.0
    heartbeat_round_trip_ms: float = 10.0


@dataclass(frozen=True, slots=True)
class _Fault:
    sentence: Phrase
    measured: float | str
    expected: str
    unit: str | None = None
    severity: Severity = Severity.WARNING


def judge_heartbeat(reading: Heartbeat, limits: HeartbeatLimits, device: Device) -> Verdict:
    """A link or peer that is lost is a warning, as long as another still carries the heartbeat;
    without any the nodes take each other for dead: critical."""
    faults = [
        *_no_corosync(reading, device),
        *_links(reading.links or (), device),
        *(fault for one in reading.peers for fault in _peer(one, limits, device)),
        *(fault for one in reading.vrrp for fault in _vrrp(one, device)),
    ]
    if not faults:
        return _in_order(reading, limits, device)
    worst = next((one for one in faults if one.severity is Severity.CRITICAL), faults[0])
    return abnormal(
        joined(tuple(one.sentence for one in faults)),
        severity=worst.severity,
        measured=worst.measured,
        expected=worst.expected,
        unit=worst.unit,
    )


def _no_corosync(reading: Heartbeat, device: Device) -> Iterator[_Fault]:
    if reading.links is not None and not reading.links:
        yield _Fault(
            say("{device}: corosync does not run on it", device=device.name),
            "not running", "running", severity=Severity.CRITICAL,
        )  # fmt: skip


def _links(links: tuple[HeartbeatLink, ...], device: Device) -> Iterator[_Fault]:
    none_left = all(link.lost for link in links)
    severity = Severity.CRITICAL if none_left else Severity.WARNING
    for link in links:
        if link.lost:
            yield _Fault(_lost(link, device), "down", "connected", severity=severity)


def _lost(link: HeartbeatLink, device: Device) -> Phrase:
    if WHOLE_RING in link.lost:
        return say(
            "{device}: heartbeat link {link} ({address}) is faulty",
            device=device.name, link=link.link, address=link.address,
        )  # fmt: skip
    return say(
        "{device}: heartbeat link {link} ({address}) does not reach node {nodes}",
        device=device.name, link=link.link, address=link.address, nodes=", ".join(link.lost),
    )  # fmt: skip


def _peer(one: HeartbeatPeer, limits: HeartbeatLimits, device: Device) -> Iterator[_Fault]:
    loss = round(100 * (1 - one.received / one.sent), 1)
    if one.round_trip_ms is None:
        yield _Fault(
            say(
                "{device}: heartbeat peer {peer} answers none of {sent} echoes",
                device=device.name, peer=one.address, sent=one.sent,
            ),
            100.0, _no_more(limits.heartbeat_loss_percent), "%", Severity.CRITICAL,
        )  # fmt: skip
    elif loss > limits.heartbeat_loss_percent:
        yield _Fault(
            say(
                "{device}: {loss:g} % of the echoes to heartbeat peer {peer} are lost, "
                "limit {limit:g} %",
                device=device.name, loss=loss, peer=one.address,
                limit=limits.heartbeat_loss_percent,
            ),
            loss, _no_more(limits.heartbeat_loss_percent), "%",
        )  # fmt: skip
    elif one.round_trip_ms > limits.heartbeat_round_trip_ms:
        yield _Fault(
            say(
                "{device}: heartbeat peer {peer} answers in {trip:g} ms, limit {limit:g} ms",
                device=device.name, peer=one.address, trip=one.round_trip_ms,
                limit=limits.heartbeat_round_trip_ms,
            ),
            one.round_trip_ms, _no_more(limits.heartbeat_round_trip_ms), "ms",
        )  # fmt: skip


def _vrrp(one: VrrpState, device: Device) -> Iterator[_Fault]:
    if one.state in FAULT_STATES:
        yield _Fault(
            say(
                "{device}: VRRP instance {instance} is in state {state}",
                device=device.name, instance=one.instance, state=one.state,
            ),
            one.state, one.role or "master or backup", severity=Severity.CRITICAL,
        )  # fmt: skip
    elif one.role is not None and one.state != one.role:
        yield _Fault(
            say(
                "{device}: VRRP instance {instance} is {state}, it should be {role}",
                device=device.name, instance=one.instance, state=one.state, role=one.role,
            ),
            one.state, one.role,
        )  # fmt: skip


def _no_more(limit: float) -> str:
    return f"<= {limit:g}"


def _in_order(reading: Heartbeat, limits: HeartbeatLimits, device: Device) -> Verdict:
    slowest = max((one.round_trip_ms or 0.0 for one in reading.peers), default=None)
    return normal(
        say(
            "{device}: heartbeat in order: {links} links, {peers} peers, {vrrp} VRRP instances",
            device=device.name, links=len(reading.links or ()), peers=len(reading.peers),
            vrrp=len(reading.vrrp),
        ),
        measured=slowest,
        expected=None if slowest is None else _no_more(limits.heartbeat_round_trip_ms),
        unit=None if slowest is None else "ms",
    )  # fmt: skip


HEARTBEAT: Final = Check(
    name="heartbeat", reads=Heartbeat, judge=judge_heartbeat, limits=HeartbeatLimits()
)
