"""Two tiers of the same tests: small seeded counts in CI, full counts in `make soak`."""

from __future__ import annotations

import os

SOAK = os.environ.get("LINEGUARD_SOAK") == "1"


def count(ci: int, soak: int) -> int:
    """How often to repeat, by tier."""
    return soak if SOAK else ci
