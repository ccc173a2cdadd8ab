"""The six device forms filled for one device, from the newest results that are on record.

What is printed on a form stands in `checks.forms`; here is what is put into it. Nothing is judged
anew: a form says what its round recorded, with the entry that proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from checks.forms import Form
from checks.item import Check, Item
from checks.verdict import State
from inventory.model import Device
from maintenance.slots import DONE
from store.schema import entry, slot
from store.stored import document, parse_instant

CONSOLE: Final = "cli"
"""The protocol over which the commands of a form are really sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer that a finding rests on: what was asked for it, and where it lies."""

    protocol: str
    question: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One recorded verdict. `sentence` by language; `taken_at` when the device was looked at."""

    item: str
    check: str
    state: State
    sentence: Mapping[str, str]
    slot: str
    entry: int
    taken_at: datetime
    asked: tuple[Asked, ...]

    def as_json(self, lang: str) -> dict[str, Any]:
        """Its object in `form show --json`."""
        return {
            "item": self.item,
            "check": self.check,
            "state": self.state.value,
            "sentence": self.sentence[lang],
            "slot": self.slot,
            "entry": self.entry,
            "taken_at": self.taken_at,
            "evidence": [
                {"protocol": one.protocol, "asked": one.question, "sha256": one.sha256}
                for one in self.asked
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """A form of one device. `own_limits`: those of the device that are not the catalogue's."""

    form: Form
    device: Device
    commands: tuple[str, ...]
    own_limits: tuple[tuple[str, float], ...]
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State | None:
        """None: there is no result on record. One finding that is not well makes the form so;
        what was not seen is never ticked."""
        states = {one.state for one in self.findings}
        for state in (State.ABNORMAL, State.UNKNOWN, State.NORMAL):
            if state in states:
                return state
        return None

    @property
    def ticked(self) -> str | None:
        """The box that is ticked, by its printed word."""
        if self.state is State.NORMAL:
            return self.form.ticks.good
        return self.form.ticks.bad if self.state is State.ABNORMAL else None

    @property
    def asked(self) -> tuple[Asked, ...]:
        """Every answer that the findings rest on, each once."""
        return tuple(dict.fromkeys(asked for one in self.findings for asked in one.asked))

    @property
    def other_ways(self) -> tuple[str, ...]:
        """The protocols of the findings where the commands were not what was sent."""
        ways = {one.protocol for one in self.asked}
        return () if CONSOLE in ways else tuple(sorted(ways))


def fills(
    form: Form, device: Device, items: Iterable[Item]
) -> tuple[tuple[Item, Check[Any, Any]], ...]:
    """The checks that fill that form on that device, each with its item; often none."""
    return tuple(
        (item, check)
        for item in items
        if item.applies_to(device)
        for check in item.checks
        if check.form == form.number and check.applies_to(device)
    )


def filled(tx: Connection, form: Form, device: Device, items: Iterable[Item]) -> FilledForm:
    """The form, with the newest result of every item that fills it."""
    checks = fills(form, device, items)
    names = {item.id for item, _ in checks}
    return FilledForm(
        form=form,
        device=device,
        commands=_commands(form, device, [check for _, check in checks]),
        own_limits=tuple(sorted({one for _, check in checks for one in _own(check, device)})),
        findings=tuple(one for name in sorted(names) for one in _newest(tx, form, device, name)),
    )


def _commands(form: Form, device: Device, checks: Iterable[Check[Any, Any]]) -> tuple[str, ...]:
    """Those of the form, or the site's own console questions where it has none for that kind."""
    printed = form.commands.get(device.kind)
    if printed is not None:
        return printed
    questions = dict(device.console)
    return tuple(questions[one.name].command for one in checks if one.name in questions)


def _own(check: Check[Any, Any], device: Device) -> Iterator[tuple[str, float]]:
    """Limits of a device that differ from what the form expects of all."""
    set_here = check.limits_for(device)
    for one in fields(check.limits):
        if getattr(set_here, one.name) != getattr(check.limits, one.name):
            yield one.name, getattr(set_here, one.name)


def _newest(tx: Connection, form: Form, device: Device, item: str) -> tuple[Finding, ...]:
    row = tx.execute(
        select(slot.c.id, entry.c.seq, entry.c.body)
        .join(entry, entry.c.seq == slot.c.result_entry)
        .where(slot.c.device == device.name, slot.c.item == item, slot.c.state == DONE)
        .order_by(slot.c.opens.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return ()
    return tuple(
        _finding(item, row.id, row.seq, verdict)
        for verdict in document(row.body)["verdicts"]
        if verdict["form"] == form.number
    )


def _finding(item: str, of: str, number: int, verdict: Mapping[str, Any]) -> Finding:
    return Finding(
        item=item,
        check=verdict["check"],
        state=State(verdict["state"]),
        sentence=verdict["sentence"],
        slot=of,
        entry=number,
        taken_at=parse_instant(verdict["taken_at"]),
        asked=tuple(
            Asked(protocol=one["protocol"], question=one["asked"], sha256=one["sha256"])
            for one in verdict["evidence"]
        ),
    )
