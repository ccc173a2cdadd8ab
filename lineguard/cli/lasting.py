"""How long something lasted or will last, as people say it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from phrases import Phrase, say

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
FEW_MINUTES: Final = 100
"""Up to so many, minutes are easier to reckon with than hours and minutes."""
FEW_HOURS: Final = 48


def lasting(span: timedelta) -> Phrase:
    """In the two largest units that matter, whole ones; what is negative counts as its size."""
    span = abs(span)
    if span < MINUTE:
        return say("{seconds} s", seconds=span // timedelta(seconds=1))
    minutes = span // MINUTE
    if minutes < FEW_MINUTES:
        return say("{minutes} min", minutes=minutes)
    hours = span // HOUR
    if hours < FEW_HOURS:
        return say("{hours} h {minutes} min", hours=hours, minutes=minutes % 60)
    return say("{days} d {hours} h", days=span // DAY, hours=hours % 24)
