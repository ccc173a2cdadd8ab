"""Consoles: what VRP devices and voice gateways print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from checks.verdict import State
from collectors.consoles import u1900, vrp, vrp_log
from collectors.consoles.shapes import Garbled, NotOffered, NotPermitted
from collectors.consoles.transcript import decoded, echo_end, lines_of, unwrapped
from collectors.readings import (
    ActiveAlarms,
    DeviceLog,
    HaState,
    MemoryUse,
    Modules,
    Ports,
    PowerAndFans,
    ProcessorLoad,
    Reading,
    Temperatures,
)
from collectors.readings.vrrp import VrrpGroups
from inventory.model import ConsoleQuestion, Kind
from lab.embedded import u1900_console
from lab.embedded.u1900_console import GatewayData
from lab.embedded.vrp_data import ANSWERS, HotStandbyPair, Interface, VirtualRouter, VrpData
from tests.collectors.consoles import samples
from tests.collectors.hosts import now
from tests.fuzz.judged import NETWORK, of_kind, state_of
from tests.fuzz.mutation import ANY_ORDER, SPOILT_TEXT
from tests.fuzz.target import Target

REFUSALS: Final = (Garbled, NotOffered, NotPermitted)
GATEWAY: Final = of_kind(Kind.GATEWAY_1960)
GROUP: Final = Path(__file__).parents[2] / "inventory/estate/group_vars/gateway_1960.yml"
SITE_DATA: Final = yaml.safe_load(GROUP.read_text("utf-8"))["lineguard_defaults"]["console"]

SAID_BY_EACH_LINE: Final = frozenset({ProcessorLoad, MemoryUse, HaState})
"""Answers that are no tables: a line means the same wherever it stands."""
HEALTHY: Final = VrpData(
    cpu_max_percent=46,
    hrp=HotStandbyPair(),
    virtual_routers=[VirtualRouter(1, "GigabitEthernet0/0/1")],
    interfaces=[Interface("GigabitEthernet0/0/1"), Interface("GigabitEthernet0/0/9")],
)


def printed(command: str) -> bytes:
    """What the practice console prints when all is well."""
    lines = ANSWERS[command](HEALTHY)
    assert lines is not None, command
    return "".join(f"{line}\r\n" for line in lines).encode()


def _vrp(reading: type[Reading], part: int = 0, *known: str) -> Target:
    """One part of a question; the other parts are not offered."""
    question = vrp.QUESTIONS[reading]
    asked = question.parts[part]
    command = asked.commands[0]
    return Target(
        name=f"vrp: {command}",
        look=_looking(question, part),
        seeds=(printed(command), *(one.encode() for one in known)),
        reads=(("cli", reading),),
        parses=(asked.parse, lines_of, decoded),
        spoil=ANY_ORDER if reading in SAID_BY_EACH_LINE else SPOILT_TEXT,
    )


def _looking(question: vrp.Question, part: int) -> Callable[[bytes], State | None]:
    def look(raw: bytes) -> State | None:
        told: list[Any] = [None] * len(question.parts)
        try:
            told[part] = question.parts[part].parse(lines_of(raw))
        except REFUSALS:
            return None
        keeps = question.remembering
        fields = question.fields(*told) if keeps is None else keeps.since(told[0], None)[0]
        return state_of(_reading(question.reading, fields), NETWORK)

    return look


def _reading(kind: type[Reading], fields: Mapping[str, Any]) -> Reading:
    return kind(device="fw-1", taken_at=now(), exchanges=(), **fields)


def _gateway(reading: type[Reading], topic: str) -> Target:
    """A site's own question, by the practice site's data."""
    data = SITE_DATA[topic]
    question = ConsoleQuestion(**data)

    def look(raw: bytes) -> State | None:
        try:
            lines = u1900.without_trailer(lines_of(raw))
            values = u1900.values(lines, question, topic)
        except REFUSALS:
            return None
        told = {"topic": topic, "values": values, "unit": question.unit, "expect": question.expect}
        return state_of(_reading(reading, told), GATEWAY)

    lines = u1900_console.answer(GatewayData(), question.command) or []
    whole = [*lines, u1900_console.SUCCESS]
    return Target(
        name=f"u1900: {topic}",
        look=look,
        seeds=("".join(f"{line}\r\n" for line in whole).encode(),),
        reads=(("cli", reading),),
        parses=(u1900.without_trailer, u1900.values),
    )


def _transcript(raw: bytes) -> None:
    """Below every console, and whatever was sent: the echo, and lines that were wrapped."""
    echo_end(raw, "display interface brief")
    try:
        unwrapped(lines_of(raw))
    except REFUSALS:
        return


TARGETS: Final = (
    _vrp(ProcessorLoad, 0, samples.CPU_A, samples.CPU_AP, samples.CPU_B, samples.CPU_C),
    _vrp(MemoryUse, 0, samples.MEMORY_D, samples.MEMORY_D_KBYTES),
    _vrp(Modules),
    _vrp(PowerAndFans, 0, samples.FANS_F),
    _vrp(PowerAndFans, 1, samples.POWER_G),
    _vrp(Temperatures, 0, samples.TEMPERATURE_H),
    _vrp(Ports),
    _vrp(HaState, 0, samples.HRP_I, samples.HRP_SWITCHED),
    _vrp(VrrpGroups),
    _vrp(ActiveAlarms, 0, samples.ALARMS_E),
    _vrp(DeviceLog, 0, samples.LOGBUFFER),
    *(_gateway(reading, topic) for reading, topic in u1900.TOPICS.items()),
    Target(
        name="console transcript",
        look=_transcript,
        seeds=tuple(value.encode() for name, value in vars(samples).items() if name.isupper()),
        parses=(lines_of, decoded, echo_end, unwrapped, vrp_log.log_buffer),
        spoil=(),
    ),
)
