"""Sends traps and lines at a rate, to two ports of the loopback, and prints how many it sent."""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import Final

from tests.collectors.intake.senders import COLD_START, LINK_UP, VRP_UP, link, trap

TICK_S: Final = 0.01
KINDS: Final = 50
"""Different messages of each sort, so that nothing is served from a cache of one."""


def main() -> int:
    """Arguments: the two ports, the two rates, seconds."""
    traps_to, lines_to, traps, lines, seconds = map(int, sys.argv[1:6])
    sent = {"traps": 0, "syslog": 0}
    ways = (
        ("traps", traps, traps_to, _traps()),
        ("syslog", lines, lines_to, _lines()),
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        began = time.monotonic()
        while any(sent[name] < rate * seconds for name, rate, _, _ in ways):
            passed = time.monotonic() - began + TICK_S
            for name, rate, port, kinds in ways:
                due = min(int(rate * passed), rate * seconds)
                for number in range(sent[name], due):
                    one.sendto(kinds[number % len(kinds)], ("127.0.0.1", port))
                sent[name] = due
            time.sleep(TICK_S)
    sys.stdout.write(json.dumps(sent))
    return 0


def _traps() -> list[bytes]:
    ups = [link(LINK_UP, f"GE0/0/{one}", one + 1) for one in range(KINDS)]
    return [*ups, trap(COLD_START, [])]


def _lines() -> list[bytes]:
    return [VRP_UP.replace(b"0/0/1", b"0/0/%d" % one) for one in range(KINDS)]


if __name__ == "__main__":
    sys.exit(main())
