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
from store.schema import incident, instant_text, round_run, slot, transition
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
OPENS, BUSY_UNTIL, CLOSES, SLOT_TIME = (
    datetime(2026, 11, day, hour, tzinfo=UTC)
    for day, hour in ((20, 16), (21, 9), (21, 16), (21, 2))
)
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
    """A logbook after one round: 10 entries, checkpoints at 1, 6, 8 and 9, entry 10 unsigned."""
    work(site)
    return site


def work(site: Site) -> None:
    """Plan three slots, do two, miss one, open an incident, and go on."""
    book, names = site.book, [f"M0{n}/usm-1/{DAY}" for n in (1, 2, 3)]
    with site.store.write() as tx:
        book.append(tx, "site", {"practice": True, "name": "示例县 12345"}, NOW)
        plan = book.append(tx, "plan", plan_body(names), NOW)
        tx.execute(insert(slot), [slot_row(name, plan) for name in names])
        started = book.append(tx, "round_started", {"slot_time": instant_text(SLOT_TIME)}, NOW)
        running: dict[str, Any] = {
            "slot_time": SLOT_TIME,
            "started_at": NOW,
            "start_entry": started,
        }
        tx.execute(insert(round_run), [running])
    with site.store.write() as tx:
        for name, answer in zip(names, ANSWERS[:2], strict=False):
            record_result(site, tx, name, answer)
        over = {"slot": names[2], "slot_time": instant_text(SLOT_TIME)}
        missed = book.append(tx, "missed", over, NOW)
        ended = {"state": "missed", "result_entry": missed, "done_at": SLOT_TIME}
        tx.execute(slot.update().where(slot.c.id == names[2]).values(ended))
        book.checkpoint(tx, NOW)
    with site.store.write() as tx:
        open_incident(site, tx)
        book.append(tx, "note", {"evidence": reference(site.evidence, ANSWERS[2])}, NOW)
        book.checkpoint(tx, NOW)
    with site.store.write() as tx:
        finished = {"round": started, "outcome": "finished"}
        end, _ = book.append_many(tx, [("round_finished", finished), ("note", {"n": 0.5})], NOW)
        ended = {"finished_at": NOW, "outcome": "finished", "end_entry": end}
        tx.execute(round_run.update().values(ended))


def record_result(site: Site, tx: Connection, name: str, answer: bytes) -> None:
    body = {
        "slot": name, "state": "normal", "slot_time": instant_text(SLOT_TIME),
        "evidence": [reference(site.evidence, answer)],
    }  # fmt: skip
    number = site.book.append(tx, "result", body, NOW)
    done = {"state": "done", "result": "normal", "result_entry": number, "done_at": SLOT_TIME}
    tx.execute(slot.update().where(slot.c.id == name).values(done))


def open_incident(site: Site, tx: Connection) -> None:
    body = {
        "incident": 1, "from": None, "to": "open", "actor": "round", "why": WHY, "finding": WHY,
        "change": "opened", "cause": "device/usm-1", "severity": "critical", "device": "usm-1",
        "site": "site_primary", "item": None, "check": None,
    }  # fmt: skip
    number = site.book.append(tx, "incident", body, NOW)
    tx.execute(
        insert(incident),
        [{
            "id": 1, "cause": "device/usm-1", "state": "open", "severity": "critical",
            "device": "usm-1", "site": "site_primary", "sentence": canonical(WHY),
            "findings": 1, "opened_at": NOW, "updated_at": NOW, "suppresses": "[]",
        }],
    )  # fmt: skip
    tx.execute(
        insert(transition),
        [{
            "incident": 1, "at": NOW, "from_state": None, "to_state": "open",
            "why": canonical(WHY), "actor": "round", "entry": number,
        }],
    )  # fmt: skip


def plan_body(names: list[str]) -> dict[str, Any]:
    """M02 belongs to the busy hour; the others may be worked until the day is over."""
    return {
        "period": DAY, "every": "D", "opens": instant_text(OPENS), "closes": instant_text(CLOSES),
        "busy_hours": [[instant_text(OPENS), instant_text(BUSY_UNTIL)]],
        "busy_hour_items": ["M02"], "sites": {"site_primary": ["usm-1"]},
        "count": len(names), "slots": names,
    }  # fmt: skip


def slot_row(name: str, plan: int) -> dict[str, Any]:
    busy = name.startswith("M02")
    return {
        "id": name, "item": name[:3], "device": "usm-1", "site": "site_primary", "period": "D",
        "opens": OPENS, "closes": BUSY_UNTIL if busy else CLOSES, "busy_hour": busy,
        "plan_entry": plan, "state": "due",
    }  # fmt: skip


def reference(evidence: EvidenceArchive, answer: bytes) -> dict[str, Any]:
    return {
        "protocol": "ssh", "asked": "uptime", "sha256": evidence.put(answer),
        "bytes": len(answer), "taken_at": DAY, "duration_ms": 12,
    }  # fmt: skip
