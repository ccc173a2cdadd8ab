"""A peer that answers one byte after the other and never comes to an end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

PAUSE_S: Final = 0.05


@contextmanager
def dripping(first: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Iterator[int]:
    """Its port on the loopback address. It says `first` at once, then drips until the end."""
    over = threading.Event()
    door = socket.create_server(("127.0.0.1", 0))

    def drip(visitor: socket.socket) -> None:
        with visitor, suppress(OSError):
            visitor.sendall(first)
            while not over.wait(PAUSE_S):
                visitor.sendall(b"x")

    def listen() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(door.accept()[0],), daemon=True).start()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield door.getsockname()[1]
    finally:
        over.set()
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        listener.join()
