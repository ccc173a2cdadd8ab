"""The frozen facts of an estate: what the loader gives and every other room reads.

Nothing here reads a file. Addresses are as Ansible has them; `secret` is always a name that
`inventory.secrets` resolves, never a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from inventory.applications import StatusFile, Tts
from inventory.kept import Copy, CopyPlace, KeptFile, TrialRestore
from inventory.records import RecordFiles, Traffic
from inventory.services import AntivirusWatch, HeartbeatWatch, ServiceWatch
from inventory.ways import (
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

__all__ = [
    "Access",
    "Cli",
    "ConsoleQuestion",
    "Copy",
    "CopyPlace",
    "DatabaseWatch",
    "Device",
    "Estate",
    "Http",
    "Icmp",
    "KeptFile",
    "Kind",
    "LogWatch",
    "Nut",
    "Oracle",
    "PasswordChange",
    "Person",
    "Postgres",
    "Protocol",
    "Role",
    "Sip",
    "Site",
    "SiteItem",
    "Snmp",
    "SnmpValue",
    "Ssh",
    "Tcp",
    "Trait",
    "TrialRestore",
    "Voice",
    "VrrpWatch",
    "Watch",
    "WinSsh",
]

Protocol = Literal[
    "cli", "snmp", "ssh", "oracle", "postgres", "nut", "http", "sip", "icmp", "tcp", "winssh",
    "tts", "asr", "sms", "cti",
]  # fmt: skip


class Kind(StrEnum):
    """What a device is: exactly one per device, named by its Ansible group."""

    USM_CTI = "usm_cti"
    DATABASE = "database"
    APP_SERVER = "app_server"
    WECHAT_SERVER = "wechat_server"
    FILE_SERVER = "file_server"
    TTS_ASR = "tts_asr"
    GATEWAY_1960 = "gateway_1960"
    ROUTER = "router"
    SWITCH = "switch"
    FIREWALL = "firewall"
    UPS = "ups"
    STORAGE = "storage"
    NMS = "nms"
    SMS = "sms"
    DATA_INTERFACE = "data_interface"
    ROOM_SENSOR = "room_sensor"
    TRUNK = "trunk"
    EMERGENCY_LINE = "emergency_line"
    DR_SEAT = "dr_seat"


class Trait(StrEnum):
    """What a device also is: further Ansible groups."""

    WINDOWS = "windows"
    CLUSTERED = "clustered"
    ORACLE = "oracle"
    POSTGRESQL = "postgresql"


class Role(StrEnum):
    """What a person may do; each includes the ones before it, `purchaser` stands apart."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    PURCHASER = "purchaser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The speech synthesis of a device, this one or another."""

    device: str
    address: str
    access: Tts


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """Site data of M48: how one login of a device gets a new password. `how` is a member of
    `inventory.logins.How`; without it the protocol's own. What could not be tried for the site,
    a console or Windows, is changed by a person until the site says `confirmed: true`."""

    how: str | None = None
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleQuestion:
    """Site data for a console nobody can document for us: which command shows a value, and how
    to read it. Only a question with `confirmed: true` is ever sent to a device."""

    command: str
    pattern: str
    unit: str | None = None
    expect: str | None = None
    """For text values: what each match must equal (a baseline, such as an address)."""
    none: str | None = None
    """For lists, such as alarms: what the console prints when there are none. Without a match
    of this, an answer with nothing in it is not understood, and so never 正常."""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpValue:
    """Site data for an SNMP value that no standard names: where it stands, and what the number
    must be multiplied with. Without `oid` it is the scale alone that the site confirms. Only one
    with `confirmed: true` is used."""

    oid: str | None = None
    scale: float = 1.0
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWatch:
    """A log file of a host and the patterns whose lines are abnormal."""

    path: str
    patterns: tuple[str, ...] = ()
    """Plain substrings or simple globs (`*`, `?`), matched per line, case-insensitive."""
    ignore: tuple[str, ...] = ()
    """Of the same shape: a line that one of these matches is not abnormal after all."""
    items: tuple[str, ...] = ()
    """The items it serves, such as M15; none: the system log's item of the device's kind. Each
    item remembers for itself how far it has read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseWatch:
    """What only the site knows of a database: its log, its copies. Paths are on its own machine,
    which is asked over `ssh`."""

    log: str | None = None
    """The server's log file (PostgreSQL); Oracle shows its own in a view."""
    log_patterns: tuple[str, ...] = ()
    """In place of the patterns that find the server's errors."""
    log_ignore: tuple[str, ...] = ()
    """Lines that are known and harmless, by the shape of `LogWatch.patterns`."""
    stanza: str | None = None
    """The stanza of pgBackRest that backs this server up."""
    manifest: str | None = None
    """A file that is written anew at the end of every whole backup, such as the `backup_manifest`
    of pg_basebackup: its age is the backup's. For sites without pgBackRest."""
    archiving: bool = True
    """Is the log of changes (WAL, redo) to be archived?"""
    standbys: tuple[str, ...] = ()
    """The standbys that must follow this database, by the name they give themselves
    (PostgreSQL: application_name; Oracle: DB_UNIQUE_NAME)."""
    data: str | None = None
    """The folder that the database's files lie in: its file system is judged with M12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VrrpWatch:
    """A virtual router that a device takes part in, and what it is there while all is well.
    `interface` in full or as the device shortens it."""

    interface: str
    vrid: int
    state: Literal["master", "backup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What of a device deserves a look beyond its kind."""

    ports: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    """Short for services of one process each, named by its glob."""
    services: tuple[ServiceWatch, ...] = ()
    absent: tuple[str, ...] = ()
    """Items whose service does not stand on this device, such as M32 on a machine without TTS."""
    heartbeat: HeartbeatWatch = field(default_factory=HeartbeatWatch)
    antivirus: AntivirusWatch = field(default_factory=AntivirusWatch)
    logs: tuple[LogWatch, ...] = ()
    ha_role: str | None = None
    """The HA role this device is configured for: `active` or `standby`."""
    database: DatabaseWatch | None = None
    vrrp: tuple[VrrpWatch, ...] = ()
    routes: tuple[str, ...] = ()
    """Protocols whose routes are held to the approved baseline: static, direct, ospf, isis, bgp,
    rip, unr; empty: the first three."""
    volatile: tuple[str, ...] = ()
    """Lines of its configuration that change by themselves: substrings, or with `*` and `?`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place, named by its Ansible group: site_primary, site_dr or site_witness."""

    name: str
    title: str
    seats: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One thing that is maintained. `limits`, `console` and `oids` are already merged with the
    defaults of its groups; the keys of `limits` are the field names of the checks' limits."""

    name: str
    kind: Kind
    site: str
    address: str
    title: str = ""
    traits: frozenset[Trait] = frozenset()
    access: Access = field(default_factory=Access)
    depends_on: tuple[str, ...] = ()
    limits: tuple[tuple[str, float], ...] = ()
    console: tuple[tuple[str, ConsoleQuestion], ...] = ()
    oids: tuple[tuple[str, SnmpValue], ...] = ()
    watch: Watch = field(default_factory=Watch)
    rotate: tuple[tuple[str, PasswordChange], ...] = ()
    """How its logins get new passwords, by the names that `inventory.logins` gives them."""
    status_file: StatusFile | None = None
    voice: Voice | None = None
    """Who speaks the phrase that this device's speech recognition is tested with."""
    traffic: Traffic | None = None
    """Where the records of this device's calls are kept."""
    keeps_calls: tuple[RecordFiles, ...] = ()
    """The call records that this device keeps, for whomever."""
    copies: tuple[Copy, ...] = ()
    keeps: tuple[KeptFile, ...] = ()
    """What it keeps for itself and others: the loader gathers it from all their `copies`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteItem:
    """An item of the site's own, or what it changes of one of the contract's (then only `period`,
    `kinds`, `busy_hour` and `runbook` may be set). `checks` are names such as `M19` or
    `M19:file_systems`."""

    id: str
    title_zh: str = ""
    title_en: str = ""
    group: str = ""
    period: str | None = None
    kinds: tuple[Kind, ...] = ()
    trait: Trait | None = None
    checks: tuple[str, ...] = ()
    by: str = "machine"
    busy_hour: bool | None = None
    runbook: str | None = None
    """What is handed out with an incident of this item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acts or is told. Proof is an OS user, a PIN (scrypt hash) or an Ed25519 key;
    a name without proof is recorded as claimed and can neither approve nor sign."""

    name: str
    title: str
    roles: frozenset[Role]
    phones: tuple[str, ...] = ()
    channels: tuple[tuple[str, str], ...] = ()
    os_user: str | None = None
    pin_hash: str | None = None
    public_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """All of it. `devices` is ordered by name; every name in `depends_on` exists."""

    sites: tuple[Site, ...]
    devices: tuple[Device, ...]
    people: tuple[Person, ...] = ()
    items: tuple[SiteItem, ...] = ()
    """What the site changes in the schedule."""

    def device(self, name: str) -> Device:
        """The device of that name. Raises `KeyError`."""
        for device in self.devices:
            if device.name == name:
                return device
        raise KeyError(name)

    def site(self, name: str) -> Site:
        """The site of that name. Raises `KeyError`."""
        for site in self.sites:
            if site.name == name:
                return site
        raise KeyError(name)
