"""`lineguard people`: who acts here, and how it is known that it is them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.problems import show_problems
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command
from lineguard.cli.titles import title
from lineguard.refusals import Refused
from phrases import say, verbatim

if TYPE_CHECKING:
    from inventory.model import Person


@command("list", say("Everybody with roles, telephones and proofs."))
def list_people(asked: Asked) -> int:
    """A line for each; neither PIN hashes nor keys are shown."""
    from lineguard.wiring import station_of

    people = station_of(asked).people
    show = screen(asked)
    head = (say("name"), say("roles"), say("proof"), say("telephone"), say("post"))
    show.rows(
        head,
        [
            (one.name, _words(show, _roles(one)), _words(show, _proofs(one)) or "-",
             " ".join(one.phones) or "-", one.title)
            for one in people
        ],
    )  # fmt: skip
    show.line(say("{count} persons", count=len(people)))
    show.document(
        [
            {"name": one.name, "title": one.title, "roles": _roles(one), "proofs": _proofs(one),
             "phones": list(one.phones), "channels": dict(one.channels), "os_user": one.os_user}
            for one in people
        ]
    )  # fmt: skip
    return 0


def _words(show: Screen, names: Sequence[str]) -> str:
    return " ".join(show.text(title(one)) for one in names)


def _roles(person: Person) -> list[str]:
    return sorted(role.value for role in person.roles)


def _proofs(person: Person) -> list[str]:
    held = {"os_user": person.os_user, "pin": person.pin_hash, "key": person.public_key}
    return [name for name, value in held.items() if value]


@command("pin", say("Ask for a PIN twice and print its hash, for `pin_hash:` in people.yml."))
def pin(asked: Asked) -> int:
    """The PIN itself is neither shown nor kept."""
    import getpass

    from inventory.people import hash_pin, pin_refusal

    if not sys.stdin.isatty():
        raise Refused(say("a PIN is typed at a terminal, never piped in: run it from one"))
    show = screen(asked)
    first = getpass.getpass(show.text(say("PIN: ")), sys.stderr)
    refusal = pin_refusal(first)
    if refusal is not None:
        raise Refused(refusal)
    if getpass.getpass(show.text(say("once more: ")), sys.stderr) != first:
        raise Refused(say("the two differ; nothing is printed"))
    hashed = hash_pin(first)
    show.line(verbatim(hashed))
    show.document({"pin_hash": hashed})
    return 0


@command("check", say("Is the persons file valid? Exit status 2 when not."))
def check(asked: Asked) -> int:
    """Every problem with its line."""
    from incidents.rota import DutyRoster
    from inventory.duty import load_duty
    from inventory.people import load_people
    from inventory.reached import stray_channels
    from lineguard.duty import ROTA_AHEAD, alone
    from lineguard.wiring import station_of
    from maintenance.calendar import OnDuty

    station = station_of(asked)
    file = station.home.people
    people, problems = load_people(file)
    names = frozenset(one.name for one in people)
    duty, slips = load_duty(file, names, station.shift_names, exacting=True)
    slips = (*slips, *stray_channels(file, station.settings.channels))
    problems = problems or slips
    fine = say("The persons file is valid: {count} persons.", count=len(people))
    if problems:
        return show_problems(screen(asked), problems, fine)
    now, board = clock.now(), DutyRoster(duty, people, OnDuty(station.calendar))
    notes = tuple(alone(board, now, now + ROTA_AHEAD))
    return show_problems(screen(asked), (), fine, notes)
