"""VRP consoles over real SSH: what is read, what is never written, and what hostile ones do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from netmiko import log as netmiko_log

from collectors.consoles import vrp
from collectors.consoles.dialogue import NotOnTheList
from collectors.readings import (
    ActiveAlarms,
    DeviceLog,
    HaState,
    MemoryUse,
    Modules,
    Ports,
    PowerAndFans,
    ProcessorLoad,
    Reading,
    Temperatures,
    Trouble,
    Unanswered,
)
from collectors.session import ANSWER_LIMIT, Notebook
from collectors.sources import netdev
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import Device
from lab.embedded.vrp_console import VrpConsole
from lab.embedded.vrp_data import HotStandbyPair, LoggedLine, RaisedAlarm, VrpData
from tests.collectors.practice import Remembered, host_key, means, trusted
from tests.inventory.builders import cli, device

EVERYTHING: frozenset[type[Reading]] = frozenset(
    {
        ProcessorLoad, MemoryUse, Modules, PowerAndFans, Temperatures, Ports, HaState,
        ActiveAlarms, DeviceLog,
    }
)  # fmt: skip
SAVE_QUESTION = (
    "There are security risks in the configuration file. Save the configuration now? [Y/N]:"
)
CHANGE_QUESTION = "Warning: The initial password poses security risks. Change now? [Y/N]: "


@dataclass
class Firewall:
    """The console under test, and the way to it."""

    console: VrpConsole
    known_hosts: Path
    folder: Path

    def device(self, timeout_s: float = 5.0, **access: str) -> Device:
        return device(
            "fw-1", "firewall", cli=cli(port=self.console.port, timeout_s=timeout_s, **access)
        )

    async def visit(
        self,
        *wanted: type[Reading],
        timeout_s: float = 5.0,
        answer_limit: int = ANSWER_LIMIT,
        memory: Remembered | None = None,
        **secrets: str,
    ) -> Visit:
        target = self.device(timeout_s)
        visitor = Visitor(
            {target.name: target},
            means(self.known_hosts, answer_limit=answer_limit, secrets=secrets),
        )
        return await visitor.visit(target.name, frozenset(wanted), memory or Remembered())

    async def ask(self, question: type[Reading], timeout_s: float = 5.0) -> Answer:
        return (await self.visit(question, timeout_s=timeout_s)).answers[question]


@pytest.fixture
async def firewall(tmp_path: Path) -> AsyncIterator[Firewall]:
    key = host_key(tmp_path)
    data = VrpData(name="FW1", hrp=HotStandbyPair())
    console = VrpConsole(host_key=key, user="inspect", password="inspect-pw", data=data)
    await console.start("127.0.0.1", 0)
    yield Firewall(console, trusted(tmp_path, console.port, key), tmp_path)
    await console.stop()


def trouble(answer: Answer) -> Trouble:
    assert isinstance(answer, Unanswered)
    return answer.trouble


async def until_empty(console: VrpConsole) -> None:
    async with asyncio.timeout(5):
        while console.connections:  # noqa: ASYNC110  (a deadline, not a time)
            await asyncio.sleep(0.01)


async def test_one_login_asks_everything_and_leaves(firewall: Firewall) -> None:
    visit = await firewall.visit(*EVERYTHING)
    assert not [one for one in visit.answers.values() if isinstance(one, Unanswered)]
    assert visit.sessions == {"cli": 1}
    assert firewall.console.logins == 1
    assert firewall.console.commands[-1] == "quit"
    await until_empty(firewall.console)


async def test_only_commands_of_the_list_are_ever_typed(firewall: Firewall) -> None:
    await firewall.visit(*EVERYTHING)
    assert set(firewall.console.commands) <= vrp.COMMANDS | {vrp.NO_PAGING, vrp.LEAVE}


async def test_a_command_outside_the_list_is_refused_before_it_is_sent(firewall: Firewall) -> None:
    target = firewall.device()
    session = await netdev.open_session(target, means(firewall.known_hosts), Notebook(target))
    with pytest.raises(NotOnTheList):
        session.console.converse("save", 1.0)
    with pytest.raises(NotOnTheList):
        session.console.write_channel("Y\n")
    await session.close()
    assert "save" not in firewall.console.commands


@pytest.mark.parametrize(
    "questions",
    [[SAVE_QUESTION], [CHANGE_QUESTION], [CHANGE_QUESTION, SAVE_QUESTION, SAVE_QUESTION]],
)
async def test_every_question_of_a_login_is_declined(
    firewall: Firewall, questions: list[str]
) -> None:
    firewall.console.data.login_questions = [f"\r\n{one}" for one in questions]
    answer = await firewall.ask(ProcessorLoad)
    assert isinstance(answer, ProcessorLoad)
    assert firewall.console.replies == ["N"] * len(questions)
    assert "Y" not in firewall.console.commands


async def test_a_login_that_never_stops_asking_is_given_up(firewall: Firewall) -> None:
    firewall.console.data.login_questions = [f"\r\n{SAVE_QUESTION}"] * 20
    answer = await firewall.ask(ProcessorLoad)
    assert trouble(answer) is Trouble.GARBLED
    assert set(firewall.console.replies) == {"N"}


async def test_a_console_that_pages_is_read_whole(firewall: Firewall) -> None:
    unpaged = await firewall.visit(*EVERYTHING)
    firewall.console.data.page_lines = 2
    paged = await firewall.visit(*EVERYTHING)
    for question in EVERYTHING:
        first, second = unpaged.answers[question], paged.answers[question]
        assert _facts(first) == _facts(second)


def _facts(answer: Answer) -> dict[str, object]:
    apart = ("device", "taken_at", "exchanges")
    slots = [name for one in type(answer).__mro__ for name in getattr(one, "__slots__", ())]
    return {name: getattr(answer, name) for name in slots if name not in apart}


async def test_the_prompt_may_change_between_two_commands(firewall: Firewall) -> None:
    target = firewall.device()
    session = await netdev.open_session(target, means(firewall.known_hosts), Notebook(target))
    before = await session.ask(HaState, Remembered())
    pair = firewall.console.data.hrp
    assert pair is not None
    pair.role, pair.peer, pair.should_be = "standby", "active", "active-standby"
    after = await session.ask(HaState, Remembered())
    load = await session.ask(ProcessorLoad, Remembered())
    await session.close()
    assert isinstance(before, HaState) and not before.switched
    assert isinstance(after, HaState) and after.switched and after.role == "standby"
    assert isinstance(load, ProcessorLoad)


async def test_an_alarm_that_wraps_is_one_alarm(firewall: Firewall) -> None:
    text = "The CA certificate is invalid. (CACertStartTime=2022-02-14 06:48:00, Serial=1234567)"
    firewall.console.data.alarms = [
        RaisedAlarm("critical", text.replace(" ", "_")),
        RaisedAlarm("minor", "short"),
    ]
    answer = await firewall.ask(ActiveAlarms)
    assert isinstance(answer, ActiveAlarms)
    told = [(one.severity, one.text) for one in answer.alarms]
    assert told == [("critical", text.replace(" ", "_")), ("minor", "short")]


async def test_a_second_command_is_asked_where_the_first_is_unknown(firewall: Firewall) -> None:
    firewall.console.data.unknown_commands = {"display fan"}
    answer = await firewall.ask(PowerAndFans)
    assert isinstance(answer, PowerAndFans)
    assert answer.fans == () and answer.supplies
    assert "display device fan" in firewall.console.commands


async def test_what_no_command_tells_is_unsupported(firewall: Firewall) -> None:
    firewall.console.data.hrp = None
    assert trouble(await firewall.ask(HaState)) is Trouble.UNSUPPORTED


async def test_a_wrong_password_is_refused_and_said(firewall: Firewall) -> None:
    visit = await firewall.visit(ProcessorLoad, console="wrong-pw")
    answer = visit.answers[ProcessorLoad]
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.REFUSED
    assert answer.why.text("en") == (
        "fw-1: the login of inspect was refused; compare the file secrets/console with what fw-1 "
        "expects, then test it: lineguard check run --device fw-1"
    )
    assert "wrong-pw" not in repr(visit)


async def test_an_unknown_host_key_is_refused(firewall: Firewall) -> None:
    firewall.known_hosts.write_text("")
    answer = await firewall.ask(ProcessorLoad)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.REFUSED
    assert "inventory trust" in answer.why.text("en")
    assert firewall.console.logins == 0


async def test_another_host_key_is_refused_with_its_own_sentence(firewall: Firewall) -> None:
    other = host_key(firewall.folder, "other")
    trusted(firewall.folder, firewall.console.port, other)
    answer = await firewall.ask(ProcessorLoad)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.REFUSED
    assert "is not the one that was confirmed" in answer.why.text("en")
    assert firewall.console.logins == 0


async def test_a_missing_secret_is_the_sites_to_mend(firewall: Firewall) -> None:
    target = firewall.device(secret="nowhere")
    visitor = Visitor({target.name: target}, means(firewall.known_hosts))
    visit = await visitor.visit(target.name, frozenset({ProcessorLoad}), Remembered())
    assert trouble(visit.answers[ProcessorLoad]) is Trouble.NOT_CONFIGURED


async def test_a_silent_device_is_unreachable(firewall: Firewall) -> None:
    firewall.console.behaviour.silent = True
    await firewall.console.apply()
    visit = await firewall.visit(ProcessorLoad, HaState)
    assert {trouble(one) for one in visit.answers.values()} == {Trouble.UNREACHABLE}
    assert not visit.contact.reached


async def test_the_sixth_login_is_refused_and_the_five_stay(firewall: Firewall) -> None:
    target = firewall.device()
    given = means(firewall.known_hosts)
    five = [await netdev.open_session(target, given, Notebook(target)) for _ in range(5)]
    answer = await firewall.ask(ProcessorLoad)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.REFUSED
    assert "VTY" in answer.why.text("en")
    told = [await one.ask(ProcessorLoad, Remembered()) for one in five]
    assert all(isinstance(one, ProcessorLoad) for one in told)
    for one in five:
        await one.close()


async def test_output_without_end_is_cut_off(firewall: Firewall) -> None:
    firewall.console.floods = False
    target = firewall.device()
    given = means(firewall.known_hosts, answer_limit=20_000)
    session = await netdev.open_session(target, given, Notebook(target))
    firewall.console.floods = True
    answer = await session.ask(ProcessorLoad, Remembered())
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.TOO_LARGE
    assert len(answer.exchanges[0].answer) <= 20_000 and answer.exchanges[0].truncated
    await session.close()
    await until_empty(firewall.console)


async def test_a_drip_ends_at_the_deadline(firewall: Firewall) -> None:
    target = firewall.device(timeout_s=0.5)
    session = await netdev.open_session(target, means(firewall.known_hosts), Notebook(target))
    firewall.console.drips = True
    began = time.monotonic()
    answer = await session.ask(ProcessorLoad, Remembered())
    assert trouble(answer) is Trouble.TIMED_OUT
    assert time.monotonic() - began < 2
    await session.close()


@pytest.mark.parametrize("cut", [0, 1, 40, 100, 240])
async def test_an_answer_cut_in_mid_line_is_no_reading(firewall: Firewall, cut: int) -> None:
    target = firewall.device(timeout_s=0.5)
    session = await netdev.open_session(target, means(firewall.known_hosts), Notebook(target))
    firewall.console.behaviour.cut_after = cut
    answer = await session.ask(ProcessorLoad, Remembered())
    assert trouble(answer) is Trouble.TIMED_OUT
    firewall.console.behaviour.cut_after = None
    later = await session.ask(ProcessorLoad, Remembered())
    assert trouble(later) is Trouble.TIMED_OUT, "what comes late answers nothing"
    await session.close()


async def test_an_answer_that_is_not_cut_is_read(firewall: Firewall) -> None:
    """The control of the above: the bound lies behind the prompt."""
    firewall.console.behaviour.cut_after = 10_000
    assert isinstance(await firewall.ask(ProcessorLoad), ProcessorLoad)


async def test_garbage_is_no_reading(firewall: Firewall) -> None:
    target = firewall.device(timeout_s=0.5)
    session = await netdev.open_session(target, means(firewall.known_hosts), Notebook(target))
    firewall.console.behaviour.garbage = True
    answer = await session.ask(MemoryUse, Remembered())
    assert trouble(answer) in (Trouble.TIMED_OUT, Trouble.GARBLED)
    await session.close()


async def test_a_slow_console_delays_nobody_else(tmp_path: Path, firewall: Firewall) -> None:
    firewall.console.behaviour.delay_s = 30.0
    key = host_key(tmp_path, "quick")
    quick = VrpConsole(host_key=key, user="inspect", password="inspect-pw")
    await quick.start("127.0.0.1", 0)
    known = trusted(tmp_path, quick.port, key)
    other = Firewall(quick, known, tmp_path)
    slow = asyncio.create_task(firewall.visit(ProcessorLoad, timeout_s=3))
    answer = await other.ask(ProcessorLoad)
    assert isinstance(answer, ProcessorLoad)
    assert not slow.done()
    assert trouble((await slow).answers[ProcessorLoad]) is Trouble.TIMED_OUT
    await quick.stop()


async def test_a_visit_given_up_gives_its_line_back(firewall: Firewall) -> None:
    firewall.console.behaviour.delay_s = 30.0
    target = firewall.device(timeout_s=20)
    visitor = Visitor({target.name: target}, means(firewall.known_hosts), visit_limit_s=0.5)
    began = time.monotonic()
    visit = await visitor.visit(target.name, frozenset({ProcessorLoad}), Remembered())
    assert trouble(visit.answers[ProcessorLoad]) is Trouble.TIMED_OUT
    assert time.monotonic() - began < 5
    await until_empty(firewall.console)


@pytest.fixture
async def tar_pit() -> AsyncIterator[int]:
    """A port that takes connections and never says a word; the number of those it has."""
    held: set[asyncio.StreamWriter] = set()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(writer)
        while await reader.read(1_000):
            continue
        held.discard(writer)
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    async with asyncio.timeout(5):
        while held:  # noqa: ASYNC110  (a deadline, not a time)
            await asyncio.sleep(0.01)


async def test_a_login_into_a_tar_pit_ends_at_its_deadline(tar_pit: int, tmp_path: Path) -> None:
    target = device("fw-1", "firewall", cli=cli(port=tar_pit, timeout_s=0.5))
    visitor = Visitor({target.name: target}, means(tmp_path / "known_hosts"))
    visit = await visitor.visit(target.name, frozenset({ProcessorLoad}), Remembered())
    assert trouble(visit.answers[ProcessorLoad]) is Trouble.TIMED_OUT


async def test_a_visit_given_up_in_its_login_leaves_nothing_open(
    tar_pit: int, tmp_path: Path
) -> None:
    target = device("fw-1", "firewall", cli=cli(port=tar_pit, timeout_s=20))
    given = means(tmp_path / "known_hosts")
    visitor = Visitor({target.name: target}, given, visit_limit_s=0.3)
    began = time.monotonic()
    visit = await visitor.visit(target.name, frozenset({ProcessorLoad}), Remembered())
    assert trouble(visit.answers[ProcessorLoad]) is Trouble.TIMED_OUT
    assert time.monotonic() - began < 3


async def test_no_secret_stays_behind_in_netmikos_log_filters(firewall: Firewall) -> None:
    """Each connection puts a filter with its secrets on the module's logger."""
    before = len(netmiko_log.filters)
    await firewall.visit(ProcessorLoad)
    await firewall.visit(ProcessorLoad, console="wrong-pw")
    await firewall.visit(ProcessorLoad)
    async with asyncio.timeout(5):
        while len(netmiko_log.filters) > before:  # noqa: ASYNC110  (a deadline, not a time)
            await asyncio.sleep(0.01)


async def test_something_else_than_ssh_is_garbled(tmp_path: Path) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail ready\r\n" * 200)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    target = device("fw-1", "firewall", cli=cli(port=port, timeout_s=2))
    visitor = Visitor({target.name: target}, means(tmp_path / "known_hosts"))
    visit = await visitor.visit(target.name, frozenset({ProcessorLoad}), Remembered())
    assert trouble(visit.answers[ProcessorLoad]) is Trouble.GARBLED
    server.close()
    await server.wait_closed()


async def logged(firewall: Firewall, memory: Remembered) -> DeviceLog:
    """One look that is recorded."""
    visit = await firewall.visit(DeviceLog, memory=memory)
    answer = visit.answers[DeviceLog]
    assert isinstance(answer, DeviceLog)
    memory.values.update({(one.device, one.topic): one.value for one in visit.notes})
    return answer


async def test_a_log_line_is_told_by_the_first_look_after_it_and_no_other(
    firewall: Firewall,
) -> None:
    memory = Remembered()
    first = await logged(firewall, memory)
    assert (first.first_look, [one.severity for one in first.entries]) == (True, [6])
    firewall.console.data.log.append(
        LoggedLine(2, "The CPU usage exceeded the threshold. " * 4, mnemonic="CPU_HIGH")
    )
    second = await logged(firewall, memory)
    assert [one.severity for one in second.entries] == [2]
    assert "IFNET/2/CPU_HIGH" in second.entries[0].text
    assert (await logged(firewall, memory)).entries == ()
    firewall.console.data.log[:] = [LoggedLine(6, "quite another line")]
    assert (await logged(firewall, memory)).gap


async def test_a_log_that_could_not_be_read_is_not_remembered_as_read(firewall: Firewall) -> None:
    firewall.console.data.unknown_commands.add("display logbuffer")
    visit = await firewall.visit(DeviceLog)
    assert trouble(visit.answers[DeviceLog]) is Trouble.UNSUPPORTED
    assert visit.notes == ()
