"""Routers, switches and firewalls."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.readings.base import Reading


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
