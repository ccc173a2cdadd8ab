"""Judges for configurations and routes: the backup (M41), and what was approved (M45).

A version is kept by whoever records the look; what was kept and approved before comes with the
reading. What is unchanged, and what changed without anybody approving it, is said with numbers and
with the first line that differs; every line is shown by `lineguard baseline diff`.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, unknown
from collectors.configurations.compare import Change, How, counted, differences, secrets_only
from collectors.configurations.routes import RouteChanges, compared, read_back
from collectors.readings.configuration import (
    Configuration,
    RoutingTable,
    SavedConfiguration,
    Standing,
)
from inventory.model import Device, Kind
from phrases import Phrase, joined, say, verbatim

QUOTED: Final = 120
"""Characters of a configuration in one sentence."""
SHANGHAI: Final = timezone(timedelta(hours=8))
LINES: Final = "lines"


def judge_backup(reading: Configuration, limits: NoLimits, device: Device) -> Verdict:
    """M41: it was fetched whole, and what differs from the version before is shown. A change is no
    fault of a backup; M45 holds routers and firewalls to what was approved."""
    count = counted(reading.lines)
    kept = reading.kept
    if isinstance(kept, Phrase):
        return unknown(kept)
    if kept is None:
        sentence = say(
            "{device}: configuration of {count} lines fetched, the first version of it",
            device=device.name, count=count,
        )  # fmt: skip
        return normal(sentence, measured=count, unit=LINES)
    changes = differences(kept.lines, reading.lines)
    if not changes:
        sentence = say(
            "{device}: configuration of {count} lines fetched, unchanged since version {version} "
            "of {day}",
            device=device.name, count=count, version=kept.version, day=day(kept.at),
        )  # fmt: skip
        return normal(sentence, measured=count, unit=LINES)
    sentence = say(
        "{device}: configuration of {count} lines fetched, since version {version} of {day} "
        "{added} lines more and {removed} fewer, the first: {line}",
        device=device.name, count=count, version=kept.version, day=day(kept.at),
        added=_count(changes, How.ADDED), removed=_count(changes, How.REMOVED),
        line=quoted(changes[0]),
    )  # fmt: skip
    return normal(sentence, measured=count, unit=LINES)


def judge_baseline(reading: Configuration, limits: NoLimits, device: Device) -> Verdict:
    """M45: no line but those that somebody approved."""
    approved = reading.approved
    if not isinstance(approved, Standing):
        return unknown(approved or nothing_approved(device))
    changes = differences(approved.lines, reading.lines)
    if not changes:
        return normal(
            say(
                "{device}: its {count} configuration lines are those that {who} approved on {day}",
                device=device.name, count=counted(reading.lines), who=approved.by,
                day=day(approved.at),
            ),
            measured=0, expected="0", unit=LINES,
        )  # fmt: skip
    if secrets := secrets_only(changes):
        return abnormal(
            say(
                "{device}: {count} passwords or keys in its configuration are not those that {who} "
                "approved on {day}, nothing else differs; the first: {line}",
                device=device.name, count=secrets, who=approved.by, day=day(approved.at),
                line=quoted(changes[-1]),
            ),
            measured=len(changes), expected="0", unit=LINES,
        )  # fmt: skip
    return abnormal(
        say(
            "{device}: configuration lines that differ from those that {who} approved on {day}: "
            "{count}, the first: {line}",
            device=device.name, count=len(changes), who=approved.by, day=day(approved.at),
            line=quoted(changes[0]),
        ),
        measured=len(changes), expected="0", unit=LINES,
    )  # fmt: skip


def judge_unsaved(reading: SavedConfiguration, limits: NoLimits, device: Device) -> Verdict:
    """What runs must be what the device starts with after a power cut."""
    changes = differences(reading.saved, reading.running)
    if not changes:
        sentence = say("{device}: all of its configuration is saved", device=device.name)
        return normal(sentence, measured=0, expected="0", unit=LINES)
    return abnormal(
        say(
            "{device}: configuration lines that are not saved and would be lost at a restart: "
            "{count}, the first: {line}",
            device=device.name, count=len(changes), line=quoted(changes[0]),
        ),
        severity=Severity.WARNING, measured=len(changes), expected="0", unit=LINES,
    )  # fmt: skip


def judge_routes(reading: RoutingTable, limits: NoLimits, device: Device) -> Verdict:
    """M45: every approved route is there, and no other. One that is missing leads nowhere."""
    approved = reading.approved
    if not isinstance(approved, Standing):
        return unknown(approved or nothing_approved(device))
    found = compared(read_back(approved.lines), read_back(reading.lines))
    if not found.count:
        return normal(
            say(
                "{device}: its {count} routes are those that {who} approved on {day}",
                device=device.name, count=len(reading.lines), who=approved.by,
                day=day(approved.at),
            ),
            measured=0, expected="0", unit="routes",
        )  # fmt: skip
    severity = Severity.CRITICAL if found.missing else Severity.WARNING
    return abnormal(
        joined(tuple(_told(found, device))),
        severity=severity, measured=found.count, expected="0", unit="routes",
    )  # fmt: skip


def _told(found: RouteChanges, device: Device) -> list[Phrase]:
    told: list[Phrase] = []
    name = device.name
    if found.missing:
        first = say(
            "{device}: {count} approved routes are missing, the first: {route}",
            device=name, count=len(found.missing), route=found.missing[0].shown(),
        )  # fmt: skip
        told.append(first)
    if found.changed:
        was, now = found.changed[0]
        first = say(
            "{device}: {count} routes lead elsewhere than approved, the first: {route}, was {was}",
            device=name, count=len(found.changed), route=now.shown(), was=was.next_hop,
        )  # fmt: skip
        told.append(first)
    if found.added:
        first = say(
            "{device}: {count} routes that nobody approved, the first: {route}",
            device=name, count=len(found.added), route=found.added[0].shown(),
        )  # fmt: skip
        told.append(first)
    return told


def nothing_approved(device: Device) -> Phrase:
    """What to do where there is no baseline."""
    return say(
        "{device}: no baseline is approved yet: lineguard baseline approve {device}",
        device=device.name,
    )


def _count(changes: tuple[Change, ...], how: How) -> int:
    return sum(one.how is how for one in changes)


def quoted(change: Change) -> Phrase:
    """A line of a configuration, as it may stand in a sentence."""
    return verbatim(change.shown()[:QUOTED])


def day(at: datetime) -> str:
    """A date as Shanghai's calendar has it."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d}"


BACKUP: Final = Check(name="backup", reads=Configuration, judge=judge_backup, limits=NoLimits())
BASELINE: Final = Check(
    name="configuration", reads=Configuration, judge=judge_baseline, limits=NoLimits()
)
SWITCH_SAVED: Final = Check(
    name="saved",
    reads=SavedConfiguration,
    judge=judge_unsaved,
    limits=NoLimits(),
    kinds=frozenset({Kind.SWITCH}),
)
"""With M41. Routers and firewalls are held to it with M45, so that nothing is said twice."""
SAVED: Final = Check(name="saved", reads=SavedConfiguration, judge=judge_unsaved, limits=NoLimits())
ROUTES: Final = Check(name="routes", reads=RoutingTable, judge=judge_routes, limits=NoLimits())
