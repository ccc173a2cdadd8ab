"""What is known of a device from what other devices keep for it, such as its backup copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from collectors.readings.base import Reading, Trouble, Unanswered

NOT_ITS_FAULT: Final = (Trouble.NOT_CONFIGURED, Trouble.UNSUPPORTED, Trouble.WITHHELD)
"""What no further look will change: it is the site's to mend."""


def behind(trouble: Trouble) -> Trouble:
    """What a keeper's trouble is for the device that it keeps something for: a fault of the keeper,
    or of the way to it, is none of that device."""
    return trouble if trouble in NOT_ITS_FAULT else Trouble.ELSEWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered(Reading):
    """The answers of every device that keeps something for this one, by that device's name.

    A subclass names in `gathers` the reading that is taken of each keeper: all that it keeps, for
    whomever. The judge picks out what belongs to its own device and puts the parts together. A
    keeper that did not answer stands here as `Unanswered`; there is at least one part.
    """

    of_device: ClassVar[bool] = False
    gathers: ClassVar[type[Reading]]

    parts: tuple[tuple[str, Reading | Unanswered], ...]

    @property
    def trouble(self) -> Trouble | None:
        """Why a part is missing; None when every keeper answered."""
        silent = (behind(one.trouble) for _, one in self.parts if isinstance(one, Unanswered))
        return next(silent, None)
