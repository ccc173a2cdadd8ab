"""UPSs, storage arrays and room sensors: values of agents, and the lines of a NUT server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from checks.verdict import State
from collectors.parsers.nut import (
    NotNut,
    error_of,
    listing,
    names,
    text_lines,
    ups_told,
    variables,
    words,
)
from collectors.readings import Reading
from collectors.readings.power import UpsAlarms
from collectors.readings.room import RoomHumidity, RoomTemperature
from collectors.readings.storage import ArrayCapacity, ArrayParts
from collectors.ups_words import POWER
from inventory.model import Kind
from lab.embedded import snmp_data
from tests.collectors.hosts import now
from tests.collectors.snmp.ups_agents import huawei, powernet
from tests.fuzz.judged import of_kind, state_of
from tests.fuzz.mutation import cut, noise, nothing, upside_down
from tests.fuzz.target import Target
from tests.fuzz.wires import agent

UPS: Final = of_kind(Kind.UPS)
SAN: Final = of_kind(Kind.STORAGE)
ROOM: Final = of_kind(Kind.ROOM_SENSOR)
RFC: Final = snmp_data.ups("ups-1")

GOOD: Final = b"""\
BEGIN LIST VAR room
VAR room battery.charge "100"
VAR room battery.runtime "2520"
VAR room battery.temperature "24.5"
VAR room ups.load "28"
VAR room ups.model "UPS2000-G \\"10kVA\\""
VAR room ups.status "OL CHRG"
END LIST VAR room
"""
BAD: Final = GOOD.replace(b"OL CHRG", b"OB LB OVER ALARM").replace(b'"28"', b'"128"')


def _line(question: type[Reading]) -> Callable[[bytes], State | None]:
    """As the session reads one answer."""

    def look(raw: bytes) -> State | None:
        try:
            lines = text_lines(raw)
            if error_of(lines) is not None:
                return None
            told = ups_told(variables(lines, "room"))
        except NotNut:
            return None
        stamp = {"device": UPS.name, "taken_at": now(), "exchanges": ()}
        reading = told.reading(question, stamp)  # type: ignore[arg-type]
        return None if reading is None else state_of(reading, UPS)

    return look


def _names(raw: bytes) -> None:
    try:
        names(text_lines(raw))
    except NotNut:
        return


TARGETS: Final = (
    *(
        agent(reading, UPS, RFC, *((huawei(), powernet()) if reading is not UpsAlarms else ()))
        for reading in sorted(POWER, key=lambda one: one.__name__)
    ),
    agent(ArrayParts, SAN, snmp_data.storage("san-1")),
    agent(ArrayCapacity, SAN, snmp_data.storage("san-1")),
    agent(RoomTemperature, ROOM, snmp_data.room_sensor("room-1")),
    agent(RoomHumidity, ROOM, snmp_data.room_sensor("room-1")),
    *(
        Target(
            name=f"nut: {reading.__name__}",
            look=_line(reading),
            seeds=(GOOD, BAD),
            reads=(("nut", reading),),
            parses=(text_lines, error_of, listing, variables, words, ups_told),
            spoil=(cut, noise, upside_down, nothing),
        )
        for reading in sorted(POWER, key=lambda one: one.__name__)
    ),
    Target(
        name="nut: LIST UPS", look=_names, seeds=(b'BEGIN LIST UPS\nUPS a "b"\nEND LIST UPS\n',),
        parses=(names,), spoil=(),
    ),
)  # fmt: skip
