"""`lineguard cron`: crontab and systemd units: printed, installed and removed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import OneOf
from lineguard.home import no_home, resolve
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lineguard.cli.screen import Screen
    from lineguard.installing import Change

YES: Final = frozenset({"y", "yes", "是"})


@command("print", say("Print a crontab and systemd units for this home; nothing is installed."))
@option("--format", "form", type=OneOf("all", "cron", "systemd"), default="all",
        says=say("only one of the two"))  # fmt: skip
def print_units(asked: Asked, form: str) -> int:
    """Both, or one."""
    from lineguard.units import crontab, systemd

    home = resolve(asked.home).root.absolute()
    parts = {"cron": crontab(home), **systemd(home)}
    chosen = {
        name: text
        for name, text in parts.items()
        if form == "all" or (name == "cron") == (form == "cron")
    }
    show = screen(asked)
    for name, text in chosen.items():
        show.raw(text if name == "cron" else f"# --- /etc/systemd/system/{name}\n{text}\n")
    show.document(chosen)
    return 0


@command(
    "install",
    say("Install systemd units for this home, or with --cron lines in this user's crontab. Shows\n"
        "what changes and asks first; what is there already stays as it is."),
)  # fmt: skip
@option("--cron", "by_cron", is_flag=True, says=say("in the crontab of this user"))
@option("--user", "of_user", is_flag=True, says=say("units of this user, without root"))
@option("--yes", is_flag=True, says=say("do not ask first (for scripts)"))
def install(asked: Asked, by_cron: bool, of_user: bool, yes: bool) -> int:
    """Exit status 1 when nothing was agreed to."""
    return _carry_out(asked, by_cron=by_cron, of_user=of_user, yes=yes, wanted=True)


@command("remove", say("Take away what `cron install` put there for this home, and stop it."))
@option("--cron", "by_cron", is_flag=True, says=say("in the crontab of this user"))
@option("--user", "of_user", is_flag=True, says=say("units of this user, without root"))
@option("--yes", is_flag=True, says=say("do not ask first (for scripts)"))
def remove(asked: Asked, by_cron: bool, of_user: bool, yes: bool) -> int:
    """Exit status 1 when nothing was agreed to."""
    return _carry_out(asked, by_cron=by_cron, of_user=of_user, yes=yes, wanted=False)


def _carry_out(asked: Asked, *, by_cron: bool, of_user: bool, yes: bool, wanted: bool) -> int:
    from lineguard.installing import place_of

    home = resolve(asked.home)
    if wanted and not home.exists():
        raise no_home(home)
    if by_cron and of_user:
        raise Refused(say("either --cron or --user"), 2)
    place = place_of(home.root.absolute(), by_cron=by_cron, of_user=of_user)
    changes = place.changes(wanted=wanted)
    show = screen(asked)
    if changes and not (yes or _agreed(show, changes)):
        raise Refused(say("nothing was changed"))
    if changes or wanted:
        place.apply(changes, wanted=wanted)
    _tell(show, changes)
    return 0


def _agreed(show: Screen, changes: Sequence[Change]) -> bool:
    for one in changes:
        for line in one.lines():
            show.err.write(f"{line}\n")
    show.note(say("Change this? [y/N]"))
    return sys.stdin.readline().strip().lower() in YES


def _tell(show: Screen, changes: Sequence[Change]) -> None:
    for one in changes:
        gone = one.after is None
        show.line(say("{name} is removed", name=one.name) if gone
                  else say("{name} is written", name=one.name))  # fmt: skip
    if not changes:
        show.line(say("everything is as it should be; nothing was changed"))
    show.document([{"name": one.name, "removed": one.after is None} for one in changes])
