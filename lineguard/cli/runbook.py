"""`lineguard runbook`: the emergency plans and what to do about common faults, and walking them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named, meant, site_named
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import Number
from lineguard.refusals import Refused
from phrases import say, verbatim

if TYPE_CHECKING:
    from lineguard.wiring import Station
    from runbooks.model import Runbook, Step
    from runbooks.running import Seen, Taken, Walk
    from runbooks.shelf import Shelf
    from runbooks.subject import Subject

MOST: Final = 2**31 - 1
MISUSED: Final = 2
_NUMBER: Final = Number(1, MOST)

SORTS: Final = {
    "emergency": say("emergency"),
    "fault": say("fault"),
    "work": say("work"),
}


def shelf_of(station: Station) -> Shelf:
    """The runbooks of a home; what is wrong with the site's own is said by `runbook list`."""
    from runbooks.shelf import shelf

    return shelf(station.home.root)


@command("list", say("Every runbook by name; --running: the runs that are under way."))
@option("--running", is_flag=True, says=say("runs under way, with their present step"))
def list_runbooks(asked: Asked, running: bool) -> int:
    """A line for each."""
    from lineguard.wiring import station_of

    station = station_of(asked)
    if running:
        return _list_runs(asked, station)
    shelf, show = shelf_of(station), screen(asked)
    books = sorted(shelf.books.values(), key=lambda one: (list(SORTS).index(one.sort), one.name))
    head = (say("runbook"), say("kind"), say("title"), say("when it applies"))
    lang = asked.lang
    show.rows(
        head,
        [(one.name, show.text(SORTS[one.sort]), one.title[lang], one.summary[lang])
         for one in books],
    )  # fmt: skip
    for problem in (*shelf.problems, *_dead(station, shelf)):
        show.note(problem.sentence())
    show.document([_as_json(one, shelf, asked) for one in books])
    return 1 if shelf.problems else 0


def _dead(station: Station, shelf: Shelf) -> tuple[Any, ...]:
    """What the site's own runbooks name that there is not; the library is held by a test."""
    from lineguard.walking import RUNNABLE
    from runbooks.shelf import dead_references

    own = [shelf.books[name] for name in sorted(shelf.own)]
    if not own:
        return ()
    items = [one.id for one in station.items]
    devices = [one.name for one in station.estate.devices]
    return tuple(dead_references(own, items, devices, RUNNABLE))


def _as_json(one: Runbook, shelf: Shelf, asked: Asked) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.sort.value,
        "title": one.title[asked.lang],
        "summary": one.summary[asked.lang],
        "source": one.source,
        "steps": sum(1 for _ in one.steps()),
        "own": one.name in shelf.own,
        "digest": one.digest,
    }


def _list_runs(asked: Asked, station: Station) -> int:
    from runbooks.listing import runs

    with station.store.read() as tx:
        found = runs(tx, running=True)
    show = screen(asked)
    if found:
        head = (say("run"), say("runbook"), say("incident"), say("device"), say("step"),
                say("since"), say("wait until"), say("by"))  # fmt: skip
        show.rows(
            head,
            [(str(one.id), one.runbook, str(one.subject.incident or "-"),
              one.subject.device or one.subject.site or "-", one.step or "-",
              show.time(one.since), show.time(one.due_at) or "-", one.actor) for one in found],
        )  # fmt: skip
        show.line(say("Go on with one: lineguard runbook run --resume RUN"))
    else:
        show.line(say("no runbook is being walked"))
    show.document([one.as_json() for one in found])
    return 0


@command("show", say("One runbook as it stands; with --run, what was done in a run of it."))
@argument("name", required=False)
@option("--run", "number", type=_NUMBER, says=say("what was done in this run"))
def show(asked: Asked, name: str | None, number: int | None) -> int:
    """Its text, as it can be printed."""
    from lineguard.wiring import station_of

    station = station_of(asked)
    if number is not None:
        return _show_run(asked, station, number)
    if name is None:
        raise Refused(say("which runbook? `lineguard runbook list` names them"), MISUSED)
    shelf = shelf_of(station)
    book = book_named(shelf, name)
    out = screen(asked)
    out.line(verbatim(f"{book.name} · {book.title[asked.lang]} ({book.source})"))
    out.line(say("When it applies: {summary}", summary=book.summary[asked.lang]))
    for section in book.sections:
        _heading(out, section.title)
        for step in section.steps:
            _show_step(out, step, {})
    out.document({**_as_json(book, shelf, asked), "text": book.text})
    return 0


def book_named(shelf: Shelf, name: str) -> Runbook:
    """The runbook of that name. Raises `Refused` with the nearest one."""
    return shelf.books[meant(say("runbook"), name, list(shelf.books))]


def _show_run(asked: Asked, station: Station, number: int) -> int:
    from lineguard.walking import runbook_desk
    from runbooks.listing import steps_of

    walk = _accepted(runbook_desk(station, asked.lang).walk(number))
    with station.store.read() as tx:
        steps = steps_of(tx, number)
    out = screen(asked)
    head = (say("time"), say("step"), say("what was to be done"), say("how"), say("by"),
            say("remark"))  # fmt: skip
    about = walk.run.subject.as_json()
    out.rows(
        head,
        [(out.time(one.at), one.step, _put_in(out, walk.book.step(one.step).text, about),
          one.choice or out.word(one.outcome), one.actor, one.note or "-") for one in steps],
    )  # fmt: skip
    _present(out, walk)
    out.document({**_walk_json(walk), "steps": [one.as_json() for one in steps]})
    return 0


@command(
    "run",
    say("Walk a runbook: at a terminal step by step, elsewhere with `runbook step`.\n"
        "It can be left at any time; what was done is on record, and waits run on."),
)  # fmt: skip
@argument("name", required=False)
@option("--incident", type=_NUMBER, says=say("the incident that it is walked for"))
@option("--device", says=say("the device that it is about"))
@option("--site", says=say("the site that it is about"))
@option("--resume", type=_NUMBER, says=say("go on with this run"))
def run(
    asked: Asked, name: str | None, incident: int | None, device: str | None, site: str | None,
    resume: int | None,
) -> int:  # fmt: skip
    """Begin or go on."""
    from lineguard.walking import runbook_desk
    from lineguard.wiring import station_of

    station = station_of(asked)
    station.agree_on_practice()
    desk = runbook_desk(station, asked.lang)
    if resume is not None:
        walk = _accepted(desk.walk(resume))
    else:
        subject, offered = _subject(station, incident, device, site)
        wanted = name or offered
        if wanted is None:
            raise Refused(say("which runbook? `lineguard runbook list` names them"), MISUSED)
        book = book_named(shelf_of(station), wanted)
        walk = _accepted(desk.begin(book, subject, station.actor(asked)))
    out = screen(asked)
    out.line(say("run {run}: {title}", run=walk.run.id, title=walk.book.title[asked.lang]))
    if asked.json or not sys.stdin.isatty():
        _present(out, walk)
        if walk.present is not None:
            out.line(say("answer it: lineguard runbook step {run} --done, --choose ANSWER, --skip "
                         "or --give-up", run=walk.run.id))  # fmt: skip
        out.document(_walk_json(walk))
        return 0
    from lineguard.cli.walk import walk_on

    return walk_on(out, desk, walk, station.actor(asked))


def _subject(
    station: Station, incident: int | None, device: str | None, site: str | None
) -> tuple[Subject, str | None]:
    """What the run is about, and the runbook that its incident calls for."""
    from incidents.handling import no_incident
    from incidents.listing import incident_of
    from inventory.devices import SITES
    from runbooks.subject import Subject

    if device is not None:
        device = device_named(station.estate, device).name
        site = station.estate.device(device).site
    elif site is not None:
        site = site_named(station, site)
    if incident is None:
        return Subject(device=device, site=site), None
    named = station.own_runbooks
    with station.store.read() as tx:
        record = incident_of(tx, incident, named)
    if record is None:
        raise Refused(no_incident(incident))
    of_device = record.device if record.device not in SITES else None
    subject = Subject(incident=incident, device=device or of_device, site=site or record.site)
    return subject, record.runbook


@command(
    "step",
    say("Answer the present step of a run, for scripts and for whoever went away from the\n"
        "terminal. A check of the runbook is carried out by --done."),
)  # fmt: skip
@argument("number", type=_NUMBER)
@option("--done", is_flag=True, says=say("it is done (a check or command: do it)"))
@option("--choose", "choice", says=say("this answer of a decision"))
@option("--skip", is_flag=True, says=say("go on without it; needs --note"))
@option("--give-up", is_flag=True, says=say("end the run here; needs --note"))
@option("--note", default="", says=say("what was seen or done, for the record"))
@option("--at", "key", says=say("only if the run stands at this step, such as 1.2"))
def step(
    asked: Asked, number: int, done: bool, choice: str | None, skip: bool, give_up: bool,
    note: str, key: str | None,
) -> int:  # fmt: skip
    """One step, and where the run stands then."""
    from lineguard.walking import runbook_desk
    from lineguard.wiring import station_of
    from runbooks.running import Answer, Outcome

    if sum((done, choice is not None, skip, give_up)) != 1:
        raise Refused(say("say one of --done, --choose, --skip and --give-up"), MISUSED)
    outcome = Outcome.SKIPPED if skip else Outcome.GIVEN_UP if give_up else Outcome.DONE
    station = station_of(asked)
    station.agree_on_practice()
    desk = runbook_desk(station, asked.lang)
    answer = Answer(outcome=outcome, choice=choice, note=note, step=key)
    taken = _accepted(desk.take(number, answer, station.actor(asked)))
    out = screen(asked)
    show_taken(out, taken)
    _present(out, taken.walk)
    out.document({**_walk_json(taken.walk), "seen": _seen_json(taken.seen, asked)})
    return 0


def show_taken(out: Screen, taken: Taken) -> None:
    """What the machine found, where it was asked."""
    if taken.seen is None:
        return
    for line in taken.seen.output.splitlines():
        out.line(verbatim(line))
    out.line(say("{state}: {sentence}", state=out.mark(taken.seen.found.value),
                 sentence=taken.seen.sentence))  # fmt: skip


def _seen_json(seen: Seen | None, asked: Asked) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "found": seen.found.value,
        "sentence": seen.sentence.text(asked.lang),
        "entries": list(seen.entries),
        "output": seen.output,
    }


def _walk_json(walk: Walk) -> dict[str, Any]:
    step = walk.present
    return {
        **walk.run.as_json(),
        "present": None
        if step is None
        else {
            "step": step.key,
            "section": walk.book.section_of(step.key).title,
            "text": step.text,
            "machine": _machine(step) or None,
            "choices": [one.label for one in step.branches],
        },
    }


def _present(out: Screen, walk: Walk) -> None:
    """The step that is to be answered, or that the run is over."""
    step = walk.present
    if step is None:
        out.line(say("run {run} is over", run=walk.run.id))
        return
    _heading(out, walk.book.section_of(step.key).title)
    _show_step(out, step, walk.run.subject.as_json())
    if walk.run.due_at is not None:
        out.line(say("waits until {time}", time=out.time(walk.run.due_at)))


def _heading(out: Screen, title: str) -> None:
    out.line(verbatim(""))
    out.line(verbatim(f"## {title}"))


def show_present(out: Screen, walk: Walk) -> None:
    """For whoever walks at a terminal."""
    _present(out, walk)


def _show_step(out: Screen, step: Step, about: Mapping[str, Any]) -> None:
    machine = _machine(step)
    shown = f"[{machine}] {step.text}" if machine else step.text
    out.line(verbatim(f"{step.key}  {_put_in(out, shown, about)}"))
    for branch in step.branches:
        out.line(verbatim(f"     - {branch.label} → {branch.target}"))


def _put_in(out: Screen, text: str, about: Mapping[str, Any]) -> str:
    """The text with what the run is about in its places, so that a command can be typed as it is
    read; what is not known is said to be put in."""
    for name, unknown in (
        ("incident", say("INCIDENT")), ("device", say("DEVICE")), ("site", say("SITE")),
    ):  # fmt: skip
        value = about.get(name)
        text = text.replace(f"{{{name}}}", out.text(unknown) if value is None else str(value))
    return text


def _machine(step: Step) -> str:
    from runbooks.model import Check

    if step.machine is None:
        return ""
    if isinstance(step.machine, Check):
        return f"check: {'/'.join(step.machine.items)} {step.machine.place}"
    return f"lineguard {' '.join(step.machine.words)}"


def _accepted(outcome: Any) -> Any:  # noqa: ANN401  (any of the desk's results but a refusal)
    from runbooks.running import Refusal

    if isinstance(outcome, Refusal):
        raise Refused(outcome.why)
    return outcome
