"""Which commands a VRP console is asked, and what reads their answers. The only commands sent.

Source of the commands: Huawei VRP5/VRP8, AR, USG, S, CE and NE as recorded or documented; where two
families name a command differently, both stand here and the second is asked when the console says
that it does not know the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from collectors.consoles import vrp_load, vrp_log, vrp_parts, vrp_state, vrp_vrrp
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

NO_PAGING: Final = "screen-length 0 temporary"
"""For this session only; it changes nothing that outlives it."""
LEAVE: Final = "quit"
DECLINE: Final = "N"
"""The one answer to every question that a login asks: change now, save now, secure now."""

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing to ask: commands, best first, and the parser of their answers."""

    commands: tuple[str, ...]
    parse: Callable[[Lines], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """For a reading that tells what is new since the last look. `since` takes what the console
    told and what was remembered under `topic`; it gives the fields, and what to remember next."""

    topic: str
    since: Callable[[Any, str | None], tuple[Mapping[str, Any], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A reading and the parts it is made of. `fields` takes what each part told (None where the
    console does not offer it, never all of them) and gives the fields of the reading; so does
    `remembering`, of a single part."""

    reading: type[Reading]
    parts: tuple[Part, ...]
    fields: Callable[..., Mapping[str, Any]] = dict
    remembering: Remembering | None = None


def _one(name: str) -> Callable[[Any], Mapping[str, Any]]:
    return lambda told: {name: told}


def _memory(boards: tuple[tuple[str, float], ...]) -> Mapping[str, Any]:
    return {"percent": max(percent for _, percent in boards), "boards": boards}


def _power_and_fans(fans: Any, supplies: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return {"fans": fans or (), "supplies": supplies or ()}


QUESTIONS: Final[Mapping[type[Reading], Question]] = {
    question.reading: question
    for question in (
        Question(
            reading=ProcessorLoad,
            parts=(
                Part(
                    commands=("display cpu-usage", "display cpu"),
                    parse=vrp_load.processor_load,
                ),
            ),
            fields=asdict,
        ),
        Question(
            reading=MemoryUse,
            parts=(
                Part(
                    commands=("display memory-usage", "display memory"),
                    parse=vrp_load.memory_use,
                ),
            ),
            fields=_memory,
        ),
        Question(
            reading=Modules,
            parts=(Part(commands=("display device",), parse=vrp_parts.boards),),
            fields=_one("boards"),
        ),
        Question(
            reading=PowerAndFans,
            parts=(
                Part(commands=("display fan", "display device fan"), parse=vrp_parts.fans),
                Part(commands=("display power",), parse=vrp_parts.supplies),
            ),
            fields=_power_and_fans,
        ),
        Question(
            reading=Temperatures,
            parts=(
                Part(
                    commands=("display temperature all", "display temperature"),
                    parse=vrp_parts.temperatures,
                ),
            ),
            fields=_one("parts"),
        ),
        Question(
            reading=Ports,
            parts=(Part(commands=("display interface brief",), parse=vrp_state.ports),),
            fields=_one("ports"),
        ),
        Question(
            reading=HaState,
            parts=(Part(commands=("display hrp state",), parse=vrp_state.hot_standby),),
            fields=asdict,
        ),
        Question(
            reading=VrrpGroups,
            parts=(Part(commands=("display vrrp brief",), parse=vrp_vrrp.groups),),
            fields=_one("groups"),
        ),
        Question(
            reading=ActiveAlarms,
            parts=(Part(commands=("display alarm active",), parse=vrp_state.active_alarms),),
            fields=_one("alarms"),
        ),
        Question(
            reading=DeviceLog,
            parts=(Part(commands=("display logbuffer",), parse=vrp_log.log_buffer),),
            remembering=Remembering(topic=vrp_log.TOPIC, since=vrp_log.since),
        ),
    )
}

COMMANDS: Final = frozenset(
    command
    for question in QUESTIONS.values()
    for part in question.parts
    for command in part.commands
)
"""Every command that may be sent to a VRP, beside `NO_PAGING` and `LEAVE`."""
