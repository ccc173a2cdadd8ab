"""The voice gateway: what a site's own console questions matched."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.readings.base import Reading


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
