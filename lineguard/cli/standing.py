"""How an incident stands: its owner, what is left of its clocks, the planned work over it, who was
told, and what to type next. What whoever is woken needs first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.lasting import lasting
from lineguard.cli.screen import Screen
from phrases import Phrase, say, verbatim

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from incidents.clocks import Running
    from incidents.listing import IncidentRecord
    from incidents.silences import Silence
    from incidents.telling import Told

Fact = tuple[Phrase, Phrase]
"""What it is, and how it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of an incident beside its row, at `at`."""

    record: IncidentRecord
    at: datetime
    clocks: tuple[Running, ...] = ()
    """Of its last opening: those that run, and those that ran out."""
    work: tuple[Silence, ...] = ()
    """The planned work that covers it now."""
    told: tuple[Told, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What `incident show --json` adds to the incident."""
        from store.schema import instant_text

        return {
            "clocks": [
                {
                    "clock": one.rule.name,
                    "due_at": instant_text(one.due_at),
                    "remaining_s": round((one.due_at - self.at).total_seconds()),
                    "stopped": one.stopped_at is not None,
                }
                for one in self.clocks
            ],
            "silences": [one.id for one in self.work],
            "told": [one.as_json() for one in self.told],
        }


def standing(tx: Connection, record: IncidentRecord, at: datetime) -> Standing:
    """Read it. Raises `StoreTrouble`."""
    from incidents.cases import newest
    from incidents.clocks import RULES, clocks_of
    from incidents.telling import told_of

    case = newest(tx, record.id)
    if case is None:
        return Standing(record=record, at=at)
    clocks = sorted(clocks_of(case, at, RULES), key=lambda one: one.due_at)
    return Standing(
        record=record,
        at=at,
        clocks=tuple(one for one in clocks if one.stopped_at is None or one.breached),
        work=tuple(one for one in case.work if record.live and one.holds(at)),
        told=told_of(tx, record.id, case.span.opened_at),
    )


def facts(out: Screen, of: Standing) -> Iterator[Fact]:
    """The lines of the screen, without those that would say nothing."""
    record = of.record
    yield say("since"), _since(out, of)
    if record.live:
        yield say("owner"), verbatim(record.owner) if record.owner else say("nobody has it")
    if record.hold_until is not None:
        yield say("waits until"), verbatim(out.time(record.hold_until))
    for one in of.work:
        yield (
            say("planned work"),
            say("no. {number} until {until}: {why}; it pages nobody, the clocks are held",
                number=one.id, until=out.time(one.until), why=verbatim(one.why)),
        )  # fmt: skip
    for clock in of.clocks:
        yield say("time limit"), _limit(out, clock, of)
    if of.told:
        yield say("told"), _listed([_told(out, one) for one in of.told])


def _since(out: Screen, of: Standing) -> Phrase:
    begun = of.record.opened_at
    if of.record.resolved_at is not None:
        return say("{time}, over after {span}",
                   time=out.time(begun), span=lasting(of.record.resolved_at - begun))  # fmt: skip
    return say("{time}, for {span} now", time=out.time(begun), span=lasting(of.at - begun))


def _limit(out: Screen, one: Running, of: Standing) -> Phrase:
    """What is left; of one that ran out, by how much."""
    words: dict[str, Phrase | str] = {"clock": one.rule.title, "time": out.time(one.due_at)}
    if one.stopped_at is not None:
        return say("{clock}: {span} too late, it was due at {time}",
                   span=lasting(one.stopped_at - one.due_at), **words)  # fmt: skip
    if of.at > one.due_at:
        return say("{clock}: passed {span} ago, it was due at {time}",
                   span=lasting(of.at - one.due_at), **words)  # fmt: skip
    return say("{clock}: {span} left, until {time}", span=lasting(one.due_at - of.at), **words)


def _told(out: Screen, one: Told) -> Phrase:
    if one.reached_at is not None:
        return say("{person} {time}", person=one.person, time=out.time(one.reached_at))
    if one.waiting:
        return say("{person} (not taken yet, tried again)", person=one.person)
    return say("{person} (not reached)", person=one.person)


def _listed(parts: Sequence[Phrase]) -> Phrase:
    whole = parts[0]
    for one in parts[1:]:
        whole = say("{first}, {second}", first=whole, second=one)
    return whole


def next_step(record: IncidentRecord) -> Phrase | None:
    """What is typed next; None where nothing is left to do."""
    return _NEXT[record.state.value](record)


def _take(record: IncidentRecord) -> Phrase:
    return say("take it: lineguard incident ack {number}", number=record.id)


def _end(record: IncidentRecord) -> Phrase:
    if record.cause.startswith(REPORTED):
        return say("when it is cured: lineguard incident resolve {number} --reason WHAT",
                   number=record.id)  # fmt: skip
    return say("ends when it is seen to be well, or: lineguard incident resolve {number} --reason "
               "WHAT", number=record.id)  # fmt: skip


def _close(record: IncidentRecord) -> Phrase:
    from incidents.handling import is_major

    if is_major(record) and record.analysis is None:
        return say("a major fault: it is closed once its fault analysis is on record")
    return say("when it was looked at once more: lineguard incident close {number} --reason WHAT",
               number=record.id)  # fmt: skip


def _cause(record: IncidentRecord) -> Phrase:
    return say("see its cause: lineguard incident show {number}", number=record.merged_into or 0)


REPORTED: Final = "reported:"
_NEXT: Final = {
    "open": _take,
    "acknowledged": _end,
    "on_hold": _end,
    "resolved": _close,
    "closed": lambda _record: None,
    "merged": _cause,
}
