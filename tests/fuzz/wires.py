"""Pages, SIP messages, the output of `ping`, and the values of SNMP agents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from checks.verdict import State
from collectors.catalogue import ROOM
from collectors.probes import reachability
from collectors.readings import InterfaceExchange, Reachability, Reading
from collectors.sip_messages import Framing, NotSip, Options, response
from collectors.sources.http import told
from collectors.sources.icmp import replies
from collectors.sources.snmp.agent import Agent, SiteGap
from collectors.sources.snmp.port import Bounds, EngineError, Rows, Value, Walk, arcs
from collectors.sources.snmp.session import READERS
from collectors.sources.snmp.texts import decoded, evidence, words
from collectors.ups_words import POWER
from inventory.model import Device, Kind
from lab.embedded import snmp_data
from lab.embedded.snmp_mib import AgentData
from phrases import Phrase
from tests.collectors.hosts import now
from tests.fuzz.judged import HOST, INTERFACE, MEANS, NETWORK, driven, of_kind, state_of
from tests.fuzz.mutation import ANY_ORDER, no_values, strange_values, varied_values
from tests.fuzz.target import Target

PING: Final = b"".join(
    b"64 bytes from 127.0.0.1: icmp_seq=%d ttl=64 time=0.0%d ms\n" % (number, number)
    for number in (1, 2, 3)
)
OPTIONS: Final = Options(
    host="127.0.0.1", port=5060, transport="tcp", local_host="127.0.0.1", local_port=5061, cseq=1,
    branch="z9hG4bK1", call_id="a", tag="b",
)  # fmt: skip
SIP: Final = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1:5061;rport=5061;branch=z9hG4bK1\r\n"
    b"Call-ID: a\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


def _page(body: bytes) -> State | None:
    try:
        last, backlog = told(body)
    except ValueError:
        return None
    reading = InterfaceExchange(
        device=INTERFACE.name, taken_at=now(), exchanges=(), status=200, last_exchange=last,
        backlog=backlog,
    )  # fmt: skip
    return state_of(reading, INTERFACE)


def _page_now() -> bytes:
    return f'{{"last_exchange": "{now().isoformat()}", "backlog": 12}}'.encode()


def _reached(trips: Sequence[float | None]) -> State:
    return state_of(reachability(HOST, now(), "test", "asked", trips), HOST)


def _ping(output: bytes) -> State:
    return _reached(replies(output))


def _sip(stream: bytes) -> State | None:
    """Over a stream, in two pieces."""
    framing, half = Framing(), len(stream) // 2
    response(stream)
    try:
        heard = [*framing.feed(stream[:half]), *framing.feed(stream[half:])]
    except NotSip:
        return None
    return State.NORMAL if any(OPTIONS.is_answered_by(one) for one in heard) else None


@dataclass
class SaidAgent:
    """An engine whose agent has these values."""

    values: Mapping[str, Value]

    async def get(
        self, oids: Sequence[str], *, retries: int | None = None
    ) -> Mapping[str, Value | None]:
        return {oid: self.values.get(oid) for oid in oids}

    async def walk(self, column: str, bounds: Bounds) -> Rows:
        walk = Walk(column, bounds)
        for oid in sorted((one for one in self.values if one.startswith(f"{column}.")), key=arcs):
            walk.add(oid, self.values[oid])
        return walk.rows

    async def close(self) -> None:
        """Nothing is open."""


def _values(data: AgentData) -> dict[str, Any]:
    """As an engine gives them: numbers, octets, and identifiers as text."""
    known: dict[str, Callable[[str], Value]] = {"4": str.encode, "6": str}
    return {
        ".".join(map(str, oid)): known.get(tag, int)(value)
        for oid, (tag, value) in data.values.items()
    }


def agent(reading: type[Reading], of: Device, *seeds: AgentData) -> Target:
    """A reading of an SNMP agent."""
    return Target(
        name=f"snmp: {reading.__name__}",
        look=_looking(reading, of),
        seeds=tuple(_values(one) for one in seeds),
        reads=(("snmp", reading),),
        parses=(words, decoded, evidence, READERS[reading]),
        vary=varied_values,
        spoil=(no_values, strange_values),
    )


def _looking(reading: type[Reading], of: Device) -> Callable[[dict[str, Any]], State | None]:
    def look(values: dict[str, Any]) -> State | None:
        agent = Agent(of.name, SaidAgent(values), MEANS)
        try:
            found = driven(READERS[reading](of, agent))
        except EngineError:
            return None
        return None if isinstance(found, Phrase | SiteGap) else state_of(found, of)

    return look


VRP_AGENT: Final = snmp_data.vrp("fw-1", ports=("GigabitEthernet0/0/1",))
LINUX_AGENT: Final = snmp_data.linux("app-1")
SERVER: Final = of_kind(Kind.FILE_SERVER)
OF_THE_ROOM: Final = POWER | ROOM
"""Tried in `tests/fuzz/power.py`."""
OF_SERVERS: Final = frozenset({"HostLoad", "FileSystems"})

TARGETS: Final = (
    Target(
        name="http: page of an interface",
        look=_page,
        seeds=(_page_now(),),
        reads=(("http", InterfaceExchange),),
        parses=(told,),
        spoil=ANY_ORDER,
    ),
    Target(
        name="icmp: ping",
        look=_ping,
        seeds=(PING,),
        reads=(("icmp", Reachability),),
        parses=(replies,),
        spoil=ANY_ORDER,
    ),
    Target(
        name="sip: answers",
        look=_sip,
        seeds=(SIP, b"\r\n\r\n" + SIP),
        reads=(("sip", Reachability),),
        parses=(response, Framing.feed),
    ),
    *(
        agent(reading, SERVER, LINUX_AGENT)
        if reading.__name__ in OF_SERVERS
        else agent(reading, NETWORK, VRP_AGENT)
        for reading in READERS
        if reading not in OF_THE_ROOM
    ),
)
