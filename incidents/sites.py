"""Sites as people read them: what somebody is told is read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from phrases import Phrase, say, verbatim

HERE: Final = "site_primary"
"""Where whoever is told is supposed to be."""

_NAMES: Final[Mapping[str, Phrase]] = {
    HERE: say("site_primary"),
    "site_dr": say("site_dr"),
    "site_witness": say("site_witness"),
}


def site_name(site: str) -> Phrase:
    """Its name; the key itself of one that is none of ours."""
    return _NAMES.get(site, verbatim(site))
