"""The edge of every command: one sentence and an exit status for whatever went wrong."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from click.exceptions import (
    Exit,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchCommand,
    NoSuchOption,
)

from lineguard import clock
from lineguard.cli.asked import Asked, Misused, by_environment, separate
from lineguard.cli.commands import ROOT
from lineguard.cli.folding import safe
from lineguard.cli.screen import PAGE, carries_all, screen
from lineguard.cli.speech import FAILED, PLACES, BadArgument, SpokenGroup
from lineguard.cli.values import nearest
from lineguard.home import resolve
from lineguard.refusals import Refused, TryLater
from lineguard.troubles import ending_of
from phrases import Phrase, say, verbatim

TRY_LATER: Final = 75
"""EX_TEMPFAIL of sysexits.h."""
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells report it."""
PIPE_CLOSED: Final = 141
"""128 + SIGPIPE, as shells report it."""
PRIVATE: Final = 0o077
"""Records, keys and backups name people and devices: what we make, only its owner reads."""
BAD_USAGE: Final = 2
LONGEST_REASON: Final = 300
"""Characters of an exception's text in the sentence; the whole of it is in the file."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and say its exit status. Nothing is raised."""
    os.umask(PRIVATE)
    _mend_streams()
    PAGE.filled, PAGE.last_word = False, None
    asked = by_environment()
    try:
        rest, asked = separate(arguments, asked)
        status = _invoke(rest, asked)
        sys.stdout.flush()
    except Misused as misuse:
        return _say(asked, misuse.why, BAD_USAGE)
    except BrokenPipeError:
        # The reader has gone (`| head`); stdout would be flushed once more at exit and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return _say(asked, say("Interrupted."), INTERRUPTED)
    return status


def _mend_streams() -> None:
    """A stream that was closed swallows what is said; one that cannot carry Chinese escapes it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Open until the process ends, as the stream it stands for would be.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper) and not carries_all(stream):
            stream.reconfigure(errors="backslashreplace")


def _invoke(rest: list[str], asked: Asked) -> int:
    if "_LINEGUARD_COMPLETE" in os.environ:
        ROOT.main(rest, prog_name="lineguard", obj=asked)
    try:
        with ROOT.make_context("lineguard", rest, obj=asked) as ctx:
            return _attempt(ctx, asked)
    except Exit as leaving:
        return leaving.exit_code
    except NoArgsIsHelpError as question:
        sys.stderr.write(question.ctx.get_help() + "\n")
        return _misused(question)
    except click.UsageError as error:
        return _say(asked, _misuse(error), _misused(error))


def _attempt(ctx: click.Context, asked: Asked) -> int:
    try:
        status = int(ROOT.invoke(ctx) or 0)
        if PAGE.last_word is not None:
            sys.stdout.flush()
            screen(asked).note(PAGE.last_word)
        return status
    except (click.ClickException, Exit, BrokenPipeError, Misused):
        raise
    except Exception as error:  # noqa: BLE001  (the one boundary: a person gets a sentence)
        return _ended(error, asked, ctx.meta.get(FAILED, 1))


def _ended(error: Exception, asked: Asked, failed: int) -> int:
    ending = error if isinstance(error, Refused | TryLater) else ending_of(error)
    if ending is None:
        return _say(asked, _defect(error, asked), failed)
    if isinstance(ending, TryLater):
        return _say(asked, ending.why, TRY_LATER)
    return _say(asked, ending.why, ending.status or failed)


def _misused(error: click.UsageError) -> int:
    command = error.ctx.command if error.ctx else ROOT
    return getattr(command, "misused", BAD_USAGE)


def _say(asked: Asked, why: Phrase, status: int) -> int:
    show = screen(asked)
    show.note(say("lineguard: {why}", why=why))
    show.failed(why, status)
    return status


def _misuse(error: click.UsageError) -> Phrase:
    path = error.ctx.command_path if error.ctx else "lineguard"
    return say("{what} (`{command} --help` explains)", what=_what(error), command=path)


def _what(error: click.UsageError) -> Phrase:
    """Click's own exceptions in our words; what it knows nothing of stays as it says it."""
    if isinstance(error, NoSuchCommand):
        group = error.ctx.command if error.ctx else None
        close = None
        if isinstance(group, SpokenGroup):
            close = meant_command(group, error.command_name)
        return _unknown(say("there is no command {name!r}", name=error.command_name), close)
    if isinstance(error, NoSuchOption):
        close = error.possibilities[0] if error.possibilities else None
        return _unknown(say("there is no option {name}", name=error.option_name), close)
    if isinstance(error, MissingParameter):
        return say("{name} is missing", name=PLACES.get(_parameter(error), _parameter(error)))
    if isinstance(error, BadArgument):
        return error.why
    if isinstance(error, click.BadParameter):
        name = _parameter(error)
        return say("{name}: {reason}", name=PLACES.get(name, name), reason=error.message)
    return verbatim(error.format_message())


def meant_command(group: SpokenGroup, name: str) -> str | None:
    """What was perhaps meant: the commands of that name in groups below, such as `incident ack`
    for `ack`, else the nearest name in this group."""
    below = [
        f"{one} {name}"
        for one, entry in group.table.items()
        if entry.of_group
        and isinstance(inner := group.get_command(click.Context(group), one), SpokenGroup)
        and name in inner.table
    ]
    if 0 < len(below) <= FEW:
        return ", ".join(below)
    return nearest(name, list(group.table))


FEW: Final = 3
"""So many groups may have a command of the name that was typed, and are all said."""


def _unknown(what: Phrase, close: str | None) -> Phrase:
    if close is None:
        return what
    return say("{what}; meant is perhaps {nearest}", what=what, nearest=close)


def _parameter(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    names = error.param.opts if isinstance(error.param, click.Option) else None
    return "/".join(names) if names else str(error.param.name).upper()


def _defect(defect: Exception, asked: Asked) -> Phrase:
    """A defect of ours: the sentence names it, the details go where they can be sent from."""
    details = "".join(traceback.format_exception(defect))
    return say(
        "a defect in Lineguard: {name}: {reason}. Details are in {file}; please send them in",
        name=type(defect).__name__,
        reason=safe(str(defect)).replace("\n", " ")[:LONGEST_REASON],
        file=str(_keep(details, asked)),
    )


def _keep(details: str, asked: Asked) -> Path:
    data = resolve(asked.home).data
    heading = f"--- {clock.now().isoformat()} {' '.join(sys.argv[1:3])}\n"
    for folder in (data, Path(tempfile.gettempdir())):
        file = folder / "lineguard-defects.log"
        try:
            with os.fdopen(
                os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a"
            ) as log:
                log.write(heading + details)
        except OSError:
            continue
        return file
    return Path(os.devnull)
