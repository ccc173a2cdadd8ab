"""Judges for backup copies: are they there, fresh and whole, do they say what was saved?

What is missing is said once, by the judge of presence; the others leave it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from checks.item import Check, NoLimits
from checks.verdict import Severity, Verdict, abnormal, normal, not_applicable, unknown
from collectors.copies import copies_for
from collectors.readings import Unanswered
from collectors.readings.backups import (
    KeptChecksums,
    KeptCopies,
    KeptTrials,
    OwnColdChecksums,
    OwnColdCopies,
    OwnCopies,
    OwnDataBackups,
    OwnDataChecksums,
    OwnDumpChecksums,
    OwnDumps,
    OwnTrials,
    Restored,
    SeenChecksum,
    SeenCopy,
    SeenTrial,
)
from inventory.copies import BESIDE
from inventory.model import Copy, CopyPlace, Device, Trait
from phrases import Phrase, joined, say

HOUR_S: Final = 3600.0
IN_ORDER: Final = "there, fresh, large enough"
RESTORES: Final = "restores whole, with the expected tables and rows"
EQUAL: Final = "checksums as expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLimits:
    """A copy that is so much smaller than the one before is abnormal, and so is one dated later
    than its keeper's own clock by more than clocks and file systems round."""

    copy_shrink_percent: float = 50.0
    copy_ahead_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wrong, and what nobody knows."""

    wrong: tuple[Phrase, ...]
    unknown: tuple[Phrase, ...]

    @property
    def verdict(self) -> Verdict | None:
        """None: nothing speaks against 正常."""
        if self.wrong:
            return abnormal(
                joined(self.wrong), severity=Severity.WARNING, measured=len(self.wrong),
                expected="0",
            )  # fmt: skip
        return unknown(joined(tuple(dict.fromkeys(self.unknown)))) if self.unknown else None


# --- presence, age and size ---


def judge_copies(reading: OwnCopies, limits: CopyLimits, device: Device) -> Verdict:
    """Each copy, and its off-site copy, must be there, not older than its limit, and not small."""
    copies = copies_for(device, reading.item)
    looked = [(copy, place, _seen_copy(reading, place)) for copy in copies for place in copy.places]
    faults = tuple(
        fault
        for copy, place, seen in looked
        if isinstance(seen, SeenCopy) and seen.unread is None
        for fault in _faults(device, copy, place, seen, limits)
    )
    findings = Findings(wrong=faults, unknown=tuple(_unread(device, looked)))
    if findings.verdict is not None:
        return findings.verdict
    ages = [seen.age_s for _, _, seen in looked if isinstance(seen, SeenCopy)]
    return normal(
        say(
            "{device}: {count} backup copies are in order, the oldest is {age:.0f} h old",
            device=device.name, count=len(looked), age=max(0.0, *ages) / HOUR_S,
        ),
        measured=round(max(0.0, *ages) / HOUR_S, 1),
        expected=IN_ORDER,
        unit="h",
    )  # fmt: skip


def _faults(
    device: Device, copy: Copy, place: CopyPlace, seen: SeenCopy, limits: CopyLimits
) -> Iterator[Phrase]:
    if seen.file is None:
        yield _missing(device, copy, place)
        return
    about: dict[str, str | Phrase] = {
        "device": device.name,
        "copy": _called(copy, place),
        "keeper": place.keeper,
    }
    if seen.age_s < -limits.copy_ahead_s:
        yield say(
            "{device}: {copy} is dated {ahead:.0f} s in the future by the clock of {keeper}:"
            " {file}",
            **about, ahead=-seen.age_s, file=seen.file,
        )  # fmt: skip
    elif seen.age_s > copy.max_age_h * HOUR_S:
        yield say(
            "{device}: {copy} on {keeper} is {age:.0f} h old, limit {limit:g} h: {file}",
            **about, age=seen.age_s / HOUR_S, limit=copy.max_age_h, file=seen.file,
        )  # fmt: skip
    if seen.size < copy.min_bytes:
        yield say(
            "{device}: {copy} on {keeper} has {size} bytes, at least {least} are expected: {file}",
            **about, size=seen.size, least=copy.min_bytes, file=seen.file,
        )  # fmt: skip
    elif _has_shrunk(seen, limits):
        yield say(
            "{device}: {copy} on {keeper} has {size} bytes, the one before had {before}: it is"
            " more than {limit:g} % smaller: {file}",
            **about, size=seen.size, before=seen.before or 0, limit=limits.copy_shrink_percent,
            file=seen.file,
        )  # fmt: skip


def _has_shrunk(seen: SeenCopy, limits: CopyLimits) -> bool:
    return seen.before is not None and seen.size < seen.before * (
        1 - limits.copy_shrink_percent / 100
    )


def _missing(device: Device, copy: Copy, place: CopyPlace) -> Phrase:
    return say(
        "{device}: {copy} is missing: on {keeper} nothing is at {path}",
        device=device.name, copy=_called(copy, place), keeper=place.keeper, path=place.path,
    )  # fmt: skip


def _called(copy: Copy, place: CopyPlace) -> Phrase:
    if place is copy.offsite:
        return say("the off-site copy of “{copy}”", copy=copy.name)
    return say("the copy “{copy}”", copy=copy.name)


# --- checksums ---


def judge_checksums(reading: OwnCopies, limits: NoLimits, device: Device) -> Verdict:
    """Each copy must have the checksum that was recorded of it, and its off-site copy the same."""
    compared = [copy for copy in copies_for(device, reading.item) if _is_compared(copy)]
    looked = [
        (copy, place, _seen_checksum(reading, place)) for copy in compared for place in copy.places
    ]
    faults = tuple(fault for copy in compared for fault in _differences(reading, device, copy))
    findings = Findings(wrong=faults, unknown=tuple(_unread(device, looked)))
    if findings.verdict is not None:
        return findings.verdict
    digests = [one for _, _, one in looked if isinstance(one, SeenChecksum) and one.digest]
    if not digests:
        return not_applicable(
            say("{device}: there is no copy whose checksum is to be compared", device=device.name)
        )
    return normal(
        say(
            "{device}: the checksums of {count} files are as they should be",
            device=device.name,
            count=len(digests),
        ),
        measured=len(digests),
        expected=EQUAL,
        unit="files",
    )


def _is_compared(copy: Copy) -> bool:
    return copy.checksum is not None or copy.offsite is not None


def _differences(reading: OwnCopies, device: Device, copy: Copy) -> Iterator[Phrase]:
    here = _digest(reading, copy.kept)
    if here is None:
        return
    expected = (here.beside or "") if copy.checksum == BESIDE else copy.checksum
    if expected == "":
        yield say(
            "{device}: no checksum lies beside {file} on {keeper}",
            device=device.name, file=here.file or "", keeper=copy.kept.keeper,
        )  # fmt: skip
    elif expected is not None and expected != here.digest:
        yield say(
            "{device}: the copy “{copy}” is damaged: the checksum of {file} on {keeper} is not the"
            " recorded one",
            device=device.name, copy=copy.name, file=here.file or "", keeper=copy.kept.keeper,
        )  # fmt: skip
    yield from _unequal(reading, device, copy, here)


def _unequal(
    reading: OwnCopies, device: Device, copy: Copy, here: SeenChecksum
) -> Iterator[Phrase]:
    if copy.offsite is None:
        return
    there = _digest(reading, copy.offsite)
    if there is not None and there.digest != here.digest:
        yield say(
            "{device}: the off-site copy of “{copy}” is not equal to it: {file} on {keeper},"
            " {other} on {far}",
            device=device.name, copy=copy.name, file=here.file or "", keeper=copy.kept.keeper,
            other=there.file or "", far=copy.offsite.keeper,
        )  # fmt: skip


def _digest(reading: OwnCopies, place: CopyPlace) -> SeenChecksum | None:
    seen = _seen_checksum(reading, place)
    return seen if isinstance(seen, SeenChecksum) and seen.digest else None


# --- what a keeper said of a place ---


def _seen_copy(reading: OwnCopies, place: CopyPlace) -> SeenCopy | Unanswered | None:
    part = dict(reading.parts).get(place.keeper)
    if isinstance(part, KeptCopies):
        return next((one for one in part.seen if one.path == place.path), None)
    return part if isinstance(part, Unanswered) else None


def _seen_checksum(reading: OwnCopies, place: CopyPlace) -> SeenChecksum | Unanswered | None:
    part = dict(reading.parts).get(place.keeper)
    if isinstance(part, KeptChecksums):
        return next((one for one in part.seen if one.path == place.path), None)
    return part if isinstance(part, Unanswered) else None


def _unread(
    device: Device,
    looked: Iterable[tuple[Copy, CopyPlace, SeenCopy | SeenChecksum | Unanswered | None]],
) -> Iterator[Phrase]:
    """Of each place that was not seen, why."""
    for copy, place, seen in looked:
        if isinstance(seen, Unanswered):
            yield _not_seen(device, copy, place, seen.why)
        elif seen is None:
            why = say("{keeper} was not asked for it", keeper=place.keeper)
            yield _not_seen(device, copy, place, why)
        elif seen.unread is not None:
            yield _not_seen(device, copy, place, seen.unread.why)


def _not_seen(device: Device, copy: Copy, place: CopyPlace, why: Phrase) -> Phrase:
    return say(
        "{device}: nobody knows of {copy}: {why}",
        device=device.name, copy=_called(copy, place), why=why,
    )  # fmt: skip


# --- trial restores ---


def judge_trials(reading: OwnTrials, limits: NoLimits, device: Device) -> Verdict:
    """Each dump that is to be restored must restore whole, to no less than the site expects."""
    copies = [one for one in copies_for(device, reading.item) if one.restore is not None]
    looked = [(copy, _seen_trial(reading, copy.kept)) for copy in copies]
    tried = [(copy, seen) for copy, seen in looked if isinstance(seen, SeenTrial)]
    findings = Findings(
        wrong=tuple(fault for copy, seen in tried for fault in _failures(device, copy, seen)),
        unknown=tuple(why for copy, seen in looked if (why := _untried(device, copy, seen))),
    )
    if findings.verdict is not None:
        return findings.verdict
    restored = [(seen, seen.restored) for _, seen in tried if seen.restored is not None]
    if not restored:
        return not_applicable(
            say("{device}: there is no dump to restore on trial", device=device.name)
        )
    return _restored(device, *max(restored, key=lambda one: one[1].restore_s))


def _restored(device: Device, seen: SeenTrial, what: Restored) -> Verdict:
    """The one that took longest: its time is what a recovery must reckon with."""
    return normal(
        say(
            "{device}: {file} was restored on trial in {seconds:.1f} s: {tables} tables, {rows}"
            " rows",
            device=device.name, file=seen.file or "", seconds=what.restore_s,
            tables=what.tables, rows=what.rows,
        ),
        measured=round(what.restore_s, 3),
        expected=RESTORES,
        unit="s",
    )  # fmt: skip


def _failures(device: Device, copy: Copy, seen: SeenTrial) -> Iterator[Phrase]:
    if seen.failed is not None:
        yield say(
            "{device}: the dump “{copy}” does not restore ({file}): {why}",
            device=device.name, copy=copy.name, file=seen.file or "", why=seen.failed,
        )  # fmt: skip
    found, least = seen.restored, copy.restore
    if found is None or least is None:
        return
    if found.listed is not None and found.tables < found.listed:
        yield say(
            "{device}: of the {listed} tables that the dump “{copy}” lists, {tables} were restored",
            device=device.name, listed=found.listed, copy=copy.name, tables=found.tables,
        )  # fmt: skip
    elif found.tables < least.tables or found.rows < least.rows:
        yield say(
            "{device}: the dump “{copy}” holds {tables} tables and {rows} rows, at least"
            " {least_tables} and {least_rows} are expected ({file})",
            device=device.name, copy=copy.name, tables=found.tables, rows=found.rows,
            least_tables=least.tables, least_rows=least.rows, file=seen.file or "",
        )  # fmt: skip


def _untried(device: Device, copy: Copy, seen: SeenTrial | Unanswered | None) -> Phrase | None:
    if isinstance(seen, Unanswered):
        why = seen.why
    elif seen is None:
        why = say("{keeper} was not asked for it", keeper=copy.kept.keeper)
    elif seen.untried is not None:
        why = seen.untried.why
    elif seen.file is not None and seen.restored is None and seen.failed is None:
        why = say("its trial gave nothing")
    else:
        return None
    return say(
        "{device}: nobody knows whether the dump “{copy}” restores: {why}",
        device=device.name, copy=copy.name, why=why,
    )  # fmt: skip


def _seen_trial(reading: OwnTrials, place: CopyPlace) -> SeenTrial | Unanswered | None:
    part = dict(reading.parts).get(place.keeper)
    if isinstance(part, KeptTrials):
        return next((one for one in part.seen if one.path == place.path), None)
    return part if isinstance(part, Unanswered) else None


def _is_restored_here(device: Device) -> bool:
    """A dump of Oracle is restored at the drill."""
    return Trait.ORACLE not in device.traits


LIMITS: Final = CopyLimits()
COLD_COPIES: Final = Check(name="copies", reads=OwnColdCopies, judge=judge_copies, limits=LIMITS)
DUMPS: Final = Check(name="copies", reads=OwnDumps, judge=judge_copies, limits=LIMITS)
DATA_BACKUPS: Final = Check(name="copies", reads=OwnDataBackups, judge=judge_copies, limits=LIMITS)
COLD_CHECKSUMS: Final = Check(
    name="checksums",
    reads=OwnColdChecksums,
    judge=judge_checksums,
    limits=NoLimits(),
    rounds_only=True,
)
DUMP_CHECKSUMS: Final = Check(
    name="checksums",
    reads=OwnDumpChecksums,
    judge=judge_checksums,
    limits=NoLimits(),
    rounds_only=True,
)
DATA_CHECKSUMS: Final = Check(
    name="checksums",
    reads=OwnDataChecksums,
    judge=judge_checksums,
    limits=NoLimits(),
    rounds_only=True,
)
TRIALS: Final = Check(
    name="restore",
    reads=OwnTrials,
    judge=judge_trials,
    limits=NoLimits(),
    where=_is_restored_here,
    rounds_only=True,
)
