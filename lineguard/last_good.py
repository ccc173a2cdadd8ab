"""Settings and persons as a tick last could use them.

An edit that goes wrong, or is only half written, must not silence the telephone: until it is mended
ticks go on with the last files that could be used, and one incident says so. Both files are one
thing here: the rota of the one names the shifts of the other.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.home import Home
from phrases import Phrase, say

if TYPE_CHECKING:
    from lineguard.wiring import Station

FOLDER: Final = "last-good"
CAUSE: Final = "self:files"
ACTOR: Final = "tick"
PRIVATE: Final = 0o600


def changed(home: Home) -> bool:
    """Are the files others than those that were last found to be good? Asked every minute."""
    return [_mark(one) for one in _files(home)] != [_mark(one) for one in _files(_kept(home))]


def standing(home: Home) -> Home:
    """The home, with the last good files in the place of those that cannot be used now. Where
    there are none it stays as it is, and whoever reads them says what is wrong."""
    if changed(home) and _kept(home).exists() and trouble(home) is not None:
        return _kept(home)
    return home


def trouble(home: Home) -> Phrase | None:
    """Why these files cannot be used; None when they can."""
    from inventory.problems import EstateError
    from lineguard.duty import duty_of
    from lineguard.settings import SettingsWrong
    from lineguard.wiring import Station

    kept, station = _kept(home), Station(home)
    try:
        duty_of(station)
        if not home.settings.stat().st_size:
            return say("{file} is empty", file=home.settings.name)
        if not station.people and kept.exists() and Station(kept).people:
            return say("{file} names nobody", file=home.people.name)
        return None
    except SettingsWrong as wrong:
        return wrong.why
    except EstateError as wrong:
        return wrong.problems[0].sentence()
    except OSError as error:
        return say("{file} cannot be read: {why}", file=str(home.settings), why=str(error.strerror))


def examine(home: Home) -> bool:
    """Keep good files; open an incident about bad ones, and end it. Is there anything to tell?"""
    from lineguard.wiring import Station

    before = [_content(one) for one in _files(home)]
    why = trouble(home)
    if why is None and before == [_content(one) for one in _files(home)]:
        with suppress(OSError):  # without room for them the ones before stay
            _keep(home)
    if not _kept(home).exists():
        return False
    station = Station(standing(home))
    try:
        return _declare(station, why) if why is not None else _settle(station)
    finally:
        station.store.close()


def _declare(station: Station, why: Phrase) -> bool:
    from checks.verdict import Severity
    from incidents.model import Finding
    from lineguard.duty import own_incidents

    sentence = say("{why}; until that is mended, people are told as the files said before", why=why)
    found = Finding(cause=CAUSE, severity=Severity.WARNING, sentence=sentence)
    with station.store.write() as tx:
        return bool(own_incidents(station).declare(tx, found, clock.now(), ACTOR).made)


def _settle(station: Station) -> bool:
    from lineguard.duty import own_incidents

    why = say("lineguard.toml and people.yml can be used again")
    with station.store.write() as tx:
        return bool(own_incidents(station).settle(tx, CAUSE, why, clock.now(), ACTOR).made)


def _files(home: Home) -> tuple[Path, Path]:
    return home.settings, home.people


def _kept(home: Home) -> Home:
    return replace(home, files=home.data / FOLDER)


def _mark(file: Path) -> tuple[int, int] | None:
    """What tells whether it is another one, without reading it."""
    with suppress(OSError):
        told = file.stat()
        return told.st_mtime_ns, told.st_size
    return None


def _content(file: Path) -> bytes | None:
    with suppress(OSError):
        return file.read_bytes()
    return None


def _keep(home: Home) -> None:
    """Each of them appears whole or not at all."""
    folder = _kept(home).settings.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    for file, copy in zip(_files(home), _files(_kept(home)), strict=True):
        mark = file.stat()
        new = copy.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as out:
            out.write(file.read_bytes())
        os.utime(new, ns=(mark.st_atime_ns, mark.st_mtime_ns))
        new.replace(copy)
