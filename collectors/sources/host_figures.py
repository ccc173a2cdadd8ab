"""The figures of a telephony server from the file in which it writes them down."""

from __future__ import annotations

from typing import Final

from collectors.parsers.figures import figures_of, state_of
from collectors.parsers.linux import END
from collectors.parsers.pointed import NoSuchPlace
from collectors.readings import Trouble
from collectors.sources.host_commands import status_file
from collectors.sources.host_questions import NoAnswer, Question
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import say

FILE_BYTES: Final = 65_536
CLOCK_DIGITS: Final = 12
AHEAD_S: Final = 5
"""A file may be written while it is asked for; further ahead its time means nothing."""


async def call_centre_state(session: object, asked: Question, memory: Memory) -> Answer:
    """What the device's `status_file` says, if it is fresh. Raises `NoAnswer`."""
    device = asked.device
    file = device.status_file
    if file is None:
        raise NoAnswer(
            Trouble.NOT_CONFIGURED,
            say("{device}: its estate names neither “cti” nor “status_file”", device=device.name),
        )
    output = await asked.run(status_file(file.path, FILE_BYTES))
    now, written, content = _parted(device, output)
    age = now - written
    if not -AHEAD_S <= age <= file.age_s:
        raise NoAnswer(
            Trouble.GARBLED,
            say("{device}: its status file {path} was written {age} s ago, limit {limit:g} s",
                device=device.name, path=file.path, age=age, limit=file.age_s),
        )  # fmt: skip
    try:
        told = figures_of(content, file.format, file.figures)
    except NoSuchPlace:
        raise _strange(device) from None
    return state_of(device, told, tuple(asked.exchanges))


def _parted(device: Device, output: bytes) -> tuple[int, int, bytes]:
    """The host's time, the file's, and its content, which is whole when the end mark follows."""
    end = f"{END}\n".encode()
    now, _, rest = output.partition(b"\n")
    written, _, content = rest.partition(b"\n")
    whole = content.endswith(end) and len(content) < FILE_BYTES
    if not whole or not _is_clock(now) or not _is_clock(written):
        raise _strange(device)
    return int(now), int(written), content.removesuffix(end)


def _is_clock(text: bytes) -> bool:
    return text.isdigit() and len(text) <= CLOCK_DIGITS


def _strange(device: Device) -> NoAnswer:
    why = say("{device}: its status file has no shape that is known", device=device.name)
    return NoAnswer(Trouble.GARBLED, why)
