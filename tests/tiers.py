"""Tiers of the same tests: small seeded counts in `make test`, the acceptance's time for fuzzing in
`make fuzz`, full counts in `make soak`."""

from __future__ import annotations

import os
from typing import Final

SOAK: Final = os.environ.get("LINEGUARD_SOAK") == "1"
SEED: Final = int(os.environ.get("LINEGUARD_SEED", "12345"))
"""Of everything that is drawn at random and could not be repeated otherwise."""


def count(ci: int, soak: int) -> int:
    """How often to repeat, by tier."""
    return soak if SOAK else ci


FUZZ_S: Final = 600.0 if SOAK else float(os.environ.get("LINEGUARD_FUZZ_S", "1"))
"""Seconds that each target of fuzzing is tried for."""
