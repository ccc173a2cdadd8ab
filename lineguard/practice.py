"""The practice site of a home: ours to start only where the home is for practice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lab.embedded.client import LabClient, Started
from lineguard.home import Home, no_home
from lineguard.refusals import Refused
from lineguard.settings import read_settings
from phrases import say

FOR_THE_LAB: Final = 0o022
"""The site's PostgreSQL never runs as root: it must be able to read what root made for it."""


def site_of(home: Home) -> LabClient:
    """The site of this home. Refused for a home that is not for practice: its devices are real."""
    root = str(home.root)
    if not home.exists():
        raise no_home(home)
    if not read_settings(home.settings).practice:
        raise Refused(
            say("{home} is a real site, not a practice home: the lab does nothing here", home=root)
        )
    return LabClient(home.root.absolute())


def start(site: LabClient) -> Started:
    """Start every peer. Raises the lab's `Refusal`."""
    with _readable():
        return site.up()


@contextmanager
def _readable() -> Iterator[None]:
    before = os.umask(FOR_THE_LAB)
    try:
        yield
    finally:
        os.umask(before)
