"""What probes of all protocols add up to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from collectors.readings import Exchange, Reachability
from inventory.model import Device

PROBES: Final = 3
"""Per visit: enough to tell a lost probe from a lost device, and few enough for every minute."""


def reachability(
    device: Device, at: datetime, protocol: str, asked: str, trips: Sequence[float | None]
) -> Reachability:
    """From the round trips in milliseconds, None for a probe without an answer. The trips are the
    evidence: probes have no other answer."""
    answered = [trip for trip in trips if trip is not None]
    told = "; ".join("no answer" if trip is None else f"{trip:.1f} ms" for trip in trips)
    return Reachability(
        device=device.name,
        taken_at=at,
        exchanges=(
            Exchange(
                protocol=protocol, asked=asked, answer=told.encode("ascii"), at=at,
                duration_ms=round(sum(answered)),
            ),
        ),
        protocol=protocol,
        sent=len(trips),
        answered=len(answered),
        round_trip_ms=round(sum(answered) / len(answered), 3) if answered else None,
    )  # fmt: skip
