"""A process of its own that does what `lineguard tick` does, at the time that a file holds.

`python -m tests.incidents.night.runner tick HOME` does it once; `... serve HOME` goes on as the
daemon does, with its own loop, until it is killed. Both write a line to standard output when they
begin, and when a minute is done. The product itself takes no time from outside.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from lineguard.cli.asked import Asked
from lineguard.cli.tick import Work
from lineguard.ticking import Ticking
from tests.incidents.night.town import Town

STEP_S = 0.02


def time_of(folder: Path) -> datetime:
    """What the clock on the wall shows; it is always written whole."""
    return datetime.fromisoformat((folder / "clock").read_text())


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def tick(folder: Path) -> None:
    """One minute."""
    town = Town.open(folder, time_of(folder))
    say("begins")
    town.minute()
    say(f"done {town.now.isoformat()}")


def serve(folder: Path) -> None:
    """Minute after minute, by the loop of `lineguard serve`."""
    town = Town.open(folder, time_of(folder))

    def once(_asked: Asked) -> Work:
        town.now = time_of(folder)
        town.minute()
        say(f"done {town.now.isoformat()}")
        return Work()

    say("begins")
    ticking = Ticking(Asked(), once=once, now=lambda: time_of(folder), step_s=STEP_S)
    asyncio.run(ticking.run(asyncio.Event()))


if __name__ == "__main__":
    {"tick": tick, "serve": serve}[sys.argv[1]](Path(sys.argv[2]))
