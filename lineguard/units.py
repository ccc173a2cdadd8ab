"""crontab lines and systemd units for one home, as text.

By systemd: the daemon, rounds by a timer, and the tick by a timer as well, so that clocks run on
while the daemon cannot. By cron, which keeps no daemon alive: rounds, the watch and the tick.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

JOBS: Final = (
    ("round", "round run --due", "*/10 * * * *", "*:0/10"),
    ("watch", "watch --once", "* * * * *", None),
    ("tick", "tick", "* * * * *", "*:*"),
)
"""Name, command, when by cron, when by systemd (None: the daemon does it). A round every ten
minutes finds little to do; it is how a slot is caught up soon after a machine was down."""

DAEMON: Final = "lineguard-serve.service"
FINE: Final = "1 75"
"""1: something is abnormal, which the incident tells; 75: another run holds the lock. Not 3: what
was not seen is no success, and a unit that is shown as failed is how it is noticed."""
FINE_TICK: Final = "75"
"""A tick that ends with 1 could not do its work: nobody was told of anything."""
LONGEST_TICK_S: Final = 600
"""One that takes longer hangs; while it runs no other is started."""
WATCHDOG_S: Final = 120
"""systemd starts a daemon anew that has hung for so long."""
MARK: Final = "# Home of this unit: "
"""Says whose a unit is, so that one home never writes over another's."""

CONFINED: Final = (
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictSUIDSGID=yes",
    "RestrictRealtime=yes",
    "SystemCallArchitectures=native",
)
"""What a manager of a user can enforce as well; systemd.exec(5)."""
CONFINED_BY_ROOT: Final = (
    "PrivateTmp=yes",
    "ProtectSystem=strict",
    "ProtectHome=read-only",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "RestrictNamespaces=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_RAW",
    "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_NET_RAW",
)
"""And what the system's can. The two capabilities are for ports below 1024 (traps, syslog) and for
ping; nothing else of root's is left, whoever the user is."""


def crontab(home: Path) -> str:
    """Lines for `crontab -e` of the user that owns the home. cron mails what is printed, so that
    only results that mean something are."""
    lines = [
        "# Lineguard: the user of this crontab must own the home.",
        "# A status of 1 (something is abnormal) and 75 (another run is at it) is no failure.",
        "# 3 is one: something was not seen, or has no check yet.",
    ]
    for _name, command_line, when, _calendar in JOBS:
        call = " ".join(shlex.quote(word) for word in call_of(home, command_line))
        lines.append(f"{when} {call.replace('%', chr(92) + '%')} >/dev/null")
    return "\n".join(lines) + "\n\n"


def systemd(home: Path, *, of_user: bool = False) -> dict[str, str]:
    """The units by file name: for the system, or for the manager of a user."""
    owner = None if of_user else owner_of(home)
    units = {DAEMON: _daemon(home, owner)}
    for name, command_line, _when, calendar in JOBS:
        if calendar is None:
            continue
        units[f"lineguard-{name}.service"] = _job(home, name, command_line, owner)
        units[f"lineguard-{name}.timer"] = (
            f"{MARK}{home}\n[Unit]\nDescription=Lineguard {name}, timer\n\n"
            f"[Timer]\nOnCalendar={calendar}\nPersistent=true\nAccuracySec=1s\n\n"
            f"[Install]\nWantedBy=timers.target\n"
        )
    return units


def started(units: Mapping[str, str]) -> tuple[str, ...]:
    """Those that are started: the daemon and the timers."""
    return tuple(sorted(name for name in units if name == DAEMON or name.endswith(".timer")))


def owner_of(home: Path) -> str:
    """Who runs the jobs: the owner of the home, nobody else reads it. `lineguard` while there is no
    home; a user without a name by the number, which systemd takes as well."""
    try:
        return home.owner()
    except FileNotFoundError:
        return "lineguard"
    except KeyError:
        return str(home.stat().st_uid)


def _daemon(home: Path, owner: str | None) -> str:
    target = "default.target" if owner is None else "multi-user.target"
    confined = CONFINED if owner is None else (*CONFINED, *CONFINED_BY_ROOT, _writes(home))
    return (
        f"{_head(home, 'serve', owner)}StartLimitIntervalSec=0\n\n"
        f"[Service]\nType=notify\nNotifyAccess=main\n{_who(owner)}"
        f"ExecStart={_line(home, 'serve')}\n"
        f"Restart=always\nRestartSec=5s\nWatchdogSec={WATCHDOG_S}s\n"
        f"SuccessExitStatus={FINE}\n" + "\n".join(confined) + "\n\n"
        f"[Install]\nWantedBy={target}\n"
    )


def _writes(home: Path) -> str:
    """systemd fills specifiers in here, and no variables."""
    return f"ReadWritePaths={shlex.quote(str(home).replace('%', '%%'))}"


def _job(home: Path, name: str, command_line: str, owner: str | None) -> str:
    return (
        f"{_head(home, name, owner)}\n"
        f"[Service]\nType=oneshot\n{_who(owner)}ExecStart={_line(home, command_line)}\n"
        f"{_endings(name)}"
    )


def _endings(name: str) -> str:
    if name == "tick":
        return (
            f"# 75: another one is at it. 1 is a failure: nobody was told of anything.\n"
            f"SuccessExitStatus={FINE_TICK}\nTimeoutStartSec={LONGEST_TICK_S}s\n"
        )
    return (
        f"# 1: something is abnormal (see: lineguard incident list); 75: another run is at it.\n"
        f"# 3 is not among them: something was not seen, or has no check yet.\n"
        f"SuccessExitStatus={FINE}\n"
    )


def _head(home: Path, name: str, owner: str | None) -> str:
    """A user's manager knows nothing of the system's network target."""
    after = "" if owner is None else "After=network-online.target\nWants=network-online.target\n"
    return f"{MARK}{home}\n[Unit]\nDescription=Lineguard {name}\n{after}"


def _who(owner: str | None) -> str:
    return "UMask=0077\n" if owner is None else f"User={owner}\nUMask=0077\n"


def _line(home: Path, command_line: str) -> str:
    return " ".join(_quoted(word) for word in call_of(home, command_line))


def _quoted(word: str) -> str:
    """For ExecStart: quoted, with systemd's specifiers and variables disarmed."""
    disarmed = word.replace("%", "%%").replace("$", "$$")
    return shlex.quote(disarmed)


def call_of(home: Path, command_line: str) -> list[str]:
    """The command with its home, by whole paths."""
    return [str(_console_script()), *command_line.split(), "--quiet", "--home", str(home)]


def _console_script() -> Path:
    """The script beside this interpreter. Never `python -m`: with it, a folder `checks/` in the
    current directory would be imported in place of ours."""
    return Path(sys.executable).with_name("lineguard")
