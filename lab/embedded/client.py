"""The practice site of a home, seen from outside its process: start, ask, break, mend, stop.

Faults live in the running site only: `lab down` and the next `lab up` give a healthy one.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lab.embedded.control import Refusal, ask, unpacked
from lab.embedded.home import PracticeHome, prepare_practice_home
from lab.embedded.lock import holder
from lab.embedded.status import SiteStatus, status_from_json
from lab.embedded.ticket_service import tracker_url
from phrases import Phrase, say

UP_LIMIT_S: Final = 90.0
DOWN_LIMIT_S: Final = 30.0
KILL_LIMIT_S: Final = 10.0
POLL_S: Final = 0.05
LOG_NAME: Final = "lab.log"
FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What `up` did. `moved`: ports that others had, old to new; the estate was rewritten."""

    already_up: bool
    pid: int
    moved: dict[int, int] = field(default_factory=dict)
    tickets: str | None = None
    """The web address of the site's ticket service."""

    def sentence(self) -> Phrase:
        """For the person who asked."""
        if self.already_up:
            return say("the practice site is already up, process {pid}", pid=self.pid)
        if not self.moved:
            return say("the practice site is up, process {pid}", pid=self.pid)
        return say(
            "the practice site is up, process {pid}; {count} ports were taken by others and have "
            "new numbers in estate/hosts.yml",
            pid=self.pid,
            count=len(self.moved),
        )


@dataclass(frozen=True, slots=True)
class LabClient:
    """`root` is the home. Every method raises `Refusal`, whose `why` is for the person."""

    root: Path

    @property
    def home(self) -> PracticeHome:
        return PracticeHome(self.root)

    def running(self) -> bool:
        """Is a process the site of this home just now?"""
        return holder(self.home.lab) is not None

    def up(self, limit_s: float = UP_LIMIT_S) -> Started:
        """Start the site as a process of its own; returns when every peer listens."""
        if self.running():
            return self._already_up(limit_s)
        prepare_practice_home(self.root)
        self.home.lab.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        told = _launch(self.home, limit_s)
        if "failed" in told:
            if self.running():  # somebody else was starting it
                return self._already_up(limit_s)
            raise Refusal(unpacked(told["failed"]))
        return Started(
            already_up=False,
            pid=told["pid"],
            moved={int(old): new for old, new in told["moved"].items()},
            tickets=self._tickets(),
        )

    def _already_up(self, limit_s: float) -> Started:
        pid = self._status_within(limit_s).pid
        return Started(already_up=True, pid=pid, tickets=self._tickets())

    def _tickets(self) -> str | None:
        port = self.home.tickets()
        return None if port is None else tracker_url(port)

    def _status_within(self, limit_s: float) -> SiteStatus:
        """Of a site that somebody else may be starting just now."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                return self.status()
            except Refusal:
                if time.monotonic() > deadline:
                    raise
            time.sleep(POLL_S)

    def status(self) -> SiteStatus:
        """Every device's peers and what is broken."""
        return status_from_json(self._ask({"do": "status"})["status"])

    def break_fault(self, name: str, device: str | None = None) -> Phrase:
        """Inject a fault; the sentence says what was done to which device."""
        return unpacked(self._ask({"do": "break", "fault": name, "device": device})["said"])

    def mend(self, name: str) -> Phrase:
        """Take back one fault, or `all`."""
        return unpacked(self._ask({"do": "mend", "fault": name})["said"])

    def down(self) -> bool:
        """Stop the site: by request, then by its process id. False when none was running."""
        pid = holder(self.home.lab)
        if pid is None:
            return False
        try:
            ask(self.home.lab, {"do": "stop"})
        except (OSError, ValueError):
            _signal(pid, signal.SIGTERM)
        if not self._ended_within(DOWN_LIMIT_S):
            _signal(pid, signal.SIGKILL)
            if not self._ended_within(KILL_LIMIT_S):
                raise Refusal(say("the practice site, process {pid}, does not end", pid=pid))
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # where the same process had started it
        return True

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if holder(self.home.lab) is None:
            raise Refusal(
                say("the practice site of this home is not running; start it: lineguard lab up")
            )
        try:
            return ask(self.home.lab, request)
        except (OSError, ValueError):
            raise Refusal(
                say(
                    "the practice site is running but does not answer; see {log}",
                    log=str(self.home.lab / LOG_NAME),
                )
            ) from None

    def _ended_within(self, limit_s: float) -> bool:
        deadline = time.monotonic() + limit_s
        while holder(self.home.lab) is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True


def _signal(pid: int, number: signal.Signals) -> None:
    if pid > 1:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return


def _launch(home: PracticeHome, limit_s: float) -> dict[str, Any]:
    """A detached process in a session of its own; it reports over a pipe when it is ready."""
    reading, writing = os.pipe()
    try:
        with (home.lab / LOG_NAME).open("ab") as log:
            child = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "lab.embedded", str(home.root.absolute()), str(writing)],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                start_new_session=True,
            )
        os.close(writing)
        writing = -1
        told = _report(reading, time.monotonic() + limit_s)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)
    if told is None:
        child.terminate()
        child.wait(KILL_LIMIT_S)
        raise Refusal(
            say(
                "the practice site did not start; see {log}",
                log=str(home.lab / LOG_NAME),
            )
        )
    if "failed" in told:
        child.wait(KILL_LIMIT_S)
    else:
        child.returncode = 0  # meant to outlive us: no complaint about a child not waited for
    return told


def _report(reading: int, deadline: float) -> dict[str, Any] | None:
    received = b""
    while not received.endswith(b"\n"):
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        block = os.read(reading, 65_536) if ready else b""
        if not block:
            return None
        received += block
    return dict(json.loads(received))
