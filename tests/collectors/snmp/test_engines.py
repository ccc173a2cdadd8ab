"""Both engines keep the same promises of the port."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import pytest

from collectors.session import SessionFailed
from collectors.sources.snmp import engine_gufo, engine_pysnmp, session
from collectors.sources.snmp.engine_gufo import GufoEngine
from collectors.sources.snmp.oids import SYS_UP_TIME
from collectors.sources.snmp.port import (
    Bounds,
    Community,
    Denied,
    Engine,
    EngineError,
    EngineMaker,
    Garbled,
    NoAnswer,
    Peer,
    TooLarge,
    User,
)
from lab.embedded.snmp_agent import AgentData, AgentUser
from tests.collectors.snmp.odd_agent import Oid, nulls, odd, raw, row
from tests.collectors.snmp.served import COMMUNITY, serving, user, v3_users
from tests.tiers import count

COLUMN = "1.3.6.1.2.1.2.2.1.2"
ARCS = (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)
T = TypeVar("T")
ROOM = Bounds(rows=1000, octets=100_000)


def practice(rows: int = 3) -> AgentData:
    data = AgentData()
    data.set_value(SYS_UP_TIME, 4200, "67")
    data.set_value("1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.2011.2.23.1", "6")
    data.set_value("1.3.6.1.2.1.1.5.0", "核心交换机")
    data.set_value("1.3.6.1.2.1.4.20.1.1.1", "10.1.2.3", "64")
    data.set_value("1.3.6.1.2.1.31.1.1.1.6.1", 2**40, "70")
    for index in range(1, rows + 1):
        data.set_value(f"{COLUMN}.{index}", f"port {index}")
    data.set_value("1.3.6.1.2.1.2.2.1.3.1", 6)
    return data


async def using(maker: EngineMaker, peer: Peer, ask: Callable[[Engine], Awaitable[T]]) -> T:
    session = maker(peer)
    try:
        return await ask(session)
    finally:
        await session.close()
        await session.close()


async def test_a_get_gives_every_kind_of_value_and_says_what_is_absent(
    engine: EngineMaker,
) -> None:
    wanted = {
        SYS_UP_TIME: 4200,
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.2011.2.23.1",
        "1.3.6.1.2.1.1.5.0": "核心交换机".encode(),
        "1.3.6.1.2.1.4.20.1.1.1": "10.1.2.3",
        "1.3.6.1.2.1.31.1.1.1.6.1": 2**40,
        "1.3.6.1.2.1.1.99.0": None,
    }
    async with serving(practice()) as served:
        assert await using(engine, served.peer(), lambda one: one.get(list(wanted))) == wanted


async def test_a_get_of_many_takes_several_requests_and_gives_all(engine: EngineMaker) -> None:
    async with serving(practice(60)) as served:
        oids = [f"{COLUMN}.{index}" for index in range(1, 81)]
        told = await using(engine, served.peer(), lambda one: one.get(oids))
        assert list(told) == oids
        assert [oid for oid in oids if told[oid] is None] == oids[60:]
        assert served.agent.datagrams == 4


async def test_a_get_of_nothing_but_absent_values_is_an_answer(engine: EngineMaker) -> None:
    """Even by an agent that has no clock to ask along."""
    data = AgentData()
    data.set_value("1.3.6.1.2.1.1.1.0", "stub")
    async with serving(data) as served:
        oids = [f"{COLUMN}.{index}" for index in range(5)]
        told = await using(engine, served.peer(), lambda one: one.get(oids))
        assert told == dict.fromkeys(oids)


@pytest.mark.parametrize("rows", [0, 1, 39, 40, 41, 130])
async def test_a_walk_gives_its_column_whole_and_nothing_else(
    engine: EngineMaker, rows: int
) -> None:
    async with serving(practice(rows)) as served:
        told = await using(engine, served.peer(), lambda one: one.walk(COLUMN, ROOM))
        assert told == [
            (f"{COLUMN}.{index}", f"port {index}".encode()) for index in range(1, rows + 1)
        ]


async def test_a_walk_to_the_end_of_all_that_an_agent_shows_is_whole(engine: EngineMaker) -> None:
    async with serving(practice()) as served:
        last = "1.3.6.1.2.1.31.1.1.1.6"
        told = await using(engine, served.peer(), lambda one: one.walk(last, ROOM))
        assert told == [(f"{last}.1", 2**40)]


@pytest.mark.parametrize("who", ["inspect", "md5-des", "sha256-aes"])
async def test_v3_asks_encrypted_with_each_pair_of_protocols(engine: EngineMaker, who: str) -> None:
    known = next(one for one in v3_users() if one.name == who)
    async with serving(practice(50), users=v3_users()) as served:
        credentials = user(name=known.name, auth=known.auth, priv=known.priv)
        peer = served.peer(credentials=credentials, timeout_s=2.0)
        told = await using(engine, peer, lambda one: one.walk(COLUMN, ROOM))
        absent = await using(engine, peer, lambda one: one.get([SYS_UP_TIME, f"{COLUMN}.99"]))
        assert len(told) == 50
        assert absent == {SYS_UP_TIME: 4200, f"{COLUMN}.99": None}


WRONG = {
    "the community": Community(name="stranger"),
    "the authentication phrase": user(auth_phrase="not-the-phrase"),
    "the privacy phrase": user(priv_phrase="not-the-phrase"),
    "the user": user(name="nobody"),
    "the protocol": user(auth="md5"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_wrong_credentials_never_give_a_value(
    engine: EngineMaker, wrong: Community | User
) -> None:
    async with serving(practice(), users=v3_users()) as served:
        with pytest.raises((Denied, NoAnswer)):
            await using(engine, served.peer(credentials=wrong), lambda one: one.get([SYS_UP_TIME]))


async def test_credentials_are_in_no_repr() -> None:
    assert COMMUNITY not in repr(Community(name=COMMUNITY))
    assert "authenticate-me" not in repr(user())
    assert "keep-it-private" not in repr(user())


# --- agents that answer wrongly ------------------------------------------------------------


async def _get(oids: list[str], session: Engine) -> object:
    return await session.get(oids)


def odd_peer(port: int, **more: Any) -> Peer:  # noqa: ANN401
    known = {"credentials": Community(name="any"), "timeout_s": 0.2, "retries": 0}
    return Peer(address="127.0.0.1", port=port, **{**known, **more})


def error_after(good: int, status: int) -> Callable[[int, list[Oid]], tuple[int, list[bytes]]]:
    def says(number: int, asked: list[Oid]) -> tuple[int, list[bytes]]:
        if number <= good:
            return 0, [row((*ARCS, index), index) for index in range(1, 4)]
        return status, nulls(asked)

    return says


@pytest.mark.parametrize("status", [2, 5], ids=["noSuchName", "genErr"])
async def test_an_error_report_is_neither_a_value_nor_an_absence(
    engine: EngineMaker, status: int
) -> None:
    async with odd(error_after(0, status)) as (_, port):
        for oids in ([SYS_UP_TIME], [f"{COLUMN}.1", f"{COLUMN}.2", f"{COLUMN}.3"]):
            with pytest.raises(Garbled):
                await using(engine, odd_peer(port), partial(_get, oids))


async def test_an_error_in_the_middle_of_a_walk_is_not_its_end(engine: EngineMaker) -> None:
    async with odd(error_after(1, 5)) as (_, port):
        with pytest.raises(Garbled):
            await using(engine, odd_peer(port), lambda one: one.walk(COLUMN, ROOM))


async def test_too_big_an_answer_is_asked_for_in_parts(engine: EngineMaker) -> None:
    def says(_: int, asked: list[Oid]) -> tuple[int, list[bytes]]:
        return (1, []) if len(asked) > 2 else (0, [row(oid, oid[-1]) for oid in asked])

    async with odd(says) as (_, port):
        oids = [f"{COLUMN}.{index}" for index in range(1, 6)]
        told = await using(engine, odd_peer(port), lambda one: one.get(oids))
        assert told == {oid: index for index, oid in enumerate(oids, start=1)}


@pytest.mark.parametrize(
    "step", [lambda number: (*ARCS, 7), lambda number: (*ARCS, 1000 - number)], ids=["same", "back"]
)
async def test_identifiers_that_do_not_rise_end_a_walk(
    engine: EngineMaker, step: Callable[[int], Oid]
) -> None:
    async with odd(lambda number, _: (0, [row(step(number), number)])) as (agent, port):
        with pytest.raises(Garbled):
            await using(engine, odd_peer(port), lambda one: one.walk(COLUMN, ROOM))
        assert agent.requests <= 2


@pytest.mark.parametrize(
    "bounds",
    [Bounds(rows=50, octets=100_000), Bounds(rows=1000, octets=500)],
    ids=["rows", "octets"],
)
async def test_a_walk_without_an_end_is_cut_at_its_bounds(
    engine: EngineMaker, bounds: Bounds
) -> None:
    async with odd(lambda number, _: (0, [row((*ARCS, number), "x")])) as (agent, port):
        with pytest.raises(TooLarge):
            await using(engine, odd_peer(port), lambda one: one.walk(COLUMN, bounds))
        assert agent.requests <= 51


async def test_values_that_nobody_asked_for_are_no_answer(engine: EngineMaker) -> None:
    stranger = (1, 3, 6, 1, 5, 5, 5)
    async with odd(lambda _, asked: (0, [row(stranger, 1) for _ in asked])) as (_, port):
        with pytest.raises(Garbled):
            await using(engine, odd_peer(port), lambda one: one.get([f"{COLUMN}.1", f"{COLUMN}.2"]))


async def test_an_answer_to_another_request_is_no_answer(engine: EngineMaker) -> None:
    answering = odd(lambda _, asked: (0, [row(oid, 1) for oid in asked]), wrong_request=True)
    async with answering as (_, port):
        with pytest.raises(EngineError):
            await using(engine, odd_peer(port), lambda one: one.get([SYS_UP_TIME]))


MALFORMED = {
    "nothing": "",
    "one octet": "30",
    "no sequence": "0203010203",
    "a length of a gigabyte": "308440000000",
    "a length that runs out inside": "30050201010492",
    "a length that runs out outside": "30dd73fc95f5",
    "nested without an end": "30" * 60,
}


@pytest.mark.parametrize("says", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_datagram_is_no_answer_and_ends_no_process(
    engine: EngineMaker, says: str
) -> None:
    async with raw(bytes.fromhex(says)) as port:
        for credentials in (Community(name="any"), user()):
            session = engine(odd_peer(port, credentials=credentials))
            try:
                for _ in range(2):
                    with pytest.raises((Garbled, NoAnswer)):
                        await session.get([SYS_UP_TIME])
                    with pytest.raises((Garbled, NoAnswer)):
                        await session.walk(COLUMN, ROOM)
            finally:
                await session.close()


async def test_random_datagrams_are_no_answers(engine: EngineMaker) -> None:
    chance = random.Random(20261121)  # noqa: S311
    for _ in range(count(ci=20, soak=500)):
        nonsense = chance.randbytes(chance.randrange(100))
        framed = bytes((0x30, len(nonsense))) + nonsense
        async with raw(framed) as port:
            with pytest.raises((Garbled, NoAnswer)):
                peer = odd_peer(port, timeout_s=0.05)
                await using(engine, peer, lambda one: one.get([SYS_UP_TIME]))


async def test_a_session_recovers_when_its_agent_does(engine: EngineMaker) -> None:
    async with serving(practice(), users=v3_users()) as served:
        for credentials in (Community(name=COMMUNITY), user()):
            session = engine(served.peer(credentials=credentials, timeout_s=1.0))
            for behaviour in ("silent", "garbage"):
                setattr(served.agent.behaviour, behaviour, True)
                with pytest.raises((Garbled, NoAnswer)):
                    await session.get([SYS_UP_TIME])
                setattr(served.agent.behaviour, behaviour, False)
                assert await session.get([SYS_UP_TIME]) == {SYS_UP_TIME: 4200}
            await session.close()


async def test_a_lost_datagram_is_sent_again_as_often_as_the_retries_say(
    engine: EngineMaker,
) -> None:
    async with serving(practice()) as served:
        served.agent.behaviour.silent = True
        peer = served.peer(timeout_s=0.2, retries=2)
        with pytest.raises(NoAnswer):
            await using(engine, peer, lambda one: one.get([SYS_UP_TIME]))
        assert served.agent.datagrams == 3
        with pytest.raises(NoAnswer):
            await using(engine, peer, lambda one: one.get([SYS_UP_TIME], retries=0))
        assert served.agent.datagrams == 4


async def test_a_port_that_nobody_listens_on_gives_no_answer(engine: EngineMaker) -> None:
    async with serving(practice()) as served:
        peer = served.peer(timeout_s=0.2)
    with pytest.raises(NoAnswer):
        await using(engine, peer, lambda one: one.get([SYS_UP_TIME]))


async def test_gufo_derives_a_key_once_for_all_sessions() -> None:
    from collectors.sources.snmp.engine_gufo import _master_key

    async with serving(practice(), users=v3_users()) as served:
        peer = served.peer(credentials=user(), timeout_s=2.0)
        await using(GufoEngine, peer, lambda one: one.get([SYS_UP_TIME]))
        known = _master_key.cache_info().misses
        await using(GufoEngine, peer, lambda one: one.get([SYS_UP_TIME]))
        assert _master_key.cache_info().misses == known


async def test_a_session_knows_no_other_sessions_keys(engine: EngineMaker) -> None:
    """Users of the same name have keys of their own on every device, and engines are reused."""
    twin = AgentUser(name="inspect", auth_phrase="another-phrase", priv_phrase="another-phrase-too")
    theirs = user(auth_phrase="another-phrase", priv_phrase="another-phrase-too")
    async with (
        serving(practice(), users=v3_users()) as one,
        serving(practice(), users=(twin,)) as two,
    ):
        for _ in range(2):
            for served, right, wrong in ((one, user(), theirs), (two, theirs, user())):
                peer = served.peer(credentials=right, timeout_s=2.0)
                told = await using(engine, peer, lambda session: session.get([SYS_UP_TIME]))
                assert told == {SYS_UP_TIME: 4200}
                with pytest.raises((Denied, NoAnswer)):
                    await using(
                        engine,
                        served.peer(credentials=wrong),
                        lambda session: session.get([SYS_UP_TIME]),
                    )


async def test_a_setting_that_names_no_engine_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(session.ENGINE_SETTING, "netsnmp")
    with pytest.raises(SessionFailed, match="names no SNMP engine: netsnmp"):
        session.engine_maker()


def test_the_faster_engine_is_taken_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(session.ENGINE_SETTING, raising=False)
    assert session.engine_maker() is engine_gufo.connect
    monkeypatch.setattr(session, "find_spec", lambda _name: None)
    assert session.engine_maker() is engine_pysnmp.connect
