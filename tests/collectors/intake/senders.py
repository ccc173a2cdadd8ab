"""What senders send: traps encoded by the practice site's own encoder, lines and bodies."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from collectors.intake.model import Arrived, Receiver
from lab.embedded.snmp_ber import (
    IP_ADDRESS,
    OCTETS,
    SEQUENCE,
    TIMETICKS,
    encode_integer,
    encode_oid,
    wrap,
)

AT: Final = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TRAP_1, INFORM, TRAP_2 = 0xA4, 0xA6, 0xA7
LINK_DOWN: Final = "1.3.6.1.6.3.1.1.5.3"
LINK_UP: Final = "1.3.6.1.6.3.1.1.5.4"
COLD_START: Final = "1.3.6.1.6.3.1.1.5.1"
VRP_DOWN: Final = (
    b"<189>Nov 22 2026 11:00:00 rt-1 %%01IFNET/4/LINK_STATE(l)[3]:The line protocol IP on the "
    b"interface GigabitEthernet0/0/1 has entered the DOWN state."
)
VRP_UP: Final = VRP_DOWN.replace(b"DOWN", b"UP")

Variables = list[tuple[str, bytes]]


def oid(dotted: str) -> bytes:
    return encode_oid(tuple(map(int, dotted.split("."))))


def number(value: int) -> bytes:
    return encode_integer(value)


def octets(value: bytes) -> bytes:
    return wrap(OCTETS, value)


def variables(pairs: Variables) -> bytes:
    return wrap(SEQUENCE, b"".join(wrap(SEQUENCE, oid(name) + value) for name, value in pairs))


def trap(
    name: str, pairs: Variables, community: bytes = b"public", tag: int = TRAP_2, request: int = 77
) -> bytes:
    """Version 2c."""
    head: Variables = [
        ("1.3.6.1.2.1.1.3.0", encode_integer(5, TIMETICKS)),
        ("1.3.6.1.6.3.1.1.4.1.0", oid(name)),
    ]
    body = number(request) + number(0) + number(0) + variables([*head, *pairs])
    return wrap(SEQUENCE, number(1) + octets(community) + wrap(tag, body))


def old_trap(enterprise: str, generic: int, specific: int, pairs: Variables) -> bytes:
    """Version 1."""
    body = (
        oid(enterprise) + wrap(IP_ADDRESS, b"\x7f\x00\x00\x01") + number(generic)
        + number(specific) + encode_integer(9, TIMETICKS) + variables(pairs)
    )  # fmt: skip
    return wrap(SEQUENCE, number(0) + octets(b"public") + wrap(TRAP_1, body))


def link(name: str, port: str = "GigabitEthernet0/0/1", index: int = 3, admin: int = 1) -> bytes:
    return trap(
        name,
        [
            (f"1.3.6.1.2.1.2.2.1.1.{index}", number(index)),
            (f"1.3.6.1.2.1.2.2.1.2.{index}", octets(port.encode())),
            (f"1.3.6.1.2.1.2.2.1.7.{index}", number(admin)),
        ],
    )


def alert(state: str = "firing", **labels: str) -> dict[str, Any]:
    known = {"alertname": "DiskFull", "severity": "critical", "instance": "10.0.0.7:9100"}
    return {
        "status": state,
        "labels": {**known, **labels},
        "annotations": {"summary": "the disk is full"},
        "startsAt": "2026-11-22T03:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": "5a1b2c",
    }


def body(*alerts: dict[str, Any]) -> bytes:
    whole = {
        "version": "4", "groupKey": "{}:{}", "status": "firing", "receiver": "lineguard",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "",
        "truncatedAlerts": 0, "alerts": list(alerts),
    }  # fmt: skip
    return json.dumps(whole).encode()


def arrived(
    raw: bytes, receiver: Receiver = Receiver.TRAPS, form: str = "", source: str = "127.0.0.1"
) -> Arrived:
    return Arrived(receiver, AT, source, raw, 40_000, None, "prometheus" if form else "", form)
