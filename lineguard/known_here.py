"""What a fetched configuration is compared with, as the collectors ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from phrases import Phrase

if TYPE_CHECKING:
    from collectors.configurations.known import What
    from collectors.readings.configuration import Standing
    from lineguard.wiring import Station


class KnownHere:
    """What was kept and approved, looked up when a configuration has been fetched: a look that
    fetches none needs no database."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def approved(self, device: str, what: What) -> Standing | Phrase | None:
        """As `collectors.configurations.known.Known`."""
        return self._station.baselines.approved(device, what)

    def kept(self, device: str, what: What) -> Standing | Phrase | None:
        """As `Known`."""
        return self._station.baselines.kept(device, what)
