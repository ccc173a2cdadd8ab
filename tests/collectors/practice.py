"""What the tests of the collectors share: secrets, a clock, a memory, host keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from collectors.session import ANSWER_LIMIT, Means
from lab.embedded.hostkeys import ensure_host_key, pin


@dataclass(slots=True)
class Kept:
    """Secrets by name."""

    values: Mapping[str, str]

    def secret(self, name: str) -> str:
        """The value. Raises `KeyError`."""
        return self.values[name]


@dataclass(slots=True)
class Remembered:
    """A memory of given values."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)

    def recall(self, device: str, topic: str) -> str | None:
        """The value, or None."""
        return self.values.get((device, topic))


def means(
    known_hosts: Path, *, answer_limit: int = ANSWER_LIMIT, secrets: Mapping[str, str] | None = None
) -> Means:
    """The real clock, and these secrets."""
    return Means(
        secrets=Kept({"console": "inspect-pw", "enable": "enable-pw", **(secrets or {})}),
        known_hosts=known_hosts,
        clock=lambda: datetime.now(UTC),
        answer_limit=answer_limit,
    )


def host_key(folder: Path, name: str = "peer") -> Path:
    """A host key in that folder."""
    return ensure_host_key(folder / "hostkeys", name)


def trusted(folder: Path, port: int, key: Path) -> Path:
    """A known_hosts file that has this key for this loopback port."""
    known = folder / "known_hosts"
    pin(known, {port: key})
    return known
