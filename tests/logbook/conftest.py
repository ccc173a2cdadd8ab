"""A logbook with a bit of everything in it, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from logbook.book import Logbook
from logbook.entries import canonical
from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from logbook.proof import Verification
from logbook.verify import verify
from store.database import Store, open_store
from store.migrating import migrate
from store.schema import incident, slot, transition
from tests.postgres import (
    migrated_url,
    postgres_server,
    postgres_url,
    postgres_with_tables,
    sqlite_with_tables,
)

__all__ = [
    "migrated_url",
    "postgres_server",
    "postgres_url",
    "postgres_with_tables",
    "sqlite_with_tables",
]

NOW = datetime(2026, 11, 21, 3, 0, 0, 123, tzinfo=UTC)
DAY = "2026-11-21"
ANSWERS = (b"CPU Usage : 31%\r\n", "温度 41 °C".encode(), bytes(range(256)) * 40)
WHY = {"en": "no answer", "zh": "无应答"}


@dataclass(frozen=True, slots=True)
class Site:
    """One installation's logbook and what belongs to it."""

    book: Logbook
    store: Store
    evidence: EvidenceArchive
    keys: SiteKeys

    def verify(self, against: Path | None = None) -> Verification:
        return verify(self.store, self.keys.public_keys(), self.evidence, against)


@pytest.fixture
def site(migrated_url: str, tmp_path: Path) -> Iterator[Site]:
    """An empty logbook: SQLite, then PostgreSQL."""
    made = make_site(migrated_url, tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def sqlite_site(tmp_path: Path) -> Iterator[Site]:
    """An empty logbook on SQLite."""
    made = make_site(f"sqlite:///{tmp_path}/data/lineguard.db", tmp_path)
    yield made
    made.store.close()


def make_site(url: str, home: Path) -> Site:
    store = open_store(url, home / "data")
    migrate(store)
    evidence = EvidenceArchive(home / "data" / "evidence")
    keys = SiteKeys.generate(home / "keys", NOW)
    return Site(Logbook(store, evidence, keys), store, evidence, keys)


@pytest.fixture
def worked(site: Site) -> Site:
    """A logbook after one round: 10 entries, checkpoints at 6 and 8, the tail unsigned."""
    work(site)
    return site


def work(site: Site) -> None:
    """Plan three slots, do two, miss one, open an incident, and go on."""
    book, names = site.book, [f"M0{n}/usm-1/{DAY}" for n in (1, 2, 3)]
    with site.store.write() as tx:
        book.append(tx, "site", {"practice": True, "name": "示例县 12345"}, NOW)
        plan = book.append(tx, "plan", {"day": DAY, "slots": names}, NOW)
        tx.execute(insert(slot), [slot_row(name, plan) for name in names])
        book.append(tx, "round_started", {"slot_time": DAY}, NOW)
    with site.store.write() as tx:
        for name, answer in zip(names, ANSWERS[:2], strict=False):
            record_result(site, tx, name, answer)
        missed = book.append(tx, "missed", {"slot": names[2]}, NOW)
        ended = {"state": "missed", "result_entry": missed}
        tx.execute(slot.update().where(slot.c.id == names[2]).values(ended))
        book.checkpoint(tx, NOW)
    with site.store.write() as tx:
        open_incident(site, tx)
        book.append(tx, "note", {"evidence": reference(site.evidence, ANSWERS[2])}, NOW)
        book.checkpoint(tx, NOW)
    with site.store.write() as tx:
        book.append_many(tx, [("round_finished", {"n": 2}), ("note", {"ratio": 0.5})], NOW)


def record_result(site: Site, tx: Connection, name: str, answer: bytes) -> None:
    body = {"slot": name, "state": "normal", "evidence": [reference(site.evidence, answer)]}
    number = site.book.append(tx, "result", body, NOW)
    done = {"state": "done", "result": "normal", "result_entry": number, "done_at": NOW}
    tx.execute(slot.update().where(slot.c.id == name).values(done))


def open_incident(site: Site, tx: Connection) -> None:
    body = {"incident": 1, "from": None, "to": "open", "actor": "round", "why": WHY}
    number = site.book.append(tx, "incident", body, NOW)
    tx.execute(
        insert(incident),
        [{
            "id": 1, "cause": "device/usm-1", "state": "open", "severity": "critical",
            "sentence": canonical(WHY), "findings": 1, "opened_at": NOW, "updated_at": NOW,
            "suppresses": "[]",
        }],
    )  # fmt: skip
    tx.execute(
        insert(transition),
        [{
            "incident": 1, "at": NOW, "from_state": None, "to_state": "open",
            "why": canonical(WHY), "actor": "round", "entry": number,
        }],
    )  # fmt: skip


def slot_row(name: str, plan: int) -> dict[str, Any]:
    return {
        "id": name, "item": name[:3], "device": "usm-1", "site": "site_primary", "period": "D",
        "opens": NOW, "closes": NOW, "busy_hour": False, "plan_entry": plan, "state": "due",
    }  # fmt: skip


def reference(evidence: EvidenceArchive, answer: bytes) -> dict[str, Any]:
    return {
        "protocol": "ssh", "asked": "uptime", "sha256": evidence.put(answer),
        "bytes": len(answer), "taken_at": DAY, "duration_ms": 12,
    }  # fmt: skip
