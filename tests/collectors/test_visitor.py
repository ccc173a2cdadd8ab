from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors import visitor as visiting
from collectors.catalogue import Source
from collectors.readings import (
    Connections,
    HostLoad,
    MemoryUse,
    Reachability,
    Reading,
    Trouble,
    Unanswered,
)
from collectors.session import Means, SessionFailed
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import Device
from phrases import say
from tests.collectors import scripted_source
from tests.collectors.scripted_source import STAGE, Stage
from tests.inventory.builders import cli, device, snmp, ssh

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SCRIPTED = scripted_source.__name__


class NoSecrets:
    def secret(self, name: str) -> str:
        raise KeyError(name)


class Forgetful:
    def recall(self, device: str, topic: str) -> str | None:
        return None


@pytest.fixture(autouse=True)
def _clean_stage() -> Iterator[None]:
    for name, value in vars_of(Stage()).items():
        setattr(STAGE, name, value)
    yield


def vars_of(stage: Stage) -> dict[str, object]:
    return {name: getattr(stage, name) for name in Stage.__dataclass_fields__}


def load(one: Device) -> HostLoad:
    return HostLoad(device=one.name, taken_at=NOW, cpu_percent=1, memory_percent=2)


def no_answer(trouble: Trouble) -> Unanswered:
    return Unanswered(device="app-1", taken_at=NOW, trouble=trouble, why=say("no"))


def sources(monkeypatch: pytest.MonkeyPatch, *ways: Source) -> None:
    def serving(_device: Device, question: type[Reading]) -> tuple[Source, ...]:
        return tuple(way for way in ways if question in way.reads)

    monkeypatch.setattr(visiting, "sources_for", serving)


def way(protocol: str, *reads: type[Reading], module: str = SCRIPTED) -> Source:
    return Source(protocol=protocol, module=module, reads=frozenset(reads))


async def visit(one: Device, *wanted: type[Reading], limit_s: float = 10.0) -> Visit:
    means = Means(secrets=NoSecrets(), known_hosts=Path("none"), clock=lambda: NOW)
    return await Visitor({one.name: one}, means, limit_s).visit(
        one.name, frozenset(wanted), Forgetful()
    )


async def test_one_session_asks_everything_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = device("app-1", ssh=ssh())
    sources(monkeypatch, way("ssh", HostLoad, MemoryUse))
    STAGE.script = lambda _question: load(one)
    done = await visit(one, HostLoad, MemoryUse)
    assert (STAGE.opened, STAGE.closed, len(STAGE.asked)) == (1, 1, 2)
    assert done.sessions == {"ssh": 1}
    assert done.contact.reached


async def test_what_one_protocol_does_not_know_is_asked_over_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = device("app-1", ssh=ssh(), snmp=snmp())
    answers: Iterator[Answer] = iter([no_answer(Trouble.UNSUPPORTED), load(one)])
    sources(monkeypatch, way("ssh", HostLoad), way("snmp", HostLoad))
    STAGE.script = lambda _question: next(answers)
    done = await visit(one, HostLoad)
    assert done.answers[HostLoad] == load(one)
    assert (STAGE.opened, STAGE.closed) == (2, 2)


@pytest.mark.parametrize("trouble", [Trouble.GARBLED, Trouble.REFUSED, Trouble.TIMED_OUT])
async def test_a_fault_is_not_asked_away_over_another_protocol(
    monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    one = device("app-1", ssh=ssh(), snmp=snmp())
    sources(monkeypatch, way("ssh", HostLoad), way("snmp", HostLoad))
    STAGE.script = lambda _question: no_answer(trouble)
    done = await visit(one, HostLoad)
    assert done.answers[HostLoad] == no_answer(trouble)
    assert STAGE.opened == 1


async def test_a_question_without_a_way_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    sources(monkeypatch)
    answer = (await visit(device("app-1"), HostLoad)).answers[HostLoad]
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.NOT_CONFIGURED
    assert answer.why.text("en").startswith("app-1: its estate names no way to ask this")


async def test_a_visit_that_takes_too_long_ends_and_answers_every_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = device("app-1", ssh=ssh())
    sources(monkeypatch, way("ssh", Connections, HostLoad, MemoryUse))
    STAGE.script = lambda _question: load(one)
    STAGE.hang_on = HostLoad
    done = await visit(one, Connections, HostLoad, MemoryUse, limit_s=0.05)
    assert done.answers.keys() == {Connections, HostLoad, MemoryUse}
    late = done.answers[MemoryUse]
    assert isinstance(late, Unanswered)
    assert late.trouble is Trouble.TIMED_OUT
    assert not isinstance(done.answers[Connections], Unanswered), "what came in time counts"
    assert STAGE.closed == 1


async def test_a_silent_device_that_also_takes_too_long_is_not_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its silence on one port is known; what there was no time to ask tells nothing."""
    one = device("app-1", ssh=ssh())
    sources(monkeypatch, way("ssh", Connections, HostLoad))
    STAGE.script = lambda _question: no_answer(Trouble.UNREACHABLE)
    STAGE.hang_on = HostLoad
    done = await visit(one, Connections, HostLoad, limit_s=0.05)
    assert (done.contact.reached, done.contact.trouble) == (False, Trouble.UNREACHABLE)


async def test_a_failed_login_is_tried_once_for_all_questions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sources(monkeypatch, way("ssh", HostLoad, MemoryUse))
    STAGE.failure = SessionFailed(Trouble.REFUSED, say("wrong password"))
    done = await visit(device("app-1", ssh=ssh()), HostLoad, MemoryUse)
    assert STAGE.opened == 0
    assert done.contact.reached, "somebody refused us, so somebody is there"
    assert done.contact.trouble is Trouble.REFUSED
    assert done.sessions == {}


WAY_OUT = (
    "; compare the file secrets/{secret} with what app-1 expects, then test it: "
    "lineguard check run --device app-1"
)


@pytest.mark.parametrize(
    ("failure", "more"),
    [
        (SessionFailed(Trouble.REFUSED, say("no"), refused="secret"), "host"),
        (SessionFailed(Trouble.REFUSED, say("no"), key=True), "host"),
        (SessionFailed(Trouble.REFUSED, say("no"), refused="enable_secret"), "second"),
        (SessionFailed(Trouble.REFUSED, say("no")), ""),
        (SessionFailed(Trouble.UNREACHABLE, say("no")), ""),
    ],
)
async def test_a_login_that_was_not_taken_names_its_secret_and_how_to_test_it(
    monkeypatch: pytest.MonkeyPatch, failure: SessionFailed, more: str
) -> None:
    one = device("app-1", ssh=ssh(), cli=cli(enable_secret="second"))
    way_in = "cli" if failure.refused == "enable_secret" else "ssh"
    sources(monkeypatch, way(way_in, HostLoad))
    STAGE.failure = failure
    answer = (await visit(one, HostLoad)).answers[HostLoad]
    assert isinstance(answer, Unanswered)
    assert answer.why.text("en") == "no" + (WAY_OUT.format(secret=more) if more else "")


async def test_a_device_is_not_reached_when_nothing_came_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sources(monkeypatch, way("ssh", HostLoad))
    STAGE.failure = SessionFailed(Trouble.UNREACHABLE, say("refused the connection"))
    contact = (await visit(device("app-1", ssh=ssh()), HostLoad)).contact
    assert (contact.reached, contact.trouble) == (False, Trouble.UNREACHABLE)


@pytest.mark.parametrize(("answered", "reached"), [(0, False), (1, True), (3, True)])
async def test_silence_to_every_probe_is_no_contact(
    monkeypatch: pytest.MonkeyPatch, answered: int, reached: bool
) -> None:
    one = device("app-1", ssh=ssh())
    sources(monkeypatch, way("ssh", Reachability))
    STAGE.script = lambda _question: Reachability(
        device=one.name, taken_at=NOW, protocol="tcp", sent=3, answered=answered, round_trip_ms=None
    )
    assert (await visit(one, Reachability)).contact.reached is reached


async def test_a_probe_is_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    one = device("app-1", ssh=ssh())
    monkeypatch.setattr(visiting, "PROBES", frozenset({SCRIPTED}))
    sources(monkeypatch, way("ssh", HostLoad))
    STAGE.script = lambda _question: load(one)
    assert (await visit(one, HostLoad)).sessions == {}
