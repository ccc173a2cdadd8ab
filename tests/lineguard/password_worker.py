"""A child process that changes the passwords of one device, and kills itself after a given step.

Arguments: home, device, step (0: never). It prints the steps that it took, one a line, before each
is over, so that its parent knows where it died.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from inventory.people import Actor, Proof
from lineguard.home import Home
from lineguard.wiring import Station
from maintenance.password_stages import Standing
from tests.maintenance.password_world import Deadly

ACTOR = Actor(name="赵敏", proven=True, how=Proof.OS_USER)


@dataclass
class Lethal(Deadly):
    """Kills the whole process: nothing is cleaned up."""

    def took(self, step: str) -> None:
        self.steps.append(step)
        print(step, flush=True)  # noqa: T201  (the parent reads it)
        if len(self.steps) == self.after:
            os.kill(os.getpid(), signal.SIGKILL)


def main(home: str, device: str, step: str) -> None:
    station = Station(Home(Path(home)))
    desk = station.password_desk(ACTOR)
    lethal = Lethal(after=int(step) or 10**9)
    change = replace(
        desk.change,
        files=lethal.wrap("files", desk.change.files),
        changer=lethal.wrap("changer", desk.change.changer),
        prover=lethal.wrap("prover", desk.change.prover),
        journal=lethal.wrap("journal", desk.change.journal),
    )
    whole = replace(desk, change=change)
    asyncio.run(whole.rotate([station.estate.device(device)], told))


def told(standing: Standing) -> None:
    sys.stderr.write(standing.why.text("en") + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
