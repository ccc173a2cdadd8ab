"""Roundup over WSGI on loopback: the ticket service of the practice site and of the tests.

`roundup-server` refuses to run as root; its WSGI application does not ask. Run as a process of its
own it can be killed and started again, as a service is: `python -P -m lab.embedded.ticket_service
FOLDER PORT`, which says `ready` when it listens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PLACE: Final = "/tickets/"
"""Where the tracker stands on its server."""


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


def main() -> None:
    """Serve until the process is ended."""
    folder, port = sys.argv[1:]
    with server(Path(folder), int(port)) as serving:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        serving.serve_forever()


if __name__ == "__main__":
    main()
