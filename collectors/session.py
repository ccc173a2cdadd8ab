"""The port every protocol fulfils: open one session to a device, ask, close always."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from typing import Protocol as TypingProtocol

from collectors.configurations.known import (
    Fetched,
    Known,
    NothingKnown,
    PassingVeil,
    What,
)
from collectors.configurations.redaction import Veil
from collectors.readings import Exchange, Reading, Trouble, Unanswered
from collectors.readings.alarms import AlarmRecord
from collectors.readings.passwords import PasswordRecord
from collectors.restoring import Bench
from collectors.visit import Answer, Memory, Note
from inventory.model import Device
from phrases import Phrase, say

ANSWER_LIMIT: Final = 1_000_000
"""Bytes kept of one answer; a device that sends more is cut off and its answer `TOO_LARGE`."""


class Secrets(TypingProtocol):
    """Where a secret's value comes from; `inventory.secrets` fulfils it."""

    def secret(self, name: str) -> str:
        """The value. Raises `KeyError` when there is none of that name."""
        ...


class AlarmRecords(TypingProtocol):
    """What was received of alarms, as `collectors.sources.alarms` reads it."""

    def of(self, device: str, item: str, since: datetime, at: datetime) -> AlarmRecord | None:
        """What belongs to that item on that device; None where nothing is received for it."""
        ...


class PasswordRecords(TypingProtocol):
    """The journal of changed passwords, as `collectors.sources.records` reads it."""

    def of_device(self, device: str) -> PasswordRecord:
        """What is on record about the logins of one device."""
        ...


def to_nobody(_phrase: Phrase) -> None:
    """Where nobody waits at a terminal."""


def in_the_folder(name: str) -> Phrase:
    """Where a secret usually is."""
    return say("the file secrets/{name}", name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a session is given to work with."""

    secrets: Secrets
    known_hosts: Path
    """OpenSSH known_hosts file; a host key that is not in it is refused."""
    clock: Callable[[], datetime]
    """The time now, aware, in UTC."""
    answer_limit: int = ANSWER_LIMIT
    passwords: PasswordRecords | None = None
    """What is on record about the changes of passwords; None where nobody keeps it."""
    known: Known = field(default_factory=NothingKnown)
    """What was kept and approved of configurations before."""
    veil: Veil = field(default_factory=PassingVeil)
    """Hides the secrets of configurations."""
    alarms: AlarmRecords | None = None
    """What was received of alarms; None where nobody listens."""
    bench: Bench | None = None
    """Where dumps are restored on trial; None: nowhere."""
    tell: Callable[[Phrase], None] = to_nobody
    """Hears of work that takes minutes, when it begins."""
    place_of: Callable[[str], Phrase] = in_the_folder
    """Where the secret of that name is kept, in words."""

    def to_mend(self, why: Phrase, device: str, secret: str | None) -> Phrase:
        """What a device did not take, with the way out: which secret it was, and how to test it."""
        if secret is None:
            return why
        return say(
            "{why}; compare {place} with what {device} expects, then test it: "
            "lineguard check run --device {device}",
            why=why, place=self.place_of(secret), device=device,
        )  # fmt: skip


Refused = Literal["secret", "enable_secret"]


class SessionFailed(Exception):
    """No session: the device was not reached, or did not let us in. `refused` says which password
    it was that the device itself did not take; None for every other reason, also one of which that
    cannot be told for certain. `key`: it did not take our key."""

    def __init__(
        self,
        trouble: Trouble,
        why: Phrase,
        exchanges: tuple[Exchange, ...] = (),
        *,
        refused: Refused | None = None,
        key: bool = False,
    ) -> None:
        super().__init__(why.text("en"))
        self.refused = refused
        self.key = key
        self.trouble = trouble
        self.why = why
        self.exchanges = exchanges


class Session(TypingProtocol):
    """One open session. `ask` gives a reading or says why not; it raises only for defects of
    ours. It keeps the time limits of the device's access; the visitor sets a longer one on all."""

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """Ask one question. Answers are bounded by `Means.answer_limit`."""
        ...

    async def close(self) -> None:
        """Give the device its session back; safe to call twice and after any failure."""
        ...


@dataclass(slots=True)
class Notebook:
    """Collects the notes that sessions make during one visit."""

    device: Device
    notes: list[Note] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)

    def note(self, topic: str, value: str) -> None:
        """Remember `value` until the next recorded look."""
        self.notes.append(Note(device=self.device.name, topic=topic, value=value))

    def keep(self, what: What, lines: tuple[str, ...], full: str | None = None) -> None:
        """A text of which whoever records the visit keeps a version."""
        name = self.device.name
        self.fetched.append(Fetched(device=name, what=what, lines=lines, full=full))


Opener = Callable[[Device, Means, Notebook], Awaitable[Session]]
"""What a source module exports as `open_session`; it may raise `SessionFailed`."""


def unanswered(
    device: Device,
    at: datetime,
    trouble: Trouble,
    why: Phrase,
    exchanges: tuple[Exchange, ...] = (),
) -> Unanswered:
    """Shorthand for sources."""
    return Unanswered(
        device=device.name, taken_at=at, trouble=trouble, why=why, exchanges=exchanges
    )
