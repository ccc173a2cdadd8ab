"""The logbook read aloud: what each kind of entry is called, and one sentence of what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from lineguard.cli.screen import MARKS, SHANGHAI, WORDS
from lineguard.cli.titles import post_title
from phrases import Lang, Phrase, say, verbatim

Body = Mapping[str, Any]

LONGEST: Final = 200
"""Characters of a body that nobody here knows how to tell; `--json` gives all of it."""


def _at(body: Body, key: str) -> str:
    """A stored time as Shanghai's clock shows it."""
    told = body.get(key)
    if not isinstance(told, str):
        return "-"
    try:
        return datetime.fromisoformat(told).astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    except ValueError:
        return told


def _site(body: Body, _lang: Lang) -> Phrase:
    name = body.get("name") or "-"
    if body.get("practice"):
        return say("practice home, site {name}, Lineguard {version}",
                   name=name, version=str(body.get("lineguard")))  # fmt: skip
    return say("site home, site {name}, Lineguard {version}",
               name=name, version=str(body.get("lineguard")))  # fmt: skip


def _plan(body: Body, _lang: Lang) -> Phrase:
    return say("{count} slots of {period}, until {closes}",
               count=int(body.get("count", 0)), period=str(body.get("period")),
               closes=_at(body, "closes"))  # fmt: skip


def _round_started(body: Body, _lang: Lang) -> Phrase:
    return say("the round of {at}: {slots} slots on {devices} devices",
               at=_at(body, "slot_time"), slots=int(body.get("slots", 0)),
               devices=int(body.get("devices", 0)))  # fmt: skip


def _round_finished(body: Body, _lang: Lang) -> Phrase:
    return say("the round of {at}: {done} done, {attempts} could not be seen",
               at=_at(body, "slot_time"), done=int(body.get("done", 0)),
               attempts=int(body.get("attempts", 0)))  # fmt: skip


def _round_interrupted(body: Body, _lang: Lang) -> Phrase:
    return say("the round that began with entry {entry} was cut short; what it had recorded stands",
               entry=int(body.get("round", 0)))  # fmt: skip


def _slot(body: Body, lang: Lang) -> Phrase:
    """A result or an attempt: the worst of its verdicts speaks."""
    verdicts = body.get("verdicts") or [{}]
    state = str(body.get("state", "-"))
    worst = next((one for one in verdicts if one.get("state") == state), verdicts[0])
    mark = MARKS.get(state)
    return say("{item} on {device}: {state}. {sentence}",
               item=str(body.get("item", "-")), device=str(body.get("device", "-")),
               state=mark[1] if mark else state,
               sentence=_told(worst.get("sentence"), lang))  # fmt: skip


def _missed(body: Body, lang: Lang) -> Phrase:
    return say("{slot}: {why}", slot=str(body.get("slot")), why=_told(body.get("why"), lang))


def _incident(body: Body, lang: Lang) -> Phrase:
    state = WORDS.get(str(body.get("to")), verbatim(str(body.get("to"))))
    return say("no. {number} {state}: {why}", number=int(body.get("incident", 0)), state=state,
               why=_told(body.get("why"), lang))  # fmt: skip


def _gap(body: Body, _lang: Lang) -> Phrase:
    return say("nobody watched from {begins} to {ends}",
               begins=_at(body, "from"), ends=_at(body, "to"))  # fmt: skip


def _intake_gap(body: Body, _lang: Lang) -> Phrase:
    began, ended = _at(body, "from"), _at(body, "to")
    if not body.get("known"):
        return say("nobody listened for traps and logs from {begins} to {ends}, and the system was "
                   "started anew or the count of them damaged; how many received messages were "
                   "lost is not known",
                   begins=began, ends=ended)  # fmt: skip
    lost = body.get("lost")
    return say("nobody listened for traps and logs from {begins} to {ends}; up to {lost} received "
               "messages were lost with the process that had them in hand", begins=began,
               ends=ended, lost=sum(lost.values()) if isinstance(lost, dict) else 0)  # fmt: skip


def _watcher(body: Body, _lang: Lang) -> Phrase:
    return say("on {machine}", machine=str(body.get("observer", "-")))


def _told(pair: object, lang: Lang) -> str:
    """One of a stored pair of sentences."""
    return str(pair.get(lang, "-")) if isinstance(pair, Mapping) else "-"


Teller = Callable[[Body, Lang], Phrase]


def _silence(body: Body, lang: Lang) -> Phrase:
    if body.get("change") == "ended":
        return say("planned work of entry {entry} has ended", entry=str(body.get("silence_entry")))
    places = (body.get("site"), body.get("device"), body.get("item"))
    return say(
        "planned work on {place} until {until}: {why}",
        place=" ".join(str(one) for one in places if one),
        until=_at(body, "ends"), why=str(body.get("why")),
    )  # fmt: skip


def _clock(body: Body, lang: Lang) -> Phrase:
    return say(
        "incident {incident}: clock {clock} {event}",
        incident=str(body.get("incident")), clock=_clock_title(str(body.get("clock"))),
        event=EVENTS.get(str(body.get("event")), verbatim("?")),
    )  # fmt: skip


def _clock_title(name: str) -> Phrase:
    from incidents.clocks import RULES

    return next((rule.title for rule in RULES if rule.name == name), verbatim(name))


EVENTS: Final[Mapping[str, Phrase]] = {
    "warned": say("is about to run out"),
    "breached": say("has run out"),
    "met": say("was met"),
    "stopped": say("was stopped too late"),
}


def _page(body: Body, lang: Lang) -> Phrase:
    if body.get("run") is not None:
        return say("{person} is to be told that a wait in run {run} is over",
                   person=str(body.get("person")), run=str(body.get("run")))  # fmt: skip
    return say(
        "{person} is to be told of incident {incident} ({reason})",
        person=str(body.get("person")), incident=str(body.get("incident")),
        reason=REASONS.get(str(body.get("reason")), verbatim("?")),
    )  # fmt: skip


REASONS: Final[Mapping[str, Phrase]] = {
    "opened": say("it is new"),
    "reopened": say("it is back"),
    "escalated": say("nobody has taken it"),
    "raised": say("it got worse"),
    "warned": say("a time limit is near"),
    "breached": say("a time limit has run out"),
    "resolved": say("it is over"),
    "resumed": say("a hold is over"),
    "test": say("a test"),
}


def _message(body: Body, lang: Lang) -> Phrase:
    outcome = OUTCOMES.get(str(body.get("outcome")), verbatim("?"))
    if "person" not in body:
        return say("{count} messages {outcome}", count=_count(body.get("pages")), outcome=outcome)
    words = {"person": str(body.get("person")), "channel": str(body.get("channel"))}
    if body.get("why"):
        return say("message to {person} over {channel} {outcome} ({why})", **words,
                   outcome=outcome, why=_told(body.get("why"), lang))  # fmt: skip
    return say("message to {person} over {channel} {outcome}", **words, outcome=outcome)


OUTCOMES: Final[Mapping[str, Phrase]] = {
    "sent": say("was sent"),
    "failed": say("was not taken"),
    "withdrawn": say("had no point any more"),
}


def _count(pages: object) -> int:
    return len(pages) if isinstance(pages, list) else 0


def _upgraded(body: Body, lang: Lang) -> Phrase:
    return say(
        "the database went from version {before} to {after}",
        before=str(body.get("from")), after=str(body.get("to")),
    )  # fmt: skip


def _ticket(body: Body, lang: Lang) -> Phrase:
    return say("incident {incident} was filed as ticket {ref}",
               incident=str(body.get("incident")), ref=str(body.get("ref")))  # fmt: skip


def _override(body: Body, lang: Lang) -> Phrase:
    return say(
        "{person} stands in as {post} until {until}: {why}",
        person=str(body.get("person")), post=post_title(str(body.get("post"))),
        until=_at(body, "ends"), why=str(body.get("why")),
    )  # fmt: skip


def _runbook(body: Body, lang: Lang) -> Phrase:
    if body.get("change") == "begun":
        return say("run {run}: {runbook} begun", run=str(body.get("run")),
                   runbook=str(body.get("runbook")))  # fmt: skip
    outcome = str(body.get("outcome"))
    return say(
        "run {run} of {runbook}, step {step}: {how}. {text}",
        run=str(body.get("run")), runbook=str(body.get("runbook")), step=str(body.get("step")),
        how=verbatim(str(body["choice"])) if body.get("choice")
        else WORDS.get(outcome, verbatim(outcome)),
        text=str(body.get("text")),
    )  # fmt: skip


def _matter(body: Body, _lang: Lang) -> Phrase:
    if body.get("change") == "cleared":
        return say("settled: {text} ({why})", text=str(body.get("text")), why=str(body.get("why")))
    return say("urgent: {text}", text=str(body.get("text")))


def _handover(body: Body, _lang: Lang) -> Phrase:
    if body.get("change") == "signed":
        side = SIDES.get(str(body.get("side")), verbatim("?"))
        return say("handover {number}: {side} {person}", number=str(body.get("handover")),
                   side=side, person=str(body.get("by")))  # fmt: skip
    return say("handover of the shift {shift} drafted", shift=str(body.get("shift")))


SIDES: Final[Mapping[str, Phrase]] = {
    "outgoing": say("handed over by"),
    "incoming": say("taken over by"),
}


def _obligation(body: Body, _lang: Lang) -> Phrase:
    return say("{name} of {term} done on {day}: {note}", name=str(body.get("obligation")),
               term=str(body.get("term")), day=str(body.get("done_on")),
               note=str(body.get("note")))  # fmt: skip


KINDS: Final[Mapping[str, tuple[Phrase, Teller | None]]] = {
    "site": (say("founding"), _site),
    "plan": (say("plan"), _plan),
    "round_started": (say("round begins"), _round_started),
    "result": (say("result"), _slot),
    "observation": (say("observation"), _slot),
    "attempt": (say("in vain"), _slot),
    "missed": (say("missed"), _missed),
    "round_finished": (say("round ends"), _round_finished),
    "round_interrupted": (say("round cut short"), _round_interrupted),
    "not_observed": (say("not observed"), None),
    "incident": (say("incident"), _incident),
    "silence": (say("planned work"), _silence),
    "clock": (say("clock"), _clock),
    "page": (say("page"), _page),
    "override": (say("duty"), _override),
    "told": (say("notice"), _message),
    "runbook": (say("runbook"), _runbook),
    "matter": (say("urgent matter"), _matter),
    "handover": (say("handover"), _handover),
    "obligation": (say("obligation"), _obligation),
    "ticket": (say("ticket"), _ticket),
    "upgraded": (say("upgrade"), _upgraded),
    "watch_started": (say("watch begins"), _watcher),
    "watch_stopped": (say("watch ends"), _watcher),
    "watch_gap": (say("watch gap"), _gap),
    "intake_gap": (say("intake gap"), _intake_gap),
    "look": (say("look"), None),
    "trusted": (say("host key"), None),
    "password": (say("password"), None),
    "configuration": (say("configuration"), None),
    "configuration_taken": (say("configuration taken"), None),
    "baseline": (say("baseline"), None),
}
"""Every kind that is written. None: the entry carries its own sentence. A test holds the table to
the rooms that write."""


def kind_name(kind: str) -> Phrase:
    """What people call it."""
    known = KINDS.get(kind)
    return known[0] if known else verbatim(kind)


def telling(kind: str, body: Body, lang: Lang) -> str:
    """One sentence of what the entry says."""
    known = KINDS.get(kind)
    if known and known[1]:
        return known[1](body, lang).text(lang)
    for key in ("sentence", "why", "reason"):
        told = body.get(key)
        if isinstance(told, Mapping) and lang in told:
            return str(told[lang])
    return ", ".join(
        f"{key} {value}" for key, value in body.items() if not isinstance(value, dict | list)
    )[:LONGEST]
