"""What the tests have seen: item, state, protocol and peer. docs/coverage.md is made from this.

A test that shows an item from a peer over its real protocol hands the judgement to `shown`; the
protocols are those of the judgement's own evidence, so that a test cannot claim one. The test file
imports `shown` itself: `make coverage` runs the files that name this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from checks.judging import Judgement
from checks.verdict import State

NO_ANSWER: Final = "no answer"
"""The protocol of a verdict without evidence: nothing came back that could be kept."""


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """One row of what was seen. `protocol` is `person` for an entry that somebody made."""

    item: str
    check: str
    state: str
    protocol: str
    peer: str

    def as_row(self) -> list[str]:
        """For the way from one process to another."""
        return [self.item, self.check, self.state, self.protocol, self.peer]


SEEN: Final[set[Shown]] = set()
"""Of this process; `tests/coverage_session.py` gathers those of all."""


def shown(judgement: Judgement, peer: str) -> Judgement:
    """Note that this judgement was made of what `peer` answered, and give it back.

    `peer` is what really stood there: "PostgreSQL 16", "practice console (VRP)", "NUT upsd". A
    verdict without any evidence is refused, but for one that says why nothing came back.
    """
    assert judgement.exchanges or judgement.verdict.state is State.UNKNOWN, judgement
    protocols = sorted({one.protocol for one in judgement.exchanges}) or [NO_ANSWER]
    for protocol in protocols:
        SEEN.add(
            Shown(judgement.item, judgement.check, str(judgement.verdict.state), protocol, peer)
        )
    return judgement


def shown_all(judgements: Iterable[Judgement], peer: str) -> None:
    """The same of several. An item whose check does not exist yet is passed over."""
    for judgement in judgements:
        if judgement.check:
            shown(judgement, peer)


def entered(item: str, state: State) -> None:
    """Note that a person's entry was recorded with that state."""
    SEEN.add(Shown(item, "entry", str(state), "person", "round enter"))
