"""Services and the way to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.readings.base import Reading


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
