"""An SNMP agent of the practice site: one UDP port that answers GET, GETNEXT and GETBULK.

v2c is answered here from values that were encoded when they were set, so that one process serves
a thousand devices; v3 goes through pysnmp's engine. What a `Behaviour` says is done to datagrams
of both alike.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded import snmp_ber as ber
from lab.embedded.snmp_mib import ANSWER_SIZE, REPETITIONS, AgentData, Oid
from lab.embedded.snmp_usm import Address, AgentUser, UsmResponder

__all__ = ["AgentData", "AgentUser", "SnmpAgent"]

VERSION_2C: Final = 1
VERSION_3: Final = 3
"""As they stand in the message (RFC 1901, RFC 3412)."""

GET: Final = 0xA0
GET_NEXT: Final = 0xA1
GET_BULK: Final = 0xA5
RESPONSE: Final = 0xA2

TOO_BIG: Final = 1
"""error-status of RFC 3416."""

GARBAGE_SIZE: Final = 64
AUTH_FLAG: Final = 0x01
ENTERPRISE: Final = bytes.fromhex("80001f8804")
"""Engine ids: net-snmp's enterprise number, then text (RFC 3411, SnmpEngineID)."""


class SnmpAgent:
    """`community` opens `data`; each community of `fleet` opens its own data on the same port,
    which is how one socket stands for many devices. `users` see `data`."""

    def __init__(
        self,
        data: AgentData,
        behaviour: Behaviour | None = None,
        *,
        community: str | None = "public",
        users: tuple[AgentUser, ...] = (),
        fleet: Mapping[str, AgentData] | None = None,
        engine_name: str | None = None,
    ) -> None:
        self.data = data
        self.behaviour = behaviour or Behaviour()
        self._views = {name.encode(): one for name, one in (fleet or {}).items()}
        if community is not None:
            self._views[community.encode()] = data
        self._users = users
        self._engine_id = ENTERPRISE + (engine_name or secrets.token_hex(8)).encode()
        self._usm: UsmResponder | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self.datagrams = 0
        """How many came in since the start."""

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 picks one. Raises `OSError` when the port is taken."""
        loop = asyncio.get_running_loop()
        if self._users:
            self._usm = UsmResponder(self.data, self._users, self._engine_id)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Listener(self), local_addr=(host, port)
        )
        self._transport = transport

    @property
    def port(self) -> int:
        """Where it listens. Raises `RuntimeError` before the start."""
        if self._transport is None:
            raise RuntimeError("the agent does not listen")
        port: int = self._transport.get_extra_info("sockname")[1]
        return port

    async def stop(self) -> None:
        """Close the port; safe to call twice."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
            await asyncio.sleep(0)
        if self._usm is not None:
            self._usm.close()
            self._usm = None

    def received(self, datagram: bytes, peer: Address) -> None:
        """One datagram from a manager."""
        self.datagrams += 1
        if self.behaviour.silent:
            return
        try:
            answer = self._answer(datagram, peer)
        except ValueError:
            return
        if answer is not None:
            self._send(answer, peer)

    def _send(self, answer: bytes, peer: Address) -> None:
        behaviour = self.behaviour
        if behaviour.garbage:
            answer = secrets.token_bytes(GARBAGE_SIZE)
        if behaviour.cut_after is not None:
            answer = answer[: behaviour.cut_after]
        if behaviour.delay_s > 0:
            loop = asyncio.get_running_loop()
            loop.call_later(behaviour.delay_s, self._put, answer, peer)
        else:
            self._put(answer, peer)

    def _put(self, answer: bytes, peer: Address) -> None:
        if self._transport is not None:
            self._transport.sendto(answer, peer)

    def _answer(self, datagram: bytes, peer: Address) -> bytes | None:
        at, _ = ber.expect(datagram, 0, ber.SEQUENCE)
        version, at = ber.read_integer(datagram, at)
        if version == VERSION_2C:
            return self._answer_2c(datagram, at)
        if version == VERSION_3 and self._usm is not None:
            refused = self.behaviour.refuse_logins and _is_authenticated(datagram, at)
            return self._usm.answer(_tampered(datagram) if refused else datagram, peer)
        return None

    def _answer_2c(self, datagram: bytes, at: int) -> bytes | None:
        """None for a community that opens nothing: an agent says nothing to strangers."""
        start, end = ber.expect(datagram, at, ber.OCTETS)
        community = datagram[start:end]
        view = self._views.get(community)
        if view is None or self.behaviour.refuse_logins:
            return None
        kind, at, _ = ber.read(datagram, end)
        request, at = ber.read_integer(datagram, at)
        first, at = ber.read_integer(datagram, at)
        second, at = ber.read_integer(datagram, at)
        asked = _asked(datagram, at)
        bindings = _bindings(view, kind, asked, first, second)
        if bindings is None:
            return None
        pdu = _response(request, bindings)
        version = ber.encode_integer(VERSION_2C)
        return ber.wrap(ber.SEQUENCE, version + ber.wrap(ber.OCTETS, community) + pdu)


class _Listener(asyncio.DatagramProtocol):
    def __init__(self, agent: SnmpAgent) -> None:
        self._agent = agent

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._agent.received(data, addr)


def _asked(datagram: bytes, at: int) -> list[Oid]:
    at, end = ber.expect(datagram, at, ber.SEQUENCE)
    asked: list[Oid] = []
    while at < end:
        start, at = ber.expect(datagram, at, ber.SEQUENCE)
        first, last = ber.expect(datagram, start, ber.IDENTIFIER)
        asked.append(ber.decode_oid(datagram[first:last]))
    return asked


def _bindings(
    view: AgentData, kind: int, asked: list[Oid], first: int, second: int
) -> list[bytes] | None:
    """RFC 3416 4.2.1 to 4.2.3; None for any other request: an agent of ours is read only."""
    if kind == GET:
        return [view.binding(oid) or _nothing(oid, ber.NO_SUCH_INSTANCE) for oid in asked]
    if kind == GET_NEXT:
        return [_after(view, oid) for oid in asked]
    if kind == GET_BULK:
        once = asked[: max(first, 0)]
        return [_after(view, oid) for oid in once] + _repeated(view, asked[len(once) :], second)
    return None


def _nothing(oid: Oid, said: bytes) -> bytes:
    return ber.wrap(ber.SEQUENCE, ber.encode_oid(oid) + said)


def _after(view: AgentData, oid: Oid) -> bytes:
    found = view.following(oid, 1)
    if not found:
        return _nothing(oid, ber.END_OF_VIEW)
    return view.binding(found[0]) or _nothing(oid, ber.END_OF_VIEW)


def _repeated(view: AgentData, asked: list[Oid], repetitions: int) -> list[bytes]:
    """Row by row, as many as fit: an answer to GETBULK may be cut short (RFC 3416 4.2.3)."""
    wanted = max(0, min(repetitions, REPETITIONS))
    columns = [view.following(oid, wanted) for oid in asked]
    bindings: list[bytes] = []
    size = 0
    for row in range(wanted):
        for oid, column in zip(asked, columns, strict=True):
            one = _cell(view, oid, column, row)
            size += len(one)
            if bindings and size > ANSWER_SIZE:
                return bindings
            bindings.append(one)
        if all(row >= len(column) for column in columns):
            return bindings
    return bindings


def _cell(view: AgentData, asked: Oid, column: list[Oid], row: int) -> bytes:
    if row < len(column):
        return view.binding(column[row]) or _nothing(asked, ber.END_OF_VIEW)
    return _nothing(column[-1] if column else asked, ber.END_OF_VIEW)


def _response(request: int, bindings: list[bytes]) -> bytes:
    whole = b"".join(bindings)
    too_big = len(whole) > ANSWER_SIZE and len(bindings) > 1
    status = ber.encode_integer(TOO_BIG if too_big else 0)
    body = ber.wrap(ber.SEQUENCE, b"" if too_big else whole)
    return ber.wrap(RESPONSE, ber.encode_integer(request) + status + ber.encode_integer(0) + body)


def _is_authenticated(datagram: bytes, at: int) -> bool:
    """Does the v3 header's msgFlags say that the message carries a digest (RFC 3412 6.4)?"""
    at, _ = ber.expect(datagram, at, ber.SEQUENCE)
    _, at = ber.read_integer(datagram, at)
    _, at = ber.read_integer(datagram, at)
    start, end = ber.expect(datagram, at, ber.OCTETS)
    return end > start and bool(datagram[start] & AUTH_FLAG)


def _tampered(datagram: bytes) -> bytes:
    """The last octet turned: the digest no longer fits, as with a wrong pass phrase."""
    return datagram[:-1] + bytes((datagram[-1] ^ 0xFF,))
