"""Fetching configurations outside a round, and handing a full one out for restoring."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lineguard import clock
from lineguard.refusals import Refused
from phrases import Phrase, say

if TYPE_CHECKING:
    from collectors.visit import Visit
    from inventory.model import Device
    from inventory.people import Actor
    from lineguard.wiring import Station
    from maintenance.versions import Version

TAKEN_ENTRY: Final = "configuration_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a visit: new versions, and why something is missing."""

    made: tuple[Version, ...]
    missing: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Fetching:
    """Visits that fetch what a baseline is made of. `actor` is recorded as who asked."""

    station: Station
    actor: Actor

    def fetch(self, device: Device) -> Done:
        """One visit; what it brought is kept at once, and signed. Raises `StoreTrouble`,
        `KeyTrouble`, `OSError`; a key that is missing is found before anybody is visited."""
        from collectors.readings import Unanswered

        station = self.station
        station.keys.require()
        station.veil.require()
        visit = asyncio.run(self._visit(device))
        with station.store.write() as tx:
            made = station.versions.keep(tx, visit.fetched, clock.now(), self.actor.name)
            if made:
                station.logbook.checkpoint(tx, clock.now())
        answers = visit.answers.values()
        missing = tuple(one.why for one in answers if isinstance(one, Unanswered))
        return Done(made=made, missing=missing)

    async def _visit(self, device: Device) -> Visit:
        from collectors.configurations.known import What
        from collectors.readings.configuration import Configuration, RoutingTable
        from lineguard.reference import NothingRemembered
        from maintenance.baselines import parts_of

        reads = {What.CONFIGURATION: Configuration, What.ROUTES: RoutingTable}
        wanted = frozenset(reads[what] for what in parts_of(device))
        return await self.station.visitor.visit(device.name, wanted, NothingRemembered())


def taken(station: Station, actor: Actor, version: Version, file: Path) -> int:
    """Write a full configuration into a new file, after the entry that says so. Raises `Refused`,
    `OSError`, `StoreTrouble`, `KeyTrouble`."""
    from logbook.configs import ConfigurationLost

    refusal = station.baselines.refusal(actor)
    if refusal is not None:
        raise Refused(refusal)
    try:
        content = station.versions.safe.get(version.device, version.full or "")
    except (ConfigurationLost, ValueError):
        raise Refused(
            say("{device}: the full text of version {version} is missing or was changed; its text "
                "without secrets is shown by `lineguard config show`",
                device=version.device, version=version.version)
        ) from None  # fmt: skip
    with station.store.write() as tx:
        sentence = say(
            "{who} took version {version} of the configuration of {device} with its secrets",
            who=actor.shown(), version=version.version, device=version.device,
        )  # fmt: skip
        body = {"device": version.device, "version": version.version, "actor": actor.as_json(),
                "sentence": sentence.both()}  # fmt: skip
        entry = station.logbook.append(tx, TAKEN_ENTRY, body, clock.now())
        station.logbook.checkpoint(tx, clock.now())
        _write(file, content)
    return entry


def _write(file: Path, content: bytes) -> None:
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Refused(
            say("{file} exists already; nothing is overwritten", file=str(file))
        ) from None
    with os.fdopen(number, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
