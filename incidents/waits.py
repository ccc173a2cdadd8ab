"""Waits of runbooks that are over: whoever has the matter in hand is told, once for each wait.

Which wait it was stands in the key of its page: the run, and the entry that left the run standing
before that wait. Whatever moves the run on is a newer entry, so a page of an older one has no point
any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, get_args

from sqlalchemy import Connection, select

from checks.verdict import Severity
from incidents.escalation import Post, Reason, Roster
from incidents.listing import IncidentRecord, incident_of
from incidents.paging import Notice, put_down
from logbook.book import Logbook
from logbook.evidence import EvidenceDamaged
from phrases import Lang, Phrase, say, verbatim
from runbooks.grammar import RunbookWrong, parse
from runbooks.listing import RunRecord, RunState, run_of, runs, steps_of
from runbooks.model import Step
from store.schema import page

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
FAMILY: Final = "run"
"""What the keys of these pages begin with; those of incidents begin with a number."""
ON_DUTY: Final = (Post.PRIMARY, Post.BACKUP, Post.REMOTE, Post.SUPERVISOR)
"""Who is told where nobody has it in hand: the first of these posts that somebody holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Somebody is to be told that the wait of a run is over."""

    run: int
    incident: int | None
    person: str
    key: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Whom one tick reminds. `people` are those of people.yml: nobody else can be told."""

    tx: Connection
    at: datetime
    logbook: Logbook
    roster: Roster
    people: frozenset[str]

    def remind(self) -> Iterator[Reminder]:
        """Every wait that is over and was not told yet, written down."""
        for run in runs(self.tx, running=True):
            if run.due_at is None or run.due_at > self.at or self._told(run):
                continue
            record = _about(self.tx, run)
            for person in self._whom(run, record):
                yield self._write(run, record, person)

    def _told(self, run: RunRecord) -> bool:
        chosen = select(page.c.id).where(page.c.key.startswith(_opening(run), autoescape=True))
        return self.tx.execute(chosen.limit(1)).first() is not None

    def _whom(self, run: RunRecord, record: IncidentRecord | None) -> tuple[str, ...]:
        """The owner of its incident, else who walks it, else who is on duty."""
        done = steps_of(self.tx, run.id)
        owner = record.owner if record is not None and record.live else None
        walker = done[-1].actor if done else run.actor
        for name in (owner, walker):
            if name in self.people:
                return (name,)
        held = (self.roster.on_duty(post, self.at) for post in ON_DUTY)
        return next((people for people in held if people), ())

    def _write(self, run: RunRecord, record: IncidentRecord | None, person: str) -> Reminder:
        one = Reminder(
            run=run.id, incident=run.subject.incident, person=person, key=_opening(run) + person
        )
        step = _step(self.logbook, run)
        live = record is not None and record.live
        notice = Notice(
            key=one.key,
            incident=one.incident,
            person=person,
            reason=Reason.WAITED,
            severity=record.severity if record is not None and live else Severity.WARNING.value,
            text={lang: _said(run, step).text(lang) for lang in get_args(Lang)},
            more={"run": run.id},
        )
        put_down(self.tx, self.logbook, notice, self.at)
        return one


def waits_still(tx: Connection, key: str) -> bool:
    """Does the run of that page still stand before the same wait?"""
    _family, number, entry, _person = key.split("/", 3)
    run = run_of(tx, int(number))
    return run is not None and run.state is RunState.RUNNING and run.last_entry == int(entry)


def _opening(run: RunRecord) -> str:
    return f"{FAMILY}/{run.id}/{run.last_entry}/"


def _about(tx: Connection, run: RunRecord) -> IncidentRecord | None:
    return None if run.subject.incident is None else incident_of(tx, run.subject.incident)


def _step(logbook: Logbook, run: RunRecord) -> Step | None:
    """The present step in the text that the run began with. None where that cannot be read: the
    telephone does not wait for it."""
    try:
        text = logbook.evidence.get(run.digest).decode()
        return parse(run.runbook, text, f"{run.runbook}.md").step(run.step or "")
    except (EvidenceDamaged, OSError, UnicodeDecodeError, RunbookWrong, KeyError):
        return None


def _said(run: RunRecord, step: Step | None) -> Phrase:
    place = run.subject.device or run.subject.site
    words: Mapping[str, str | int | Phrase] = {
        "run": run.id,
        "runbook": run.runbook if place is None else f"{run.runbook} ({place})",
        "step": run.step or "-",
        "time": f"{(run.due_at or run.since).astimezone(SHANGHAI):%m-%d %H:%M}",
        "text": verbatim("-" if step is None else step.text),
    }
    return say(
        "the wait in run {run} of {runbook} was over at {time}, step {step}: {text}; go on: "
        "lineguard runbook run --resume {run}",
        **words,
    )
