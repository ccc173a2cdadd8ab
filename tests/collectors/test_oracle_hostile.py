"""Oracle databases that hang, break off, send rubbish or never end: bounded, and never 正常."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from collectors.readings import Connections, Deadlocks, Trouble, UserLocks
from collectors.sources.database_session import QueryFailed
from collectors.sources.oracle_line import connect
from collectors.sources.oracle_queries import READ_ONLY
from lab.behaviour import Behaviour
from lab.embedded.oracle.listener import OracleListener
from lab.embedded.oracle.messages import Table
from lab.embedded.oracle.values import number
from tests.collectors.hosts import unanswered, visit
from tests.collectors.oracles import PASSWORD, oracle, oracle_device, oracle_means

__all__ = ["oracle"]

SHORT_S = 0.7
SLACK_S = 3.5
Change = Callable[[Behaviour], None]


def hang(behaviour: Behaviour) -> None:
    behaviour.delay_s = 30.0


def cut_at_once(behaviour: Behaviour) -> None:
    behaviour.cut_after = 5


def cut(behaviour: Behaviour) -> None:
    behaviour.cut_after = 40


def garbage(behaviour: Behaviour) -> None:
    behaviour.garbage = True


MISBEHAVIOUR = [
    (hang, Trouble.TIMED_OUT),
    (cut_at_once, Trouble.TIMED_OUT),
    (cut, Trouble.TIMED_OUT),
    (garbage, Trouble.GARBLED),
]


@pytest.mark.parametrize(("change", "trouble"), MISBEHAVIOUR)
async def test_a_login_that_goes_wrong_ends_in_time(
    oracle: OracleListener, change: Change, trouble: Trouble
) -> None:
    change(oracle.behaviour)
    began = time.monotonic()
    seen = await visit(oracle_device(oracle.port, timeout_s=SHORT_S), oracle_means(), [Connections])
    assert unanswered(seen.answers[Connections]).trouble is trouble
    assert time.monotonic() - began < SHORT_S + SLACK_S


@pytest.mark.parametrize(("change", "trouble"), MISBEHAVIOUR)
async def test_an_answer_that_goes_wrong_ends_in_time_and_so_does_the_connection(
    oracle: OracleListener, change: Change, trouble: Trouble
) -> None:
    device, means = oracle_device(oracle.port, timeout_s=SHORT_S), oracle_means()
    access = device.access.oracle
    assert access is not None
    line = await connect(device, access, means, PASSWORD)
    change(oracle.behaviour)
    began = time.monotonic()
    for expected in (trouble, Trouble.TIMED_OUT):
        with pytest.raises(QueryFailed) as failed:
            await line.rows(READ_ONLY, [])
        assert failed.value.trouble is expected
        assert line.lost
    await line.close()
    await line.close()
    assert time.monotonic() - began < SHORT_S + SLACK_S


async def test_rows_without_end_are_given_up_and_the_rest_is_not_waited_for(
    oracle: OracleListener,
) -> None:
    oracle.floods = True
    began = time.monotonic()
    device = oracle_device(oracle.port, timeout_s=SHORT_S)
    seen = await visit(device, oracle_means(), [Connections, Deadlocks, UserLocks])
    assert {unanswered(one).trouble for one in seen.answers.values()} == {Trouble.TIMED_OUT}
    assert oracle.logins == 1
    assert time.monotonic() - began < SHORT_S + SLACK_S


async def test_rows_of_another_shape_are_not_understood(
    oracle: OracleListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = Table((number("A"), number("B")), ((1, 2),))
    answer = oracle.answer
    monkeypatch.setattr(oracle, "answer", lambda sql: answer(sql) if sql == READ_ONLY else strange)
    seen = await visit(oracle_device(oracle.port), oracle_means(), [Connections, UserLocks])
    assert {unanswered(one).trouble for one in seen.answers.values()} == {Trouble.GARBLED}


async def test_a_cancelled_visit_leaves_no_session(oracle: OracleListener) -> None:
    for pause in (0.0, 0.005, 0.01, 0.02):
        visiting = asyncio.create_task(
            visit(oracle_device(oracle.port), oracle_means(), [UserLocks, Connections])
        )
        await asyncio.sleep(pause)
        visiting.cancel()
        await asyncio.gather(visiting, return_exceptions=True)
    async with asyncio.timeout(10):
        while oracle.open_now:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def test_the_device_shows_no_password() -> None:
    assert PASSWORD not in repr(oracle_device(1521))
