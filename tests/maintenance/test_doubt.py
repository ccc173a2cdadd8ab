"""Self-doubt: a silent device is believed once something else answered after its silence began."""

from __future__ import annotations

from datetime import datetime, timedelta

from collectors.readings import Trouble
from collectors.visit import Contact
from incidents.topology import Topology
from maintenance.doubt import Doubt
from maintenance.looks import Call, Looked
from phrases import verbatim
from tests.maintenance.fakes import REAL, app

SECOND = timedelta(seconds=1)


def looked(name: str, begins: int, ends: int, *, reached: bool | None) -> Looked:
    """A look in seconds from the start; `reached` None: it could not tell."""
    trouble = None if reached else Trouble.UNREACHABLE
    contact = Contact(reached=bool(reached), trouble=trouble, why=verbatim(""))
    return Looked(
        call=Call(device=app(name), items=()), started_at=at(begins), ended_at=at(ends),
        contact=None if reached is None else contact, judgements=(),
    )  # fmt: skip


def at(second: int) -> datetime:
    return REAL + second * SECOND


def names(found: list[Looked]) -> list[str]:
    return [one.device.name for one in found]


def test_a_silence_is_held_until_another_device_answers() -> None:
    doubt = Doubt()
    assert doubt.believe([looked("dead", 0, 2, reached=False)]) == []
    assert names(doubt.believe([looked("alive", 1, 3, reached=True)])) == ["dead", "alive"]
    assert doubt.held == []


def test_an_answer_from_before_the_silence_vouches_for_nothing() -> None:
    doubt = Doubt()
    doubt.believe([looked("alive", 0, 1, reached=True)])
    assert doubt.believe([looked("dead", 2, 4, reached=False)]) == []
    assert names(doubt.held) == ["dead"]


def test_an_answer_while_the_silence_lasted_vouches_for_it() -> None:
    doubt = Doubt()
    doubt.believe([looked("alive", 0, 2, reached=True)])
    assert names(doubt.believe([looked("dead", 2, 4, reached=False)])) == ["dead"]


def test_what_could_not_tell_is_passed_on_and_vouches_for_nothing() -> None:
    doubt = Doubt()
    unasked = looked("unasked", 0, 9, reached=None)
    assert names(doubt.believe([looked("dead", 0, 2, reached=False), unasked])) == ["unasked"]


def test_what_is_released_is_held_no_more() -> None:
    doubt = Doubt()
    doubt.believe([looked("dead", 0, 2, reached=False)])
    assert names(doubt.release()) == ["dead"]
    assert doubt.release() == []


def test_a_silence_waits_for_the_look_at_what_stands_before_it() -> None:
    behind = Topology({"behind": ("switch",), "switch": ()})
    doubt = Doubt(behind, {"behind", "switch", "alive"})
    doubt.believe([looked("behind", 0, 1, reached=False)])
    assert names(doubt.believe([looked("alive", 0, 2, reached=True)])) == ["alive"]
    assert names(doubt.believe([looked("switch", 0, 2, reached=False)])) == ["behind", "switch"]


def test_a_silence_does_not_wait_for_what_it_does_not_need() -> None:
    doubt = Doubt(Topology({}), {"dead", "alive", "elsewhere"})
    doubt.believe([looked("alive", 0, 2, reached=True)])
    assert names(doubt.believe([looked("dead", 0, 2, reached=False)])) == ["dead"]
