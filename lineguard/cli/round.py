"""`lineguard round run`: the plan, the looks, the record, the incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.check import show_records
from lineguard.cli.screen import Screen, screen
from lineguard.cli.speech import command, option
from lineguard.cli.values import Moment, OneOf
from phrases import Phrase, say

if TYPE_CHECKING:
    from checks.item import Period
    from incidents.model import Change
    from maintenance.round_desk import RoundReport, RoundStep

COULD_NOT_RUN: Final = 4
PERIODS: Final = ("shift", "day", "week", "month", "quarter")


@command(
    "run",
    say("Carry out what is due: plan, look, judge, record, raise.\n"
        "Exit status: 0 all observed and normal (or nothing due), 1 some abnormal, 3 some unknown "
        "or not observed, 4 could not run or bad usage, 75 another round is under way."),
    failed=COULD_NOT_RUN,
    misused=COULD_NOT_RUN,
)  # fmt: skip
@option("--due", is_flag=True, says=say("whatever is due now; that is the default"))
@option("--period", type=OneOf(*PERIODS), says=say("only items of this period"))
@option("--at", type=Moment(), says=say("in a practice home: at this time instead of now"))
def run(asked: Asked, due: bool, period: str | None, at: datetime | None) -> int:
    """One round; what it found, and how it stands."""
    import asyncio

    from lineguard.wiring import station_of
    from maintenance.rounds import run_round

    station = station_of(asked)
    slot_time = station.slot_time(at)
    show = screen(asked)
    desk = station.round_desk(station.actor(asked))
    report = asyncio.run(run_round(desk, slot_time, clock.now, Told(show).step, _periods(period)))
    show_round(show, report)
    show.document(round_document(report, show))
    return report.exit_code


def _periods(name: str | None) -> frozenset[Period]:
    from checks.item import Period
    from maintenance.schedule import EVERY_PERIOD

    return frozenset({Period[name.upper()]}) if name else EVERY_PERIOD


class Told:
    """Progress of a round, a line per device."""

    def __init__(self, show: Screen) -> None:
        self.show = show

    def step(self, step: RoundStep) -> None:
        """Another device is recorded."""
        self.show.progress(
            say("{done} of {total}: {device} {state}",
                done=step.done, total=step.total, device=step.device,
                state=state_told(self.show, step))
        )  # fmt: skip


def state_told(show: Screen, step: RoundStep) -> Phrase | str:
    """The state of a device; what no check exists for stands beside it."""
    if step.waits:
        return show.word("not_yet")
    if step.state is None:
        return ""
    mark = show.mark(step.state.value, step.severity)
    if not step.unbuilt:
        return mark
    return say("{state} ({count} more without a check yet)", state=mark, count=step.unbuilt)


def show_round(show: Screen, report: RoundReport) -> None:
    """What was not normal, line by line; then the counts, and what became of incidents."""
    from checks.verdict import State

    fine = (State.NORMAL, State.NOT_APPLICABLE)
    strange = [one for one in report.verdicts if one.judgement.verdict.state not in fine]
    checked = [one for one in strange if one.judgement.check]
    if checked:
        show_records(show, checked)
    unbuilt = sorted({one.judgement.item for one in strange if not one.judgement.check})
    if unbuilt:
        show.line(
            say("no check yet, so unknown: {items} ({count} slots)",
                items=" ".join(unbuilt), count=len(strange) - len(checked))
        )  # fmt: skip
    show.line(
        say("due {due}, done {done}: normal {normal}, abnormal {abnormal}, unknown {unknown}, "
            "not applicable {not_applicable}; not observed {not_observed}, "
            "not to be done yet {not_yet}, left to persons and documents {by_others}, "
            "missed {missed}",
            due=report.due, done=report.done, normal=report.normal, abnormal=report.abnormal,
            unknown=report.unknown, not_applicable=report.not_applicable,
            not_observed=report.not_observed, not_yet=report.not_yet, by_others=report.by_others,
            missed=report.missed)
    )  # fmt: skip
    if report.cut_off:
        show.line(say("Lineguard itself is cut off: nothing is said about any device."))
    show_changes(show, report.changes)


def show_changes(show: Screen, changes: Sequence[Change]) -> None:
    """What became of incidents, those that were merely seen again left out."""
    from incidents.model import ChangeKind

    for one in changes:
        if one.kind is not ChangeKind.UPDATED:
            show.line(
                say("incident {number} ({change}): {sentence}",
                    number=one.incident, change=show.word(one.kind), sentence=one.sentence)
            )  # fmt: skip


def round_document(report: RoundReport, show: Screen) -> list[dict[str, Any]]:
    """The objects of `check run --json`, each with slot, entry and incident."""
    return [one.as_json(show.asked.lang) for one in report.verdicts]
