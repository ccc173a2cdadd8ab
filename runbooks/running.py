"""Walking a runbook: where a run stands, what was done in it, by whom. Every step is an entry of
the logbook, signed at once, in the transaction that moves the run on; so a run that was killed at
any moment stands before a step or behind it, never in between.

A run walks the text that it began with, which lies in the evidence: a new edition of the file
changes nothing under the feet of whoever is in the middle of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy import Connection, insert, update

from inventory.model import Role
from inventory.people import Actor
from logbook.book import Logbook
from phrases import Phrase, say, verbatim
from runbooks.grammar import parse
from runbooks.listing import RunRecord, RunState, run_of, runs
from runbooks.model import LABELS, Found, Machine, Runbook, Step
from runbooks.subject import Subject
from store.database import Store
from store.schema import instant_text, runbook_run, runbook_step

ENTRY: Final = "runbook"
MAY_WALK: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})
NOTE_LIMIT: Final = 1_000


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    SKIPPED = "skipped"
    CHOSEN = "chosen"
    GIVEN_UP = "given_up"
    """The run ended here, before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a machine's step came to. `entries` are the logbook's, of looks that were recorded.
    `output` is what a command printed: it is shown and not kept."""

    found: Found
    sentence: Phrase
    entries: tuple[int, ...] = ()
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing was done."""

    why: Phrase


class Works(Protocol):
    """Who does a machine's step; filled from above."""

    def __call__(self, machine: Machine, subject: Subject, actor: Actor) -> Seen | Refusal:
        """Do it, or say why it cannot be done here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody says to the present step. `step` guards against answering another one than
    was shown: somebody else may have been quicker."""

    outcome: Outcome = Outcome.DONE
    choice: str | None = None
    note: str = ""
    step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A run and the runbook as it began with it."""

    run: RunRecord
    book: Runbook

    @property
    def present(self) -> Step | None:
        """The step it stands at; None when it is over."""
        return None if self.run.step is None else self.book.step(self.run.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken: where the run stands now, and what the machine said."""

    walk: Walk
    seen: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookDesk:
    """Everything that walking needs; wiring fills it. Screens of any kind use the same."""

    store: Store
    logbook: Logbook
    clock: Callable[[], datetime]
    works: Works

    def begin(self, book: Runbook, subject: Subject, actor: Actor) -> Walk | Refusal:
        """Begin a run. Raises `StoreTrouble`, `KeyTrouble`, `OSError`."""
        refusal = _may_not(actor)
        if refusal is not None:
            return refusal
        digest = self.logbook.evidence.put(book.text.encode())
        with self.store.write() as tx:
            already = _running(tx, book.name, subject)
            if already is not None:
                return Refusal(
                    why=say("run {run} of {runbook} is under way for the same; go on with it: "
                            "lineguard runbook run --resume {run}",
                            run=already.id, runbook=book.name)
                )  # fmt: skip
            at = self.clock()
            number = _begun(tx, self.logbook, _Start(book, digest, subject, actor, at))
            self.logbook.checkpoint(tx, at)
            return Walk(run=_found(tx, number), book=book)

    def walk(self, number: int) -> Walk | Refusal:
        """The run of that number, with the text that it began with. Raises `EvidenceDamaged`."""
        with self.store.read() as tx:
            run = run_of(tx, number)
        if run is None:
            return Refusal(why=say("there is no run {run}; lineguard runbook list --running "
                                   "shows those under way", run=number))  # fmt: skip
        return Walk(run=run, book=self._book(run))

    def take(self, number: int, answer: Answer, actor: Actor) -> Taken | Refusal:
        """Answer the present step. A machine's step that is to be done is done first, outside of
        the transaction; what it recorded stands whatever becomes of the step."""
        walk = self.walk(number)
        if isinstance(walk, Refusal):
            return walk
        refusal = _may_not(actor) or _refused(walk, answer, self.clock())
        if refusal is not None:
            return refusal
        step, seen = walk.present, None
        assert step is not None  # noqa: S101  (what is over was refused)
        if step.machine is not None and answer.outcome is Outcome.DONE and answer.choice is None:
            told = self.works(step.machine, walk.run.subject, actor)
            if isinstance(told, Refusal):
                return told
            seen = told
        return self._write(walk, answer, seen, actor)

    def _write(
        self, walk: Walk, answer: Answer, seen: Seen | None, actor: Actor
    ) -> Taken | Refusal:
        with self.store.write() as tx:
            run = _found(tx, walk.run.id)
            if run.step != walk.run.step or run.last_entry != walk.run.last_entry:
                return Refusal(why=_moved_on(run))
            at = self.clock()
            _taken(tx, self.logbook, _Move(walk, answer, seen, actor, at))
            self.logbook.checkpoint(tx, at)
            now = Walk(run=_found(tx, run.id), book=walk.book)
        return Taken(walk=now, seen=seen)

    def _book(self, run: RunRecord) -> Runbook:
        text = self.logbook.evidence.get(run.digest).decode()
        return parse(run.runbook, text, f"{run.runbook}.md")


@dataclass(frozen=True, slots=True)
class _Start:
    book: Runbook
    digest: str
    subject: Subject
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class _Move:
    """One step being taken."""

    walk: Walk
    answer: Answer
    seen: Seen | None
    actor: Actor
    at: datetime

    @property
    def choice(self) -> str | None:
        """The answer of a decision; of a check with answers the one that it found."""
        step = self.walk.present
        if self.answer.choice is not None:
            return self.answer.choice
        if self.seen is not None and step is not None and step.branches:
            return LABELS[self.seen.found]
        return None

    @property
    def outcome(self) -> Outcome:
        """What a choice makes of the answer."""
        return Outcome.CHOSEN if self.answer.choice is not None else self.answer.outcome

    @property
    def following(self) -> str | None:
        """The key of the step after it; None: the run is over."""
        step = self.walk.present
        if step is None or self.outcome is Outcome.GIVEN_UP:
            return None
        choice = self.choice
        return self.walk.book.following(step.key, None if choice is None else step.target(choice))


def due_at(book: Runbook, key: str | None, since: datetime) -> datetime | None:
    """When the wait of that step is over; None for a step without one."""
    wait = None if key is None else book.step(key).wait
    return None if wait is None else since + wait


def _begun(tx: Connection, logbook: Logbook, start: _Start) -> int:
    due = due_at(start.book, start.book.first, start.at)
    row = {
        "runbook": start.book.name,
        "digest": start.digest,
        **start.subject.as_json(),
        "state": RunState.RUNNING.value,
        "step": start.book.first,
        "since": start.at,
        "due_at": due,
        "began_at": start.at,
        "actor": start.actor.name,
        "start_entry": 0,
        "last_entry": 0,
    }
    made = tx.execute(insert(runbook_run).values(**row))
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101  (a table with a serial key always gives one)
    number = int(key[0])
    body = {
        "change": "begun",
        "run": number,
        "runbook": start.book.name,
        "digest": start.digest,
        "evidence": {"sha256": start.digest, "bytes": len(start.book.text.encode())},
        **start.subject.as_json(),
        "title": dict(start.book.title),
        **_standing(RunState.RUNNING, start.book.first, start.at, due),
        "by": start.actor.name,
        "actor": start.actor.as_json(),
    }
    entry = logbook.append(tx, ENTRY, body, start.at)
    tx.execute(
        update(runbook_run)
        .where(runbook_run.c.id == number)
        .values(start_entry=entry, last_entry=entry)
    )
    return number


def _taken(tx: Connection, logbook: Logbook, move: _Move) -> None:
    run, step = move.walk.run, move.walk.present
    assert step is not None  # noqa: S101  (what is over was refused)
    following = move.following
    over = RunState.GIVEN_UP if move.outcome is Outcome.GIVEN_UP else RunState.FINISHED
    state = over if following is None else RunState.RUNNING
    due = due_at(move.walk.book, following, move.at)
    row = {
        "run": run.id,
        "at": move.at,
        "step": step.key,
        "outcome": move.outcome.value,
        "choice": move.choice,
        "note": move.answer.note,
        "actor": move.actor.name,
    }
    body = {
        "change": "step",
        **row,
        "at": instant_text(move.at),
        "by": move.actor.name,
        "actor": move.actor.as_json(),
        "runbook": run.runbook,
        "text": step.text,
        "seen": _seen(move.seen),
        **_standing(state, following, move.at, due),
    }
    entry = logbook.append(tx, ENTRY, body, move.at)
    tx.execute(insert(runbook_step).values(**row, entry=entry))
    tx.execute(
        update(runbook_run)
        .where(runbook_run.c.id == run.id)
        .values(
            state=state.value,
            step=following,
            since=move.at,
            due_at=due,
            ended_at=move.at if following is None else None,
            last_entry=entry,
        )
    )


def _standing(
    state: RunState, key: str | None, since: datetime, due: datetime | None
) -> Mapping[str, Any]:
    """How the entry leaves the run, field by field as its row has it."""
    return {
        "state": state.value,
        "next": key,
        "since": instant_text(since),
        "due_at": None if due is None else instant_text(due),
        "ended_at": instant_text(since) if key is None else None,
    }


def _seen(seen: Seen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "found": seen.found.value,
        "sentence": seen.sentence.both(),
        "entries": list(seen.entries),
    }


def _running(tx: Connection, name: str, subject: Subject) -> RunRecord | None:
    """A run of that runbook about the same, under way."""
    same = (one for one in runs(tx, running=True) if one.runbook == name)
    return next((one for one in same if one.subject == subject), None)


def _found(tx: Connection, number: int) -> RunRecord:
    run = run_of(tx, number)
    assert run is not None  # noqa: S101  (it was read, or written, before)
    return run


def _refused(walk: Walk, answer: Answer, at: datetime) -> Refusal | None:
    step = walk.present
    if step is None:
        return Refusal(why=say("run {run} is over", run=walk.run.id))
    if answer.step is not None and answer.step != step.key:
        return Refusal(why=_moved_on(walk.run))
    why = _note(step, answer) or _choice(walk, step, answer) or _too_early(walk, step, answer, at)
    return None if why is None else Refusal(why=why)


def _note(step: Step, answer: Answer) -> Phrase | None:
    """A note is needed for what was left out, and by whoever answers in place of a machine."""
    if len(answer.note) > NOTE_LIMIT or not answer.note.isprintable():
        return say("a note is one line of at most {limit} characters", limit=NOTE_LIMIT)
    for_machine = step.machine is not None and answer.choice is not None
    needed = for_machine or answer.outcome in (Outcome.SKIPPED, Outcome.GIVEN_UP)
    if needed and not answer.note.strip():
        return say("say why with --note: it stands in the record")
    return None


def _choice(walk: Walk, step: Step, answer: Answer) -> Phrase | None:
    labels = "/".join(one.label for one in step.branches)
    if answer.choice is not None and step.target(answer.choice) is None:
        return say("step {step} of run {run} has no answer {choice}; it has {labels}",
                   step=step.key, run=walk.run.id, choice=verbatim(answer.choice[:40]),
                   labels=labels or "-")  # fmt: skip
    passing = answer.outcome in (Outcome.DONE, Outcome.SKIPPED) and answer.choice is None
    checked = step.machine is not None and answer.outcome is Outcome.DONE
    if passing and (step.decides or (step.machine and step.branches and not checked)):
        return say("step {step} of run {run} is a decision: --choose {labels}",
                   step=step.key, run=walk.run.id, labels=labels)  # fmt: skip
    return None


def _too_early(walk: Walk, step: Step, answer: Answer, at: datetime) -> Phrase | None:
    done = answer.outcome is Outcome.DONE and answer.choice is None
    due = walk.run.due_at
    if not done or due is None or at >= due:
        return None
    return say("step {step} waits {minutes} minutes more; to go on earlier, skip it and say why",
               step=step.key, minutes=-(-int((due - at).total_seconds()) // 60))  # fmt: skip


def _moved_on(run: RunRecord) -> Phrase:
    return say("somebody was quicker: run {run} stands at {step}",
               run=run.id, step=run.step or "-")  # fmt: skip


def _may_not(actor: Actor) -> Refusal | None:
    if actor.person is not None and not actor.person.roles & MAY_WALK:
        return Refusal(why=say("{who} is neither operator nor supervisor and walks no runbooks",
                               who=actor.shown()))  # fmt: skip
    return None
