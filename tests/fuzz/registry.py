"""Every target. A new parser is a `Target` in the file of its kind; a new file is one line here."""

from __future__ import annotations

from typing import Final

from tests.fuzz import (
    applications,
    configurations,
    consoles,
    conversations,
    database_care,
    databases,
    hosts,
    power,
    windows,
    wires,
)
from tests.fuzz.target import Target

TARGETS: Final[tuple[Target, ...]] = (
    *consoles.TARGETS,
    *configurations.TARGETS,
    *hosts.TARGETS,
    *conversations.TARGETS,
    *applications.TARGETS,
    *wires.TARGETS,
    *databases.TARGETS,
    *database_care.TARGETS,
    *power.TARGETS,
    *windows.TARGETS,
)
