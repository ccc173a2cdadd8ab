"""Baselines: what somebody has approved of a device's configuration and routes.

An approval is an entry `baseline`, signed in its transaction, made by a supervisor who has proven
who they are. It names the versions it approves; their texts are evidence already. The files in
`baselines/` are a copy for people to read: changing them changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from collectors.configurations.known import What
from collectors.readings.configuration import Standing
from collectors.visit import Note
from inventory.model import Device, Kind, Role
from inventory.people import Actor
from maintenance.memory import remember
from maintenance.versions import Version, Versions, body_of, of_version, recalled, text_of
from phrases import Phrase, say

BASELINE_ENTRY: Final = "baseline"
APPROVED: Final = "baseline.approved"
"""The topic of the memory: the entry of the newest approval."""
MAY_APPROVE: Final = frozenset({Role.SUPERVISOR})
ROUTED: Final = frozenset({Kind.ROUTER, Kind.FIREWALL})
"""Kinds of which the routes are approved as well (M45)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """It is on record."""

    entry: int
    device: str
    at: datetime
    by: str
    versions: Mapping[What, int]
    sentence: Phrase


def parts_of(device: Device) -> tuple[What, ...]:
    """What a baseline of that device is made of."""
    return (What.CONFIGURATION, What.ROUTES) if device.kind in ROUTED else (What.CONFIGURATION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """Where approvals are kept; fulfils `collectors.configurations.known.Known`."""

    versions: Versions
    folder: Path

    def kept(self, device: str, what: What) -> Standing | Phrase | None:
        """As `Known`."""
        return self.versions.standing(device, what)

    def approved(self, device: str, what: What) -> Standing | Phrase | None:
        """As `Known`."""
        with self.versions.store.read() as tx:
            found = self._newest(tx, device)
        if found is None:
            return None
        at, body = found
        part = body["parts"].get(what.value)
        if part is None:
            return None
        lines = text_of(self.versions.logbook, device, part["text"]["sha256"])
        if isinstance(lines, Phrase):
            return lines
        by = str(body["actor"]["name"])
        return Standing(lines=lines, version=int(part["version"]), at=at, by=by)

    def _newest(self, tx: Connection, device: str) -> tuple[datetime, dict[str, Any]] | None:
        number = recalled(tx, device, APPROVED)
        found = None if number is None else body_of(tx, number, BASELINE_ENTRY)
        return found if found is not None and found[1].get("device") == device else None

    def refusal(self, actor: Actor) -> Phrase | None:
        """Why this person approves nothing."""
        if not actor.proven or actor.person is None:
            return say(
                "{who} is not proven, and approves nothing: use --as NAME with a PIN, or map this "
                "OS user to a person in people.yml", who=actor.shown(),
            )  # fmt: skip
        if not actor.person.roles & MAY_APPROVE:
            return say("{who} is no supervisor and approves nothing", who=actor.shown())
        return None

    def approve(
        self, device: Device, actor: Actor, now: datetime, version: int | None = None
    ) -> Approval | Phrase:
        """Approve a version of its configuration (the newest unless one is named) and its newest
        routes, in one signed entry; a sentence where it is refused. Raises `StoreTrouble`,
        `KeyTrouble`, `OSError`."""
        refusal = self.refusal(actor)
        chosen = {what: self._chosen(device.name, what, version) for what in parts_of(device)}
        configuration = chosen[What.CONFIGURATION]
        if refusal is not None or configuration is None:
            return refusal or _none_kept(device.name, version)
        kept = {what: one for what, one in chosen.items() if one is not None}
        with self.versions.store.write() as tx:
            approval = self._write(tx, device.name, actor, kept, now)
        self._copy(approval, kept)
        return approval

    def _chosen(self, device: str, what: What, version: int | None) -> Version | None:
        known = self.versions.all(device, what)
        return of_version(known, version if what is What.CONFIGURATION else None)

    def _write(
        self, tx: Connection, device: str, actor: Actor, kept: Mapping[What, Version], now: datetime
    ) -> Approval:
        sentence = say(
            "{who} approved version {version} of the configuration of {device} as its baseline",
            who=actor.shown(), version=kept[What.CONFIGURATION].version, device=device,
        )  # fmt: skip
        book = self.versions.logbook
        body = {
            "device": device,
            "actor": actor.as_json(),
            "parts": {what.value: _part(one) for what, one in kept.items()},
            "previous": recalled(tx, device, APPROVED),
            "sentence": sentence.both(),
        }
        number = book.append(tx, BASELINE_ENTRY, body, now)
        remember(tx, [Note(device=device, topic=APPROVED, value=str(number))], now)
        book.checkpoint(tx, now)
        return Approval(
            entry=number, device=device, at=now, by=actor.name, sentence=sentence,
            versions={what: one.version for what, one in kept.items()},
        )  # fmt: skip

    def _copy(self, approval: Approval, kept: Mapping[What, Version]) -> None:
        """For people to read; whole or not at all."""
        folder = self.folder / approval.device
        folder.mkdir(parents=True, exist_ok=True)
        for what, one in kept.items():
            lines = self.versions.lines(one)
            if isinstance(lines, Phrase):
                continue
            target = folder / f"{what.value}.txt"
            hidden = target.with_name(f".{target.name}.part")
            hidden.write_bytes(_text(lines))
            hidden.rename(target)

    def altered(self, devices: Iterable[str]) -> tuple[Path, ...]:
        """Copies for people that do not say what was approved, or are missing. Raises
        `StoreTrouble`."""
        return tuple(
            target
            for device in devices
            for target, text in self._copies(device)
            if _read(target, len(text)) != text
        )

    def _copies(self, device: str) -> Iterator[tuple[Path, bytes]]:
        """The files of the newest approval, and what they should hold."""
        with self.versions.store.read() as tx:
            found = self._newest(tx, device)
        for what, part in (found[1]["parts"] if found else {}).items():
            lines = text_of(self.versions.logbook, device, part["text"]["sha256"])
            if not isinstance(lines, Phrase):
                yield self.folder / device / f"{what}.txt", _text(lines)


def _text(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8")


def _read(file: Path, length: int) -> bytes:
    """Its content, as far as it may be the same; nothing for a file that cannot be read."""
    try:
        with file.open("rb") as copy:
            return copy.read(length + 1)
    except OSError:
        return b""


def _part(one: Version) -> dict[str, Any]:
    return {"version": one.version, "entry": one.entry, "text": {"sha256": one.text}}


def _none_kept(device: str, version: int | None) -> Phrase:
    if version is None:
        return say(
            "{device}: no version of its configuration is kept yet: lineguard config fetch "
            "{device}",
            device=device,
        )
    return say(
        "{device}: there is no version {version} of its configuration: lineguard config list "
        "{device}", device=device, version=version,
    )  # fmt: skip
