"""Stored names of kinds, sites, roles and the like, as people read them. English screens show the
names themselves: those are what is typed and what the estate says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from phrases import Lang, Phrase, say, verbatim

if TYPE_CHECKING:
    from checks.item import Item

TITLES: Final[Mapping[str, Phrase]] = {
    # inventory.model.Kind
    "usm_cti": say("usm_cti"),
    "database": say("database"),
    "app_server": say("app_server"),
    "wechat_server": say("wechat_server"),
    "file_server": say("file_server"),
    "tts_asr": say("tts_asr"),
    "gateway_1960": say("gateway_1960"),
    "router": say("router"),
    "switch": say("switch"),
    "firewall": say("firewall"),
    "ups": say("ups"),
    "storage": say("storage"),
    "nms": say("nms"),
    "sms": say("sms"),
    "data_interface": say("data_interface"),
    "room_sensor": say("room_sensor"),
    "trunk": say("trunk"),
    "emergency_line": say("emergency_line"),
    "dr_seat": say("dr_seat"),
    # sites
    "site_primary": say("site_primary"),
    "site_dr": say("site_dr"),
    "site_witness": say("site_witness"),
    # inventory.model.Role, and what proves a person
    "viewer": say("viewer"),
    "operator": say("operator"),
    "supervisor": say("supervisor"),
    "purchaser": say("purchaser"),
    "os_user": say("os_user"),
    "pin": say("pin"),
    "key": say("key"),
    # checks.item.Period, Scope and By
    "S": say("each shift"),
    "D": say("daily"),
    "W": say("weekly"),
    "M": say("monthly"),
    "Q": say("quarterly"),
    "site": say("site"),
    "machine": say("machine"),
    "person": say("person"),
    "document": say("document"),
    # what `doctor` looks at
    "python": say("python"),
    "packages": say("packages"),
    "home": say("home"),
    "secrets": say("secrets"),
    "configs": say("configs"),
    "baselines": say("baselines"),
    "keys": say("keys"),
    "store": say("store"),
    "logbook": say("logbook"),
    "evidence": say("evidence"),
    "signing key": say("signing key"),
    "estate": say("estate"),
    "captures": say("captures"),
    "channels": say("channels"),
    "people": say("people"),
    "host keys": say("host keys"),
    "way out": say("way out"),
    "snmp": say("snmp"),
    "tickets": say("ticket service"),
    "oracle": say("oracle"),
    "intake": say("intake"),
    # inventory.model.Trait
    "windows": say("windows"),
    "clustered": say("clustered"),
    "postgresql": say("postgresql"),
    # checks, by the name that is unique in their item
    "addresses": say("addresses"),
    "alarms": say("alarms"),
    "heartbeat": say("heartbeat"),
    "passwords": say("passwords"),
    "services": say("services"),
    "rman": say("rman"),
    "trend_micro": say("trend_micro"),
    "virus_protection": say("virus_protection"),
    "database_log": say("database_log"),
    "backup": say("backup"),
    "array_capacity": say("array_capacity"),
    "array_parts": say("array_parts"),
    "battery": say("battery"),
    "checksums": say("checksums"),
    "cluster": say("cluster"),
    "configuration": say("configuration"),
    "connections": say("connections"),
    "copies": say("copies"),
    "cpu": say("cpu"),
    "deadlocks": say("deadlocks"),
    "exchange": say("exchange"),
    "entry": say("entry"),
    "file_systems": say("file_systems"),
    "ha": say("ha"),
    "hardware": say("hardware"),
    "jobs": say("jobs"),
    "log_buffer": say("log_buffer"),
    "load": say("load"),
    "logs": say("logs"),
    "memory": say("memory"),
    "modules": say("modules"),
    "ports": say("ports"),
    "power_and_fans": say("power_and_fans"),
    "reachability": say("reachability"),
    "routes": say("routes"),
    "saved": say("saved"),
    "room_humidity": say("room_humidity"),
    "restore": say("restore"),
    "room_temperature": say("room_temperature"),
    "sensors": say("sensors"),
    "supply": say("supply"),
    "temperatures": say("temperatures"),
    "ups_alarms": say("ups_alarms"),
    "user_locks": say("user_locks"),
    "version": say("version"),
    "vrrp": say("vrrp"),
    "archiving": say("archiving"),
    "backups": say("backups"),
    "data_space": say("data_space"),
    "events": say("events"),
    "other_alarms": say("other_alarms"),
    "patches": say("patches"),
    "replication": say("replication"),
    "sizes": say("sizes"),
    "tablespaces": say("tablespaces"),
    "trap_alarms": say("trap_alarms"),
    # limits that the device forms print
    "cpu_average": say("CPU average, %, below"),
    "cpu_maximum": say("CPU maximum, %, below"),
    "memory_percent": say("memory, %, below"),
    "temperature_c": say("temperature, °C, below"),
    "synthesis": say("synthesis"),
    "recognition": say("recognition"),
    "message": say("message"),
    "call_centre": say("call_centre"),
    "call_records": say("call_records"),
    "against_cti": say("against_cti"),
}


POSTS: Final[Mapping[str, Phrase]] = {
    "primary": say("primary on duty"),
    "backup": say("backup on duty"),
    "remote": say("remote support"),
    "supervisor": say("supervisor"),
    "purchaser": say("purchaser"),
}
"""incidents.escalation.Post"""


def post_title(name: str) -> Phrase:
    """A place in the rota."""
    return POSTS.get(name) or verbatim(name)


def title(name: str) -> Phrase:
    """How the name is read; itself where it is not one of ours."""
    return TITLES.get(name) or verbatim(name)


def short_title(item: Item, lang: Lang) -> str:
    """A few words for an item. Where several items have the same, the kind of device tells them
    apart."""
    from checks.catalogue import catalogue

    words = _words(item, lang)
    if len(item.kinds) != 1 or sum(_words(one, lang) == words for one in catalogue()) == 1:
        return words
    (kind,) = item.kinds
    of = title(kind.value).text(lang)
    return f"{words}（{of}）" if lang == "zh" else f"{words} ({of})"


def _words(item: Item, lang: Lang) -> str:
    """In Chinese what the tender puts in 【】, where it does."""
    if lang != "zh":
        return item.title_en.partition(":")[0]
    begun, _open, rest = item.title_zh.partition("【")
    return rest.partition("】")[0] if not begun and rest else item.title_zh
