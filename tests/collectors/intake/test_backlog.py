"""What waits to be stored: bounded in number and bytes, and whoever floods loses first."""

from __future__ import annotations

import pytest

from collectors.intake.backlog import SHARE, Backlog
from collectors.intake.model import Outcome, Receiver
from tests.collectors.intake.senders import arrived

LOST = (Receiver.SYSLOG, Outcome.LOST_IN_QUEUE)


def put(backlog: Backlog, source: str, size: int = 10) -> bool:
    return backlog.put(arrived(b"x" * size, Receiver.SYSLOG, source=source))


async def test_one_that_floods_leaves_room_for_the_others() -> None:
    backlog = Backlog(most=100)
    assert sum(put(backlog, "127.0.0.1") for _ in range(200)) == 50
    assert put(backlog, "127.0.0.2")
    assert backlog.counted() == {LOST: 150}


@pytest.mark.parametrize("sources", [SHARE, 2 * SHARE])
async def test_it_never_holds_more_than_it_may(sources: int) -> None:
    backlog = Backlog(most=100)
    kept = sum(put(backlog, f"127.0.0.{one % sources}") for one in range(1_000))
    assert kept == len(backlog) <= 100
    assert backlog.counted()[LOST] == 1_000 - kept


async def test_large_messages_are_bounded_by_their_bytes() -> None:
    backlog = Backlog(most_bytes=1_000)
    assert [put(backlog, "127.0.0.1", 400) for _ in range(3)] == [True, True, False]
    backlog.take(1)
    assert put(backlog, "127.0.0.1", 400)


async def test_senders_that_can_be_held_up_are_and_nothing_of_theirs_is_lost() -> None:
    backlog = Backlog(most=10)
    one = arrived(b"x", Receiver.SYSLOG_TCP)
    assert [backlog.offer(one) for _ in range(7)] == [True] * 5 + [False] * 2
    assert backlog.counted() == {}
    backlog.take(1)
    assert backlog.room.is_set()
    assert backlog.offer(one)
