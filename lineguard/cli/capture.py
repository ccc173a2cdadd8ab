"""`lineguard capture DEVICE`: show Lineguard once where a console says what it is asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from lineguard.cli.asked import Asked
from lineguard.cli.known import device_named
from lineguard.cli.screen import screen
from lineguard.cli.speech import argument, command, option
from lineguard.cli.values import OneOf
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from collectors.consoles.capture import Capture
    from inventory.model import ConsoleQuestion, Device
    from lineguard.captures import Captures
    from lineguard.cli.screen import Screen
    from lineguard.wiring import Station

MISUSED: Final = 2
UNKNOWN: Final = 3
TOPICS: Final = ("cpu", "alarms", "addresses", "version", "ports", "hardware")
GATEWAY: Final = "huawei_u1900"


@command(
    "capture",
    say("Record one answer of a gateway's console, mark what matters in it, and get site data for\n"
        "the estate and a recording that it is held to for ever (`--check`).\n"
        "Only one command is sent, and only one that begins with show or display."),
)  # fmt: skip
@argument("device")
@option("--topic", type=OneOf(*TOPICS), says=say("what the answer tells"))
@option("--command", "line", says=say("the console command, as it was seen to work"))
@option("--value", "marks", multiple=True,
        says=say("what is to be read, as it stands there (of parts: NAME=STATE)"))  # fmt: skip
@option("--pattern", says=say("a pattern of your own instead of the suggested one"))
@option("--unit", says=say("the unit of the value, such as %"))
@option("--expect", says=say("what it must be, where that is known"))
@option("--none", "nothing", says=say("what is printed when there is nothing (alarms)"))
@option("--check", "only_check", is_flag=True, says=say("only read what was captured before"))
def capture(
    asked: Asked, device: str, topic: str | None, line: str | None, marks: tuple[str, ...],
    pattern: str | None, unit: str | None, expect: str | None, nothing: str | None,
    only_check: bool,
) -> int:  # fmt: skip
    """Interactive at a terminal; with all options it asks nothing."""
    from inventory.model import ConsoleQuestion
    from lineguard.wiring import station_of

    station = station_of(asked)
    of = device_named(station.estate, device)
    show = screen(asked)
    if only_check:
        return _check(show, station, of)
    _refuse_others(of)
    topic = topic or _ask(show, "topic", " ".join(TOPICS))
    line = line or _ask(show, "command", "show ...")
    answer = _recorded(station, of, topic, line)
    show.raw("".join(f"{text}\n" for text in _shown(answer)))
    if not marks:
        told = _ask(show, "value", "12, 46")
        marks = tuple(one.strip() for one in told.split(",") if one.strip())
    question = ConsoleQuestion(
        command=line, pattern=pattern or "", unit=unit, expect=expect, none=nothing, confirmed=True
    )
    made = _made(of, topic, question, answer, marks)
    file = _captures(station).keep(made)
    _tell(show, made, str(file))
    return 0


def _refuse_others(device: Device) -> None:
    access = device.access.cli
    if access is None or access.driver != GATEWAY:
        raise Refused(
            say("{device} has no console that needs capturing: its commands are known, or it has "
                "none", device=device.name)
        )  # fmt: skip


def _ask(show: Screen, name: str, such: str) -> str:
    """One line from the terminal; a script has to say everything by options."""
    if not sys.stdin.isatty():
        raise Refused(
            say("--{option} is missing (such as: {such})", option=name, such=such), MISUSED
        )
    show.note(say("{option} (such as: {such}):", option=name, such=such))
    told = sys.stdin.readline().strip()
    if not told:
        raise Refused(say("nothing was given; nothing was kept"))
    return told


def _recorded(station: Station, device: Device, topic: str, line: str) -> str:
    """The answer to that one command, over the device's own console access."""
    import asyncio
    from dataclasses import replace

    from collectors.consoles.u1900 import may_be_sent
    from inventory.model import ConsoleQuestion

    if not may_be_sent(line):
        raise Refused(
            say("“{command}” is not sent: one line that begins with show or display", command=line),
            MISUSED,
        )
    question = ConsoleQuestion(command=line, pattern=".", confirmed=True)
    return asyncio.run(_fetch(station, replace(device, console=((topic, question),)), line))


async def _fetch(station: Station, device: Device, line: str) -> str:
    from collectors.consoles.complaints import NoAnswer
    from collectors.readings import Exchange
    from collectors.session import Notebook, SessionFailed
    from collectors.sources.netdev import open_session

    try:
        session = await open_session(device, station.means, Notebook(device))
    except SessionFailed as failed:
        raise Refused(failed.why) from None
    exchanges: list[Exchange] = []
    try:
        return (await session.send(line, exchanges)).decode("utf-8", "replace")
    except NoAnswer as none:
        raise Refused(none.complaint[1]) from None
    finally:
        await session.close()


def _shown(answer: str) -> list[str]:
    """The lines as a terminal may see them."""
    from collectors.consoles.transcript import lines_of

    return [f"{number:4}  {text}" for number, text in enumerate(lines_of(answer.encode()), 1)]


def _made(
    device: Device, topic: str, question: ConsoleQuestion, answer: str, marks: tuple[str, ...]
) -> Capture:
    """The capture, once its pattern finds what was marked. Raises `Refused`."""
    from dataclasses import replace

    from collectors.consoles.capture import Capture, NotFound, expected, read, suggested
    from collectors.consoles.u1900 import may_be_tried

    try:
        pattern = question.pattern or suggested(answer, marks, topic)
        question = replace(question, pattern=pattern)
        if not may_be_tried(question):
            raise Refused(say("the pattern {pattern} is not plain enough to be tried on a device",
                              pattern=pattern))  # fmt: skip
        found = read(answer, question, topic)
    except NotFound as nothing:
        raise Refused(nothing.why) from None
    missing = [one for one in expected(marks, topic) if one not in found]
    if missing:
        raise Refused(
            say("the pattern {pattern} finds {found}, but not {missing}; give one by --pattern",
                pattern=pattern, found=", ".join(found), missing=", ".join(missing))
        )  # fmt: skip
    return Capture(device=device.name, topic=topic, question=question, answer=answer, values=found)


def _tell(show: Screen, made: Capture, file: str) -> None:
    import yaml

    from collectors.consoles.capture import site_data

    data = {"console": {made.topic: site_data(made.question)}}
    show.line(say("It reads: {values}", values=", ".join(made.values).replace("\t", " ")))
    show.line(say("Put this under lineguard: of {device} in the estate:", device=made.device))
    show.raw(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
    show.line(say("The recording is kept in {file}; `lineguard doctor` holds the estate to it.",
                  file=file))  # fmt: skip
    show.document({"device": made.device, **data, "values": list(made.values), "file": file})


def _captures(station: Station) -> Captures:
    from lineguard.captures import FOLDER, Captures

    return Captures(station.home.root / FOLDER)


def _check(show: Screen, station: Station, device: Device) -> int:
    """Where the estate no longer reads what was captured. Nothing captured is nothing known."""
    from lineguard.captures import differences, held_to

    captures = _captures(station)
    wrong = list(differences(captures, station.estate))
    held = held_to(captures, device)
    for one in wrong:
        show.line(one)
    if not wrong and held:
        show.line(
            say("every captured answer reads as it was marked ({device}: {topics})",
                device=device.name, topics=", ".join(held))
        )  # fmt: skip
    if not wrong and not held:
        show.line(
            say("{device}: nothing that the estate asks was captured yet, so nothing was compared; "
                "capture it: lineguard capture {device}", device=device.name)
        )  # fmt: skip
    show.document([one.text(show.asked.lang) for one in wrong])
    return 1 if wrong else 0 if held else UNKNOWN
