"""What was seen: frozen facts with the raw evidence they were parsed from.

A reading is only made from an answer that was understood whole. Anything else is `Unanswered`,
with the reason; it never becomes a reading with holes in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from phrases import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and the bytes that came back: the evidence.

    `answer` is as received, bounded in size; `truncated` says that more was offered.
    """

    protocol: str
    asked: str
    answer: bytes
    at: datetime
    duration_ms: int
    truncated: bool = False


class Trouble(StrEnum):
    """Why a question has no answer. The first five are faults of the device or the way to it."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """Reached, but the login, community or host key was not accepted."""
    TIMED_OUT = "timed_out"
    """Reached, but the answer was not whole within its time."""
    GARBLED = "garbled"
    """An answer that is empty, cut short, undecodable or of no known shape."""
    TOO_LARGE = "too_large"
    NOT_CONFIGURED = "not_configured"
    """No protocol, no confirmed command or no secret for this question: the site's to mend."""
    UNSUPPORTED = "unsupported"
    """The device answered that it has no such thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The base of all readings. `taken_at` is when the last of its exchanges ended, in UTC."""

    device: str
    taken_at: datetime
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A question that got no usable answer, and why, in one sentence."""

    device: str
    taken_at: datetime
    trouble: Trouble
    why: Phrase
    exchanges: tuple[Exchange, ...] = ()


# --- hosts: Linux over SSH, or SNMP HOST-RESOURCES / UCD -----------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLoad(Reading):
    """Percentages of the whole machine. `memory_percent` leaves out buffers and cache."""

    cpu_percent: float
    memory_percent: float
    swap_percent: float | None = None
    load_1m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystem:
    """One mounted file system that holds data; sizes in bytes, `inode_percent` where known."""

    mount: str
    size: int
    used_percent: float
    inode_percent: float | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystems(Reading):
    """Never empty. Pseudo file systems and optical media are left out by the collector."""

    mounted: tuple[FileSystem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMember:
    """A node: online, standby, maintenance or offline."""

    name: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterResource:
    """A resource and where it runs; `failed` as the cluster manager says it."""

    name: str
    state: str
    node: str | None
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterState(Reading):
    """Source: `crm_mon` of Pacemaker."""

    quorum: bool
    members: tuple[ClusterMember, ...]
    resources: tuple[ClusterResource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLines(Reading):
    """Lines of one host's watched logs since the last look that matched a watched pattern.

    `scanned` counts the lines read; `skipped_bytes` those beyond the bound (a flood is said).
    """

    matches: tuple[str, ...]
    match_count: int
    scanned: int
    skipped_bytes: int = 0
    first_look: bool = False
    gap: bool = False
    """A log was rotated and the end of the old file was not found: lines may be unseen."""


# --- databases -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One failed run of a scheduled database job."""

    job: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenJob:
    """A job that fails again and again, by the scheduler's own count since its last success.
    `given_up`: the scheduler starts it no more."""

    job: str
    failures: int
    given_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseJobs(Reading):
    """Jobs of the schedulers that are installed (`schedulers`, such as pg_cron or pgagent)."""

    schedulers: tuple[str, ...]
    total: int
    failed: tuple[JobRun, ...]
    broken: tuple[BrokenJob, ...] = ()
    disabled: tuple[str, ...] = ()
    overdue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlocks(Reading):
    """Deadlocks since the last look; `since` is that look or the reset of the statistics."""

    new: int
    total: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedSession:
    """A session that waits for another's lock. `blockers` is the chain, nearest first."""

    session: str
    user: str
    waiting: timedelta
    blockers: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLocks(Reading):
    """Both meanings of M08: blocked sessions, and application accounts that cannot log in."""

    blocked: tuple[BlockedSession, ...]
    locked_accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections(Reading):
    """User sessions now, and the server's own limit for them."""

    users: int
    server_limit: int


# --- network devices -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorLoad(Reading):
    """CPU of the device's main boards, percent: the average now and the maximum seen."""

    average: float
    maximum: float | None
    boards: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUse(Reading):
    """Memory of the device's main boards: the highest percentage, and each board's."""

    percent: float
    boards: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A board, fan or supply. `present` false: the slot is empty, which is no fault by itself.
    `state` is the device's own word."""

    name: str
    state: str
    healthy: bool
    present: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules(Reading):
    """Boards; never empty."""

    boards: tuple[Module, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerAndFans(Reading):
    """At least one of the two is not empty."""

    fans: tuple[Module, ...]
    supplies: tuple[Module, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperatures(Reading):
    """Each measured part in degrees Celsius; never empty."""

    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An interface; `admin_up` and `oper_up` as RFC 2863 means them."""

    name: str
    admin_up: bool
    oper_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports(Reading):
    """All interfaces the device told; the ones that must be up are the device's watch list."""

    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HaState(Reading):
    """Hot-standby role: `active` or `standby`; `switched` when the device says it is not in the
    role it was configured for; `peer` is the other's role, or None when it has no peer."""

    role: str
    peer: str | None
    switched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One active alarm; severity in the device's words, lower case (critical, major, ...)."""

    severity: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveAlarms(Reading):
    """Empty only when the device said that it has none."""

    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of a device's own log. `severity` as in syslog: 0 emergency to 7 debugging."""

    severity: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLog(Reading):
    """Lines of a network device's log buffer that were not in it at the last look; on a first
    look all of them. `gap`: the buffer has run over in between, so lines may be unseen."""

    entries: tuple[LogEntry, ...]
    first_look: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleValues(Reading):
    """What a site's own console question matched, in order; never empty but for alarms."""

    topic: str
    values: tuple[str, ...]
    unit: str | None
    expect: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLoad(ConsoleValues):
    """The gateway's CPU, by site data `cpu`: one number (average) or two (average, maximum)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAlarms(ConsoleValues):
    """The gateway's active alarms, by site data `alarms`: one value per match, its groups parted
    by a space. The one console value that may be empty: the answer matched the site's `none`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAddresses(ConsoleValues):
    """The gateway's addresses, by site data `addresses`, against `expect`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayVersion(ConsoleValues):
    """The gateway's software, by site data `version`, against `expect`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayParts(ConsoleValues):
    """Parts of the gateway and their states: every value is a name and a state, parted by a tab.
    `expect` is the state that is well, or `NAME, NAME: STATE` where only these must be so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPorts(GatewayParts):
    """Trunks and ports, by site data `ports`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHardware(GatewayParts):
    """Boards, supplies, fans, by site data `hardware`."""


# --- services and the way to them ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability(Reading):
    """Probes sent and answered over `protocol`, and the mean round trip of those answered.

    A device that answered none is still a reading here: it was looked at, and it was silent.
    """

    protocol: str
    sent: int
    answered: int
    round_trip_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceExchange(Reading):
    """A data interface: does it answer, when did it last exchange, what waits in its queue."""

    status: int
    last_exchange: datetime | None
    backlog: int | None
