"""What is said to somebody who is told of an incident: what, since when, which time limit, and
what to type. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, get_args

from incidents.clocks import Case, Rule, Running, Struck, clocks_of
from incidents.escalation import Reason
from incidents.listing import IncidentRecord
from incidents.model import IncidentState, Step
from incidents.sites import HERE, site_name
from phrases import Lang, Phrase, say, verbatim

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
OURS: Final = "acknowledge"
"""The clock that the contract does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One page that is to be put into words. `struck` is the clock that calls for it, if any."""

    record: IncidentRecord
    case: Case
    reason: Reason
    at: datetime
    rules: tuple[Rule, ...]
    struck: Struck | None = None
    held: Step | None = None
    """The transition that began the hold which is over."""


def told(telling: Telling) -> Mapping[Lang, str]:
    """The text in every language."""
    return {lang: _said(telling, lang).text(lang) for lang in get_args(Lang)}


def _said(telling: Telling, lang: Lang) -> Phrase:
    what = verbatim(telling.record.sentence[lang])
    if telling.reason is Reason.RESOLVED:
        return _over(telling, what)
    if telling.struck is not None:
        return _of_clock(telling.struck, telling, what)
    if telling.held is not None:
        return _resumed(telling.held, telling, what, lang)
    taking = say(
        "{sentence}; since {time}; take it: lineguard incident ack {number}",
        sentence=_placed(telling, _headed(telling, what)),
        time=_time(telling.case.span.opened_at),
        number=telling.case.incident,
    )
    first = min(_contract(telling), key=lambda one: one.due_at, default=None)
    if first is not None:
        taking = say("{text}; {clock}: until {time}",
                     text=taking, clock=first.rule.title, time=_time(first.due_at))  # fmt: skip
    if telling.record.runbook is None:
        return taking
    return say(
        "{text}; what to do: lineguard runbook run {runbook} --incident {number}",
        text=taking, runbook=telling.record.runbook, number=telling.case.incident,
    )  # fmt: skip


def _placed(telling: Telling, what: Phrase) -> Phrase:
    """A device that stands elsewhere than at the primary site: where somebody has to go."""
    record = telling.record
    if record.device is None or record.site in (None, HERE):
        return what
    return say("{sentence}; at {site}", sentence=what, site=site_name(record.site or ""))


def _headed(telling: Telling, what: Phrase) -> Phrase:
    match telling.reason:
        case Reason.REOPENED:
            return say("back again: {sentence}", sentence=what)
        case Reason.ESCALATED:
            return say("not taken by anybody yet: {sentence}", sentence=what)
        case Reason.RAISED:
            return say("it got worse: {sentence}", sentence=what)
        case _:
            return what


def _of_clock(struck: Struck, telling: Telling, what: Phrase) -> Phrase:
    running = struck.running
    words: dict[str, str | int | Phrase] = {
        "clock": running.rule.title,
        "time": _time(running.due_at),
        "sentence": what,
        "number": telling.case.incident,
    }
    if telling.reason is Reason.WARNED:
        return say("time limit near, {time}: {clock}: {sentence}; "
                   "lineguard incident show {number}", **words)  # fmt: skip
    return say("time limit passed at {time}: {clock}: {sentence}; "
               "lineguard incident show {number}", **words)  # fmt: skip


def _resumed(held: Step, telling: Telling, what: Phrase, lang: Lang) -> Phrase:
    return say(
        "the hold by {who} is over ({why}): {sentence}; since {time}; go on with it: "
        "lineguard incident show {number}",
        who=held.actor,
        why=verbatim(held.why[lang]),
        sentence=what,
        time=_time(telling.case.span.opened_at),
        number=telling.case.incident,
    )


def _over(telling: Telling, what: Phrase) -> Phrase:
    """A consequence of another incident is not over: that one stands for it."""
    if telling.case.state is IncidentState.MERGED:
        return say("now part of incident {other}: {sentence}",
                   other=telling.record.merged_into or 0, sentence=what)  # fmt: skip
    lasted = (telling.case.span.ended_at or telling.at) - telling.case.span.opened_at
    return say("over after {minutes} min: {sentence}; nothing is left to do",
               minutes=round(lasted / timedelta(minutes=1)), sentence=what)  # fmt: skip


def _contract(telling: Telling) -> list[Running]:
    """The time limits of the contract that run on it."""
    clocks = clocks_of(telling.case, telling.at, telling.rules)
    return [one for one in clocks if one.rule.name != OURS]


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
