"""Ends the site's PostgreSQL servers when the site dies without ending them.

A server runs in a session of its own, often as another user, so neither the terminal nor the
kernel's parent-death signal reaches it reliably. This is a shell that waits on a pipe: when the
site's end closes without a word, however the site ended, it stops the servers it was told of.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import Final

SCRIPT: Final = """
while read -r word; do
  [ "$word" = done ] && exit 0
  pids="$pids $word"
done
[ -n "$pids" ] && kill -INT $pids
"""
"""SIGINT is PostgreSQL's fast shutdown (pg_ctl(1))."""


@dataclass(slots=True)
class Guard:
    """The waiting shell. `watch` names a process to end; `dismiss` sends the guard away."""

    process: subprocess.Popen[bytes]

    def watch(self, pid: int) -> None:
        """End this process if ours dies first."""
        self._tell(str(pid))

    def dismiss(self) -> None:
        """All that was watched has been ended; safe to call twice."""
        if self.process.poll() is None:
            self._tell("done")
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def _tell(self, word: str) -> None:
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.write(f"{word}\n".encode())
            self.process.stdin.flush()


def start_guard() -> Guard:
    """A guard that watches nothing yet."""
    return Guard(
        subprocess.Popen(  # noqa: S603  (a constant script)
            ["/bin/sh", "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    )
