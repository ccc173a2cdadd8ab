"""Who acts: the OS user as mapped in people.yml, or `--as PERSON` with that person's PIN."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from lineguard.cli.asked import Asked
from lineguard.cli.screen import Screen, screen
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from inventory.model import Person
    from inventory.people import Actor

PIN_TRIES: Final = 3
TERMINAL: Final = "/dev/tty"


def acting(people: Sequence[Person], asked: Asked) -> Actor:
    """Who acts. A claimed name that stays unproven is said on stderr. Raises `Refused`."""
    from inventory.people import NAME, who_acts

    user = os_user()
    if asked.person is not None and not NAME.fullmatch(asked.person):
        raise Refused(say("a person's name may hold letters, digits, . _ - only"))
    actor = who_acts(people, user, asked.person)
    if asked.person is None or actor.proven:
        return actor
    show = screen(asked)
    if actor.person is not None and actor.person.pin_hash is not None and at_terminal():
        return _proven(show, people, user, actor.person)
    if actor.doubt is not None:
        show.note(say("{name} is recorded as claimed: {why}", name=actor.name, why=actor.doubt))
    return actor


def os_user() -> str:
    """The account that runs this process. Never by $USER or $LOGNAME, which anybody can set; an
    account without a name is its number as sudo writes it (`#1000`)."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"#{os.getuid()}"


def at_terminal() -> bool:
    """Is there a terminal to ask at, whatever stdin and stdout are?"""
    try:
        os.close(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _proven(show: Screen, people: Sequence[Person], user: str, person: Person) -> Actor:
    """The person, once the PIN was right."""
    from inventory.people import who_acts

    for _ in range(PIN_TRIES):
        actor = who_acts(people, user, person.name, _typed(show, person.name))
        if actor.proven:
            return actor
        if actor.doubt is not None:
            show.note(actor.doubt)
    raise Refused(
        say("{count} wrong PINs; {name} is not proven and nothing was done",
            count=PIN_TRIES, name=person.name)
    )  # fmt: skip


def _typed(show: Screen, name: str) -> str:
    import getpass

    try:
        return getpass.getpass(show.text(say("{name}'s PIN: ", name=name)))
    except EOFError:
        raise Refused(say("no PIN was given; nothing was done")) from None
