"""`log verify`: entries per second over a chain of real results, alone and with the slots that they
ended."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.measure import Figure
from checks.item import Period
from checks.verdict import State
from logbook.book import Logbook
from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from logbook.verify import verify
from maintenance.calendar import period_of
from maintenance.schedule import Slot, slot_id
from maintenance.slots import Closing, close, plan
from store.database import open_store
from store.migrating import migrate
from store.schema import instant_text

ENTRIES = 200_000
BATCH = 1_000
CHECKPOINT_EVERY = 10_000
LIMIT = 50_000
DAYS = 50
SLOTS_A_DAY = 2_000


def figures() -> list[Figure]:
    """Verification and, beside it, appending."""
    with tempfile.TemporaryDirectory(prefix="lineguard-figures-") as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder / 'lineguard.db'}", folder)
        migrate(store)
        book = Logbook(
            store,
            EvidenceArchive(folder / "evidence"),
            SiteKeys.generate(folder / "keys", datetime.now(UTC)),
        )
        appended = _fill(book)
        began = time.process_time()
        found = verify(store, book.keys.public_keys(), book.evidence)
        spent = time.process_time() - began
        if not found.valid or found.entries != ENTRIES:
            raise RuntimeError(f"the chain does not verify: {found}")
        store.close()
    return [
        _with_slots(),
        Figure(name="log verify", value=ENTRIES / spent, unit="entries/s", limit=LIMIT,
               at_least=True, note=f"{ENTRIES} entries, {found.checkpoints} checkpoints"),
        Figure(name="log append, 1,000 a transaction", value=appended, unit="entries/s"),
    ]  # fmt: skip


def _with_slots() -> Figure:
    """Days of planned and done slots, as rounds leave them: every row is held to its entries."""
    with tempfile.TemporaryDirectory(prefix="lineguard-figures-") as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder / 'lineguard.db'}", folder)
        migrate(store)
        keys = SiteKeys.generate(folder / "keys", datetime.now(UTC))
        book = Logbook(store, EvidenceArchive(folder / "evidence"), keys)
        for day in range(DAYS):
            _work(book, date(2026, 1, 1) + timedelta(days=day))
        began = time.process_time()
        found = verify(store, book.keys.public_keys(), book.evidence)
        spent = time.process_time() - began
        if not found.valid:
            raise RuntimeError(f"the chain does not verify: {found}")
        store.close()
    return Figure(name="log verify, with its slots", value=found.entries / spent, unit="entries/s",
                  note=f"{found.entries} entries, {DAYS * SLOTS_A_DAY} slots")  # fmt: skip


def _work(book: Logbook, day: date) -> None:
    """Plan and close the slots of one day, by what rounds use themselves."""
    span, at = period_of(day, Period.DAY), datetime.now(UTC)
    slots = [
        Slot(
            id=slot_id("M46", f"rt-{number:06d}", f"{day}"), item="M46",
            device=f"rt-{number:06d}", site="site_primary", period=Period.DAY,
            period_name=f"{day}", span=span,
        )
        for number in range(SLOTS_A_DAY)
    ]  # fmt: skip
    with book.store.write() as tx:
        plan(tx, book, slots, at)
        done = instant_text(span.opens)
        records = [
            ("result", {**_body(number), "slot": one.id, "slot_time": done})
            for number, one in enumerate(slots)
        ]
        entries = book.append_many(tx, records, at)
        closings = [
            Closing(slot=one.id, result=State.NORMAL, entry=entry)
            for one, entry in zip(slots, entries, strict=True)
        ]
        close(tx, closings, span.opens)


def _fill(book: Logbook) -> float:
    began = time.process_time()
    for first in range(0, ENTRIES, BATCH):
        at = datetime.now(UTC)
        with book.store.write() as tx:
            book.append_many(tx, [("measured", _body(first + n)) for n in range(BATCH)], at)
            if (first + BATCH) % CHECKPOINT_EVERY == 0:
                book.checkpoint(tx, at)
    return ENTRIES / (time.process_time() - began)


def _body(number: int) -> dict[str, object]:
    """About as large as the result of a slot with two checks."""
    return {
        "slot": f"M46/rt-{number:06d}/2026-11-20",
        "state": "normal",
        "verdicts": [
            {
                "check": check,
                "state": "normal",
                "sentence": {
                    "en": f"rt-{number:06d}: {check} average 12 %, limit 50 %",
                    "zh": f"rt-{number:06d}：{check} 平均 12 %，限值 50 %",
                },
                "measured": 12.0,
                "expected": "< 50",
                "unit": "%",
            }
            for check in ("cpu", "memory")
        ],
    }
