"""A person's entry beside the sensors of the same minute.

The sensors of the site are looked at just before the entry is written, for so long and no longer;
whatever could not be asked is "not seen", and keeps nobody from entering. What the person says
stands as it was said. Where it contradicts what a sensor said, that is a verdict of its own beside
it, and an incident. See docs/decisions/0005-entries-and-sensors.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from checks.item import Item, Scope
from checks.judging import Judgement
from checks.verdict import Severity, State, Verdict, abnormal, normal, unknown
from collectors.visit import Collector
from incidents.causes import UNREACHABLE, device_cause
from incidents.model import RANK, OpenIncident
from incidents.topology import Topology
from inventory.model import Estate, Kind
from maintenance.looks import DEVICES_AT_ONCE, Call, Clock, Looked, look, unseen
from maintenance.memory import Remembered
from phrases import Phrase, joined, say

SENSOR_LIMIT_S: Final = 10.0
"""How long an entry waits for all its sensors together."""

CHECK: Final = "sensors"
"""The name under which the comparison stands beside the person's `entry`."""

ALSO: Final[Mapping[str, tuple[str, frozenset[Kind]]]] = MappingProxyType(
    {
        "R2": (
            "M53",
            frozenset(
                {
                    Kind.USM_CTI, Kind.DATABASE, Kind.APP_SERVER, Kind.WECHAT_SERVER,
                    Kind.FILE_SERVER, Kind.TTS_ASR, Kind.NMS, Kind.SMS,
                }
            ),
        ),
    }
)  # fmt: skip
"""What else bears on an item, and of which kinds: a server that is down is silent."""

CONTACT: Final = "M53"


def sensor_calls(item: Item, place: str, estate: Estate, items: Iterable[Item]) -> tuple[Call, ...]:
    """The sensors that bear on what a person enters about a site; none for other items."""
    if item.scope is not Scope.SITE:
        return ()
    by_name = {one.id: one for one in items}
    other, kinds = ALSO.get(item.id, ("", frozenset[Kind]()))
    calls = []
    for device in estate.devices:
        asked = [item] if item.checks and item.applies_to(device) else []
        if device.kind in kinds and other in by_name:
            asked.append(by_name[other])
        call = Call(device=device, items=tuple(asked))
        if device.site == place and call.wanted:
            calls.append(call)
    return tuple(calls)


async def look_at_sensors(
    collector: Collector, calls: Sequence[Call], clock: Clock, limit_s: float = SENSOR_LIMIT_S
) -> tuple[Looked, ...]:
    """All of them at once, within `limit_s`; whoever has not answered by then was not seen."""
    if not calls:
        return ()
    allowed = asyncio.Semaphore(DEVICES_AT_ONCE)
    began = clock()

    async def one(call: Call) -> Looked:
        async with allowed:
            return await look(collector, call, Remembered({}), clock)

    tasks = [asyncio.create_task(one(call)) for call in calls]
    _, pending = await asyncio.wait(tasks, timeout=limit_s)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    late = say("not asked within {limit:g} s", limit=limit_s)
    return tuple(
        unseen(call, began, clock(), late) if task in pending else task.result()
        for call, task in zip(calls, tasks, strict=True)
    )


# --- deciding --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensors:
    """What the sensors said, sorted by what it means for an entry. `unseen` are reasons."""

    wrong: tuple[Judgement, ...]
    well: tuple[Judgement, ...]
    unseen: tuple[Phrase, ...]


def sensors(looked: Sequence[Looked], live: Iterable[OpenIncident], topology: Topology) -> Sensors:
    """A silent server is down only if somebody else answered meanwhile, and if nothing that it is
    reached through is known to be down; otherwise nobody saw it."""
    down = {one.device for one in live if one.device and _gone(one)}
    answered = any(one.reached for one in looked)
    wrong, well, not_seen = list[Judgement](), list[Judgement](), list[Phrase]()
    for one in looked:
        cut_off = not answered or not down.isdisjoint(topology.upstream(one.device.name))
        for judgement in one.judgements:
            match _meaning(judgement, one, cut_off):
                case State.ABNORMAL:
                    wrong.append(judgement)
                case State.UNKNOWN:
                    not_seen.append(judgement.verdict.sentence)
                case _:
                    well.append(judgement)
    return Sensors(wrong=tuple(wrong), well=tuple(well), unseen=tuple(dict.fromkeys(not_seen)))


def _gone(incident: OpenIncident) -> bool:
    return incident.cause == device_cause(incident.device or "", UNREACHABLE)


def _meaning(judgement: Judgement, looked: Looked, cut_off: bool) -> State:
    if judgement.item != CONTACT:
        return judgement.verdict.state
    if looked.reached:
        return State.NORMAL  # it is there; that it answers slowly is no matter of the room
    return State.UNKNOWN if cut_off else judgement.verdict.state


def compared(entered: Judgement, said: Sensors) -> Judgement | None:
    """The verdict beside the entry. None where the site has no sensors for it."""
    if not (said.wrong or said.well or said.unseen):
        return None
    judge = _beside_normal if entered.verdict.state is State.NORMAL else _beside_abnormal
    return Judgement(
        item=entered.item,
        check=CHECK,
        form=None,
        device=entered.device,
        kind=entered.kind,
        site=entered.site,
        verdict=judge(entered, said),
        taken_at=entered.taken_at,
        duration_ms=0,
    )


def _beside_normal(entered: Judgement, said: Sensors) -> Verdict:
    if said.wrong:
        return abnormal(
            say("the entry and the sensors contradict each other: {entry}; but {sensors}",
                entry=entered.verdict.sentence, sensors=_sentences(said.wrong)),
            severity=_worst(said.wrong), measured=len(said.wrong), expected="0",
        )  # fmt: skip
    if said.unseen:
        return unknown(
            say("{place}: not every sensor was seen: {why}",
                place=entered.device, why=joined(said.unseen))
        )  # fmt: skip
    return normal(
        say("{place}: the sensors agree, {count} findings are normal",
            place=entered.device, count=len(said.well)),
        measured=0, expected="0",
    )  # fmt: skip


def _beside_abnormal(entered: Judgement, said: Sensors) -> Verdict:
    """Eyes see what sensors do not: that they see nothing wrong is noted, and is no incident."""
    if said.wrong:
        return normal(
            say("{place}: the sensors see it as well: {sensors}",
                place=entered.device, sensors=_sentences(said.wrong))
        )  # fmt: skip
    if said.unseen:
        return unknown(
            say("{place}: not every sensor was seen: {why}",
                place=entered.device, why=joined(said.unseen))
        )  # fmt: skip
    return normal(
        say("{place}: the sensors see nothing wrong, {count} findings are normal; the entry "
            "stands as it was made", place=entered.device, count=len(said.well))
    )  # fmt: skip


def _sentences(found: Sequence[Judgement]) -> Phrase:
    return joined(tuple(one.verdict.sentence for one in found))


def _worst(found: Sequence[Judgement]) -> Severity:
    told = [one.verdict.severity or Severity.WARNING for one in found]
    return max(told, key=RANK.__getitem__)
