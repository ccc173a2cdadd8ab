"""From a visit to verdicts: every check of an item, whatever came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checks.item import Check, Item
from checks.verdict import State, Verdict, unknown
from collectors.readings import Exchange, Reading, Trouble, Unanswered
from collectors.readings.gathered import Gathered
from collectors.visit import Visit
from inventory.model import Device
from phrases import say

NOT_OFFERED: Final = (Trouble.NOT_CONFIGURED, Trouble.UNSUPPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One check's verdict on one device, with what it rests on. `check` is empty for an item
    that has no check yet; `trouble` says why a question had no answer. `root` is the item whose
    finding this is, where one look stands in two items."""

    item: str
    check: str
    form: str | None
    device: str
    kind: str
    site: str
    verdict: Verdict
    taken_at: datetime
    duration_ms: int
    exchanges: tuple[Exchange, ...] = ()
    trouble: Trouble | None = None
    root: str | None = None
    raises: bool = True
    """Is what is abnormal an incident of its own?"""


def wanted(item: Item, device: Device) -> frozenset[type[Reading]]:
    """The readings that this item needs from that device."""
    return frozenset(check.reads for check in item.checks if check.applies_to(device))


def judge_item(item: Item, device: Device, visit: Visit) -> tuple[Judgement, ...]:
    """One judgement per check that applies; one 未知 when none does."""
    checks = [check for check in item.checks if check.applies_to(device)]
    if not checks:
        return (_no_check_yet(item, device, visit),)
    spoken = tuple(check for check in checks if not _left_out(check, visit))
    return tuple(_judge(item, check, device, visit) for check in spoken or checks)


def _left_out(check: Check[Any, Any], visit: Visit) -> bool:
    """An optional look that this device does not offer."""
    answer = visit.answers[check.reads]
    return check.optional and isinstance(answer, Unanswered) and answer.trouble in NOT_OFFERED


def _judge(item: Item, check: Check[Any, Any], device: Device, visit: Visit) -> Judgement:
    answer = visit.answers[check.reads]
    trouble: Trouble | None
    if isinstance(answer, Unanswered):
        verdict, trouble = unknown(answer.why), answer.trouble
    else:
        verdict = check.judge(answer, check.limits_for(device), device)
        trouble = _trouble_behind(answer, verdict)
    return Judgement(
        item=item.id,
        check=check.name,
        form=check.form,
        device=device.name,
        kind=device.kind,
        site=device.site,
        verdict=verdict,
        taken_at=answer.taken_at,
        duration_ms=sum(one.duration_ms for one in answer.exchanges),
        exchanges=answer.exchanges,
        trouble=trouble,
        root=check.root,
        raises=check.raises,
    )


def _trouble_behind(answer: Reading, verdict: Verdict) -> Trouble | None:
    """What was unknown because a keeper did not answer can be known at another time, and what is
    not done yet may be done by then."""
    if verdict.again:
        return Trouble.NOT_YET
    if verdict.state is State.UNKNOWN and isinstance(answer, Gathered):
        return answer.trouble
    return None


def _no_check_yet(item: Item, device: Device, visit: Visit) -> Judgement:
    return Judgement(
        item=item.id,
        check="",
        form=None,
        device=device.name,
        kind=device.kind,
        site=device.site,
        verdict=unknown(say("no check yet for {item}", item=item.id)),
        taken_at=visit.ended_at,
        duration_ms=0,
    )
