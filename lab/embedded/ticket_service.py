"""Roundup over WSGI on loopback: the ticket service of the practice site and of the tests.

`roundup-server` refuses to run as root; its WSGI application does not ask. Run as a process of its
own it can be killed and started again, as a service is: `python -P -m lab.embedded.ticket_service
FOLDER PORT`, which says `ready` when it listens. With `--guarded` it ends when its input does, so
that whoever started it cannot leave it behind, however they end.
"""

from __future__ import annotations

import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PLACE: Final = "/tickets/"
"""Where the tracker stands on its server."""
GUARDED: Final = "--guarded"
READY: Final = b"ready\n"
READY_WITHIN_S: Final = 30.0
ENDED_WITHIN_S: Final = 5.0


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection, none of which keeps the process alive."""

    daemon_threads = True


class _Silent(WSGIRequestHandler):
    """Writes no log: requests are seen where they come from."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Nothing."""


def tracker_url(port: int) -> str:
    """The web address of a tracker on that port."""
    return f"http://127.0.0.1:{port}{PLACE}"


def server(folder: Path, port: int) -> WSGIServer:
    """A server of the tracker in that folder; `serve_forever` runs it."""
    from roundup.cgi.wsgi_handler import RequestDispatcher

    tracker = RequestDispatcher(str(folder), feature_flags={"cache_tracker": ""})

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:  # noqa: ANN401
        path = environ["PATH_INFO"]
        if not path.startswith(PLACE):
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"no tracker here\n"]
        environ["SCRIPT_NAME"] = PLACE.rstrip("/")
        environ["PATH_INFO"] = path[len(PLACE) - 1 :]
        answer: Iterable[bytes] = tracker(environ, start)
        return answer

    return make_server("127.0.0.1", port, application, _Server, _Silent)


def launch(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The service as a process of its own, which listens when this returns. It ends with ours.
    Raises `OSError` when it does not come to listen."""
    child = subprocess.Popen(  # noqa: S603  (this module)
        [sys.executable, "-m", "lab.embedded.ticket_service", str(folder.absolute()), str(port),
         GUARDED],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    if _ready(child, time.monotonic() + READY_WITHIN_S):
        return child
    end(child)
    raise OSError(f"the ticket service does not listen on port {port}")


def _ready(child: subprocess.Popen[bytes], deadline: float) -> bool:
    """Has it said so in time?"""
    assert child.stdout is not None  # noqa: S101  (opened by `launch`)
    left = max(0.0, deadline - time.monotonic())
    ready, _, _ = select.select([child.stdout], [], [], left)
    return bool(ready) and child.stdout.readline() == READY


def end(child: subprocess.Popen[bytes]) -> None:
    """End it by its process id; safe to call twice. A request under way is cut off: the database
    has all of it or nothing."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    child.terminate()
    try:
        child.wait(ENDED_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def main() -> None:
    """Serve until the process is ended."""
    folder, port, *how = sys.argv[1:]
    with server(Path(folder), int(port)) as serving:
        if GUARDED in how:
            threading.Thread(target=_end_with_input, args=(serving,), daemon=True).start()
        sys.stdout.buffer.write(READY)
        sys.stdout.flush()
        serving.serve_forever()


def _end_with_input(serving: WSGIServer) -> None:
    sys.stdin.buffer.read()
    serving.shutdown()


if __name__ == "__main__":
    main()
