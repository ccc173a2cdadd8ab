"""What of a device deserves attention beyond its kind: limits, console questions, watches."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from math import inf
from typing import Final

from inventory.declared import Value, choice, items, mapping, number, record, text, texts
from inventory.marks import refuse_placeholders
from inventory.model import ConsoleQuestion, DatabaseWatch, LogWatch, SnmpValue, VrrpWatch, Watch
from inventory.service_watches import (
    SERVICE_ITEMS,
    read_antivirus,
    read_heartbeat,
    read_services,
)
from inventory.services import SYSTEM_LOG_ITEMS, ServiceWatch
from phrases import say

HA_ROLES: Final = frozenset({"active", "standby"})

ROUTE_PROTOCOLS: Final = frozenset({"static", "direct", "ospf", "isis", "bgp", "rip", "unr"})

LOG_ITEMS: Final = SYSTEM_LOG_ITEMS | {"M15", "M16"}
"""Items that a watched log may serve."""

ABSENT_ITEMS: Final = SERVICE_ITEMS | {"M15"}
"""Items that need not have their service on every device of their kind."""

CONSOLE_TOPICS: Final = frozenset(
    {"cpu", "alarms", "addresses", "version", "ports", "hardware", "config"}
)
"""What a console without public documentation is asked: the questions of M33-M38, and of M41."""

OID_TOPICS: Final = frozenset({"ups_charge", "room_temperature", "room_humidity"})
"""What an SNMP agent may tell in a place, or on a scale, that only the site knows."""

LIMIT_RANGES: Final[Mapping[str, tuple[float, float]]] = {"password_due_day": (1, 28)}
"""Limits that only mean something within bounds: every month has 28 days."""

OID: Final = re.compile(r"[012](\.[0-9]{1,10}){1,100}", re.ASCII)


def read_limits(parts: Mapping[str, Value], known: frozenset[str]) -> tuple[tuple[str, float], ...]:
    """The device's own limits, by name; a key is the field name of a check's limits."""
    if "limits" not in parts:
        return ()
    limits = mapping(parts["limits"], known)
    read = {
        name: number(value, *LIMIT_RANGES.get(name, (-inf, inf)))
        for name, value in sorted(limits.items())
    }
    return tuple((name, limit) for name, limit in read.items() if limit is not None)


def read_console(parts: Mapping[str, Value]) -> tuple[tuple[str, ConsoleQuestion], ...]:
    """The site's questions to an undocumented console, by topic."""
    if "console" not in parts:
        return ()
    topics = mapping(parts["console"], CONSOLE_TOPICS)
    read = {topic: record(value, ConsoleQuestion) for topic, value in sorted(topics.items())}
    for topic, question in read.items():
        if question is not None:
            _check_pattern(topics[topic].part("pattern", question.pattern))
    return tuple((topic, question) for topic, question in read.items() if question is not None)


def _check_pattern(value: Value) -> None:
    try:
        re.compile(value.raw)
    except (re.error, RecursionError, OverflowError) as fault:
        value.refuse(
            say(
                "{at} is no regular expression: it breaks at character {position}",
                at=value.at,
                position=(getattr(fault, "pos", None) or 0) + 1,
            )
        )


def read_oids(parts: Mapping[str, Value]) -> tuple[tuple[str, SnmpValue], ...]:
    """The site's own SNMP values, by topic."""
    if "oids" not in parts:
        return ()
    topics = mapping(parts["oids"], OID_TOPICS)
    read = {topic: record(value, SnmpValue) for topic, value in sorted(topics.items())}
    for topic, one in read.items():
        if one is not None:
            _check_oid(topics[topic], one)
    return tuple((topic, one) for topic, one in read.items() if one is not None)


def _check_oid(value: Value, one: SnmpValue) -> None:
    if one.oid is not None and not OID.fullmatch(one.oid):
        value.refuse(say("{at}: “oid” must be numbers parted by dots", at=value.at))
    if one.scale <= 0:
        value.refuse(say("{at}: “scale” must be greater than 0", at=value.at))


def read_watch(parts: Mapping[str, Value]) -> Watch:
    """Ports, processes and logs to look at, the HA role that is meant, a database's own data."""
    if "watch" not in parts:
        return Watch()
    watched = mapping(parts["watch"], {one.name for one in fields(Watch)})
    role = choice(watched["ha_role"], HA_ROLES) if "ha_role" in watched else None
    services = read_services(watched["services"]) if "services" in watched else ()
    absent = _known_items(watched["absent"], ABSENT_ITEMS) if "absent" in watched else ()
    _refuse_both(watched, services, absent)
    return Watch(
        ports=texts(watched["ports"]) if "ports" in watched else (),
        processes=_processes(watched["processes"]) if "processes" in watched else (),
        services=services,
        absent=absent,
        heartbeat=read_heartbeat(watched.get("heartbeat")),
        antivirus=read_antivirus(watched.get("antivirus")),
        logs=_logs(watched["logs"]) if "logs" in watched else (),
        ha_role=role,
        database=record(watched["database"], DatabaseWatch) if "database" in watched else None,
        vrrp=_virtual_routers(watched["vrrp"]) if "vrrp" in watched else (),
        routes=_route_protocols(watched["routes"]) if "routes" in watched else (),
        volatile=texts(watched["volatile"]) if "volatile" in watched else (),
    )


def _processes(value: Value) -> tuple[str, ...]:
    """Names of processes; one that matches every process would never be missed."""
    for place, name in enumerate(named := texts(value)):
        if not name.strip("*? "):
            part = value.part(place, name)
            part.refuse(say("{at} must name a process; “{name}” matches every one", at=part.at,
                            name=name))  # fmt: skip
    return named


def _refuse_both(
    watched: Mapping[str, Value], services: tuple[ServiceWatch, ...], absent: tuple[str, ...]
) -> None:
    """A service that is watched for an item stands there: the item cannot be absent as well."""
    for item in absent:
        names = [one.name for one in services if item in one.items]
        if names:
            watched["absent"].refuse(
                say("{at}: {item} cannot be absent, the service “{service}” is watched for it; "
                    "take one of the two away",
                    at=watched["absent"].at, item=item, service=names[0])
            )  # fmt: skip


def _virtual_routers(value: Value) -> tuple[VrrpWatch, ...]:
    read = [record(one, VrrpWatch) for one in items(value)]
    return tuple(one for one in read if one is not None)


def _route_protocols(value: Value) -> tuple[str, ...]:
    named = [choice(one, ROUTE_PROTOCOLS) for one in items(value)]
    return tuple(one for one in named if one is not None)


def _known_items(value: Value, known: Collection[str]) -> tuple[str, ...]:
    return tuple(one for one in (choice(part, known) for part in items(value)) if one is not None)


def _logs(value: Value) -> tuple[LogWatch, ...]:
    """Log files: each a mapping, or its path alone."""
    read = [_log(one) for one in items(value)]
    return tuple(one for one in read if one is not None)


def _log(value: Value) -> LogWatch | None:
    if isinstance(value.raw, str):
        refuse_placeholders(value, value.raw)
        return LogWatch(path=text(value) or "")
    log = record(value, LogWatch)
    if log is not None:
        refuse_placeholders(value.part("path", log.path), log.path)
    if log is not None and log.items:
        _known_items(value.part("items", list(log.items)), LOG_ITEMS)
    return log
