"""What systemd is told, and how it wants its log lines: sd_notify(3) and sd-daemon(3), both plain
text, so no library is needed. Elsewhere all of it is silent."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
ALIVE: Final = "WATCHDOG=1"

PRIORITIES: Final = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
)
"""From syslog(3); below INFO is 7, debug."""
DEBUG_PRIORITY: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """The socket of sd_notify(3); None where no systemd asked for one."""

    address: str | None = None
    watchdog_s: float | None = None
    """systemd ends what was silent for so long; None: it does not watch."""

    def tell(self, state: str) -> None:
        """Say it, without ever waiting for a manager that does not listen. What cannot be said is
        lost: the manager notices by itself."""
        if self.address is None:
            return
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            door.setblocking(False)
            try:
                door.connect(address)
                door.send(state.encode())
            except BlockingIOError:
                return
            except OSError as error:
                logging.getLogger(__name__).warning("systemd cannot be told: %s", error)


def notifier(environment: Mapping[str, str] = os.environ, pid: int | None = None) -> Notifier:
    """As the environment has it. The watchdog may be meant for another process of the unit."""
    address = environment.get("NOTIFY_SOCKET") or None
    whose = environment.get("WATCHDOG_PID")
    usec = environment.get("WATCHDOG_USEC", "")
    ours = whose is None or whose == str(os.getpid() if pid is None else pid)
    watchdog = int(usec) / 1_000_000 if ours and usec.isascii() and usec.isdecimal() else None
    if address is not None and address[0] not in "/@":
        address = None
    return Notifier(address=address, watchdog_s=watchdog or None)


class ShanghaiFormatter(logging.Formatter):
    """Times as all screens say them, whatever the machine's zone, and said to be that."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """To the millisecond, with the offset."""
        at = datetime.fromtimestamp(record.created, SHANGHAI)
        return at.isoformat(sep=" ", timespec="milliseconds")


class JournalFormatter(logging.Formatter):
    """`<N>text` for the journal, which knows the time; one line each, so that no text can pass for
    a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, its priority in front."""
        text = super().format(record).replace("\n", " | ")
        return f"<{priority(record.levelno)}>{text}"


def priority(level: int) -> int:
    """The syslog priority of a level of `logging`."""
    return next((number for least, number in PRIORITIES if level >= least), DEBUG_PRIORITY)


def log_to_stderr(environment: Mapping[str, str] = os.environ) -> None:
    """The daemon's log: with priorities where stderr is the journal, with times elsewhere."""
    handler = logging.StreamHandler()
    if environment.get("JOURNAL_STREAM"):
        handler.setFormatter(JournalFormatter("%(name)s: %(message)s"))
    else:
        handler.setFormatter(ShanghaiFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for chatty in ("httpx", "httpcore", "paramiko", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # their lines hold URLs
