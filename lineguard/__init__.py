"""The composition root: command line, settings, and the wiring of the rooms."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
"""Equal to the version in pyproject.toml; a test holds it. A literal, since asking the installed
metadata costs more than the whole start."""
