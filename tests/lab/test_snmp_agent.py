"""The practice agent and its values; that engines read it stands in tests/collectors/snmp."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collectors.sources.snmp import oids
from collectors.sources.snmp.engine_gufo import GufoEngine
from collectors.sources.snmp.port import Bounds, Community, NoAnswer, Peer
from lab.behaviour import Behaviour
from lab.embedded import snmp_ber as ber
from lab.embedded import snmp_data as practice
from lab.embedded.snmp_agent import AgentData, AgentUser, SnmpAgent
from lab.embedded.snmp_mib import encode_value, oid_of, parse_snmprec

SYS_NAME = "1.3.6.1.2.1.1.5.0"
ROOM = Bounds(rows=100, octets=10_000)


# --- recordings -------------------------------------------------------------------------------


def test_a_recording_may_be_unsorted_repeated_quoted_dotted_and_broken_over_lines() -> None:
    read = parse_snmprec(
        ".1.3.6.1.2.1.1.5.0|4|second by order\n"
        '1.3.6.1.2.1.1.1.0|4|"quoted words"\n'
        "1.3.6.1.2.1.1.1.0|4|said again\n"
        "1.3.6.1.2.1.1.6.0|4x|e99f7a\n"
        "1.3.6.1.2.1.1.4.0|4|goes on\nin the next line\n"
        "1.3.6.1.2.1.4.20.1.2.10.xx.xx.100|2|13\n"
        "1.3.6.1.2.1.2.1.0|2|not a number\n"
    )
    data = read.data
    assert data.value("1.3.6.1.2.1.1.1.0") == "quoted words"
    assert data.value(SYS_NAME) == "second by order"
    assert data.value("1.3.6.1.2.1.1.4.0") == "goes on\nin the next line"
    assert data.following((1, 3), 9) == sorted(data.values)
    assert read.skipped == (7, 8)


@pytest.mark.parametrize("number", [0, 1, 127, 128, -1, -128, -129, 2**31 - 1, -(2**31), 2**40])
def test_integers_are_encoded_in_the_fewest_octets(number: int) -> None:
    encoded = ber.encode_integer(number)
    assert ber.read_integer(encoded, 0) == (number, len(encoded))
    shorter = encoded[3:]
    assert not shorter or int.from_bytes(shorter, "big", signed=True) != number


@pytest.mark.parametrize("oid", [(1, 3, 6, 1), (0, 0), (2, 999, 3), (1, 3, 128, 2**32 - 1)])
def test_identifiers_come_back_as_they_were(oid: tuple[int, ...]) -> None:
    encoded = ber.encode_oid(oid)
    start, end = ber.expect(encoded, 0, ber.IDENTIFIER)
    assert ber.decode_oid(encoded[start:end]) == oid


@pytest.mark.parametrize("tag", ["3", "99", ""])
def test_a_type_that_snmp_does_not_have_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="no such type"):
        encode_value(tag, "1")


@pytest.mark.parametrize("text", ["", "1", "3.1.2", "1.3.x", "1.-3"])
def test_what_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"object identifier|invalid literal"):
        oid_of(text)


# --- values that change -------------------------------------------------------------------------


def test_a_value_keeps_its_type_and_its_place_when_it_changes() -> None:
    data = AgentData()
    data.set_value("1.3.6.1.2.1.1.3.0", 5, "67")
    data.set_value(SYS_NAME, "sw-1")
    data.set_value("1.3.6.1.2.1.1.3.0", 9)
    assert data.values[oid_of("1.3.6.1.2.1.1.3.0")] == ("67", "9")
    with pytest.raises(ValueError, match="invalid literal"):
        data.set_value("1.3.6.1.2.1.1.3.0", "soon")
    data.remove(SYS_NAME)
    assert data.following((1, 3), 9) == [oid_of("1.3.6.1.2.1.1.3.0")]


def test_a_mended_device_is_the_healthy_one_again() -> None:
    healthy, broken = practice.vrp("rt-1"), practice.vrp("rt-1")
    practice.set_cpu(broken, 91)
    practice.fail_fan(broken)
    practice.lose_supply(broken)
    practice.set_temperature(broken, 51)
    practice.port_down(broken, "GigabitEthernet0/0/2")
    practice.fail_board(broken)
    assert broken.values != healthy.values
    broken.become(healthy)
    assert broken.values == healthy.values
    assert broken.binding(oid_of(oids.SYS_UP_TIME)) == healthy.binding(oid_of(oids.SYS_UP_TIME))


def test_a_port_that_is_not_there_cannot_fail() -> None:
    with pytest.raises(KeyError):
        practice.port_down(practice.vrp("rt-1"), "GigabitEthernet9/9/9")


# --- over the wire ------------------------------------------------------------------------------


@asynccontextmanager
async def asking(agent: SnmpAgent, community: str = "public") -> AsyncIterator[GufoEngine]:
    session = GufoEngine(
        Peer(
            address="127.0.0.1",
            port=agent.port,
            credentials=Community(name=community),
            timeout_s=0.5,
            retries=0,
        )
    )
    try:
        yield session
    finally:
        await session.close()


async def name_told_to(agent: SnmpAgent, community: str = "public") -> object:
    async with asking(agent, community) as session:
        return (await session.get([SYS_NAME]))[SYS_NAME]


async def test_one_port_stands_for_many_devices_by_community() -> None:
    fleet = {f"device-{number}": practice.room_sensor(f"room-{number}") for number in range(200)}
    agent = SnmpAgent(AgentData(), community=None, fleet=fleet)
    await agent.start("127.0.0.1", 0)
    try:
        for number in (0, 77, 199):
            told = await name_told_to(agent, f"device-{number}")
            assert told == f"room-{number}".encode()
        with pytest.raises(NoAnswer):
            await name_told_to(agent)
    finally:
        await agent.stop()


async def test_a_fault_changes_the_next_answer_and_silence_keeps_the_port() -> None:
    data, behaviour = practice.linux("file-1"), Behaviour()
    agent = SnmpAgent(data, behaviour)
    await agent.start("127.0.0.1", 0)
    try:
        async with asking(agent) as session:
            before = await session.walk(oids.HR_PROCESSOR_LOAD, ROOM)
            practice.set_cpu(data, 91)
            after = await session.walk(oids.HR_PROCESSOR_LOAD, ROOM)
        assert ({value for _, value in before}, {value for _, value in after}) == ({9}, {91})
        behaviour.silent = True
        with pytest.raises(NoAnswer):
            await name_told_to(agent)
        with pytest.raises(OSError, match=r"in use"):
            await SnmpAgent(AgentData()).start("127.0.0.1", agent.port)
        behaviour.silent = False
        assert await name_told_to(agent) == b"file-1"
    finally:
        await agent.stop()
        await agent.stop()


async def test_nonsense_is_dropped_without_an_answer_and_harms_nothing() -> None:
    user = AgentUser(name="inspect", auth_phrase="auth-phrase", priv_phrase="priv-phrase")
    agent = SnmpAgent(practice.ups("ups-1"), users=(user,))
    await agent.start("127.0.0.1", 0)
    try:
        heard: list[bytes] = []
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Hearing(heard), remote_addr=("127.0.0.1", agent.port)
        )
        whole = _request()
        nonsense = [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x02\x01\x03"]
        nonsense += [whole[:cut] for cut in range(len(whole))]
        nonsense += [secrets.token_bytes(40) for _ in range(50)]
        for datagram in nonsense:
            transport.sendto(datagram)
        assert await name_told_to(agent) == b"ups-1"
        assert agent.datagrams >= len(nonsense) / 2
        assert heard == []
        transport.close()
    finally:
        await agent.stop()


class _Hearing(asyncio.DatagramProtocol):
    def __init__(self, heard: list[bytes]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._heard.append(data)


def _request() -> bytes:
    """A well-formed GET of sysName."""
    binding = ber.wrap(ber.SEQUENCE, ber.encode_oid(oid_of(SYS_NAME)) + ber.wrap(ber.NULL, b""))
    numbers = b"".join(ber.encode_integer(number) for number in (7, 0, 0))
    pdu = ber.wrap(0xA0, numbers + ber.wrap(ber.SEQUENCE, binding))
    return ber.wrap(ber.SEQUENCE, ber.encode_integer(1) + ber.wrap(ber.OCTETS, b"public") + pdu)
