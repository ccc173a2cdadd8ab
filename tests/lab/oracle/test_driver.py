"""The practice Oracle listener with the unmodified driver: what a real client makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import oracledb
import pytest

from lab.behaviour import Behaviour
from lab.embedded.oracle.data import OracleData
from lab.embedded.oracle.listener import OracleListener, Terms
from lab.embedded.oracle.messages import OracleError, Table
from lab.embedded.oracle.values import Column, Value, date, number, text, timestamp
from tests.collectors.oracles import PASSWORD, SERVICE, oracle, running

__all__ = ["oracle"]

SHORT_MS = 300
DEADLINE_S = 5.0


class Telling(OracleListener):
    """Answers every SELECT with the same rows."""

    def __init__(self, columns: tuple[Column, ...], rows: Sequence[Sequence[Value]]) -> None:
        super().__init__(Terms("inspect", PASSWORD, SERVICE))
        self.table = Table(columns, tuple(rows))

    def answer(self, sql: str) -> Table | OracleError | None:
        return self.table


@asynccontextmanager
async def connected(
    listener: OracleListener,
    **given: Any,  # noqa: ANN401
) -> AsyncIterator[oracledb.AsyncConnection]:
    """Logged in; what hangs ends within the deadline."""
    access = {
        "user": "inspect", "password": PASSWORD, "host": "127.0.0.1", "port": listener.port,
        "service_name": "hotline", **given,
    }  # fmt: skip
    async with asyncio.timeout(DEADLINE_S):
        connection = await oracledb.connect_async(**access)
        try:
            yield connection
        finally:
            await connection.close()


async def told(listener: OracleListener, **given: Any) -> list[Any]:  # noqa: ANN401
    """All rows of one statement."""
    async with running(listener), connected(listener) as connection:
        cursor = connection.cursor()
        for name, value in given.items():
            setattr(cursor, name, value)
        await cursor.execute("SELECT x FROM y")
        return list(await cursor.fetchall())


async def refusal(listener: OracleListener, **given: Any) -> str:  # noqa: ANN401
    """What the driver says to a login that fails."""
    with pytest.raises(oracledb.Error) as failed:
        async with connected(listener, **given):
            pytest.fail("it was let in")
    return str(failed.value)


# --- login ---


async def test_the_right_password_is_let_in_and_the_session_ends_well(
    oracle: OracleListener,
) -> None:
    async with connected(oracle) as connection:
        assert connection.thin
        assert connection.version.startswith("12.1")
        await connection.ping()
        await connection.commit()
        await connection.rollback()
    assert (oracle.logins, oracle.left) == (1, 1)


async def test_another_password_is_not_let_in(oracle: OracleListener) -> None:
    assert "ORA-01017" in await refusal(oracle, password="wrong")
    assert "ORA-01017" in await refusal(oracle, user="somebody")
    oracle.behaviour.refuse_logins = True
    assert "ORA-01017" in await refusal(oracle)
    assert oracle.logins == 0


async def test_another_service_is_not_there(oracle: OracleListener) -> None:
    assert "DPY-6001" in await refusal(oracle, service_name="other")


async def test_a_descriptor_that_needs_a_packet_of_its_own_is_understood(
    oracle: OracleListener,
) -> None:
    async with connected(oracle, program="x" * 250) as connection:
        await connection.ping()


async def test_a_silent_one_refuses_connections_and_drops_those_it_has(
    oracle: OracleListener,
) -> None:
    async with connected(oracle) as connection:
        oracle.behaviour.silent = True
        await oracle.apply()
        with pytest.raises(oracledb.Error):
            await connection.ping()
    assert "Connect call failed" in await refusal(oracle)
    oracle.behaviour.silent = False
    await oracle.apply()
    async with connected(oracle) as connection:
        await connection.ping()


async def test_what_a_session_calls_itself_is_heard(oracle: OracleListener) -> None:
    async with connected(oracle) as connection:
        connection.module, connection.action = "lineguard", "巡检"
        await connection.ping()
    assert oracle.modules == {("lineguard", "巡检")}


# --- rows ---


async def test_values_of_every_type_arrive_as_they_are() -> None:
    at = datetime(2026, 11, 21, 8, 9, 10, 123456)  # noqa: DTZ001  (as the driver gives them)
    columns = (
        text("S"), number("N"), number("I"), date("D"), timestamp("T"), text("NO"), number("NN"),
        timestamp("NT"),
    )  # fmt: skip
    row = ("中文 tablespace", Decimal("-12.34"), 900, at, at, None, None, None)
    ((words, fraction, whole, day, moment, *nothing),) = await told(Telling(columns, [row]))
    assert (words, fraction, whole) == ("中文 tablespace", -12.34, 900)
    assert (day, moment, nothing) == (at.replace(microsecond=0), at, [None] * 3)


@pytest.mark.parametrize("value", ["0", "1", "-1", "0.05", "-99.99", "100", "123456789012345678"])
async def test_numbers_arrive_to_the_last_digit(value: str) -> None:
    ((arrived,),) = await told(Telling((number("N"),), [(Decimal(value),)]))
    assert Decimal(str(arrived)) == Decimal(value)


async def test_many_rows_arrive_over_several_packets_and_fetches() -> None:
    rows = [(one, f"行{one:05d}" + "x" * (one % 900)) for one in range(1_050)]
    listener = Telling((number("N"), text("S")), rows)
    assert await told(listener) == rows
    listener = Telling((number("N"), text("S")), rows)
    assert await told(listener, arraysize=2_000, prefetchrows=2_000) == rows


async def test_a_text_that_goes_in_pieces_arrives_whole() -> None:
    assert await told(Telling((text("S"),), [("长" * 1_333,)])) == [("长" * 1_333,)]


async def test_no_rows_are_no_rows() -> None:
    assert await told(Telling((text("S"),), [])) == []


async def test_a_statement_can_be_run_again(oracle: OracleListener) -> None:
    async with connected(oracle) as connection:
        cursor = connection.cursor()
        for _ in range(3):
            await cursor.execute("SET TRANSACTION READ ONLY")
    listener = Telling((number("N"),), [(1,)])
    async with running(listener), connected(listener) as connection:
        cursor = connection.cursor()
        for _ in range(3):
            await cursor.execute("SELECT 1 FROM dual")
            assert await cursor.fetchall() == [(1,)]


@pytest.mark.parametrize("sql", ["SELECT 1 FROM dual", "DROP TABLE hotline", "SELECT * FROM dba_x"])
async def test_only_our_own_statements_are_answered(oracle: OracleListener, sql: str) -> None:
    async with connected(oracle) as connection:
        with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
            await connection.cursor().execute(sql)
        await connection.ping()


# --- misbehaviour ---


async def test_a_slow_answer_is_broken_off_and_the_connection_outlives_it(
    oracle: OracleListener,
) -> None:
    async with connected(oracle) as connection:
        connection.call_timeout = SHORT_MS
        oracle.behaviour.delay_s = 30.0
        with pytest.raises(oracledb.Error, match="DPY-4024"):
            await connection.ping()
        oracle.behaviour.delay_s = 0.0
        assert connection.is_healthy()
        await connection.ping()
    assert oracle.interrupted == 1


def _cut(behaviour: Behaviour) -> None:
    behaviour.cut_after = 5


def _garbage(behaviour: Behaviour) -> None:
    behaviour.garbage = True


@pytest.mark.parametrize("change", [_cut, _garbage])
async def test_an_answer_that_is_not_one_ends_the_connection(
    oracle: OracleListener, change: Callable[[Behaviour], None]
) -> None:
    async with connected(oracle) as connection:
        connection.call_timeout = SHORT_MS
        change(oracle.behaviour)
        with pytest.raises(oracledb.Error, match="DPY-4011"):
            await connection.ping()
        assert not connection.is_healthy()


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"GET / HTTP/1.1\r\n\r\n", bytes(400)])
async def test_what_is_no_client_is_sent_away(oracle: OracleListener, sent: bytes) -> None:
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", oracle.port)
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()


def test_healthy_data_is_new_each_time() -> None:
    first = OracleData()
    first.jobs[0].state = "BROKEN"
    first.denied.add("v$session")
    assert (OracleData().jobs[0].state, OracleData().denied) == ("SCHEDULED", set())
