"""Work of a library that may never come back, in a thread of its own.

A receiver that drips keeps the one who reads waiting for as long as it likes: limits of libraries
hold for each read, not for the whole. Such a thread is left behind when its time is over. It holds
up neither the others, as it would in a pool, nor the end of the process; and while it lasts nobody
begins the same again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_under_way: Final[set[str]] = set()
"""Working state of the process: what was begun and has not come back, by its name."""
_guard: Final = threading.Lock()


class StillUnderWay(Exception):
    """It was begun earlier and has not come back."""


async def alone(name: str, limit_s: float, work: Callable[[], bool]) -> bool:
    """What the work says; False when it raises. Raises `TimeoutError`, `StillUnderWay`."""
    with _guard:
        if name in _under_way:
            raise StillUnderWay
        _under_way.add(name)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bool] = loop.create_future()

    def tell(outcome: bool) -> None:
        if not done.done():
            done.set_result(outcome)

    def run() -> None:
        outcome = False
        try:
            outcome = work()
        except Exception:  # noqa: BLE001  (the boundary of a thread; the words may hold secrets)
            outcome = False
        finally:
            with _guard:
                _under_way.discard(name)
            with suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(tell, outcome)

    threading.Thread(target=run, name=f"send {name}", daemon=True).start()
    return await asyncio.wait_for(done, limit_s)
