"""The verdict: 正常, 异常 or 未知, how bad, and one sentence that can be read aloud."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from phrases import Phrase


class State(StrEnum):
    """未知 is not 正常: whatever was not seen and understood is `unknown`."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """How bad an abnormal state is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


Measured = float | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge says. `measured` is the value that decided, in `unit`."""

    state: State
    severity: Severity | None
    sentence: Phrase
    measured: Measured = None
    expected: str | None = None
    unit: str | None = None
    again: bool = False
    """Of what is unknown: a later look of the same period may well see it done."""
    parts: tuple[str, ...] = ()
    """Of what is abnormal: which parts are, by name, where others speak of these too (a trap says
    that one port is up again)."""


def normal(
    sentence: Phrase,
    *,
    measured: Measured = None,
    expected: str | None = None,
    unit: str | None = None,
) -> Verdict:
    """正常."""
    return Verdict(
        state=State.NORMAL, severity=None, sentence=sentence,
        measured=measured, expected=expected, unit=unit,
    )  # fmt: skip


def abnormal(
    sentence: Phrase,
    *,
    severity: Severity = Severity.WARNING,
    measured: Measured = None,
    expected: str | None = None,
    unit: str | None = None,
    parts: tuple[str, ...] = (),
) -> Verdict:
    """异常."""
    return Verdict(
        state=State.ABNORMAL, severity=severity, sentence=sentence,
        measured=measured, expected=expected, unit=unit, parts=parts,
    )  # fmt: skip


def unknown(sentence: Phrase, *, again: bool = False) -> Verdict:
    """未知: not seen, not understood, or no check for it yet. `again`: the slot stays due."""
    return Verdict(state=State.UNKNOWN, severity=None, sentence=sentence, again=again)


def not_applicable(sentence: Phrase) -> Verdict:
    """Seen, and the question does not arise on this device."""
    return Verdict(state=State.NOT_APPLICABLE, severity=None, sentence=sentence)
