"""The engine for bulk polling: gufo-snmp's sockets (a Rust core), driven from asyncio.

gufo's own `SnmpSession` hides three things that we must know, so its sockets are used directly:
it drops absent identifiers from a GET's answer, answers an agent's error report with an empty
dict, and ends a walk on an error just as at the end of a column. Seen with gufo-snmp 0.13.0.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from socket import MSG_DONTWAIT, MSG_PEEK
from socket import socket as PlainSocket
from typing import Final, TypeVar

from gufo.snmp import (
    Aes128Key,
    DesKey,
    Md5Key,
    NoSuchInstance,
    Sha1Key,
    Sha256Key,
    SnmpAuthError,
    SnmpError,
)
from gufo.snmp import User as GufoUser
from gufo.snmp._fast import GetIter, SnmpV2cClientSocket, SnmpV3ClientSocket
from gufo.snmp.user import BaseAuthKey, KeyType

from collectors.sources.snmp.oids import SYS_UP_TIME
from collectors.sources.snmp.port import (
    REPETITIONS,
    VARIABLES_PER_GET,
    Bounds,
    Community,
    Denied,
    EngineError,
    Garbled,
    NoAnswer,
    Peer,
    Rows,
    User,
    Value,
    Walk,
)

T = TypeVar("T")
Socket = SnmpV2cClientSocket | SnmpV3ClientSocket

SEQUENCE: Final = 0x30
DATAGRAM: Final = 65_535
"""Bytes; no UDP datagram is longer."""
PANIC: Final = "PanicException"
"""PyO3's, which cannot be imported."""

AUTH: Final[Mapping[str, type[BaseAuthKey]]] = {"md5": Md5Key, "sha": Sha1Key, "sha256": Sha256Key}
PRIV: Final[Mapping[str, type[Aes128Key] | type[DesKey]]] = {"aes": Aes128Key, "des": DesKey}


def connect(peer: Peer) -> GufoEngine:
    """A session; nothing is sent before the first question."""
    return GufoEngine(peer)


class GufoEngine:
    """One UDP socket to one agent, one request at a time."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._retries = peer.retries
        self._socket: Socket | None = None
        self._ear: PlainSocket | None = None

    async def get(
        self, oids: Sequence[str], *, retries: int | None = None
    ) -> Mapping[str, Value | None]:
        """See `port.Engine`."""
        self._retries = self._peer.retries if retries is None else retries
        socket = await self._open()
        found: dict[str, Value | None] = {}
        for start in range(0, len(oids), VARIABLES_PER_GET):
            found.update(await self._get(socket, list(oids[start : start + VARIABLES_PER_GET])))
        return found

    async def walk(self, column: str, bounds: Bounds) -> Rows:
        """See `port.Engine`."""
        self._retries = self._peer.retries
        socket = await self._open()
        walk, cursor = Walk(column, bounds), GetIter(column, REPETITIONS)
        while True:
            batch = await self._exchange(
                lambda: socket.send_get_bulk(cursor), lambda: _rows(socket, cursor)
            )
            if batch is None:
                await self._confirm_end(walk)
                return walk.rows
            for row in batch:
                if row is None:
                    return walk.rows
                oid, value = row
                walk.add(oid, None if value is None else _value(value))

    async def close(self) -> None:
        """See `port.Engine`. gufo closes its socket when it is let go."""
        self._socket = None
        if self._ear is not None:
            self._ear.close()
            self._ear = None

    def _listen(self, socket: Socket) -> PlainSocket:
        """gufo's socket as Python knows sockets, to look at datagrams before gufo does."""
        if self._ear is None:
            self._ear = PlainSocket(fileno=os.dup(socket.get_fd()))
        return self._ear

    async def _open(self) -> Socket:
        if self._socket is None:
            await self.close()  # an attempt that failed may have left its ear
            who = self._peer.credentials
            if isinstance(who, Community):
                self._socket = SnmpV2cClientSocket(_where(self._peer), who.name, 0, 0, 0, 0)
            else:
                self._socket = await self._authenticate(who)
        return self._socket

    async def _authenticate(self, who: User) -> SnmpV3ClientSocket:
        """Learn the agent's engine id, then its clock (RFC 3414 4)."""
        nobody, user = GufoUser.default(), _user(who)
        socket = SnmpV3ClientSocket(
            _where(self._peer), b"", nobody.name,
            nobody.get_auth_alg(), nobody.get_auth_key(),
            nobody.get_priv_alg(), nobody.get_priv_key(),
            0, 0, 0, 0,
        )  # fmt: skip
        await self._exchange(socket.send_refresh, socket.recv_refresh, socket)
        socket.set_keys(
            user.name, user.get_auth_alg(), user.get_auth_key(),
            user.get_priv_alg(), user.get_priv_key(),
        )  # fmt: skip
        await self._exchange(socket.send_refresh, socket.recv_refresh, socket)
        return socket

    async def _get(self, socket: Socket, oids: list[str]) -> Mapping[str, Value | None]:
        """One GET. The agent's clock is asked along with the rest: an answer without even that
        may be an error report, and is taken apart until a single variable tells which."""
        if len(oids) == 1:
            return {oids[0]: await self._get_one(socket, oids[0])}
        asked = [*oids, SYS_UP_TIME]
        answer = await self._exchange(lambda: socket.send_get_many(asked), socket.recv_get_many)
        if not answer:
            half = len(oids) // 2
            first = await self._get(socket, oids[:half])
            return {**first, **await self._get(socket, oids[half:])}
        if not answer.keys() <= set(asked):
            raise Garbled("values that were not asked for")
        return {oid: None if answer.get(oid) is None else _value(answer[oid]) for oid in oids}

    async def _get_one(self, socket: Socket, oid: str) -> Value | None:
        try:
            value = await self._exchange(lambda: socket.send_get(oid), socket.recv_get)
        except NoSuchInstance:
            return None
        if value is None:
            raise Garbled("an error report in place of a value")
        return _value(value)

    async def _confirm_end(self, walk: Walk) -> None:
        """A walk that ran out without leaving its column: the end of all the agent shows, or an
        error. gufo cannot tell the two apart, pysnmp can."""
        from collectors.sources.snmp.engine_pysnmp import PysnmpEngine

        last = walk.rows[-1][0] if walk.rows else walk.column
        second = PysnmpEngine(self._peer)
        try:
            await second.expect_end_after(last, walk.column)
        finally:
            await second.close()

    async def _exchange(
        self, send: Callable[[], None], receive: Callable[[], T], socket: Socket | None = None
    ) -> T:
        """Send, wait, and try again as often as the peer's retries allow."""
        chosen = socket or self._socket
        if chosen is None:
            raise Garbled("the session is closed")
        failure: EngineError = NoAnswer("no answer")
        for _ in range(self._retries + 1):
            try:
                send()
                async with asyncio.timeout(self._peer.timeout_s):
                    return await _arrival(chosen, self._listen(chosen), receive)
            except SnmpAuthError:
                raise Denied("authentication failed") from None
            except NoSuchInstance:
                raise
            except SnmpError:
                failure = Garbled("an answer that cannot be decoded")
            except Garbled as nonsense:
                failure = nonsense
            except OSError:  # TimeoutError, and a port that nobody listens on
                continue
        raise failure


async def _arrival(socket: Socket, ear: PlainSocket, receive: Callable[[], T]) -> T:
    """What `receive` makes of the next datagram. Raises `Garbled` for one that is no message."""
    while True:
        await _readable(socket.get_fd())
        try:
            _expect_message(ear)
            return _received(receive)
        except BlockingIOError:  # an answer to an earlier attempt: wait for ours
            continue


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()
    loop.add_reader(fd, _mark, readable)
    try:
        await readable
    finally:
        loop.remove_reader(fd)


def _expect_message(ear: PlainSocket) -> None:
    """The waiting datagram is one whole SEQUENCE (X.690 8.1.3). gufo panics on many that are not,
    and a panic is written to the terminal even where it is caught."""
    waiting = ear.recv(DATAGRAM, MSG_PEEK | MSG_DONTWAIT)
    if not _is_whole(waiting):
        ear.recv(DATAGRAM, MSG_DONTWAIT)
        raise Garbled("a datagram that is no message")


def _is_whole(datagram: bytes) -> bool:
    if len(datagram) < 2 or datagram[0] != SEQUENCE:
        return False
    length, start = datagram[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(datagram[2:start], "big")
    return start + length == len(datagram)


def _received(receive: Callable[[], T]) -> T:
    """gufo 0.13.0 panics on a length that runs out of its element. A panic is memory-safe, but
    derives from `BaseException` and would end the process."""
    try:
        return receive()
    except BaseException as failure:
        if type(failure).__name__ == PANIC:
            raise Garbled("an answer that cannot be decoded") from None
        raise


def _mark(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def _rows(socket: Socket, cursor: GetIter) -> list[tuple[str, object] | None] | None:
    """A batch of rows with None where the column ends; None alone for "no more", which may
    also be an error report."""
    try:
        return list(socket.recv_get_bulk(cursor)) or None
    except StopAsyncIteration:
        return None


def _value(value: object) -> Value:
    if isinstance(value, float):
        return int(value)
    if isinstance(value, int | bytes | str):
        return value
    raise Garbled("a value of no known type")


def _where(peer: Peer) -> str:
    host = f"[{peer.address}]" if ":" in peer.address else peer.address
    return f"{host}:{peer.port}"


def _user(who: User) -> GufoUser:
    auth = AUTH[who.auth]
    return GufoUser(
        who.name,
        auth_key=auth(_master_key(who.auth, who.auth_phrase), KeyType.Master),
        priv_key=PRIV[who.priv](_master_key(who.auth, who.priv_phrase), KeyType.Master),
    )


@lru_cache(maxsize=512)
def _master_key(auth: str, phrase: str) -> bytes:
    """The key of a pass phrase (RFC 3414 A.2): a megabyte of hashing, 1 ms, kept for the life of
    the process. Making it an agent's own is then cheap."""
    return AUTH[auth].get_master_key(phrase.encode())
