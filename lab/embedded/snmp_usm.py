"""SNMPv3 for the practice site's agents: pysnmp's engine, users and responders (RFC 3414) over
the same values that v2c answers from. One engine per agent, because keys belong to an engine id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.error import PySnmpError
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v2c

from lab.embedded.snmp_mib import ANSWER_SIZE, REPETITIONS, AgentData, Oid, oid_of

Address = tuple[str, int]

AUTH: Final = {
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha": config.USM_AUTH_HMAC96_SHA,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
}
PRIV: Final = {"des": config.USM_PRIV_CBC56_DES, "aes": config.USM_PRIV_CFB128_AES}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUser:
    """A user of authPriv. The pass phrases are practice ones, and still stay out of reprs."""

    name: str
    auth: Literal["md5", "sha", "sha256"] = "sha"
    priv: Literal["des", "aes"] = "aes"
    auth_phrase: str = field(repr=False)
    priv_phrase: str = field(repr=False)


class UsmResponder:
    """Answers authenticated and encrypted requests. `answer` is synchronous: the caller owns the
    socket, and with it every misbehaviour."""

    def __init__(self, data: AgentData, users: tuple[AgentUser, ...], engine_id: bytes) -> None:
        self._engine = SnmpEngine()
        self._outbox = _Outbox()
        self._engine.register_transport_dispatcher(self._outbox)
        _name_engine(self._engine, engine_id)
        for user in users:
            config.add_v3_user(
                self._engine, user.name,
                AUTH[user.auth], user.auth_phrase, PRIV[user.priv], user.priv_phrase,
            )  # fmt: skip
        served = context.SnmpContext(self._engine)
        served.context_names[b""] = _Instrument(data)
        cmdrsp.GetCommandResponder(self._engine, served)
        cmdrsp.NextCommandResponder(self._engine, served)
        _BulkResponder(self._engine, served, data)

    def answer(self, datagram: bytes, peer: Address) -> bytes | None:
        """The answer or report for one datagram; None where an agent keeps silent."""
        self._outbox.sent = None
        self._outbox.handle_timer_tick(time.time())
        sender = udp.UdpTransportAddress(peer)
        try:
            self._engine.message_dispatcher.receive_message(
                self._engine, udp.DOMAIN_NAME, sender, datagram
            )
        except (PySnmpError, PyAsn1Error):
            return None
        return self._outbox.sent

    def close(self) -> None:
        """Let the engine go."""
        self._engine.unregister_transport_dispatcher()


class _Outbox(AbstractTransportDispatcher):  # type: ignore[misc]
    """Where the engine's answers land in place of a socket."""

    sent: bytes | None = None

    def send_message(self, message: bytes, domain: Any, address: Any) -> None:  # noqa: ANN401
        self.sent = bytes(message)


def _name_engine(engine: Any, engine_id: bytes) -> None:  # noqa: ANN401
    """Give the engine its id in memory only: SnmpEngine's own parameter writes files under the
    system's temporary folder. Boots counts up across restarts, as RFC 3414 2.2.2 wants."""
    builder = engine.get_mib_builder()
    own_id, boots = builder.import_symbols(
        "__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots"
    )
    own_id.syntax = own_id.syntax.clone(engine_id)
    boots.syntax = boots.syntax.clone(int(time.time()))
    engine.snmpEngineID = own_id.syntax


class _BulkResponder(cmdrsp.BulkCommandResponder):  # type: ignore[misc]
    """GETBULK of one column that ends where the datagram is full, as RFC 3416 4.2.3 allows.
    pysnmp's own says nothing at all when an answer grows past the manager's size."""

    def __init__(self, engine: Any, served: Any, data: AgentData) -> None:  # noqa: ANN401
        super().__init__(engine, served)
        self._data = data
        self._instrument = _Instrument(data)

    def handle_management_operation(
        self,
        engine: Any,  # noqa: ANN401
        reference: Any,  # noqa: ANN401
        context_name: Any,  # noqa: ANN401
        request: Any,  # noqa: ANN401
    ) -> None:
        repetitions = int(v2c.apiBulkPDU.get_max_repetitions(request))
        (after, _), *_ = v2c.apiPDU.get_varbinds(request)
        size = 0
        bindings: list[tuple[Any, Any]] = []
        for oid in self._data.following(tuple(after), max(0, min(repetitions, REPETITIONS))):
            size += len(self._data.binding(oid) or b"")
            if bindings and size > ANSWER_SIZE:
                break
            bindings.append((rfc1902.ObjectName(oid), self._instrument.value(oid)))
        self.send_varbinds(engine, reference, 0, 0, bindings or [(after, rfc1905.endOfMibView)])
        self.release_state_information(reference)


class _Instrument:
    """The values in pysnmp's shape."""

    def __init__(self, data: AgentData) -> None:
        self._data = data

    def read_variables(self, *bindings: Any, **_context: Any) -> list[Any]:  # noqa: ANN401
        return [(name, self.value(tuple(name))) for name, _ in bindings]

    def read_next_variables(self, *bindings: Any, **_context: Any) -> list[Any]:  # noqa: ANN401
        return [self._next(name) for name, _ in bindings]

    def _next(self, name: Any) -> tuple[Any, Any]:  # noqa: ANN401
        found = self._data.following(tuple(name), 1)
        if not found:
            return name, rfc1905.endOfMibView
        return rfc1902.ObjectName(found[0]), self.value(found[0])

    def value(self, oid: Oid) -> Any:  # noqa: ANN401
        if oid not in self._data.values:
            return rfc1905.noSuchInstance
        tag, value = self._data.values[oid]
        kind, is_hex = tag.removesuffix("x"), tag.endswith("x")
        return MAKERS[kind](value, is_hex)


def _number(kind: Callable[[int], Any], limit: int | None) -> Callable[[str, bool], Any]:
    def make(value: str, is_hex: bool) -> Any:  # noqa: ANN401
        number = int(value, 16 if is_hex else 10)
        return kind(number if limit is None else number % limit)

    return make


def _octets(kind: Callable[[bytes], Any]) -> Callable[[str, bool], Any]:
    def make(value: str, is_hex: bool) -> Any:  # noqa: ANN401
        return kind(bytes.fromhex(value) if is_hex else value.encode())

    return make


def _address(value: str, is_hex: bool) -> Any:  # noqa: ANN401
    return rfc1902.IpAddress(hexValue=value) if is_hex else rfc1902.IpAddress(value)


MAKERS: Final[Mapping[str, Callable[[str, bool], Any]]] = {
    "2": _number(rfc1902.Integer32, None),
    "4": _octets(rfc1902.OctetString),
    "5": lambda _value, _hex: rfc1902.Null(""),
    "6": lambda value, _hex: rfc1902.ObjectIdentifier(oid_of(value)),
    "64": _address,
    "65": _number(rfc1902.Counter32, 2**32),
    "66": _number(rfc1902.Unsigned32, 2**32),
    "67": _number(rfc1902.TimeTicks, 2**32),
    "68": _octets(rfc1902.Opaque),
    "70": _number(rfc1902.Counter64, 2**64),
}
