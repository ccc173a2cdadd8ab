"""What the exceptions of the rooms mean for the person at the keyboard.

The rooms are imported here only once something went wrong: whoever raised it has imported them.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from lineguard.refusals import Refused, TryLater
from phrases import Phrase, say

Ending = Refused | TryLater


def _refused_by(attribute: str) -> Callable[[Any], Ending]:
    return lambda error: Refused(getattr(error, attribute))


def _later_by(attribute: str) -> Callable[[Any], Ending]:
    return lambda error: TryLater(getattr(error, attribute))


def _estate(error: Any) -> Ending:  # noqa: ANN401  (the table below says which)
    first, *more = (one.sentence() for one in error.problems)
    if not more:
        return Refused(first)
    return Refused(
        say("{first} (and {count} more; `lineguard inventory check` lists them)",
            first=first, count=len(more))
    )  # fmt: skip


def _keys(error: Any) -> Ending:  # noqa: ANN401
    return Refused(say("the keys of this home: {why}; {mend}", why=error.phrase, mend=error.mend))


def _held(error: Any) -> Ending:  # noqa: ANN401
    """A lock is no word for people: what is under way, and that it ends by itself."""
    told = UNDER_WAY.get(error.name)
    if told is None:
        return TryLater(error.phrase)
    holder = error.holder or say("holder unknown")
    return TryLater(say("{what} ({holder}); try again later", what=told, holder=holder))


UNDER_WAY: Final[Mapping[str, Phrase]] = {
    "passwords": say("another change of passwords is under way"),
    "round": say("another round is under way"),
    "watch": say("another watch is under way"),
    "serve": say("a daemon serves this home already"),
    "notify": say("notifications are being sent already"),
    "tickets": say("the ticket service is being asked already"),
}
"""By the name of the lock."""

MEANINGS: Final[Mapping[str, Callable[[Any], Ending]]] = {
    "inventory.problems:EstateError": _estate,
    "lab.embedded.control:Refusal": _refused_by("why"),
    "lab.embedded.ports:NoFreePorts": _refused_by("why"),
    "lineguard.settings:SettingsWrong": _refused_by("why"),
    "logbook.backup:BackupRefused": _refused_by("phrase"),
    "logbook.bundle:NotABundle": _refused_by("phrase"),
    "logbook.keys:KeyTrouble": _keys,
    "maintenance.journal:ClockImplausible": _refused_by("why"),
    "store.locks:Held": _held,
    "store.trouble:StoreBusy": _later_by("phrase"),
    "store.trouble:StoreTrouble": _refused_by("phrase"),
}
"""By class, nearest first: a subclass stands before its base."""


def _file_trouble(error: OSError) -> Phrase | None:
    """What is wrong with a file or its disk; None for what is no matter of files."""
    file = str(error.filename or "")
    if error.errno == errno.ENOSPC:
        return say(
            "the disk is full; nothing half-done was kept. Make room (df -h), then repeat the "
            "command"
        )
    if not file:
        return None
    match error.errno:
        case errno.ENOENT:
            return say("there is no file or folder {file}", file=file)
        case errno.ENOTDIR:
            return say("{file} is no folder", file=file)
        case errno.EISDIR:
            return say("{file} is a folder, not a file", file=file)
        case errno.EEXIST:
            return say("{file} is there already", file=file)
        case errno.EROFS:
            return say(
                "{file} lies on a file system that is read-only: nothing can be written. The "
                "machine's log says why (dmesg); then: mount -o remount,rw",
                file=file,
            )
        case _:
            return None


def ending_of(error: Exception) -> Ending | None:
    """How a command ends by this exception; None for one that nobody foresaw: a defect."""
    for where, meaning in MEANINGS.items():
        module, _colon, name = where.partition(":")
        if module in sys.modules and isinstance(error, getattr(sys.modules[module], name)):
            return meaning(error)
    if isinstance(error, PermissionError):
        why = say("no permission for {file}", file=str(error.filename or ""))
        return Refused(say("{why}; who runs this must own the home", why=why))
    if isinstance(error, OSError) and (trouble := _file_trouble(error)) is not None:
        return Refused(trouble)
    return None


def sentence(error: Exception) -> Phrase:
    """The sentence for an exception that is known here. Raises it again when it is not."""
    ending = ending_of(error)
    if ending is None:
        raise error
    return ending.why
