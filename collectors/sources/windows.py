"""Windows hosts over SSH with PowerShell: load, disks, events, virus protection, patches.

One connection and one login per visit; what is sent stands in `windows_scripts`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from collectors.parsers.linux import Unreadable
from collectors.parsers.windows import (
    EventPage,
    parse_disks,
    parse_events,
    parse_load,
    parse_protection,
    parse_updates,
)
from collectors.parsers.windows_json import ScriptFailed
from collectors.readings import FileSystems, HostLoad, Reading, Trouble
from collectors.readings.windows import Patches, SystemEvents, VirusProtection
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.sources.host_questions import NoAnswer, Question
from collectors.sources.secure_shell import SecureShell
from collectors.sources.shell_login import login_for
from collectors.sources.windows_scripts import (
    DISKS,
    EVENTS_KEPT,
    LOAD,
    PATCHES,
    PROTECTION,
    command,
    events,
)
from collectors.visit import Answer, Memory
from inventory.model import Device
from phrases import say

PROTOCOL: Final = "winssh"
TOPIC: Final = "events:System"
A_DAY: Final = timedelta(days=1)
"""A pattern's day is that of its maker, who may be a day ahead of UTC."""
ACCESS_DENIED: Final = frozenset({-2147024891, 0x80070005})
"""E_ACCESSDENIED, as a signed number and as Windows prints it."""


async def open_session(device: Device, means: Means, notebook: Notebook) -> WindowsSession:
    """Log in to the host. Raises `SessionFailed`."""
    access = device.access.winssh
    if access is None:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED, say("{device} has no winssh access", device=device.name)
        )
    login = await login_for(device, access, means)
    shell = SecureShell(device.name, access.timeout_s)
    await shell.open(device.address, access.port, means.known_hosts, login)
    return WindowsSession(device, means, notebook, shell, access.timeout_s)


@dataclass(slots=True)
class WindowsSession:
    """One login. Each question is one PowerShell process, which ends with its answer."""

    device: Device
    means: Means
    notebook: Notebook
    shell: SecureShell = field(repr=False)
    limit_s: float

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """Ask one question of the host."""
        asked = Question(self.device, self.means, self.shell, self.limit_s, protocol=PROTOCOL)
        try:
            return await ANSWERS[question](self, asked, memory)
        except NoAnswer as reason:
            trouble, why = reason.trouble, reason.why
        except Unreadable as reason:
            trouble = Trouble.GARBLED
            why = say("{device}: {why}", device=self.device.name, why=reason.why)
        except ScriptFailed as failure:
            trouble = Trouble.REFUSED if failure.code in ACCESS_DENIED else Trouble.UNSUPPORTED
            why = say(
                "{device}: Windows could not say: {words}",
                device=self.device.name, words=failure.words,
            )  # fmt: skip
        return unanswered(self.device, asked.taken_at, trouble, why, tuple(asked.exchanges))

    async def close(self) -> None:
        """Log out; safe to call twice."""
        await self.shell.close()


async def _run(asked: Question, script: str) -> bytes:
    """What a script printed; one that failed by itself has said so in its answer."""
    output = await asked.output(command(script), shown=script)
    if output.status == 0 or output.answer.strip():
        return output.answer
    raise NoAnswer(
        Trouble.UNSUPPORTED,
        say("{device}: PowerShell did not run there", device=asked.device.name),
    )


# --- the questions ---


async def _load(session: WindowsSession, asked: Question, memory: Memory) -> Answer:
    load = parse_load(await _run(asked, LOAD))
    return HostLoad(
        device=session.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        cpu_percent=load.cpu_percent,
        memory_percent=load.memory_percent,
    )


async def _disks(session: WindowsSession, asked: Question, memory: Memory) -> Answer:
    mounted = parse_disks(await _run(asked, DISKS))
    return FileSystems(
        device=session.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        mounted=mounted,
    )


async def _events(session: WindowsSession, asked: Question, memory: Memory) -> Answer:
    last = _remembered(memory.recall(session.device.name, TOPIC))
    page = parse_events(await _run(asked, events(last)))
    gap = last is not None and not page.oldest - 1 <= last <= page.newest
    if last is not None and page.newest < last:  # cleared, and numbered anew
        page = parse_events(await _run(asked, events(0)))
    session.notebook.note(TOPIC, str(page.newest))
    return _system_events(asked, page, gap=gap, first=last is None)


def _system_events(asked: Question, page: EventPage, *, gap: bool, first: bool) -> SystemEvents:
    return SystemEvents(
        device=asked.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        entries=page.events,
        more=len(page.events) >= EVENTS_KEPT,
        first_look=first,
        gap=gap,
    )


def _remembered(note: str | None) -> int | None:
    whole = note is not None and note.isascii() and note.isdecimal() and len(note) <= 18
    return int(note) if whole and note is not None else None


async def _protection(session: WindowsSession, asked: Question, memory: Memory) -> Answer:
    found = parse_protection(await _run(asked, PROTECTION))
    today = session.means.clock().date()
    of = found.trend.pattern_date if found.trend is not None else None
    if of is not None and of > today + A_DAY:
        raise Unreadable(say("the date of the virus pattern lies in the future"))
    named = session.device.watch.antivirus.services
    return VirusProtection(
        device=session.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        services={name: found.services.get(name.lower()) for name in named},
        trend=found.trend,
        defender=found.defender,
        today=max(today, of or today),
    )


async def _patches(session: WindowsSession, asked: Question, memory: Memory) -> Answer:
    found = parse_updates(await _run(asked, PATCHES))
    if found.searched_at is None:
        raise NoAnswer(
            Trouble.UNSUPPORTED,
            say(
                "{device}: Windows Update has never searched for patches",
                device=session.device.name,
            ),
        )
    return Patches(
        device=session.device.name,
        taken_at=asked.taken_at,
        exchanges=tuple(asked.exchanges),
        missing=found.missing,
        searched_at=found.searched_at,
        last_installed=found.last_installed,
        reboot_pending=found.reboot_pending,
    )


ANSWERS: Final[
    Mapping[type[Reading], Callable[[WindowsSession, Question, Memory], Awaitable[Answer]]]
] = {
    HostLoad: _load,
    FileSystems: _disks,
    SystemEvents: _events,
    VirusProtection: _protection,
    Patches: _patches,
}
