"""Judges for the standbys of a database (M10): do they follow, and how far behind are they?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from checks.database import told
from checks.database_copies import of_site
from checks.item import Check
from checks.verdict import Severity, Verdict, abnormal, normal, not_applicable, unknown
from collectors.readings.database_care import (
    Follower,
    Leader,
    Replication,
    Slot,
)
from inventory.model import Device, Trait
from phrases import Phrase, say

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationLimits:
    """How far a standby may be behind, and for how long nothing may have come to it. PostgreSQL
    gives up a primary that says nothing for 60 s (wal_receiver_timeout)."""

    replication_lag_seconds: float = 300.0
    replication_lag_megabytes: float = 1024.0
    replication_silence_seconds: float = 120.0


def judge_replication(reading: Replication, limits: ReplicationLimits, device: Device) -> Verdict:
    """Every standby that must follow does, closely; a standby hears from its primary."""
    if reading.leader is not None:
        return _judge_leader(reading.leader, limits, device)
    absent = tuple(_absent(reading, device))
    faults = (
        *absent,
        *(fault for one in reading.followers for fault in _follower(one, limits, device)),
        *(fault for one in reading.slots for fault in _slot(one, device)),
    )
    if faults:
        lost = bool(absent) or any(one.lost for one in reading.slots)
        severity = Severity.CRITICAL if lost else Severity.WARNING
        return abnormal(told(faults, device), severity=severity, measured=len(faults), expected="0")
    if not reading.followers and not reading.slots:
        return not_applicable(
            say(
                "{device}: nothing follows this database; a standby that must is named under "
                "watch.database.standbys",
                device=device.name,
            )
        )
    return normal(
        say(
            "{device}: {count} standbys follow, none is {limit:g} s or more behind",
            device=device.name,
            count=len(reading.followers),
            limit=limits.replication_lag_seconds,
        ),
        measured=0,
        expected="0",
    )


def _absent(reading: Replication, device: Device) -> Iterator[Phrase]:
    there = {one.name.lower() for one in reading.followers}
    for name in of_site(device).standbys:
        if name.lower() not in there:
            yield say(
                "{device}: the standby {name} does not follow this database",
                device=device.name,
                name=name,
            )


def _follower(one: Follower, limits: ReplicationLimits, device: Device) -> Iterator[Phrase]:
    if one.complaint:
        yield say(
            "{device}: the standby {name} is not well: {words}",
            device=device.name,
            name=one.name,
            words=one.complaint,
        )
    if one.behind is not None and one.behind.total_seconds() >= limits.replication_lag_seconds:
        yield say(
            "{device}: the standby {name} is {seconds:.0f} s behind, limit {limit:g} s",
            device=device.name, name=one.name, seconds=one.behind.total_seconds(),
            limit=limits.replication_lag_seconds,
        )  # fmt: skip
    behind = (one.behind_bytes or 0) / MEGABYTE
    if behind >= limits.replication_lag_megabytes:
        yield say(
            "{device}: the standby {name} is {megabytes:.0f} MB behind, limit {limit:g} MB",
            device=device.name, name=one.name, megabytes=behind,
            limit=limits.replication_lag_megabytes,
        )  # fmt: skip


def _slot(one: Slot, device: Device) -> Iterator[Phrase]:
    if one.lost:
        yield say(
            "{device}: the replication slot {name} has lost what its standby needs; the standby "
            "must be made anew",
            device=device.name,
            name=one.name,
        )
    elif not one.active:
        yield say(
            "{device}: nobody uses the replication slot {name}; it keeps {megabytes:.0f} MB and "
            "fills the disk",
            device=device.name,
            name=one.name,
            megabytes=one.kept_bytes / MEGABYTE,
        )


def _judge_leader(leader: Leader, limits: ReplicationLimits, device: Device) -> Verdict:
    """Silence first: the lag that is told while nothing comes is that of long ago."""
    limit = limits.replication_lag_seconds
    expected = f"< {limit:g}"
    silence = None if leader.silence is None else leader.silence.total_seconds()
    silent = silence is None or silence >= limits.replication_silence_seconds
    if leader.complaint or silent:
        return abnormal(
            say(
                "{device}: this standby receives nothing from its primary: {words}",
                device=device.name,
                words=leader.complaint or _silent_for(silence),
            ),
            severity=Severity.CRITICAL,
            measured=silence,
            expected=f"< {limits.replication_silence_seconds:g}",
            unit="s",
        )
    if leader.behind is None:
        return unknown(
            say("{device}: this standby does not tell how far behind it is", device=device.name)
        )
    behind = leader.behind.total_seconds()
    if behind >= limit:
        sentence = say(
            "{device}: this standby is {seconds:.0f} s behind its primary, limit {limit:g} s",
            device=device.name,
            seconds=behind,
            limit=limit,
        )
        return abnormal(sentence, measured=behind, expected=expected, unit="s")
    sentence = say(
        "{device}: this standby is {seconds:.0f} s behind its primary, which is within {limit:g} s",
        device=device.name,
        seconds=behind,
        limit=limit,
    )
    return normal(sentence, measured=behind, expected=expected, unit="s")


def _silent_for(silence: float | None) -> Phrase:
    if silence is None:
        return say("nothing has ever come")
    return say("the last came {seconds:.0f} s ago", seconds=silence)


REPLICATION: Final = Check(
    name="replication",
    reads=Replication,
    judge=judge_replication,
    limits=ReplicationLimits(),
    traits=frozenset({Trait.ORACLE, Trait.POSTGRESQL}),
)
