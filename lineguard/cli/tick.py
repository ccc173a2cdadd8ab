"""`lineguard tick`: every minute, what is overdue. With nothing to do it asks the database two
questions and ends."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lineguard import clock
from lineguard.beating import Hearts
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command
from lineguard.home import no_home, resolve
from lineguard.last_good import changed, examine, standing
from lineguard.pressing import press, untold
from lineguard.refusals import Refused
from lineguard.settings import read_settings
from lineguard.ticketing import mirror_due, synced_json
from logbook.soundness import SOUND, damaged
from phrases import say
from store.frozen import glance, takes_no_writing

if TYPE_CHECKING:
    from incidents.clockwork import Ticked
    from incidents.notifying.delivery import Delivered
    from incidents.tickets.mirror import Synced
    from lineguard.cli.screen import Screen

OVERDUE = "SELECT count(*) FROM slot WHERE state = 'due' AND closes <= ?"
RUNNING = (
    "SELECT EXISTS (SELECT 1 FROM incident WHERE state IN ('open', 'acknowledged', 'on_hold')"
    " OR (state IN ('resolved', 'merged', 'closed') AND severity <> 'info' AND NOT EXISTS"
    " (SELECT 1 FROM clock WHERE clock.incident = incident.id"
    " AND clock.stopped_at = incident.resolved_at)))"
    " OR EXISTS (SELECT 1 FROM page WHERE state = 'waiting')"
    " OR EXISTS (SELECT 1 FROM runbook_run AS run WHERE state = 'running' AND due_at <= ?"
    " AND NOT EXISTS (SELECT 1 FROM page WHERE"
    " page.key > 'run/' || run.id || '/' || run.last_entry || '/'"
    " AND page.key < 'run/' || run.id || '/' || run.last_entry || '0'))"
)
"""Is there an incident whose clocks may have something to say (incidents.cases.unsettled), somebody
who is to be told, or a runbook's wait that is over and was not told (incidents.waits; 0 is the
character after the slash)?"""


@command(
    "tick",
    say(
        "Every minute: the clocks of incidents, who is to be told, and slots whose time is over,\n"
        "which are recorded as missed. Safe to run twice."
    ),
)
def tick(asked: Asked) -> int:
    """Usually there is nothing to do."""
    done = work(asked)
    show = screen(asked)
    if done.missed:
        show.line(say("{count} slots were missed", count=done.missed))
    if done.ticked is not None:
        _show_ticked(show, done.ticked)
    if done.idle:
        show.line(say("nothing is overdue"))
    if done.told is not None and done.told.waiting:
        show.note(say("{count} messages could not be delivered yet", count=done.told.waiting))
    if done.mirrored is not None and done.mirrored.trouble is not None:
        show.note(done.mirrored.trouble)
    show.document(
        {"missed": done.missed, **_as_json(done.ticked), "told": _told(done.told),
         "tickets": None if done.mirrored is None else synced_json(done.mirrored, asked.lang)}
    )  # fmt: skip
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one tick did."""

    missed: int = 0
    ticked: Ticked | None = None
    told: Delivered | None = None
    mirrored: Synced | None = None

    @property
    def idle(self) -> bool:
        """Was nothing overdue?"""
        return not self.missed and (self.ticked is None or self.ticked.idle)


def work(asked: Asked) -> Work:
    """One tick, for the command and for the daemon."""
    home = resolve(asked.home)
    if not home.exists():
        raise no_home(home)
    missed, ticked, told = 0, None, None
    # A short read, by the driver itself: loading everything that could record a missed
    # slot would cost more CPU in a year of minutes than all rounds together.
    home = standing(home)
    settings = read_settings(home.settings)
    remote = bool(settings.store.url)
    if not remote and takes_no_writing(home.database):  # and no sign of life goes out either
        from store.trouble import unwritable

        raise unwritable(str(home.database))
    late, running = (1, True) if remote else pending(str(home.database), clock.now())
    if changed(resolve(asked.home)):
        running = examine(resolve(asked.home)) or running
    hearts = Hearts(settings, None if remote else home.database)
    if hearts.changing(clock.now()):
        running = bool(examine_hearts(asked)) or running
    if not settings.practice and untold(None if remote else home.database, clock.now()):
        running = bool(press(asked, clock.now())) or running  # practice owes the contract nothing
    if running:
        ticked, told = strike(asked)
    if late:  # last: while a round holds its lock, clocks and pages do not wait for it
        missed = close_overdue(asked)
    hearts.ticked(asked, clock.now())
    mirrored = mirror_due(asked, home, remote=remote) if settings.tickets.kind else None
    return Work(missed=missed, ticked=ticked, told=told, mirrored=mirrored)


def _show_ticked(show: Screen, ticked: Ticked) -> None:
    from incidents.clocks import Event
    from lineguard.cli.telling import EVENTS, REASONS

    for one in ticked.struck:
        if one.event is not Event.MET:
            show.line(
                say("incident {number}: {clock} {event}",
                    number=one.running.case.incident, clock=one.running.rule.title,
                    event=EVENTS[one.event.value])
            )  # fmt: skip
    for page in ticked.pages:
        show.line(
            say("{person} is to be told of incident {incident} ({reason})",
                person=page.person, incident=str(page.incident), reason=REASONS[page.reason])
        )  # fmt: skip
    for one_wait in ticked.reminders:
        show.line(
            say("{person} is to be told that a wait in run {run} is over",
                person=one_wait.person, run=str(one_wait.run))
        )  # fmt: skip


def _as_json(ticked: Ticked | None) -> dict[str, Any]:
    if ticked is None:
        return {"clocks": [], "pages": [], "resumed": [], "waits": []}
    return {
        "clocks": [
            {"incident": one.running.case.incident, "clock": one.running.rule.name,
             "event": one.event.value, "entry": one.entry}
            for one in ticked.struck
        ],
        "pages": [
            {"incident": one.incident, "person": one.person, "reason": one.reason.value,
             "key": one.key}
            for one in ticked.pages
        ],
        "resumed": list(ticked.resumed),
        "waits": [
            {"run": one.run, "incident": one.incident, "person": one.person, "key": one.key}
            for one in ticked.reminders
        ],
    }  # fmt: skip


def pending(database: str, at: datetime) -> tuple[int, bool]:
    """How many slots are due and over, and whether an incident's clocks run. Raises `Refused` for
    a logbook that is plainly damaged, `StoreTrouble`."""
    # The stored form of a time (store.schema.instant_text), which sorts as it reads.
    now = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with glance(database) as connection:
        if connection.execute(SOUND).fetchone() is None:
            raise Refused(damaged())
        late = int(connection.execute(OVERDUE, (now,)).fetchone()[0])
        return late, bool(connection.execute(RUNNING, (now,)).fetchone()[0])


def _told(told: Delivered | None) -> dict[str, int] | None:
    return None if told is None else asdict(told)


def strike(asked: Asked) -> tuple[Ticked, Delivered | None]:
    """Clocks and pages of this minute, and their delivery. None where another one delivers."""
    import asyncio

    from inventory.problems import EstateError
    from lineguard.duty import clockwork, counter_desk, delivery
    from lineguard.wiring import steady_station_of
    from store.locks import Held

    station = steady_station_of(asked)
    with closing(station.store):
        # An estate that cannot be read is counted with later; clocks and pages do not wait for it.
        with suppress(EstateError):
            counter_desk(station).count(clock.now())
        ticked = clockwork(station).tick(clock.now())
        try:
            return ticked, asyncio.run(delivery(station, asked.lang).deliver())
        except Held:
            return ticked, None


def examine_hearts(asked: Asked) -> int:
    """Incidents about those who gave no sign of life; how many of them changed."""
    from lineguard.duty import heartbeat_desk
    from lineguard.wiring import steady_station_of

    desk = heartbeat_desk(steady_station_of(asked))
    with closing(desk.store):
        return len(desk.examine(clock.now()))


def close_overdue(asked: Asked) -> int:
    """Record what was missed, as a round does that has nothing to look at."""
    import asyncio

    from lineguard.wiring import steady_station_of
    from maintenance.rounds import run_round

    desk = steady_station_of(asked).round_desk()
    with closing(desk.store):
        report = asyncio.run(run_round(desk, clock.now(), clock.now, periods=frozenset()))
    return report.missed
