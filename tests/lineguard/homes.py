"""Homes for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

AT: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai."""
