"""What a run of a runbook is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The incident, the device and the site, as far as they are known."""

    incident: int | None = None
    device: str | None = None
    site: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Its fields by name."""
        return {"incident": self.incident, "device": self.device, "site": self.site}
