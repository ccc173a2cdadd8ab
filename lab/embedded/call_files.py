"""The call records of the practice site, as counts: there are no callers here to be counted."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from collectors.parsers.linux import END
from collectors.sources.host_calls import SHANGHAI, TIMES
from inventory.records import RecordFiles

CALLS: Final = (
    6, 4, 3, 3, 3, 5, 12, 38, 84, 122, 131, 104, 61, 78, 118, 125, 109, 83, 52, 41, 33, 24, 15, 9,
)  # fmt: skip
"""By the hour, of a county's hotline on a working day."""

ONE_HOUR: Final = timedelta(hours=1)


@dataclass(slots=True)
class CallsData:
    """A usual day, again and again. `missing_hour` has no calls; all counts are times `factor`."""

    missing_hour: int | None = None
    factor: float = 1.0
    age_s: int | None = 240
    """Since the newest file was written; None: there is none."""
    strange: int = 0

    def of(self, hour: int) -> int:
        """The calls of one hour of the day."""
        return 0 if hour == self.missing_hour else round(CALLS[hour] * self.factor)


def counts_answer(data: CallsData, kept: RecordFiles, first: str, past: str) -> bytes:
    """What date, find, sha256sum and awk print of such files."""
    now = int(time.time())
    lines = [str(now)]
    if data.age_s is not None:
        digest = hashlib.sha256(kept.files.files.encode()).hexdigest()
        lines += [f"F {now - data.age_s}.5000000000 48213", f"S {digest}"]
        lines += _table(data, TIMES[kept.files.time_format], first, past)
        lines.append(f"B {data.strange}")
    return "\n".join([*lines, END, ""]).encode()


def _table(data: CallsData, form: str, first: str, past: str) -> list[str]:
    hour, end = (datetime.strptime(one, form).replace(tzinfo=SHANGHAI) for one in (first, past))
    lines: list[str] = []
    while hour < end:
        if calls := data.of(hour.hour):
            lines.append(f"N {calls} {hour.strftime(form)}")
        hour += ONE_HOUR
    return lines
