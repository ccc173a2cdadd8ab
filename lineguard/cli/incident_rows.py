"""The list of incidents: what is gravest and nobody's stands first, with the time it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineguard.cli.lasting import lasting
from lineguard.cli.screen import Screen
from phrases import say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from incidents.clocks import Case
    from incidents.listing import IncidentRecord

GRADES: Final = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressing:
    """How much time an incident leaves: until its next time limit, or since the last one that
    passed. `held`: planned work covers it now."""

    due_at: datetime | None
    held: bool

    def as_json(self, at: datetime) -> dict[str, Any]:
        """What `incident list --json` adds to each."""
        left = None if self.due_at is None else round((self.due_at - at).total_seconds())
        return {"remaining_s": left, "planned_work": self.held}


def pressing(tx: Connection, at: datetime) -> Mapping[int, Pressing]:
    """Of every incident that is live. Raises `StoreTrouble`."""
    from incidents.cases import unsettled

    return {case.incident: _pressing(case, at) for case in unsettled(tx) if case.current}


def _pressing(case: Case, at: datetime) -> Pressing:
    from incidents.clocks import RULES, clocks_of

    running = sorted(one.due_at for one in clocks_of(case, at, RULES) if one.stopped_at is None)
    ahead = [due for due in running if due > at]
    due = ahead[0] if ahead else running[-1] if running else None
    return Pressing(due_at=due, held=case.silenced(at))


def ordered(found: Iterable[IncidentRecord], times: Mapping[int, Pressing]) -> list[IncidentRecord]:
    """Those that are live first, of these the gravest, of these what is nobody's plan and what
    nobody has; the newest first among equals, as they come."""

    def rank(one: IncidentRecord) -> tuple[int, int, bool, bool]:
        if not one.live:
            return 1, 0, False, False
        return 0, GRADES.index(one.severity), times[one.id].held, one.owner is not None

    return sorted(found, key=rank)


def show_list(
    show: Screen, found: Iterable[IncidentRecord], times: Mapping[int, Pressing], at: datetime
) -> None:
    """A line for each."""
    head = (say("no."), say("severity"), say("state"), say("since"), say("time left"),
            say("what is found"))  # fmt: skip
    rows = [
        (
            str(one.id),
            show.word(one.severity),
            " ".join(filter(None, (show.word(one.state), one.owner if one.live else None))),
            _since(show, one.opened_at, at),
            _left(show, times.get(one.id) if one.live else None, at),
            one.sentence[show.asked.lang],
        )
        for one in found
    ]
    show.rows(head, rows)


def _since(show: Screen, opened: datetime, at: datetime) -> str:
    """Without the day while it is today, else without the year while it is this one."""
    whole, now = show.time(opened), show.time(at)
    if whole[:10] == now[:10]:
        return whole[11:]
    return whole[5:] if whole[:4] == now[:4] else whole


def _left(show: Screen, one: Pressing | None, at: datetime) -> str:
    if one is None or one.due_at is None:
        return "-"
    if one.held:
        return show.text(say("planned work"))
    if one.due_at < at:
        return show.text(say("{span} over", span=lasting(at - one.due_at)))
    return show.text(lasting(one.due_at - at))
