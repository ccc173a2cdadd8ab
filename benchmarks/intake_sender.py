"""Sends traps and lines at a rate, to two ports of the loopback, and prints how many it sent."""

from __future__ import annotations

import json
import socket
import sys
import time

from tests.collectors.intake.senders import COLD_START, VRP_UP, link, trap

TICK_S = 0.01
KINDS = 50
"""Different messages of each sort, so that nothing is served from a cache of one."""


def main() -> int:
    """Arguments: the two ports, the two rates, seconds."""
    traps_to, lines_to, traps, lines, seconds = map(int, sys.argv[1:6])
    sort = [link("1.3.6.1.6.3.1.1.5.4", f"GE0/0/{one}", one + 1) for one in range(KINDS)]
    sort.append(trap(COLD_START, []))
    plain = [VRP_UP.replace(b"0/0/1", b"0/0/%d" % one) for one in range(KINDS)]
    sent = {"traps": 0, "syslog": 0}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            for name, rate, port, kinds in (
                ("traps", traps, traps_to, sort), ("syslog", lines, lines_to, plain),
            ):  # fmt: skip
                due = min(int(rate * (passed + TICK_S)), rate * seconds)
                for number in range(sent[name], due):
                    one.sendto(kinds[number % len(kinds)], ("127.0.0.1", port))
                sent[name] = due
            time.sleep(TICK_S)
        for name, rate, port, kinds in (
            ("traps", traps, traps_to, sort), ("syslog", lines, lines_to, plain),
        ):  # fmt: skip
            for number in range(sent[name], rate * seconds):
                one.sendto(kinds[number % len(kinds)], ("127.0.0.1", port))
            sent[name] = rate * seconds
    print(json.dumps(sent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
