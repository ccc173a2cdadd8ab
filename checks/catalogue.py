"""The schedule of the contract. What an item is stands in `items.tsv`; who judges it stands here.

Adding a check: write the judge in its subject's file and name its `Check` in the item's line.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from checks import (
    alarms,
    antivirus,
    application,
    backups,
    border,
    call_records,
    cluster,
    configuration,
    database,
    database_copies,
    database_space,
    database_standbys,
    events,
    gateway,
    gateway_parts,
    heartbeat,
    host,
    logs,
    network,
    passwords,
    patches,
    power,
    reach,
    room,
    services,
    storage,
    telephony,
    vrrp,
)
from checks.item import By, Check, Item, Period, Scope
from checks.runbooks import OF_ITEM
from inventory.model import Kind, SiteItem, Trait
from inventory.own_items import Vocabulary

SCHEDULE: Final = Path(__file__).parent / "items.tsv"

CHECKS: Final[Mapping[str, tuple[Check[Any, Any], ...]]] = {
    "M01": (host.HOST_CPU, host.HOST_MEMORY),
    "M02": (host.FILE_SYSTEMS,),
    "M03": (cluster.CLUSTER,),
    "M04": (heartbeat.HEARTBEAT,),
    "M05": (logs.LOGS, events.EVENTS),
    "M06": (database.JOBS,),
    "M07": (database.DEADLOCKS,),
    "M08": (database.USER_LOCKS,),
    "M09": (database.CONNECTIONS,),
    "M10": (
        database_copies.RMAN,
        database_copies.BACKUPS,
        database_copies.ARCHIVING,
        database_standbys.REPLICATION,
    ),
    "M11": (database_space.DATABASE_LOG,),
    "M12": (database_space.TABLESPACES, database_space.SIZES, database_space.DATA_SPACE),
    "M14": (telephony.CALL_CENTRE,),
    "M13": (services.MDS,),
    "M15": (services.APPLICATION_LOG,),
    "M16": (services.PROXY, services.PROXY_LOG),
    "M17": (host.HOST_CPU, host.HOST_MEMORY),
    "M18": (logs.LOGS, events.EVENTS),
    "M19": (host.FILE_SYSTEMS,),
    "M20": (cluster.CLUSTER,),
    "M21": (host.HOST_CPU, host.HOST_MEMORY),
    "M22": (logs.LOGS, events.EVENTS),
    "M23": (host.FILE_SYSTEMS,),
    "M24": (host.HOST_CPU, host.HOST_MEMORY),
    "M25": (logs.LOGS, events.EVENTS),
    "M26": (host.FILE_SYSTEMS,),
    "M27": (antivirus.TREND_MICRO,),
    "M28": (host.HOST_CPU, host.HOST_MEMORY),
    "M29": (logs.LOGS, events.EVENTS),
    "M30": (host.FILE_SYSTEMS,),
    "M31": (services.ASR_SERVER,),
    "M32": (services.TTS_SERVER,),
    "M33": (gateway.GATEWAY_LOAD,),
    "M34": (gateway.GATEWAY_ALARMS,),
    "M35": (gateway.GATEWAY_ADDRESSES,),
    "M36": (gateway_parts.GATEWAY_VERSION,),
    "M37": (gateway_parts.GATEWAY_PORTS,),
    "M38": (gateway_parts.GATEWAY_HARDWARE,),
    "M39": (database_copies.RMAN,),
    "M40": (backups.COLD_COPIES, backups.COLD_CHECKSUMS),
    "M41": (configuration.BACKUP, configuration.SWITCH_SAVED),
    "M42": (backups.DUMPS, backups.DUMP_CHECKSUMS, backups.TRIALS),
    "M44": (
        network.PORTS,
        network.MODULES,
        network.POWER_AND_FANS,
        network.TEMPERATURES,
        border.HA,
        border.ALARMS,
        vrrp.VRRP,
    ),
    "M45": (configuration.BASELINE, configuration.SAVED, configuration.ROUTES),
    "M46": (network.PROCESSOR_LOAD, network.MEMORY_USE),
    "M47": (logs.DEVICE_LOG,),
    "M49": (antivirus.VIRUS_PROTECTION,),
    "M50": (patches.PATCHES,),
    "M48": (passwords.PASSWORDS,),
    "M53": (reach.REACHABILITY,),
    "M54": (alarms.TRAP_ALARMS,),
    "M55": (alarms.OTHER_ALARMS,),
    "M56": (application.SYNTHESIS, application.RECOGNITION, application.MESSAGE),
    "M57": (backups.DATA_BACKUPS, backups.DATA_CHECKSUMS),
    "M58": (services.ASR_SERVICES,),
    "M59": (reach.EXCHANGE,),
    "M60": (call_records.CALL_RECORDS, call_records.AGAINST_CTI),
    # Items by person: what the watch and the cross-check of an entry ask the sensors of the site.
    "R1": (power.UPS_SUPPLY, power.UPS_BATTERY, power.UPS_LOAD, power.UPS_ALARMS),
    "R2": (storage.ARRAY_PARTS, storage.ARRAY_CAPACITY, storage.ARRAY_FILE_SYSTEMS),
    "R3": (room.ROOM_TEMPERATURE, room.ROOM_HUMIDITY),
}


@cache
def catalogue() -> tuple[Item, ...]:
    """Every item of the schedule, in the contract's order."""
    with SCHEDULE.open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(_item(row) for row in rows)


def vocabulary() -> Vocabulary:
    """What an estate may name of the schedule: its items, and its checks as `M19:file_systems`."""
    of_items = {name for name, checks in CHECKS.items() if checks}
    of_checks = {f"{name}:{one.name}" for name, checks in CHECKS.items() for one in checks}
    return Vocabulary(
        items=frozenset(one.id for one in catalogue()), checks=frozenset(of_items | of_checks)
    )


@cache
def schedule_of(changes: tuple[SiteItem, ...]) -> tuple[Item, ...]:
    """The schedule of a site: the contract's items as the site has them, then its own."""
    changed = {one.id: one for one in changes}
    ours = tuple(
        _as_changed(one, changed.pop(one.id)) if one.id in changed else one for one in catalogue()
    )
    return (*ours, *(_own_item(one) for one in changed.values()))


def _as_changed(one: Item, change: SiteItem) -> Item:
    return replace(
        one,
        period=one.period if change.period is None else Period(change.period),
        kinds=frozenset(change.kinds) or one.kinds,
        busy_hour=one.busy_hour if change.busy_hour is None else change.busy_hour,
        runbook=change.runbook or one.runbook,
        changed=True,
    )


def _own_item(one: SiteItem) -> Item:
    by_person = one.by == By.PERSON
    whole_site = by_person and not one.kinds
    return Item(
        id=one.id,
        group=one.group or OWN_GROUP,
        title_zh=one.title_zh,
        title_en=one.title_en,
        form_group=one.group or OWN_GROUP,
        form_title=one.title_zh,
        period=Period(one.period or Period.DAY),
        kinds=frozenset(one.kinds),
        trait=one.trait,
        scope=Scope.SITE if whole_site else Scope.DEVICE,
        by=By(one.by),
        busy_hour=bool(one.busy_hour),
        checks=tuple(check for name in one.checks for check in _checks_named(name)),
        runbook=one.runbook,
        changed=True,
    )


def _checks_named(name: str) -> tuple[Check[Any, Any], ...]:
    of_item, _colon, wanted = name.partition(":")
    return tuple(one for one in CHECKS[of_item] if not wanted or one.name == wanted)


OWN_GROUP: Final = "本站自定"
"""The group of a site's own items that name none."""


def item(name: str) -> Item:
    """The item of that id. Raises `KeyError`."""
    for one in catalogue():
        if one.id == name:
            return one
    raise KeyError(name)


def limit_names() -> frozenset[str]:
    """Every key that a device's `limits` may hold."""
    return frozenset(
        one.name for checks in CHECKS.values() for check in checks for one in fields(check.limits)
    )


NOT: Final = "!"
"""Before a trait in `items.tsv`: due on devices without it."""


def _item(row: Mapping[str, str]) -> Item:
    trait = row["trait"]
    return Item(
        id=row["id"],
        group=row["group"],
        title_zh=row["title_zh"],
        title_en=row["title_en"],
        form_group=row["form_group"],
        form_title=row["form_title"],
        period=Period(row["period"]),
        kinds=frozenset(Kind(name) for name in row["kinds"].split()),
        trait=Trait(trait) if trait and not trait.startswith(NOT) else None,
        without=Trait(trait.removeprefix(NOT)) if trait.startswith(NOT) else None,
        scope=Scope(row["scope"]),
        by=By(row["by"]),
        busy_hour=row["busy_hour"] == "yes",
        checks=CHECKS.get(row["id"], ()),
        runbook=OF_ITEM[row["id"]],
    )
