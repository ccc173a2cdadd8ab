"""Verdicts in the form in which they are kept and shown: logbook bodies and `--json` objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from checks.judging import Judgement
from checks.verdict import Severity, State
from collectors.readings import Exchange
from logbook.evidence import EvidenceArchive
from phrases import Lang
from store.schema import instant_text

GRAVITY: Final[Mapping[State, int]] = MappingProxyType(
    {State.NOT_APPLICABLE: 0, State.NORMAL: 1, State.UNKNOWN: 2, State.ABNORMAL: 3}
)
"""Which state speaks for several: an abnormal finding is one whatever else was not seen, and
what was not seen is never made good by what was."""

WEIGHT: Final[Mapping[Severity, int]] = MappingProxyType(
    {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRef:
    """Where the raw answer lies that a verdict rests on, and what was asked for it."""

    protocol: str
    asked: str
    sha256: str
    bytes: int
    taken_at: datetime
    duration_ms: int
    truncated: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object in `evidence`."""
        document: dict[str, Any] = {
            "protocol": self.protocol,
            "asked": self.asked,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "taken_at": instant_text(self.taken_at),
            "duration_ms": self.duration_ms,
        }
        return {**document, "truncated": True} if self.truncated else document


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """One judgement with references in place of its raw evidence; `slot`, `entry` (logbook
    number) and `incident` where a round recorded it, `entry` alone where a look was recorded."""

    judgement: Judgement
    evidence: tuple[EvidenceRef, ...]
    slot: str | None = None
    entry: int | None = None
    incident: int | None = None

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """The object of `check run --json`; `round run --json` adds slot, entry and incident,
        `check run --record --json` the entry."""
        one = self.judgement
        document: dict[str, Any] = {
            "item": one.item,
            "check": one.check,
            "form": one.form,
            "device": one.device,
            "kind": one.kind,
            "site": one.site,
            **_verdict(one),
            "sentence": one.verdict.sentence.text(lang),
            "evidence": [ref.as_json() for ref in self.evidence],
        }
        if self.slot is not None:
            document |= {"slot": self.slot, "entry": self.entry, "incident": self.incident}
        elif self.entry is not None:
            document["entry"] = self.entry
        return document

    def body(self) -> dict[str, Any]:
        """Its part of a logbook entry, which names item and device once for all."""
        one = self.judgement
        return {
            "check": one.check,
            "form": one.form,
            **_verdict(one),
            "sentence": one.verdict.sentence.both(),
            "evidence": [ref.as_json() for ref in self.evidence],
        }


def _verdict(one: Judgement) -> dict[str, Any]:
    return {
        "state": one.verdict.state.value,
        "severity": one.verdict.severity.value if one.verdict.severity else None,
        "measured": one.verdict.measured,
        "expected": one.verdict.expected,
        "unit": one.verdict.unit,
        "taken_at": instant_text(one.taken_at),
        "duration_ms": one.duration_ms,
        "trouble": one.trouble.value if one.trouble else None,
    }


def reference(exchange: Exchange) -> EvidenceRef:
    """The reference to a raw answer, stored or not."""
    return EvidenceRef(
        protocol=exchange.protocol,
        asked=exchange.asked,
        sha256=sha256(exchange.answer).hexdigest(),
        bytes=len(exchange.answer),
        taken_at=exchange.at,
        duration_ms=exchange.duration_ms,
        truncated=exchange.truncated,
    )


def looked_at(judgements: Iterable[Judgement]) -> tuple[VerdictRecord, ...]:
    """Records of a look; nothing is stored. An answer that several checks rest on has one
    reference."""
    known: dict[Exchange, EvidenceRef] = {}
    records: list[VerdictRecord] = []
    for one in judgements:
        for exchange in one.exchanges:
            if exchange not in known:
                known[exchange] = reference(exchange)
        refs = tuple(known[exchange] for exchange in one.exchanges)
        records.append(VerdictRecord(judgement=replace(one, exchanges=()), evidence=refs))
    return tuple(records)


def keep(judgements: Iterable[Judgement], archive: EvidenceArchive) -> None:
    """Put the raw answers that these rest on into the archive, each once."""
    for exchange in {exchange: None for one in judgements for exchange in one.exchanges}:
        archive.put(exchange.answer)


def state_of(records: Sequence[VerdictRecord]) -> State:
    """The one state of a slot whose checks said these; at least one record."""
    return max((one.judgement.verdict.state for one in records), key=GRAVITY.__getitem__)


def severity_of(records: Sequence[VerdictRecord]) -> Severity | None:
    """The worst severity among them."""
    found = [one.judgement.verdict.severity for one in records if one.judgement.verdict.severity]
    return max(found, key=WEIGHT.__getitem__, default=None)
