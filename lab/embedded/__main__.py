"""The process of a practice site: `python -m lab.embedded HOME [REPORT_FD]`.

It takes the home's lock, settles ports, starts every peer, tells over the pipe that it is ready
(one JSON line), and serves the control socket until it is asked to stop.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from collectors.scratch.server import PostgresFailed
from inventory.problems import EstateError
from lab.embedded.control import packed, serve_control
from lab.embedded.desk import Desk
from lab.embedded.home import PracticeHome, settle_ports
from lab.embedded.lock import take
from lab.embedded.ports import NoFreePorts
from lab.embedded.site import PracticeSite, site_of_home
from phrases import Phrase, say

WORDS: Final = 300
"""Characters of a server's own words in a sentence."""
START_ATTEMPTS: Final = 3
"""A port can be taken between the look at it and the start of its peer."""


class NotStarted(Exception):
    """The site could not be started; `why` is for the person who asked."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.why = why


async def _started(home: PracticeHome) -> tuple[PracticeSite, dict[int, int]]:
    moved: dict[int, int] = {}
    for _ in range(START_ATTEMPTS):
        changed = settle_ports(home)
        moved = _followed(moved, changed)
        try:
            site = site_of_home(home)
            await site.start()
        except (EstateError, PostgresFailed) as failure:
            raise NotStarted(_why(failure)) from failure
        except OSError as failure:
            if failure.errno != errno.EADDRINUSE:
                raise
            continue
        return site, moved
    raise NotStarted(
        say("the ports of the practice site are taken by others again and again; try once more")
    )


def _why(failure: EstateError | PostgresFailed) -> Phrase:
    if isinstance(failure, EstateError):
        return failure.problems[0].sentence()
    return say("a practice database did not start: {why}", why=str(failure)[:WORDS])


def _followed(moved: dict[int, int], changed: dict[int, int]) -> dict[int, int]:
    """From where each port first was to where it is now."""
    onward = {first: changed.get(now, now) for first, now in moved.items()}
    return onward | {old: new for old, new in changed.items() if old not in moved.values()}


async def _serve(home: PracticeHome, report: int | None) -> None:
    site, moved = await _started(home)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        control = await serve_control(home.lab, Desk(site, stop).handle)
        _tell(report, {"pid": os.getpid(), "moved": moved})
        await stop.wait()
        control.close()
    finally:
        await site.stop()


def _tell(report: int | None, message: dict[str, Any]) -> None:
    if report is not None:
        with suppress(BrokenPipeError):  # whoever started us is gone; the site stays
            os.write(report, json.dumps(message).encode() + b"\n")
        os.close(report)


def main(arguments: list[str]) -> int:
    """Run until stopped. 0: stopped; 1: not started, the reason is told over the pipe."""
    home = PracticeHome(Path(arguments[0]))
    report = int(arguments[1]) if len(arguments) > 1 else None
    lock = take(home.lab)
    if lock is None:
        why = say("another process is already the practice site of this home")
        _tell(report, {"failed": packed(why)})
        return 1
    try:
        asyncio.run(_serve(home, report))
    except (NotStarted, NoFreePorts) as failure:
        _tell(report, {"failed": packed(failure.why)})
        return 1
    return 0  # the lock is freed by the end of the process, and by nothing before it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
