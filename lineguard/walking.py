"""Runbooks wired: where they stand, who does their machine steps."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lineguard import clock
from phrases import Lang, Phrase, say
from runbooks.model import Check, Command, Found, Machine, Place
from runbooks.running import Refusal, RunbookDesk, Seen
from runbooks.subject import Subject

if TYPE_CHECKING:
    from checks.item import Item
    from inventory.model import Device
    from inventory.people import Actor
    from lineguard.wiring import Station
    from maintenance.looks import Call
    from maintenance.record import VerdictRecord

RUNNABLE: Final[tuple[tuple[str, ...], ...]] = (
    ("baseline", "diff"), ("baseline", "list"), ("config", "diff"), ("config", "list"),
    ("doctor",), ("form", "show"), ("incident", "list"), ("incident", "show"),
    ("inventory", "list"), ("log", "show"), ("log", "verify"), ("notify", "list"),
    ("obligation", "list"), ("oncall", "show"), ("schedule", "show"), ("silence", "list"),
)  # fmt: skip
"""Commands that a runbook may run: those that only read."""

COMMAND_LIMIT_S: Final = 120
SHOWN: Final = 4_000
"""Characters of a command's output that are shown; it is not kept in the record."""


def runbook_desk(station: Station, lang: Lang) -> RunbookDesk:
    """Where runbooks are walked."""
    return RunbookDesk(
        store=station.store,
        logbook=station.sound_logbook(),
        clock=clock.now,
        works=_Works(station, lang),
    )


@dataclass(frozen=True, slots=True)
class _Works:
    """Does the machine steps of one home (`runbooks.running.Works`)."""

    station: Station
    lang: Lang

    def __call__(self, machine: Machine, subject: Subject, actor: Actor) -> Seen | Refusal:
        if isinstance(machine, Check):
            return self._check(machine, subject, actor)
        return self._command(machine, subject)

    def _check(self, check: Check, subject: Subject, actor: Actor) -> Seen | Refusal:
        items = [one for one in self.station.items if one.id in check.items]
        devices = self._devices(check.place, subject)
        if isinstance(devices, Refusal):
            return devices
        calls = _calls(devices, items)
        if not calls:
            named = "/".join(check.items)
            return Refusal(
                why=say("{items} cannot be looked at there: no device has it; skip the step and "
                        "say what you see", items=named)
            )  # fmt: skip
        return _seen(self._looked(calls, actor))

    def _looked(self, calls: tuple[Call, ...], actor: Actor) -> list[VerdictRecord]:
        """Looks that are recorded, as `check run --record` does. They act on nothing."""
        import asyncio
        from functools import partial

        from maintenance.look_record import LookRecord
        from maintenance.looks import burst, in_batches, look
        from maintenance.memory import remembered

        station = self.station
        book = LookRecord(
            store=station.store, logbook=station.logbook, actor=actor, clock=clock.now,
            versions=station.versions,
        )  # fmt: skip
        station.load_sources([one.device for one in calls], [i for c in calls for i in c.items])
        with station.store.read() as tx:
            memory = remembered(tx)
        collector = burst(station.visitor, station.estate, calls, clock.now)

        async def looks() -> list[VerdictRecord]:
            found: list[VerdictRecord] = []
            visits = (partial(look, collector, one, memory, clock.now) for one in calls)
            async for batch in in_batches(visits, station.settings.round.concurrency):
                for records in (await asyncio.to_thread(book.write, batch)).values():
                    found += records
            return found

        found = asyncio.run(looks())
        book.sign()
        return found

    def _devices(self, place: str, subject: Subject) -> tuple[Device, ...] | Refusal:
        estate = self.station.workable_estate()
        if place == Place.SITE:
            sites = {subject.site} if subject.site else {one.name for one in estate.sites}
            return tuple(one for one in estate.devices if one.site in sites)
        name = subject.device if place == Place.DEVICE else place
        if name is None:
            return Refusal(
                why=say("this run is about no device: begin it with --device, or skip the step "
                        "and say what you see")
            )  # fmt: skip
        found = tuple(one for one in estate.devices if one.name == name)
        return found or Refusal(why=say("there is no device {device}", device=name))

    def _command(self, command: Command, subject: Subject) -> Seen | Refusal:
        words = _filled(command, subject)
        if words is None:
            return Refusal(
                why=say("“{command}” needs what this run is not about; skip the step",
                        command=" ".join(command.words))
            )  # fmt: skip
        if not any(words[: len(one)] == list(one) for one in RUNNABLE):
            return Refusal(why=say("“{command}” is no command that a runbook may run",
                                   command=" ".join(command.words)))  # fmt: skip
        home = str(self.station.home.root)
        line = [sys.executable, "-P", "-m", "lineguard", "--home", home, "--lang", self.lang]
        try:
            ran = subprocess.run(  # noqa: S603  (our own program, words from the table above)
                [*line, *words], capture_output=True, text=True, timeout=COMMAND_LIMIT_S,
                check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Seen(found=Found.UNKNOWN, sentence=say("the command took too long"))
        return Seen(
            found=_status(ran.returncode),
            sentence=say("{command} was run, exit status {status}",
                         command=" ".join(words), status=ran.returncode),
            output=(ran.stdout or ran.stderr).strip()[:SHOWN],
        )  # fmt: skip


def _status(status: int) -> Found:
    return Found.NORMAL if status == 0 else Found.UNKNOWN


def _filled(command: Command, subject: Subject) -> list[str] | None:
    """The words with what the run is about in its places; None where that is missing. A name is
    taken whole and never as an option."""
    values = {f"{{{name}}}": value for name, value in subject.as_json().items()}
    words = [values.get(word, word) for word in command.words]
    if any(word is None or str(word).startswith("-") for word in words):
        return None
    return [str(word) for word in words]


def _calls(devices: tuple[Device, ...], items: list[Item]) -> tuple[Call, ...]:
    from maintenance.looks import Call

    calls = (
        Call(device=device, items=tuple(one for one in items if one.applies_to(device)))
        for device in devices
    )
    return tuple(call for call in calls if call.items)


def _seen(records: list[VerdictRecord]) -> Seen:
    """The worst that was seen. 未知 is never 正常."""
    from checks.verdict import State

    verdicts = [one.judgement.verdict for one in records]
    states = {one.state for one in verdicts}
    entries = tuple(sorted({one.entry for one in records if one.entry is not None}))
    if State.ABNORMAL in states:
        return Seen(found=Found.ABNORMAL, entries=entries, sentence=_of(records, State.ABNORMAL))
    if State.UNKNOWN in states or State.NORMAL not in states:
        return Seen(found=Found.UNKNOWN, entries=entries, sentence=_of(records, State.UNKNOWN))
    return Seen(
        found=Found.NORMAL, entries=entries,
        sentence=say("{count} looks, all normal", count=len(verdicts)),
    )  # fmt: skip


def _of(records: list[VerdictRecord], state: str) -> Phrase:
    """The first finding in that state, and how many more there are."""
    found = [one.judgement.verdict.sentence for one in records
             if one.judgement.verdict.state == state]  # fmt: skip
    if not found:
        return say("nothing could be seen")
    if len(found) == 1:
        return found[0]
    return say("{first} (and {count} more)", first=found[0], count=len(found) - 1)
