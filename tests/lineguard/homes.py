"""Homes for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

AT: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai."""


def without(home: Path, table: str) -> None:
    """The settings of that home without one of their tables."""
    path = home / "lineguard.toml"
    begin, _, rest = path.read_text(encoding="utf-8").partition(f"\n[{table}]\n")
    _, bracket, later = rest.partition("\n[")
    path.write_text(f"{begin}\n{bracket}{later}", encoding="utf-8")
