"""SNMPv3 notifications and informs: pysnmp's engine, fed by hand with what came to our socket.

A trap is made with the sender's engine ID, so the site names it; for informs ours counts, which a
sender discovers (RFC 3414 4). A user has both keys, so pysnmp takes nothing from it
that is not authenticated and encrypted (RFC 3414 3.2.5).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pyasn1.error import PyAsn1Error
from pyasn1.type import univ
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.error import PySnmpError
from pysnmp.proto import rfc1902

from collectors.intake.model import Arrived, Decoded, Garbage, Outcome
from collectors.intake.traps import octets, received, split
from collectors.sources.snmp.engine_pysnmp import AUTH, PRIV


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Whose notifications are accepted. `engine` is the sender's engine ID in hexadecimal, needed
    for traps; without it only informs are."""

    name: str
    auth: str
    priv: str
    auth_key: str = field(repr=False)
    priv_key: str = field(repr=False)
    engine: str = ""


EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)


def engine_of(engine_id: bytes, at: datetime) -> Any:  # noqa: ANN401
    """pysnmp's engine with an ID of our choice, begun at that time. The count of its boots must
    grow with each (RFC 3414 2.2): seconds do, and need no file. pysnmp would keep one under a name
    in /tmp that everybody knows."""
    made: Any = engine.SnmpEngine()
    symbols = made.get_mib_builder().import_symbols
    own, boots = symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
    own.syntax = own.syntax.clone(engine_id)
    boots.syntax = boots.syntax.clone(int((at - EPOCH).total_seconds()))
    made.snmpEngineID = own.syntax
    return made


class Usm:
    """One engine of pysnmp. It is not safe to use from two threads at once."""

    def __init__(self, users: Sequence[User], engine_id: bytes, at: datetime) -> None:
        self._engine: Any = engine_of(engine_id, at)
        self._post: Any = AbstractTransportDispatcher()
        self._sent: list[bytes] = []
        self._heard: list[list[tuple[str, str]]] = []
        self._post.register_transport(udp.DOMAIN_NAME, _Out(self._sent))
        self._engine.register_transport_dispatcher(self._post)
        for user in users:
            self._add(user)
        ntfrcv.NotificationReceiver(self._engine, self._hear)

    def read(self, arrived: Arrived) -> Decoded:
        """What came of one message. Raises `Garbage`."""
        self._sent.clear()
        self._heard.clear()
        self._post.handle_timer_tick(time.time())
        address = udp.UdpTransportAddress((arrived.source, arrived.port))
        try:
            self._engine.message_dispatcher.receive_message(
                self._engine, udp.DOMAIN_NAME, address, univ.OctetString(arrived.raw).asOctets()
            )
        except (PySnmpError, PyAsn1Error, ValueError, TypeError, IndexError, KeyError,
                AttributeError):  # fmt: skip
            raise Garbage("not what pysnmp can read") from None
        reply = self._sent[0] if self._sent else None
        if not self._heard:
            return Decoded(Outcome.HANDSHAKE if reply else Outcome.REFUSED, (), reply)
        subject, fields = split(self._heard[0])
        return Decoded(Outcome.STORED, (received(arrived, subject, fields),), reply)

    def _add(self, user: User) -> None:
        of = [None, bytes.fromhex(user.engine)] if user.engine else [None]
        for owner in of:
            config.add_v3_user(
                self._engine, user.name, AUTH[user.auth], user.auth_key, PRIV[user.priv],
                user.priv_key,
                securityEngineId=None if owner is None else rfc1902.OctetString(owner),
            )  # fmt: skip

    def _hear(
        self,
        _engine: object,
        _state: object,
        _id: object,
        _name: object,
        bindings: Any,  # noqa: ANN401
        _context: object,
    ) -> None:
        self._heard.append([(str(oid), _text(value)) for oid, value in bindings])


class _Out:
    """Where pysnmp believes that it sends to; we send it after the message is stored."""

    def __init__(self, sent: list[bytes]) -> None:
        self._sent = sent

    def send_message(self, message: bytes, _address: object) -> None:
        self._sent.append(bytes(message))

    def register_callback(self, _callback: object) -> None:
        """Nothing comes in here."""

    def unregister_callback(self) -> None:
        """Nothing came in here."""

    def close_transport(self) -> None:
        """Nothing is open."""


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, rfc1902.IpAddress):
        return str(value.prettyPrint())
    if isinstance(value, univ.OctetString):
        return octets(bytes(value))
    if isinstance(value, univ.Null):
        return ""
    return str(value.prettyPrint())
