"""Versions of configurations and routing tables: kept when they differ from the one before, listed,
and read back.

An entry `configuration` tells of each; it names the one before it, so that the versions of a device
are a chain of their own inside the logbook. Its text, without secrets, is evidence; the full one
lies in the safe. Where the newest stands is remembered in `memory`, which is no proof: an entry is
only taken for a device's version when it says so itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from collectors.configurations.compare import How, counted, differences
from collectors.configurations.known import Fetched, What
from collectors.readings.configuration import Standing
from collectors.visit import Note
from logbook.book import Logbook
from logbook.configs import ConfigurationLost, ConfigurationSafe
from logbook.evidence import EvidenceDamaged
from maintenance.memory import remember
from phrases import Phrase, say
from store.database import Store
from store.schema import entry, memory
from store.stored import document, parse_instant

VERSION_ENTRY: Final = "configuration"
KEPT: Final[Mapping[What, str]] = {
    What.CONFIGURATION: "configuration.kept",
    What.ROUTES: "routes.kept",
}
"""Topics of the memory: the entry of the newest version."""
MOST_LISTED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One kept text. `text` is its evidence, `full` the name in the safe where there is one."""

    entry: int
    device: str
    what: What
    version: int
    at: datetime
    lines: int
    added: int
    removed: int
    text: str
    full: str | None
    previous: int | None

    def as_json(self) -> dict[str, Any]:
        """The object of `config list --json`."""
        return {
            "device": self.device, "what": self.what.value, "version": self.version,
            "entry": self.entry, "at": self.at, "lines": self.lines, "added": self.added,
            "removed": self.removed, "sha256": self.text,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A full configuration that cannot be given back any more."""

    device: str
    version: int
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Where versions are kept."""

    store: Store
    logbook: Logbook
    safe: ConfigurationSafe

    def keep(
        self, tx: Connection, fetched: Iterable[Fetched], now: datetime, by: str
    ) -> tuple[Version, ...]:
        """Write down those that differ from the newest one; the full text of each goes
        into the safe before. `by` says who fetched them. Raises `OSError`, `KeyTrouble`."""
        made: list[Version] = []
        for one in fetched:
            newest = self.newest(tx, one.device, one.what)
            body = self._body(one, newest, by)
            if body is None:
                continue
            number = self.logbook.append(tx, VERSION_ENTRY, body, now)
            remember(tx, [Note(device=one.device, topic=KEPT[one.what], value=str(number))], now)
            version = self._at(tx, number, one.device, one.what)
            made += [] if version is None else [version]
        return tuple(made)

    def _body(self, one: Fetched, newest: Version | None, by: str) -> dict[str, Any] | None:
        """The entry of a text; None where it says what the newest version says. One that cannot
        be read any more is no reason to keep none."""
        known = () if newest is None else self.lines(newest)
        before = () if isinstance(known, Phrase) else known
        changes = differences(before, one.lines)
        if newest is not None and not isinstance(known, Phrase) and not changes:
            return None
        content = "\n".join(one.lines).encode()
        body: dict[str, Any] = {
            "device": one.device,
            "what": one.what.value,
            "version": 1 if newest is None else newest.version + 1,
            "lines": counted(one.lines),
            "added": sum(change.how is How.ADDED for change in changes),
            "removed": sum(change.how is How.REMOVED for change in changes),
            "text": {"sha256": self.logbook.evidence.put(content), "bytes": len(content)},
            "full": None if one.full is None else self.safe.put(one.device, one.full),
            "previous": None if newest is None else newest.entry,
            "by": by,
        }
        return {**body, "sentence": _sentence(body).both()}

    def newest(self, tx: Connection, device: str, what: What) -> Version | None:
        """The newest version, or None."""
        number = recalled(tx, device, KEPT[what])
        return None if number is None else self._at(tx, number, device, what)

    def any_kept(self) -> bool:
        """Was a text of any device ever kept?"""
        wanted = select(entry.c.seq).where(entry.c.kind == VERSION_ENTRY).limit(1)
        with self.store.read() as tx:
            return tx.execute(wanted).scalar() is not None

    def lost(self) -> tuple[Lost, ...]:
        """Every full configuration on record of which the file is missing or holds something else:
        no device could be restored from it. Raises `KeyTrouble`, `StoreTrouble`."""
        wanted = select(entry.c.body).where(entry.c.kind == VERSION_ENTRY).order_by(entry.c.seq)
        with self.store.read() as tx:
            bodies = [document(body) for body in tx.execute(wanted).scalars()]
        full = {(one["device"], one["full"]): one["version"] for one in bodies if one.get("full")}
        return tuple(
            Lost(device=device, version=version, file=self.safe.path(device, digest))
            for (device, digest), version in full.items()
            if not self._whole(device, digest)
        )

    def _whole(self, device: str, digest: str) -> bool:
        try:
            self.safe.get(device, digest)
        except ConfigurationLost:
            return False
        return True

    def all(self, device: str, what: What) -> tuple[Version, ...]:
        """Every version, the newest first."""
        with self.store.read() as tx:
            return tuple(self._backwards(tx, device, what))

    def _backwards(self, tx: Connection, device: str, what: What) -> Iterator[Version]:
        one = self.newest(tx, device, what)
        for _ in range(MOST_LISTED):
            if one is None:
                return
            yield one
            earlier = one.previous
            before = earlier is not None and earlier < one.entry
            one = self._at(tx, earlier, device, what) if before and earlier else None

    def _at(self, tx: Connection, number: int, device: str, what: What) -> Version | None:
        found = body_of(tx, number, VERSION_ENTRY)
        if found is None or (found[1].get("device"), found[1].get("what")) != (device, what.value):
            return None
        at, body = found
        return Version(
            entry=number, device=device, what=what, version=int(body["version"]), at=at,
            lines=int(body["lines"]), added=int(body["added"]), removed=int(body["removed"]),
            text=str(body["text"]["sha256"]), full=body.get("full"), previous=body.get("previous"),
        )  # fmt: skip

    def lines(self, version: Version) -> tuple[str, ...] | Phrase:
        """Its text without secrets; a sentence where it cannot be read any more."""
        return text_of(self.logbook, version.device, version.text)

    def standing(self, device: str, what: What) -> Standing | Phrase | None:
        """The newest version, as a reading carries it."""
        with self.store.read() as tx:
            newest = self.newest(tx, device, what)
        if newest is None:
            return None
        lines = self.lines(newest)
        if isinstance(lines, Phrase):
            return lines
        return Standing(lines=lines, version=newest.version, at=newest.at)


def text_of(logbook: Logbook, device: str, digest: str) -> tuple[str, ...] | Phrase:
    """The lines of a text that is evidence."""
    try:
        content = logbook.evidence.get(digest)
    except EvidenceDamaged:
        return say(
            "{device}: a text that its configuration is compared with is missing or was changed; "
            "`lineguard log verify` says which", device=device,
        )  # fmt: skip
    text = content.decode("utf-8", "replace")
    return tuple(text.split("\n")) if text else ()


def recalled(tx: Connection, device: str, topic: str) -> int | None:
    """The number of an entry that is remembered under that topic."""
    query = select(memory.c.value).where(memory.c.device == device, memory.c.topic == topic)
    value = tx.execute(query).scalar()
    return int(value) if value is not None and value.isascii() and value.isdigit() else None


def body_of(tx: Connection, number: int, kind: str) -> tuple[datetime, dict[str, Any]] | None:
    """When an entry of that kind was written, and what it says."""
    row = tx.execute(select(entry.c.at, entry.c.kind, entry.c.body).where(entry.c.seq == number))
    found = row.first()
    if found is None or found.kind != kind:
        return None
    return parse_instant(found.at), json.loads(found.body)


def _sentence(body: Mapping[str, Any]) -> Phrase:
    told = {name: body[name] for name in ("device", "version", "lines", "added", "removed")}
    if body["version"] == 1 and body["what"] != What.ROUTES:
        return say(
            "{device}: the first version of its configuration kept, {lines} lines",
            device=body["device"], lines=body["lines"],
        )  # fmt: skip
    if body["what"] == What.ROUTES:
        return say(
            "{device}: version {version} of its routes kept, {lines} routes, {added} more and "
            "{removed} fewer than before", **told,
        )  # fmt: skip
    return say(
        "{device}: version {version} of its configuration kept, {lines} lines, {added} more and "
        "{removed} fewer than before", **told,
    )  # fmt: skip


def of_version(versions: Sequence[Version], number: int | None) -> Version | None:
    """That version, or the newest where none is named."""
    if number is None:
        return versions[0] if versions else None
    return next((one for one in versions if one.version == number), None)
