"""What `lineguard doctor` finds: one sentence for each thing that was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phrases import Phrase

if TYPE_CHECKING:
    from lineguard.wiring import Station


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `mend` says what to do; None when it is well. `note`: well, and
    all the same something to know."""

    subject: str
    sentence: Phrase
    mend: Phrase | None = None
    note: bool = False

    @property
    def well(self) -> bool:
        """Is nothing to be done?"""
        return self.mend is None


Examine = Callable[["Station"], Iterator[Finding]]
