"""Rows of incidents, planned work and delivery that somebody changed in the database are found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from incidents.escalation import Post
from incidents.silences import Silence, Where
from incidents.topology import Topology
from tests.incidents.test_clockwork import Night
from tests.incidents.test_correlate import AT
from tests.incidents.test_delivery import WECOM, Phones, deliver, night
from tests.incidents.test_escalation import Board
from tests.incidents.test_handling import CHEN
from tests.maintenance.fakes import proven

__all__ = ("night",)

ATTEMPTS = "the attempts of entry"
ROW, TIME = "a row of the table {table} is not what entry", "a time that no entry tells of"
NONE = "is no fault analysis of incident"
COPY = "insert into {0} ({1}) select {1} from {0} limit 1"


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ("update attempt set page = 3 - page where id = 1", ATTEMPTS),
        ("update attempt set at = '2026-11-20T01:00:00.000000Z' where id = 1", ATTEMPTS),
        ("update attempt set outcome = 'failed' where id = 1", ATTEMPTS),
        ("update attempt set entry = (select max(entry) from attempt) where id = 1", ATTEMPTS),
        ("delete from attempt where id = 1", ATTEMPTS),
        (COPY.format("attempt", "page, at, channel, outcome, entry"), ATTEMPTS),
        ("update silence set actor = 'nobody'", ROW),
        (COPY.format("silence", "site, device, item, begins, ends, why, actor, entry"), ROW),
        ("update clock set stopped_at = '2026-11-20T01:00:00.000000Z' where name = 'cure'", TIME),
        ("update incident set analysis = 1", NONE),
        ("update incident set analysis = 99", NONE),
    ],
)
def test_what_was_forged_is_found(night: Night, forged: str, why: str) -> None:
    night.board = Board({Post.PRIMARY: ("陈静", "刘洋")})
    where = Where(device="rt-9")
    made = night.silences.add(where, AT, AT + timedelta(hours=1), "移机", CHEN)
    assert isinstance(made, Silence)
    night.sees(ill=True)
    night.tick(0)
    deliver(night, Phones(), WECOM, topology=Topology({}))
    assert proven(night.book) == ""
    with night.book.store.write() as tx:
        assert tx.execute(text(forged)).rowcount == 1
    assert why in proven(night.book)
