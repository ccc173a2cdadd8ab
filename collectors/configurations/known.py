"""What a session is told of earlier configurations, and the veil it hides secrets behind. Wiring
fills both."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from collectors.readings.configuration import Standing
from phrases import Phrase

TAG_DIGITS: Final = 8


class What(StrEnum):
    """What versions are kept of, and baselines approved."""

    CONFIGURATION = "configuration"
    ROUTES = "routes"


class Known(Protocol):
    """What was kept and approved before. A sentence says why a text that should be there cannot
    be used: it was changed, or is gone."""

    def approved(self, device: str, what: What) -> Standing | Phrase | None:
        """The approved baseline; None when nobody has approved one."""
        ...

    def kept(self, device: str, what: What) -> Standing | Phrase | None:
        """The newest version; None when none was kept yet."""
        ...


@dataclass(frozen=True, slots=True)
class NothingKnown:
    """Of a home without a logbook."""

    def approved(self, device: str, what: What) -> None:
        """Nothing."""

    def kept(self, device: str, what: What) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class PassingVeil:
    """A key of this process alone: it hides as well as a site's, and its tags are gone with it."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def tag(self, device: str, secret: str) -> str:
        """As `collectors.configurations.redaction.Veil`."""
        message = f"{device}\0{secret}".encode("utf-8", "surrogatepass")
        return hmac.new(self.key, message, "sha256").hexdigest()[:TAG_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A text that a visit brought, for whoever records the visit. `full` holds the secrets: it is
    kept apart from everything else, and stands in no repr."""

    device: str
    what: What
    lines: tuple[str, ...]
    full: str | None = field(default=None, repr=False)
