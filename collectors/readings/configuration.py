"""What a network device is configured to do, and where it sends what. No secret is in any of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from collectors.readings.base import Reading
from phrases import Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An earlier text to hold a new one to: the version last kept, or the approved baseline.

    `lines` as `Configuration.lines` or `RoutingTable.lines`; `version` counts from 1 for each
    device; `at` is when it was fetched (kept) or approved.
    """

    lines: tuple[str, ...]
    version: int
    at: datetime
    by: str = ""
    """Who approved it; empty for a version that was merely kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration(Reading):
    """The running configuration, whole, with a tag for each secret and without what changes by
    itself (`collectors.configurations.lines`); never empty.

    `approved` is None where none was approved yet, and a sentence where the approved one cannot be
    used. `kept` is None where no version has been kept yet.
    """

    lines: tuple[str, ...]
    approved: Standing | Phrase | None = None
    kept: Standing | Phrase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedConfiguration(Reading):
    """The running configuration beside the one that the device will start with next."""

    running: tuple[str, ...]
    saved: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingTable(Reading):
    """Every route of the protocols that count, as `Route.line` writes them; may be empty. `total`
    is how many the device has in all."""

    lines: tuple[str, ...]
    total: int
    approved: Standing | Phrase | None = None
