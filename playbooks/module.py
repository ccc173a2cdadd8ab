"""What runs inside Ansible: take the lock, take the order, carry it out, say what came of it.

An order is taken through a named pipe while its sender lives: a playbook that is left over from a
killed run finds nobody there and does nothing. The lock is held until the device is left, so that
whoever looks after a kill can wait for the end of what was under way.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Final

from playbooks.orders import Done, Order, Outcome, order_of
from playbooks.tasks import carry_out

ORDER_BYTES: Final = 65_536
WAIT_S: Final = 10.0
"""For the order, once the playbook is under way."""
POLL_S: Final = 0.02


def main(arguments: str) -> int:
    """Exit status 0, whatever the device said; that stands in the result file."""
    given = json.loads(Path(arguments).read_text(encoding="utf-8"))
    with held(Path(given["lock"])):
        order = received(Path(given["pipe"]), WAIT_S)
        done = _nobody_there() if order is None else carry_out(order)
        write_result(Path(given["result"]), done)
    print(json.dumps({"changed": done.outcome is Outcome.DONE}))  # noqa: T201  Ansible reads it
    return 0


def _nobody_there() -> Done:
    return Done(outcome=Outcome.REFUSED, said="there is no order any more")


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """The lock of a device that is being changed; freed by the system when we die."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def received(pipe: Path, wait_s: float) -> Order | None:
    """The order, or None when its sender is gone or too slow."""
    try:
        handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        text = _read(handle, time.monotonic() + wait_s)
    finally:
        os.close(handle)
    try:
        return order_of(text.removesuffix("\n")) if text.endswith("\n") else None
    except (ValueError, TypeError, KeyError):
        return None


def _read(handle: int, ends: float) -> str:
    """One line. An end before a writer came looks like the end after it: hence the newline."""
    heard = bytearray()
    while not heard.endswith(b"\n") and len(heard) < ORDER_BYTES and time.monotonic() < ends:
        with suppress(BlockingIOError):
            heard += os.read(handle, ORDER_BYTES)
        if not heard.endswith(b"\n"):
            time.sleep(POLL_S)
    return heard.decode("utf-8", "replace")


def sent(pipe: Path, order: Order) -> bool:
    """Put the order into the pipe if somebody listens there now. Raises `OSError`."""
    try:
        handle = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as fault:
        if fault.errno == errno.ENXIO:
            return False
        raise
    try:
        os.write(handle, f"{order.as_json()}\n".encode())  # less than the pipe holds: at once
    finally:
        os.close(handle)
    return True


def write_result(path: Path, done: Done) -> None:
    """Whole or not at all."""
    spare = path.with_suffix(".part")
    spare.write_text(json.dumps(asdict(done)), encoding="utf-8")
    spare.replace(path)


def read_result(path: Path) -> Done | None:
    """What the module said, or None when it said nothing that can be understood."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Done(outcome=Outcome(fields["outcome"]), said=str(fields["said"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
