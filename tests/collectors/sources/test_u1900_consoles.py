"""The U1900's console over real SSH: site data only, confirmed only, read-only only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from collectors.readings import (
    GatewayAddresses,
    GatewayAlarms,
    GatewayHardware,
    GatewayLoad,
    GatewayPorts,
    GatewayVersion,
    ProcessorLoad,
    Reading,
    Trouble,
    Unanswered,
)
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import ConsoleQuestion
from lab.embedded.u1900_console import GatewayData, U1900Console
from tests.collectors.practice import Remembered, host_key, means, trusted
from tests.inventory.builders import cli, device

CPU = ConsoleQuestion(
    command="show cpu-usage",
    pattern=r"CPU Usage\s*: (\d{1,3})% Max: (\d{1,3})%",
    unit="%",
    confirmed=True,
)
ALARMS = ConsoleQuestion(
    command="show alarm active",
    pattern=r"^\d+ +(Critical|Major|Minor|Warning) +(.+)$",
    none="No active alarm",
    confirmed=True,
)
ADDRESSES = ConsoleQuestion(
    command="show ip interface",
    pattern=r"(\d{1,3}(?:\.\d{1,3}){3}/\d{1,2})",
    expect="10.10.1.60/24",
    confirmed=True,
)
QUESTIONS = {"cpu": CPU, "alarms": ALARMS, "addresses": ADDRESSES}


@dataclass
class Gateway:
    """The console under test, and the way to it."""

    console: U1900Console
    known_hosts: Path

    async def visit(
        self,
        *wanted: type[Reading],
        questions: dict[str, ConsoleQuestion] | None = None,
        timeout_s: float = 5.0,
        **secrets: str,
    ) -> Visit:
        target = device(
            "gw-1",
            "gateway_1960",
            console=QUESTIONS if questions is None else questions,
            cli=cli(
                "huawei_u1900",
                port=self.console.port,
                timeout_s=timeout_s,
                enable_secret="enable",
            ),
        )
        visitor = Visitor({target.name: target}, means(self.known_hosts, secrets=secrets))
        return await visitor.visit(target.name, frozenset(wanted), Remembered())

    async def ask(
        self,
        question: type[Reading],
        questions: dict[str, ConsoleQuestion] | None = None,
        timeout_s: float = 5.0,
    ) -> Answer:
        visit = await self.visit(question, questions=questions, timeout_s=timeout_s)
        return visit.answers[question]


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    key = host_key(tmp_path)
    console = U1900Console(
        host_key=key,
        user="inspect",
        password="inspect-pw",
        enable_password="enable-pw",
        data=GatewayData(),
    )
    await console.start("127.0.0.1", 0)
    yield Gateway(console, trusted(tmp_path, console.port, key))
    await console.stop()


def values(answer: Answer) -> tuple[str, ...]:
    assert isinstance(answer, (GatewayLoad, GatewayAlarms, GatewayAddresses))
    return answer.values


def trouble(answer: Answer) -> Trouble:
    assert isinstance(answer, Unanswered)
    return answer.trouble


async def test_one_login_and_one_enable_ask_all_three(gateway: Gateway) -> None:
    visit = await gateway.visit(GatewayLoad, GatewayAlarms, GatewayAddresses)
    assert values(visit.answers[GatewayLoad]) == ("23", "41")
    assert values(visit.answers[GatewayAlarms]) == ()
    assert values(visit.answers[GatewayAddresses]) == ("10.10.1.60/24",)
    assert gateway.console.logins == 1
    assert sorted(gateway.console.commands) == [
        "enable", "show alarm active", "show cpu-usage", "show ip interface",
    ]  # fmt: skip


async def test_lines_that_come_after_the_prompt_belong_to_no_answer(gateway: Gateway) -> None:
    gateway.console.data.asynchronous = [
        "9  Critical  Saving data.bin to flash in the background finished!",
        "CPU Usage : 99% Max: 99%",
    ]
    visit = await gateway.visit(GatewayLoad, GatewayAlarms, GatewayAddresses)
    assert values(visit.answers[GatewayLoad]) == ("23", "41")
    assert values(visit.answers[GatewayAlarms]) == ()


async def test_an_alarm_is_one_value_and_a_trunk_that_is_down_raises_one(gateway: Gateway) -> None:
    gateway.console.data.alarms = [("Minor", "Fan speed low")]
    gateway.console.data.trunks["trunk-2"] = False
    told = values(await gateway.ask(GatewayAlarms))
    assert told == ("Minor Fan speed low", "Critical ISDN 30B+D trunk-2 out of service")


async def test_an_empty_list_is_only_none_where_the_site_knows_the_words(gateway: Gateway) -> None:
    without = {"alarms": replace(ALARMS, none=None)}
    assert trouble(await gateway.ask(GatewayAlarms, without)) is Trouble.GARBLED
    assert values(await gateway.ask(GatewayAlarms)) == ()


async def test_an_unconfirmed_question_is_never_sent(gateway: Gateway) -> None:
    answer = await gateway.ask(GatewayLoad, {"cpu": replace(CPU, confirmed=False)})
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.NOT_CONFIGURED
    assert "not confirmed on this site; capture it first" in answer.why.text("en")
    assert "show cpu-usage" not in gateway.console.commands


async def test_a_question_that_the_site_does_not_have_is_not_configured(gateway: Gateway) -> None:
    assert trouble(await gateway.ask(GatewayLoad, {})) is Trouble.NOT_CONFIGURED


@pytest.mark.parametrize(
    "command",
    [
        "save", "config", "shutdown", "showcpu", "show", "Show cpu", " show cpu", "show cpu\nsave",
        "show cpu\rsave", "show cpu;save", "show cpu | save", "show cpu?", "show \x1bcpu", "show é",
        "display x && save", "show " + "a" * 200, "show  \t", "stop sntpserver", "",
    ],
)  # fmt: skip
async def test_a_command_that_might_write_is_never_sent(gateway: Gateway, command: str) -> None:
    answer = await gateway.ask(GatewayLoad, {"cpu": replace(CPU, command=command)})
    assert trouble(answer) is Trouble.NOT_CONFIGURED
    assert gateway.console.commands == ["enable"]


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(?:a{2,}){3,}", "(", ".*.*.*.*.*x"])
async def test_a_pattern_that_might_never_end_is_not_tried(gateway: Gateway, pattern: str) -> None:
    answer = await gateway.ask(GatewayLoad, {"cpu": replace(CPU, pattern=pattern)})
    assert trouble(answer) is Trouble.NOT_CONFIGURED


async def test_a_command_that_the_gateway_does_not_finish_is_no_reading(gateway: Gateway) -> None:
    """Its prompt comes, its "executed success" does not."""
    unknown = {"cpu": replace(CPU, command="show nonsense")}
    assert trouble(await gateway.ask(GatewayLoad, unknown)) is Trouble.GARBLED


@pytest.mark.parametrize("cut", [0, 10, 30, 60])
async def test_an_answer_without_its_trailer_and_prompt_is_no_reading(
    gateway: Gateway, cut: int
) -> None:
    gateway.console.behaviour.cut_after = cut
    assert trouble(await gateway.ask(GatewayLoad, timeout_s=0.6)) is Trouble.TIMED_OUT


async def test_a_wrong_second_password_is_refused_and_said(gateway: Gateway) -> None:
    visit = await gateway.visit(GatewayLoad, enable="wrong-pw")
    answer = visit.answers[GatewayLoad]
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.REFUSED
    assert answer.why.text("en") == (
        "gw-1: the second password (enable) was refused; compare the file secrets/enable with "
        "what gw-1 expects, then test it: lineguard check run --device gw-1"
    )
    assert "wrong-pw" not in repr(visit) and "show cpu-usage" not in gateway.console.commands


async def test_a_wrong_first_password_is_refused(gateway: Gateway) -> None:
    visit = await gateway.visit(GatewayLoad, console="wrong-pw")
    assert trouble(visit.answers[GatewayLoad]) is Trouble.REFUSED


async def test_what_only_a_vrp_tells_is_unsupported(gateway: Gateway) -> None:
    assert trouble(await gateway.ask(ProcessorLoad)) is Trouble.UNSUPPORTED


VERSION = ConsoleQuestion(
    command="show version", pattern=r"Software version : (\S{1,40})", confirmed=True
)
PORTS = ConsoleQuestion(
    command="show port", pattern=r"^((?:E1|FE) \d/\d) +(\S.{0,40})$", confirmed=True
)
HARDWARE = ConsoleQuestion(
    command="show board", pattern=r"^((?:MCU|DTU|PWR|FAN) \d) +(\S.{0,40})$", confirmed=True
)


async def test_version_ports_and_hardware_are_told_in_the_gateways_words(gateway: Gateway) -> None:
    questions = {"version": VERSION, "ports": PORTS, "hardware": HARDWARE}
    gateway.console.data.ports["E1 0/1"] = "out of service"
    visit = await gateway.visit(GatewayVersion, GatewayPorts, GatewayHardware, questions=questions)
    version, ports = visit.answers[GatewayVersion], visit.answers[GatewayPorts]
    hardware = visit.answers[GatewayHardware]
    assert isinstance(version, GatewayVersion) and version.values == ("V200R003C30SPC500",)
    assert isinstance(ports, GatewayPorts)
    assert ports.values[:2] == ("E1 0/0\tin service", "E1 0/1\tout of service")
    assert isinstance(hardware, GatewayHardware) and "FAN 1\tnormal" in hardware.values


@pytest.mark.parametrize(
    "pattern", [r"^((?:E1|FE) \d/\d)", r"^((?:E1|FE) \d/\d) +(\S+)? ?(service)$"]
)
async def test_a_pattern_of_parts_without_name_and_state_reads_nothing(
    gateway: Gateway, pattern: str
) -> None:
    answer = await gateway.ask(GatewayPorts, {"ports": replace(PORTS, pattern=pattern)})
    assert trouble(answer) is Trouble.GARBLED


async def test_ports_that_nobody_confirmed_are_not_asked(gateway: Gateway) -> None:
    answer = await gateway.ask(GatewayPorts, {"ports": replace(PORTS, confirmed=False)})
    assert trouble(answer) is Trouble.NOT_CONFIGURED
    assert "show port" not in gateway.console.commands
