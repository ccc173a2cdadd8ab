"""The engine where gufo-snmp has no wheel: pysnmp's asyncio API, which tells everything and takes
about 45 times the CPU."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pyasn1.type import univ
from pysnmp.entity import config
from pysnmp.hlapi.v3arch import asyncio as hlapi
from pysnmp.proto import errind, rfc1902, rfc1905

from collectors.sources.snmp.port import (
    REPETITIONS,
    VARIABLES_PER_GET,
    Bounds,
    Community,
    Denied,
    Garbled,
    NoAnswer,
    Peer,
    Rows,
    Value,
    Walk,
)

AUTH: Final = {
    "md5": hlapi.USM_AUTH_HMAC96_MD5,
    "sha": hlapi.USM_AUTH_HMAC96_SHA,
    "sha256": hlapi.USM_AUTH_HMAC192_SHA256,
}
PRIV: Final = {"aes": hlapi.USM_PRIV_CFB128_AES, "des": hlapi.USM_PRIV_CBC56_DES}

LCD: Final = "CommandGeneratorLcdConfigurator"
"""Where pysnmp 7.1 remembers, in the engine, what it opened for requests."""
IDLE_LIMIT: Final = 64

TOO_BIG: Final = 1
"""error-status of RFC 3416: the answer does not fit the agent's datagram."""
DENIALS: Final = (
    errind.AuthenticationError,
    errind.AuthenticationFailure,
    errind.WrongDigest,
    errind.UnknownUserName,
    errind.UnsupportedSecurityLevel,
    errind.DecryptionError,
    errind.UnsupportedAuthProtocol,
    errind.UnsupportedPrivProtocol,
)
ABSENT: Final = rfc1905.NoSuchObject | rfc1905.NoSuchInstance


def connect(peer: Peer) -> PysnmpEngine:
    """A session; nothing is sent before the first question."""
    return PysnmpEngine(peer)


class PysnmpEngine:
    """One of pysnmp's engines, and so one UDP socket, per session: pysnmp keeps one pass phrase
    per user name and engine, and users of the same name differ between devices."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._engine: Any = None
        self._target: Any = None
        self._clean = True

    async def get(
        self, oids: Sequence[str], *, retries: int | None = None
    ) -> Mapping[str, Value | None]:
        """See `port.Engine`."""
        await self._open()
        self._target.retries = self._peer.retries if retries is None else retries
        found: dict[str, Value | None] = {}
        for start in range(0, len(oids), VARIABLES_PER_GET):
            found.update(await self._get(list(oids[start : start + VARIABLES_PER_GET])))
        return found

    async def walk(self, column: str, bounds: Bounds) -> Rows:
        """See `port.Engine`."""
        await self._open()
        self._target.retries = self._peer.retries
        walk, last = Walk(column, bounds), column
        while True:
            for oid, value in await self._bulk(last, REPETITIONS):
                if _leaves(column, oid, value):
                    return walk.rows
                walk.add(oid, _plain(value))
                last = oid

    async def expect_end_after(self, last: str, column: str) -> None:
        """Nothing of `column` follows `last`. Raises `Garbled` when something does or the agent
        reports an error."""
        for oid, value in await self._bulk(last, 1):
            if not _leaves(column, oid, value):
                raise Garbled("a walk that stopped before its column's end")

    async def close(self) -> None:
        """See `port.Engine`."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            engine.close_dispatcher()
            if self._clean:
                _lay_aside(engine)
            await asyncio.sleep(0)

    async def _get(self, oids: list[str]) -> Mapping[str, Value | None]:
        status, bindings = await self._ask(hlapi.get_cmd, (), oids)
        if status == TOO_BIG and len(oids) > 1:
            half = len(oids) // 2
            return {**await self._get(oids[:half]), **await self._get(oids[half:])}
        if status:
            raise Garbled("an error report in place of values")
        answer = {str(oid): value for oid, value in bindings}
        if answer.keys() != set(oids):
            raise Garbled("values that were not asked for")
        return {oid: _plain(answer[oid]) for oid in oids}

    async def _bulk(self, after: str, repetitions: int) -> list[tuple[str, Any]]:
        status, bindings = await self._ask(hlapi.bulk_cmd, (0, repetitions), [after])
        if status or not bindings:
            raise Garbled("an error report in place of rows")
        return [(str(oid), value) for oid, value in bindings]

    async def _ask(
        self,
        command: Any,  # noqa: ANN401
        shape: tuple[int, ...],
        oids: list[str],
    ) -> tuple[int, Any]:
        """error-status and variable bindings."""
        await self._open()
        self._clean = False
        asked = [hlapi.ObjectType(hlapi.ObjectIdentity(oid)) for oid in oids]
        trouble, status, _, bindings = await command(
            self._engine, _auth(self._peer), self._target, hlapi.ContextData(), *shape, *asked,
            lookupMib=False,
        )  # fmt: skip
        if trouble:
            raise _failure(trouble)
        self._clean = True
        return int(status), bindings

    async def _open(self) -> None:
        if self._engine is None:
            peer = self._peer
            self._engine = _idle.pop() if _idle else hlapi.SnmpEngine()
            kind = hlapi.Udp6TransportTarget if ":" in peer.address else hlapi.UdpTransportTarget
            self._target = await kind.create(
                (peer.address, peer.port), timeout=peer.timeout_s, retries=peer.retries
            )


_idle: list[Any] = []
"""Engines without socket and credentials: loading an engine's own MIBs takes 80 ms. Only those
whose every request was answered are kept."""


def _lay_aside(engine: Any) -> None:  # noqa: ANN401
    """Let an engine whose dispatcher is closed forget whom it asked as whom, and keep it."""
    if len(_idle) >= IDLE_LIMIT:
        return
    opened = engine.get_user_context(LCD)
    for name, _ in opened["addr"].values():
        config.delete_target_address(engine, name)
    for name, _ in opened["parm"].values():
        config.delete_target_parameters(engine, name)
    for who in opened["auth"].values():
        if isinstance(who, hlapi.CommunityData):
            config.delete_v1_system(engine, who.communityIndex)
        else:
            config.delete_v3_user(engine, who.userName)
    for remembered in opened.values():
        remembered.clear()
    _idle.append(engine)


def _leaves(column: str, oid: str, value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, rfc1905.EndOfMibView) or not oid.startswith(f"{column}.")


def _auth(peer: Peer) -> Any:  # noqa: ANN401
    who = peer.credentials
    if isinstance(who, Community):
        return hlapi.CommunityData("community", who.name, mpModel=1)  # noqa: S508  (the site's)
    return hlapi.UsmUserData(
        who.name, who.auth_phrase, who.priv_phrase,
        authProtocol=AUTH[who.auth], privProtocol=PRIV[who.priv],
    )  # fmt: skip


def _failure(trouble: Any) -> NoAnswer | Denied | Garbled:  # noqa: ANN401
    if isinstance(trouble, errind.RequestTimedOut):
        return NoAnswer("no answer")
    if isinstance(trouble, DENIALS):
        return Denied("authentication failed")
    return Garbled("an answer that cannot be decoded")


def _plain(value: Any) -> Value | None:  # noqa: ANN401
    """The value in the port's types; None where the agent has none, or only a NULL. Raises
    `Garbled` for a type that SNMP does not have."""
    if isinstance(value, ABSENT | univ.Null):
        return None
    if isinstance(value, rfc1902.IpAddress):
        return ".".join(str(octet) for octet in value.asOctets())
    if isinstance(value, univ.Integer):
        return int(value)
    if isinstance(value, univ.OctetString):
        return bytes(value.asOctets())
    if isinstance(value, univ.ObjectIdentifier):
        return str(value)
    raise Garbled("a value of no known type")
