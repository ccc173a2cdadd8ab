"""From a reading to the state of its verdict, as the catalogue has it; and sessions without a
network, whose other end says what fuzzing made up."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from checks.catalogue import CHECKS
from checks.item import Check
from checks.verdict import State, Verdict
from collectors.readings import Reading, Unanswered
from collectors.session import Means, Notebook
from collectors.sources.ssh_channel import Output
from collectors.visit import Answer
from inventory.model import Device, Kind, LogWatch, Postgres, VrrpWatch, Watch
from tests.collectors.hosts import Remembered, SecretBox, now
from tests.inventory.builders import device

T = TypeVar("T")

NOBODY: Final = Remembered()
MEANS: Final = Means(secrets=SecretBox({}), known_hosts=Path("/nonexistent"), clock=now)
LOG: Final = LogWatch(path="/var/log/messages", patterns=("*error*",))


VIRTUAL_ROUTER: Final = VrrpWatch(interface="GigabitEthernet0/0/1", vrid=1, state="master")


def of_kind(kind: Kind, **given: Any) -> Device:  # noqa: ANN401
    """A device to be judged, with something of everything that is watched."""
    watch = Watch(
        ports=("GigabitEthernet0/0/1",), ha_role="active", logs=(LOG,), vrrp=(VIRTUAL_ROUTER,)
    )
    return device(f"{kind.value}-1".replace("_", "-"), kind, watch=watch, **given)


HOST: Final = of_kind(Kind.APP_SERVER)
NETWORK: Final = of_kind(Kind.FIREWALL)
ACCESS: Final = Postgres(port=5432, user="inspect", secret="db")
DATABASE: Final = of_kind(Kind.DATABASE, postgres=ACCESS)
INTERFACE: Final = of_kind(Kind.DATA_INTERFACE)


def state_of(reading: Reading, of: Device) -> State:
    """The best that any check says of this reading: one 正常 too many is what is looked for."""
    judges = {id(one): one for checks in CHECKS.values() for one in checks}.values()
    found = [_judged(one, reading, of) for one in judges if one.reads is type(reading)]
    assert found, f"no check reads {type(reading).__name__}"
    best = (State.NORMAL, State.NOT_APPLICABLE, State.UNKNOWN, State.ABNORMAL)
    return next(state for state in best if state in found)


def _judged(check: Check[Any, Any], reading: Reading, of: Device) -> State:
    verdict: Verdict = check.judge(reading, check.limits_for(of), of)
    assert verdict.sentence.text("zh") and verdict.sentence.text("en")
    return verdict.state


def state_of_answer(answer: Answer, of: Device) -> State | None:
    """None for what was refused; its sentence can be said all the same."""
    if isinstance(answer, Unanswered):
        assert answer.why.text("zh") and answer.why.text("en")
        return None
    return state_of(answer, of)


def driven(work: Awaitable[T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        work.__await__().__next__()
    except StopIteration as ended:
        return cast(T, ended.value)
    raise AssertionError("it waits for something")


def notebook(of: Device) -> Notebook:
    return Notebook(of)


@dataclass
class SaidShell:
    """A shell whose every command ends well and prints the next of these; the last one again."""

    said: Sequence[bytes]
    asked: int = 0

    async def run(self, command: str, limit: int, within_s: float | None = None) -> Output:
        answer = self.said[min(self.asked, len(self.said) - 1)]
        self.asked += 1
        return Output(answer=answer, complaint=b"", status=0, truncated=False, timed_out=False)


@dataclass
class SaidLine:
    """A database connection whose rows are these, by statement."""

    tables: dict[str, list[Any]]
    access: Any
    asked: int = 0

    async def rows(self, sql: str, exchanges: list[Any], *values: object) -> list[Any]:
        return self.tables.get(sql, [])
