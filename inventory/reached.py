"""Do the addresses of people.yml lead anywhere: are there such channels in the settings?"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from inventory import places
from inventory.declared import Complaints, Value, mapping
from inventory.people import TOP_KEYS, plain
from inventory.problems import Problem, in_order, listed, nearest
from inventory.sheets import read_file
from phrases import Phrase, say

TICKETS: Final = "ticket"
"""Who they are in the ticket service (`incidents.tickets.taking`), which is no channel of ours."""


def stray_channels(path: Path, channels: Collection[str]) -> tuple[Problem, ...]:
    """Addresses on channels that lineguard.toml does not have: nobody is ever told over them. What
    is wrong with the file as a whole is `load_people`'s to say."""
    sheet, problems = read_file(path, path.name)
    if sheet is None or problems or sheet.encrypted or sheet.root is None:
        return ()
    index = places.Places(hosts={"": [places.Block(file=sheet.name, line=1, node=sheet.root)]})
    ignored = Complaints(lambda where: index.locate("", (), where))
    found = Complaints(ignored.place)
    top = mapping(Value(plain(sheet.root), (), ignored), TOP_KEYS)
    for person in mapping(top["people"]).values() if "people" in top else ():
        parts = mapping(person)
        for name, value in mapping(parts["channels"]).items() if "channels" in parts else ():
            if name not in channels and name != TICKETS:
                Value(value.raw, value.path, found).refuse(_stray(value, name, channels))
    return in_order(found.found)


def _stray(value: Value, name: str, channels: Collection[str]) -> Phrase:
    close = nearest(name, channels)
    if close is not None:
        return say("{at}: lineguard.toml has no channel “{name}”; the nearest is “{nearest}”",
                   at=value.at, name=name, nearest=close)  # fmt: skip
    return say(
        "{at}: lineguard.toml has no channel “{name}” (it has: {known}); add [channels.{name}] "
        "there, or take the address away",
        at=value.at, name=name, known=listed(channels) if channels else "-",
    )  # fmt: skip
