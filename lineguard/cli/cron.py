"""`lineguard cron`: crontab and systemd units, printed to be looked over and installed."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Final

from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import OneOf
from lineguard.home import resolve
from phrases import say

JOBS: Final = (
    ("round", "round run --due", "*/10 * * * *", "*:0/10"),
    ("watch", "watch --once", "* * * * *", "*:*"),
    ("tick", "tick", "* * * * *", "*:*"),
)
"""Name, command, when by cron, when by systemd. A round every ten minutes finds little to do; it
is how a slot is caught up soon after a machine was down."""

FINE: Final = "1 75"
"""1: something is abnormal, which the incident tells; 75: another run holds the lock. Not 3: what
was not seen is no success, and a unit that is shown as failed is how it is noticed."""


@command("print", say("Print a crontab and systemd units for this home; nothing is installed."))
@option("--format", "form", type=OneOf("all", "cron", "systemd"), default="all",
        says=say("only one of the two"))  # fmt: skip
def print_units(asked: Asked, form: str) -> int:
    """Both, or one."""
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


def crontab(home: Path) -> str:
    """Lines for `crontab -e` of the user that owns the home. cron mails what is printed, so that
    only results that mean something are."""
    lines = [
        "# Lineguard: the user of this crontab must own the home.",
        "# A status of 1 (something is abnormal) and 75 (another run is at it) is no failure.",
        "# 3 is one: something was not seen, or has no check yet.",
    ]
    for _name, command_line, when, _calendar in JOBS:
        call = " ".join(shlex.quote(word) for word in _call(home, command_line))
        lines.append(f"{when} {call.replace('%', chr(92) + '%')} >/dev/null")
    return "\n".join(lines) + "\n\n"


def systemd(home: Path) -> dict[str, str]:
    """A service and a timer for each job, by file name."""
    owner = owner_of(home)
    units: dict[str, str] = {}
    for name, command_line, _when, calendar in JOBS:
        call = " ".join(_quoted(word) for word in _call(home, command_line))
        units[f"lineguard-{name}.service"] = _service(name, call, owner)
        units[f"lineguard-{name}.timer"] = (
            f"[Unit]\nDescription=Lineguard {name}, timer\n\n"
            f"[Timer]\nOnCalendar={calendar}\nPersistent=true\nAccuracySec=1s\n\n"
            f"[Install]\nWantedBy=timers.target\n"
        )
    return units


def owner_of(home: Path) -> str:
    """Who runs the jobs: the owner of the home, nobody else reads it. `lineguard` while there is no
    home; a user without a name by the number, which systemd takes as well."""
    try:
        return home.owner()
    except FileNotFoundError:
        return "lineguard"
    except KeyError:
        return str(home.stat().st_uid)


def _service(name: str, call: str, owner: str) -> str:
    return (
        f"[Unit]\nDescription=Lineguard {name}\nAfter=network-online.target\n"
        f"Wants=network-online.target\n\n"
        f"[Service]\nType=oneshot\nUser={owner}\nUMask=0077\nExecStart={call}\n"
        f"# 1: something is abnormal (see: lineguard incident list); 75: another run is at it.\n"
        f"# 3 is not among them: something was not seen, or has no check yet.\n"
        f"SuccessExitStatus={FINE}\n"
    )


def _quoted(word: str) -> str:
    """For ExecStart: quoted, with systemd's specifiers and variables disarmed."""
    disarmed = word.replace("%", "%%").replace("$", "$$")
    return shlex.quote(disarmed)


def _call(home: Path, command_line: str) -> list[str]:
    return [str(_console_script()), *command_line.split(), "--quiet", "--home", str(home)]


def _console_script() -> Path:
    """The script beside this interpreter. Never `python -m`: with it, a folder `checks/` in the
    current directory would be imported in place of ours."""
    return Path(sys.executable).with_name("lineguard")
