"""How a device can be asked: its address and its protocols, as its `lineguard` declares them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from inventory.applications import Asr, Cti, Sms, Tts
from inventory.declared import NAME, Complaints, Value, choice, record
from inventory.model import (
    Access,
    Cli,
    Http,
    Icmp,
    Nut,
    Oracle,
    Postgres,
    Sip,
    Snmp,
    Ssh,
    Tcp,
    WinSsh,
)
from inventory.templates import check_application
from inventory.vault import is_inline
from phrases import say

PROTOCOLS: Final[Mapping[str, type]] = {
    "cli": Cli,
    "snmp": Snmp,
    "ssh": Ssh,
    "postgres": Postgres,
    "http": Http,
    "sip": Sip,
    "icmp": Icmp,
    "tcp": Tcp,
    "oracle": Oracle,
    "nut": Nut,
    "winssh": WinSsh,
    "tts": Tts,
    "asr": Asr,
    "sms": Sms,
    "cti": Cti,
}

APPLICATIONS: Final = frozenset({"tts", "asr", "sms", "cti"})
"""Accesses with nested site data, which no cell of a spreadsheet holds."""

DRIVERS: Final = frozenset({"huawei_vrp", "huawei_vrpv8", "huawei_u1900"})

ADDRESS: Final = re.compile(r"[A-Za-z0-9._:%-]{1,253}")
"""A name or an IPv4 or IPv6 address, also with its zone; the length is that of a DNS name."""


def read_address(variables: Mapping[str, Any], needed: bool, complaints: Complaints) -> str:
    """`ansible_host`, or nothing for a device that nobody asks (a trunk)."""
    raw = variables.get("ansible_host")
    if raw is None:
        if needed:
            complaints.add((), say("has an access but no “ansible_host”"))
        return ""
    if isinstance(raw, str) and ADDRESS.fullmatch(raw):
        return raw
    value = Value(raw, ("ansible_host",), complaints)
    if is_inline(raw):
        value.refuse(say("{at} may not be encrypted", at=value.at))
    else:
        value.refuse_type(say("a host name or an address"))
    return ""


def read_access(parts: Mapping[str, Value]) -> Access:
    """The protocols of a device. One that is wrong is complained about and left out."""
    reached: dict[str, Any] = {}
    for protocol in PROTOCOLS.keys() & parts.keys():
        value = parts[protocol]
        reached[protocol] = record(value, PROTOCOLS[protocol])
    for protocol in APPLICATIONS & reached.keys():
        if reached[protocol] is not None:
            check_application(parts[protocol], reached[protocol])
    _check_snmp(parts, reached.get("snmp"))
    _check_nut(parts, reached.get("nut"))
    if "cli" in parts and reached["cli"] is not None:
        choice(parts["cli"].part("driver", reached["cli"].driver), DRIVERS)
    return Access(**reached)


def _check_snmp(parts: Mapping[str, Value], access: Snmp | None) -> None:
    if access is not None and access.version == "3" and not access.user:
        value = parts["snmp"]
        value.refuse(say("{at}: SNMP version 3 needs “user”", at=value.at))


def _check_nut(parts: Mapping[str, Value], access: Nut | None) -> None:
    """The name goes into a line of the protocol, so it may hold nothing that parts words there."""
    if access is None:
        return
    value = parts["nut"]
    if not NAME.fullmatch(access.ups):
        value.refuse(say("{at}: “ups” may hold letters, digits, . _ - only", at=value.at))
    if access.user is not None and not NAME.fullmatch(access.user):
        value.refuse(say("{at}: “user” may hold letters, digits, . _ - only", at=value.at))
    if (access.user is None) != (access.secret is None):
        value.refuse(say("{at}: “user” and “secret” belong together", at=value.at))
