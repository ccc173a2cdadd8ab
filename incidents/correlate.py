"""Deciding what sightings mean for the incidents. Pure: nothing is read, nothing is stored.

1. A device that was asked and gave nothing is `unreachable`. That one cause stands for all its
   checks, and for every silent device that depends on it.
2. A device that was reached but left questions unanswered has one cause per way of failing
   (`access`, `slow`, `garbled`), however many checks it concerns.
3. An abnormal verdict is a cause of its own, once per check.
4. A cause that was resolved a short while ago comes back as the same incident. One that keeps
   coming back flaps: it ends only after it was seen well for a while, without a break in between.
5. A cause is gone when it was *seen* to be gone: the device answered, its questions were answered,
   the check is normal. 未知 never resolves anything. What a person saw (a sighting without contact)
   speaks for its own check only.
6. An item of which the settings say so is believed only when it was seen abnormal several times
   without a break; until then it is a suspect. What a person saw is believed at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from checks.judging import Judgement
from checks.verdict import Severity, State
from incidents.causes import (
    ITEM,
    UNREACHABLE,
    WAYS,
    check_cause,
    cover,
    device_cause,
    item_of,
    part_cover,
)
from incidents.model import (
    DAMPING,
    RANK,
    Calm,
    Cleared,
    Cover,
    Damping,
    Decision,
    Finding,
    Merge,
    Open,
    OpenIncident,
    PastIncident,
    Reopen,
    Resolve,
    Sighting,
    Suspect,
    Suspected,
    Update,
)
from incidents.topology import Topology
from phrases import Phrase, say

WELL: Final = frozenset({State.NORMAL, State.NOT_APPLICABLE})


@dataclass(frozen=True)
class Correlation:
    """One observation: the live incidents, the sightings (one per device), who needs whom."""

    live: tuple[OpenIncident, ...]
    sightings: tuple[Sighting, ...]
    topology: Topology
    at: datetime
    past: tuple[PastIncident, ...] = ()
    damping: Damping = DAMPING
    suspects: tuple[Suspect, ...] = ()
    confirm: Mapping[str, int] = field(default_factory=dict)
    """By item: how often it has to be seen abnormal, where once is not enough."""

    def decisions(self) -> tuple[Decision, ...]:
        """What is to be stored, in this order: one is opened before another is merged into it."""
        findings = self._findings()
        return (
            *(one for finding in findings.values() for one in self._believed(finding)),
            *self._covers_of_the_unseen(),
            *self._merges(),
            *self._recoveries(frozenset(findings)),
            *self._cleared(frozenset(findings)),
        )

    @cached_property
    def by_cause(self) -> Mapping[str, OpenIncident]:
        """The live incidents by the key of their cause."""
        return {one.cause: one for one in self.live}

    @cached_property
    def past_by_cause(self) -> Mapping[str, PastIncident]:
        """The lately resolved ones by the key of their cause, the newest of each."""
        return {one.cause: one for one in sorted(self.past, key=lambda one: one.id)}

    @cached_property
    def suspected(self) -> Mapping[str, Suspect]:
        """The suspects by the key of their cause."""
        return {one.cause: one for one in self.suspects}

    @cached_property
    def said(self) -> frozenset[str]:
        """What persons found abnormal."""
        people = (one for one in self.sightings if one.contact is None)
        return frozenset(found.cause for one in people for found in _abnormal(one))

    @cached_property
    def silent(self) -> Mapping[str, Sighting]:
        """The devices that were asked now and gave nothing."""
        return {
            one.device: one
            for one in self.sightings
            if one.contact is not None and not one.contact.reached
        }

    @cached_property
    def reached(self) -> tuple[Sighting, ...]:
        """The devices that gave something now."""
        return tuple(one for one in self.sightings if one.contact and one.contact.reached)

    @cached_property
    def reached_by_name(self) -> Mapping[str, Sighting]:
        """The same, by device."""
        return {one.device: one for one in self.reached}

    @cached_property
    def down(self) -> frozenset[str]:
        """The silent, and those known to be unreachable that nobody has reached since."""
        known = {
            one.device
            for one in self.live
            if one.device and one.cause == device_cause(one.device, UNREACHABLE)
        }
        return frozenset(self.silent) | (known - self.reached_by_name.keys())

    @cached_property
    def root(self) -> Mapping[str, str]:
        """For each device that is down, the one that explains it."""
        return {one: self.topology.root_of(one, self.down) for one in self.down}

    # --- what is wrong ---------------------------------------------------------------------

    def _findings(self) -> dict[str, Finding]:
        """One per cause; of several the worst speaks, and it covers what all of them cover."""
        found: dict[str, Finding] = {}
        for sighting in self.sightings:
            for finding in self._of(sighting):
                known = found.get(finding.cause)
                found[finding.cause] = finding if known is None else _together(known, finding)
        return found

    def _of(self, sighting: Sighting) -> Iterator[Finding]:
        if sighting.device not in self.silent:
            yield from _troubles(sighting)
            yield from _abnormal(sighting)
            return
        root = self.root[sighting.device]
        if root == sighting.device:
            yield _unreachable(sighting, frozenset(map(cover, sighting.judgements)))
        elif root in self.silent:
            yield _unreachable(self.silent[root], frozenset({sighting.device}))

    def _believed(self, finding: Finding) -> Iterator[Decision]:
        """What is live already, or was seen by a person, needs no second look."""
        suspect = self.suspected.get(finding.cause)
        doubted = self._doubted(finding, suspect)
        if doubted is not None:
            yield Suspected(suspect=doubted)
            return
        if suspect is not None:
            yield Cleared(cause=finding.cause)
        yield self._raise(finding)

    def _doubted(self, finding: Finding, suspect: Suspect | None) -> Suspect | None:
        device, item = finding.device, finding.item
        if device is None or item is None or finding.cause in self.by_cause:
            return None
        if finding.cause in self.said or not finding.cause.startswith(ITEM):
            return None
        seen = 1 if suspect is None else suspect.seen + 1
        if seen >= self.confirm.get(item, 1):
            return None
        return Suspect(cause=finding.cause, device=device, item=item, seen=seen)

    def _cleared(self, still_wrong: frozenset[str]) -> Iterator[Decision]:
        """Suspects that were seen to be well: the next time is the first again."""
        well = {cause for one in self.sightings for cause, _why in _well(one)}
        for cause in sorted(well & self.suspected.keys() - still_wrong):
            yield Cleared(cause=cause)

    def _raise(self, finding: Finding) -> Decision:
        known = self.by_cause.get(finding.cause)
        if known is None:
            return self._begin(finding)
        worse = RANK[finding.severity] > RANK[known.severity]
        return Update(
            incident=known.id,
            finding=finding,
            severity=finding.severity if worse else known.severity,
            covers=(known.covers - self._answered(known)) | finding.covers,
            was=known.state,
            raised=known.severity if worse else None,
        )

    def begun(self, finding: Finding) -> Decision:
        """What one finding by itself means."""
        return self._raise(finding)

    def ended(self, cause: str, why: Phrase) -> Iterator[Decision]:
        """What it means that somebody says it is over: nothing where it is not live."""
        known = self.by_cause.get(cause)
        if known is not None:
            yield from self._over(known, why)

    def _begin(self, finding: Finding) -> Decision:
        past = self.past_by_cause.get(finding.cause)
        if past is None:
            return Open(finding=finding)
        worst = max(finding.severity, past.severity, key=RANK.__getitem__)
        return Reopen(incident=past.id, finding=finding, severity=worst)

    def _covers_of_the_unseen(self) -> Iterator[Decision]:
        """Silent devices whose root is known to be down, but was not looked at this time."""
        added: dict[str, set[str]] = {}
        for device in self.silent:
            if self.root[device] not in self.silent:
                added.setdefault(self.root[device], set()).add(device)
        for root, devices in added.items():
            known = self.by_cause[device_cause(root, UNREACHABLE)]
            if not devices <= known.covers:
                yield Cover(incident=known.id, cause=known.cause, covers=known.covers | devices)

    # --- what turned out to be a consequence -----------------------------------------------

    def _merges(self) -> Iterator[Decision]:
        for device in sorted(self.down):
            known = self.by_cause.get(device_cause(device, UNREACHABLE))
            root = self.root[device]
            if known is not None and root != device:
                yield Merge(
                    incident=known.id,
                    cause=known.cause,
                    into=device_cause(root, UNREACHABLE),
                    why=say(
                        "{device} cannot be reached because {root} is unreachable",
                        device=device,
                        root=root,
                    ),
                    was=known.state,
                )

    # --- what is over ----------------------------------------------------------------------

    def _recoveries(self, still_wrong: frozenset[str]) -> Iterator[Decision]:
        for sighting in self.reached:
            for cause, why in _signs_of_health(sighting):
                known = self.by_cause.get(cause)
                if known is not None and cause not in still_wrong:
                    yield from self._over(known, why)
            yield from self._answers_again(sighting, still_wrong)
        for sighting in self.sightings:
            if sighting.contact is None:
                yield from self._seen_well(sighting)

    def _seen_well(self, sighting: Sighting) -> Iterator[Decision]:
        for cause, why in _well(sighting):
            known = self.by_cause.get(cause)
            if known is not None:
                yield from self._over(known, why)

    def _over(self, known: OpenIncident, why: Phrase) -> Iterator[Decision]:
        """It ends; one that flaps has to stay well for a while before."""
        if known.flaps >= self.damping.flaps:
            if known.calm_since is None:
                yield Calm(incident=known.id, cause=known.cause)
                return
            if self.at - known.calm_since < self.damping.calm:
                return
        yield Resolve(incident=known.id, cause=known.cause, why=why, was=known.state)

    def _answers_again(self, sighting: Sighting, still_wrong: frozenset[str]) -> Iterator[Decision]:
        """The ways of failing are over when every check they concern was answered."""
        for what in sorted(set(WAYS.values())):
            cause = device_cause(sighting.device, what)
            known = self.by_cause.get(cause)
            if known is None or cause in still_wrong:
                continue
            left = known.covers - self._answered(known)
            if not left:
                why = say("{device} answers its questions again", device=sighting.device)
                yield from self._over(known, why)
            elif left != known.covers:
                yield Cover(incident=known.id, cause=cause, covers=left)

    def _answered(self, known: OpenIncident) -> frozenset[str]:
        """The covered checks whose item was asked now and that were not left unanswered."""
        sighting = self.reached_by_name.get(known.device or "")
        asked = sighting.judgements if sighting else ()
        items = {one.item for one in asked}
        unanswered = {cover(one) for one in asked if one.trouble in WAYS}
        return frozenset(
            name for name in known.covers if item_of(name) in items and name not in unanswered
        )


def _unreachable(sighting: Sighting, covers: frozenset[str]) -> Finding:
    assert sighting.contact is not None  # noqa: S101  (silent sightings were asked)
    return Finding(
        cause=device_cause(sighting.device, UNREACHABLE),
        severity=Severity.CRITICAL,
        sentence=_gone(sighting.device, sighting.contact.why),
        device=sighting.device,
        site=sighting.site,
        covers=covers,
    )


def _gone(device: str, why: Phrase) -> Phrase:
    """Says the device once: most reasons begin with it."""
    if why.text("en").startswith((f"{device}: ", f"{device} ")):
        return say("unreachable: {why}", why=why)
    return say("{device} is unreachable: {why}", device=device, why=why)


def _troubles(sighting: Sighting) -> Iterator[Finding]:
    for one in sighting.judgements:
        what = WAYS.get(one.trouble) if one.trouble else None
        if what is not None:
            cause = device_cause(one.device, what)
            yield _finding(one, cause, Severity.WARNING, frozenset({cover(one)}))


def _abnormal(sighting: Sighting) -> Iterator[Finding]:
    for one in sighting.judgements:
        if one.verdict.state is State.ABNORMAL and one.raises:
            severity = one.verdict.severity or Severity.WARNING
            item = one.root or one.item
            parts = frozenset(part_cover(item, part) for part in one.verdict.parts)
            yield _finding(one, check_cause(one), severity, parts)


def _finding(
    judgement: Judgement, cause: str, severity: Severity, covers: frozenset[str]
) -> Finding:
    return Finding(
        cause=cause,
        severity=severity,
        sentence=judgement.verdict.sentence,
        device=judgement.device,
        site=judgement.site,
        item=judgement.root or judgement.item,
        check=judgement.check,
        covers=covers,
    )


def _together(first: Finding, second: Finding) -> Finding:
    worst = second if RANK[second.severity] > RANK[first.severity] else first
    return replace(worst, covers=first.covers | second.covers)


def _signs_of_health(sighting: Sighting) -> Iterator[tuple[str, Phrase]]:
    """Causes that this sighting disproves, and the sentence that says so."""
    yield (
        device_cause(sighting.device, UNREACHABLE),
        say("{device} answers again", device=sighting.device),
    )
    yield from _well(sighting)


def _well(sighting: Sighting) -> Iterator[tuple[str, Phrase]]:
    """The checks that are well, by the cause that they would have."""
    for one in sighting.judgements:
        if one.verdict.state in WELL:
            yield check_cause(one), one.verdict.sentence
