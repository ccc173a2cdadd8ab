"""What `ping -q` and keepalived's journal say.

Sources: iputils' ping_common.c (`finish`), the same line in busybox; keepalived's
vrrp_scheduler.c and vrrp.c: `(VI_1) Entering MASTER STATE`, `VRRP_Instance(VI_1) ...` before 2.0.
"""

from __future__ import annotations

import re
from typing import Final

from collectors.parsers.linux import Unreadable, whole_lines
from collectors.readings.heartbeat import HeartbeatPeer
from phrases import say

COUNTED: Final = re.compile(r"(\d{1,4}) packets transmitted, (\d{1,4}) (?:packets )?received, .*")
TIMED: Final = re.compile(
    r"(?:rtt|round-trip) min/avg/max(?:/mdev|/stddev)? ="
    r" (\d{1,7}\.\d{1,4})/(\d{1,7}\.\d{1,4})/\S{1,40} ms.{0,60}"
)
ENTERED: Final = re.compile(
    r"(?:VRRP_Instance)?\((.{1,100})\) Entering (MASTER|BACKUP|FAULT|INIT|STOP) STATE.{0,60}"
)


def parse_echoes(answer: bytes, peer: str, sent: int) -> HeartbeatPeer:
    """The summary, with as many sent as were asked for, then `END`. Raises `Unreadable`."""
    lines = whole_lines(answer)
    counted = [found for line in lines if (found := COUNTED.fullmatch(line))]
    timed = [found for line in lines if (found := TIMED.fullmatch(line))]
    if len(counted) != 1 or int(counted[0][1]) != sent or int(counted[0][2]) > sent:
        raise Unreadable(say("the echoes are not counted as ping counts them"))
    received = int(counted[0][2])
    if (received > 0) != (len(timed) == 1):
        raise Unreadable(say("the echoes are not counted as ping counts them"))
    return HeartbeatPeer(
        address=peer,
        sent=sent,
        received=received,
        round_trip_ms=float(timed[0][2]) if timed else None,
    )


def last_vrrp_state(answer: bytes, instance: str) -> str | None:
    """The state that this instance entered last, in lower case; None where the journal holds
    none. Raises `Unreadable`."""
    states = [
        found[2].lower()
        for line in whole_lines(answer)
        if (found := ENTERED.fullmatch(line)) and found[1] == instance
    ]
    return states[-1] if states else None
