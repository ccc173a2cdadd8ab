"""`lineguard demo`: a whole day on the practice site, and what it came to."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.round import state_told
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command
from lineguard.home import LOCAL_HOME
from phrases import say, verbatim

if TYPE_CHECKING:
    from incidents.tickets.mirror import Synced
    from lab.embedded.client import LabClient, Started
    from lineguard.demo import Act, DayTold, Told
    from maintenance.round_desk import RoundStep

TOLD_TO_END: Final = 128
"""Plus the signal's number, as shells report it."""


@command(
    "demo",
    say(
        "Make a practice home (./lineguard-home, or --home), start its site, carry out one whole "
        "day of maintenance on it over real protocols, and sum it up. It ends by itself and leaves "
        "the home; running it again works another day."
    ),
)
def demo(asked: Asked) -> int:
    """The day, then its summary."""
    from lab.embedded.client import LabClient
    from lineguard.demo import file_tickets, work_one_day
    from lineguard.founding import complete

    show = screen(asked)
    home = asked.home or LOCAL_HOME
    show.progress(say("Making the practice home {home}", home=str(home)))
    station = complete(home, clock.now())
    site = LabClient(station.home.root)
    show.progress(say("Starting the practice site ..."))
    with _running(site) as started:
        show.progress(started.sentence())
        site.mend("all")
        file_tickets(station, asked.lang)  # from here on: what was over before is not filed
        progress = _Progress(show)
        told = work_one_day(station, site, progress.act, progress.step)
        site.mend("all")
        filed = file_tickets(station, asked.lang)
    _show(show, told)
    _show_tickets(show, filed)
    _say_what_next(show, str(home), told.day.isoformat())
    show.document(_document(told, filed, str(station.home.root)))
    return 0 if told.verified.valid else 1


@contextmanager
def _running(site: LabClient) -> Iterator[Started]:
    """The site while the day lasts; one that was up before stays up. A demo that is told to end
    takes its site with it, as one that is interrupted does."""
    from lineguard.practice import start

    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(TOLD_TO_END + number))
    ours = True
    try:
        started = start(site)
        ours = not started.already_up
        yield started
    finally:
        if ours:
            site.down()


class _Progress:
    """An act at a time; of its devices those that are not well, and how far it is."""

    def __init__(self, show: Screen) -> None:
        self.show = show

    def act(self, act: Act) -> None:
        """The day goes on."""
        self.show.progress(verbatim(""))
        self.show.progress(act.says)

    def step(self, step: RoundStep) -> None:
        """A device is recorded."""
        from checks.verdict import State

        fine = step.waits or step.state is State.NORMAL
        if fine and step.done < step.total:
            return
        self.show.progress(
            say("  {done} of {total}: {device} {state}",
                done=step.done, total=step.total, device=step.device,
                state=state_told(self.show, step))
        )  # fmt: skip


def _show(show: Screen, told: DayTold) -> None:
    head = (say("round"), say("planned"), say("done"), say("normal"), say("abnormal"),
            say("unknown"), say("not observed"), say("incidents: new, resolved"))  # fmt: skip
    show.line(verbatim(""))
    show.line(say("The day {day}", day=told.day.isoformat()))
    show.rows(head, [*(_row(show, one) for one in told.acts), _total(show, told)])
    show.line(
        say("Open incidents: {count}. Logbook: {entries} entries, {state}.",
            count=told.open_incidents, entries=told.verified.entries,
            state=say("whole and signed") if told.verified.valid else say("NOT whole"))
    )  # fmt: skip


def _show_tickets(show: Screen, filed: Synced | None) -> None:
    if filed is None:
        return
    show.line(
        say("Tickets: {filed} incidents are filed in the practice site's ticket service.",
            filed=filed.filed)
    )  # fmt: skip
    if filed.trouble is not None:
        show.progress(filed.trouble)


def _row(show: Screen, one: Told) -> tuple[str, ...]:
    from incidents.model import ChangeKind

    changes = f"{one.count(ChangeKind.OPENED)}, {one.count(ChangeKind.RESOLVED)}"
    report = one.report
    if one.act.walk_at is not None:
        return (f"{one.act.walk_at:%H:%M}", *(str(count) for count in _walked(one)), changes)
    if report is None or one.act.round_at is None:
        return (show.text(say("watch")), "", "", "", "", "", "", changes)
    counts = (report.due, report.done, report.normal, report.abnormal, report.unknown,
              report.not_observed)  # fmt: skip
    return (f"{one.act.round_at:%H:%M}", *(str(count) for count in counts), changes)


def _walked(one: Told) -> tuple[int, ...]:
    from checks.verdict import State

    states = (State.NORMAL, State.ABNORMAL, State.UNKNOWN)
    count = len(one.entered)
    return (count, count, *(one.entered.count(state) for state in states), 0)


def _total(show: Screen, told: DayTold) -> tuple[str, ...]:
    from checks.verdict import State
    from incidents.model import ChangeKind

    stands = told.tally
    shown = (State.NORMAL, State.ABNORMAL, State.UNKNOWN)
    results = [stands.results.get(state, 0) for state in shown]
    opened = sum(one.count(ChangeKind.OPENED) for one in told.acts)
    over = sum(one.count(ChangeKind.RESOLVED) for one in told.acts)
    return (
        show.text(say("whole day")),
        str(stands.due + stands.done + stands.missed),
        str(stands.done),
        *(str(count) for count in results),
        str(stands.due + stands.missed),
        f"{opened}, {over}",
    )


def _say_what_next(show: Screen, home: str, day: str) -> None:
    show.line(verbatim(""))
    show.line(
        say("The day that was practised, {day}, is past; entries and incidents carry the real time "
            "of writing, {now}.", day=day, now=show.time(clock.now()))
    )  # fmt: skip
    show.line(say("What to open next (put .venv/bin on your PATH first):"))
    for command_line, what in (
        (f"schedule show --on {day}", say("the practised day, item by item")),
        ("incident list", say("what is still wrong")),
        ("ticket list", say("which incident is which ticket")),
        ("log show --last 30", say("what was recorded, in the order it happened")),
        ("log verify", say("the proof that nothing was changed")),
        ("lab up", say("the same site again; then break something: lineguard lab faults")),
        ("round run --due", say("today's round")),
    ):
        show.line(say("  lineguard {command} --home {home}   {what}",
                      command=command_line, home=home, what=what))  # fmt: skip


def _document(told: DayTold, filed: Synced | None, home: str) -> dict[str, Any]:
    from checks.verdict import State
    from incidents.model import ChangeKind

    stands = told.tally
    return {
        "home": home,
        "day": told.day.isoformat(),
        "due": stands.due + stands.done + stands.missed,
        "done": stands.done,
        **{state.value: stands.results.get(state, 0) for state in State},
        "not_observed": stands.due + stands.missed,
        "looks_in_vain": told.not_observed,
        "incidents_opened": sum(one.count(ChangeKind.OPENED) for one in told.acts),
        "incidents_resolved": sum(one.count(ChangeKind.RESOLVED) for one in told.acts),
        "incidents_open": told.open_incidents,
        "tickets_filed": None if filed is None else filed.filed,
        "log_valid": told.verified.valid,
        "log_entries": told.verified.entries,
    }
