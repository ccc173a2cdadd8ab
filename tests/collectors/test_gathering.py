"""Facts that other devices keep: every keeper is visited once, whoever asks first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from checks.item import Check, Item, NoLimits, Period
from checks.judging import judge_item
from checks.verdict import State, Verdict, normal, unknown
from collectors import gathering
from collectors.catalogue import Kept
from collectors.gathering import Gathering
from collectors.readings import HostLoad, Reading, Trouble, Unanswered
from collectors.readings.gathered import Gathered
from collectors.visit import Answer, Contact, Memory, Visit
from inventory.model import Device, Kind
from phrases import say
from tests.inventory.builders import device

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


class Shelf(Reading):
    """All that a keeper keeps."""


class OwnThings(Gathered):
    gathers: ClassVar[type[Reading]] = Shelf


class Forgetful:
    def recall(self, device: str, topic: str) -> str | None:
        return None


KEPT_ON = {"app-1": ("file-1", "file-2"), "app-2": ("file-1",), "file-1": ("file-1",)}


@pytest.fixture(autouse=True)
def _keepers(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(
        keepers=lambda one: KEPT_ON.get(one.name, ()),
        missing=lambda one: say("no keeper"),
    )
    monkeypatch.setattr(gathering, "GATHERED", {OwnThings: kept})


@dataclass
class Visited:
    """A collector that notes what it is asked, and lets others go first."""

    silent: frozenset[str] = frozenset()
    asked: list[tuple[str, frozenset[type[Reading]]]] = field(default_factory=list)

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        self.asked.append((device, wanted))
        await asyncio.sleep(0)
        answers = {one: self._answer(device, one) for one in wanted}
        contact = Contact(reached=device not in self.silent, trouble=None, why=say("seen"))
        return Visit(device=device, started_at=NOW, ended_at=NOW, contact=contact, answers=answers)

    def _answer(self, device: str, question: type[Reading]) -> Answer:
        if device in self.silent:
            return Unanswered(
                device=device, taken_at=NOW, trouble=Trouble.UNREACHABLE, why=say("silent")
            )
        if question is HostLoad:
            return HostLoad(device=device, taken_at=NOW, cpu_percent=1, memory_percent=2)
        return question(device=device, taken_at=NOW)


ALL = frozenset({HostLoad, OwnThings})


def devices() -> dict[str, Device]:
    return {name: device(name) for name in ("app-1", "app-2", "file-1", "file-2")}


def gathered(visited: Visited, **wants: frozenset[type[Reading]]) -> Gathering:
    by_name = {name.replace("_", "-"): wanted for name, wanted in wants.items()}
    return Gathering(visited, devices(), by_name, lambda: NOW)


async def test_a_keeper_is_visited_once_whoever_asks_first() -> None:
    visited = Visited()
    burst = gathered(visited, app_1=ALL, app_2=ALL, file_1=ALL)
    seen = await asyncio.gather(
        *(burst.visit(name, ALL, Forgetful()) for name in ("app-1", "app-2", "file-1"))
    )
    assert sorted(name for name, _ in visited.asked) == ["app-1", "app-2", "file-1", "file-2"]
    assert dict(visited.asked)["file-1"] == {HostLoad, Shelf}
    assert dict(visited.asked)["app-1"] == {HostLoad}
    own = seen[0].answers[OwnThings]
    assert isinstance(own, OwnThings)
    assert [keeper for keeper, _ in own.parts] == ["file-1", "file-2"]
    assert isinstance(seen[2].answers[HostLoad], HostLoad)


async def test_a_second_visit_in_one_burst_is_a_visit() -> None:
    visited = Visited()
    burst = gathered(visited, app_2=frozenset({HostLoad}))
    for _ in range(2):
        await burst.visit("app-2", frozenset({HostLoad}), Forgetful())
    assert visited.asked == [("app-2", frozenset({HostLoad}))] * 2


async def test_a_device_of_which_only_others_keep_facts_is_not_visited_itself() -> None:
    visited = Visited()
    wants = frozenset({OwnThings})
    burst = gathered(visited, app_2=wants)
    visit = await burst.visit("app-2", frozenset(wants), Forgetful())
    assert [name for name, _ in visited.asked] == ["file-1"]
    assert isinstance(visit.answers[OwnThings], OwnThings)


async def test_a_device_without_keepers_says_so() -> None:
    burst = gathered(Visited(), file_2=frozenset({OwnThings}))
    answer = (await burst.visit("file-2", frozenset({OwnThings}), Forgetful())).answers[OwnThings]
    assert isinstance(answer, Unanswered)
    assert (answer.trouble, answer.why.text("en")) == (Trouble.NOT_CONFIGURED, "no keeper")


async def test_where_no_keeper_answers_the_question_has_no_answer() -> None:
    burst = gathered(Visited(silent=frozenset({"file-1"})), app_2=frozenset({OwnThings}))
    answer = (await burst.visit("app-2", frozenset({OwnThings}), Forgetful())).answers[OwnThings]
    assert isinstance(answer, Unanswered)
    assert (answer.device, answer.trouble) == ("app-2", Trouble.ELSEWHERE)


def _complete(reading: OwnThings, limits: NoLimits, device: Device) -> Verdict:
    return unknown(say("a part is missing")) if reading.trouble else normal(say("all there"))


@pytest.mark.parametrize(
    ("silent", "state", "trouble"),
    [((), State.NORMAL, None), (("file-2",), State.UNKNOWN, Trouble.ELSEWHERE)],
)
async def test_what_is_unknown_for_want_of_a_keeper_can_be_tried_again(
    silent: tuple[str, ...], state: State, trouble: Trouble | None
) -> None:
    check = Check(name="things", reads=OwnThings, judge=_complete, limits=NoLimits())
    item = Item(
        id="X1", group="", title_zh="", title_en="", form_group="", form_title="",
        period=Period.DAY, kinds=frozenset(Kind), checks=(check,),
    )  # fmt: skip
    burst = gathered(Visited(silent=frozenset(silent)), app_1=ALL)
    visit = await burst.visit("app-1", ALL, Forgetful())
    (judgement,) = judge_item(item, devices()["app-1"], visit)
    assert (judgement.verdict.state, judgement.trouble) == (state, trouble)
