"""Nobody adds to a logbook that was emptied, cut or exchanged; an honest one is never refused."""

from __future__ import annotations

import pytest
from sqlalchemy import Executable, delete, update

from logbook.book import LogbookDamaged
from store.schema import checkpoint, entry, round_run, slot
from tests.logbook.conftest import Site

UNSOUND: dict[str, tuple[Executable, ...]] = {
    "no entry": (delete(entry),),
    "no entry and no checkpoint": (delete(entry), delete(checkpoint)),
    "no first entry": (delete(entry).where(entry.c.seq == 1),),
    "no checkpoint": (delete(checkpoint),),
    "a tail cut behind the newest checkpoint": (delete(entry).where(entry.c.seq > 7),),
    "a tail cut with its checkpoints": (
        delete(entry).where(entry.c.seq > 7),
        delete(checkpoint).where(checkpoint.c.seq > 7),
    ),
    "a round's checkpoint taken away": (delete(checkpoint).where(checkpoint.c.seq == 9),),
    "another entry where the newest checkpoint stands": (
        update(entry).where(entry.c.seq == 9).values(hash="0" * 64),
    ),
    "a hash that fits every text": (update(entry).where(entry.c.seq == 9).values(hash="%"),),
    "a due slot that no entry planned": (update(slot).values(state="due", plan_entry=3),),
    "a round of entries that are not there": (update(round_run).values(start_entry=99),),
}


def test_an_honest_logbook_is_added_to(worked: Site) -> None:
    worked.book.require_sound()


@pytest.mark.parametrize("name", UNSOUND)
def test_a_logbook_that_is_plainly_damaged_is_not_added_to(worked: Site, name: str) -> None:
    with worked.store.write() as tx:
        for statement in UNSOUND[name]:
            tx.execute(statement)
    with pytest.raises(LogbookDamaged, match="lineguard log verify"):
        worked.book.require_sound()
    assert not worked.verify().valid


def test_the_newest_entries_need_no_checkpoint(worked: Site) -> None:
    with worked.store.write() as tx:
        tx.execute(delete(entry).where(entry.c.seq == 10))
    worked.book.require_sound()
