"""Configurations and routes over real SSH: whole or unknown, and no secret in evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item
from checks.verdict import State
from collectors.configurations.known import PassingVeil, What
from collectors.readings import Reading, Trouble, Unanswered
from collectors.readings.configuration import (
    Configuration,
    RoutingTable,
    SavedConfiguration,
    Standing,
)
from collectors.visit import Answer, Visit
from collectors.visitor import Visitor
from inventory.model import ConsoleQuestion, Device, Kind, Watch
from lab.embedded.u1900_console import GatewayData, U1900Console
from lab.embedded.vrp_configuration import RouteRow, healthy_configuration, secrets_in
from lab.embedded.vrp_console import VrpConsole
from lab.embedded.vrp_data import VrpData
from tests.collectors.practice import Remembered, host_key, means, trusted
from tests.inventory.builders import cli, device
from tests.witness import shown

EVERYTHING: frozenset[type[Reading]] = frozenset({Configuration, SavedConfiguration, RoutingTable})
NAME = "rt-1"
VEIL = PassingVeil()
CONFIG = ConsoleQuestion(command="show configuration", pattern=r"^config \S", confirmed=True)


@dataclass(frozen=True)
class Approvals:
    """What somebody approved, and what was kept."""

    texts: dict[What, tuple[str, ...]]

    def approved(self, of: str, what: What) -> Standing | None:
        lines = self.texts.get(what)
        at = datetime(2026, 11, 1, tzinfo=UTC)
        return None if lines is None else Standing(lines=lines, version=1, at=at, by="赵敏")

    def kept(self, of: str, what: What) -> Standing | None:
        return self.approved(of, what)


@dataclass
class Router:
    """The console under test, and the way to it."""

    console: VrpConsole
    known_hosts: Path
    target: Device

    async def visit(
        self,
        *wanted: type[Reading],
        answer_limit: int = 1_000_000,
        approvals: Approvals | None = None,
        target: Device | None = None,
    ) -> Visit:
        to = target or self.target
        ways = means(self.known_hosts, answer_limit=answer_limit)
        ways = replace(ways, veil=VEIL)
        ways = replace(ways, known=approvals) if approvals is not None else ways
        visitor = Visitor({to.name: to}, ways)
        return await visitor.visit(to.name, frozenset(wanted or EVERYTHING), Remembered())

    async def judged(self, items: str, approvals: Approvals) -> list[Judgement]:
        visit = await self.visit(approvals=approvals)
        return [
            shown(one, peer="practice VRP console")
            for name in items.split()
            for one in judge_item(item(name), self.target, visit)
        ]

    async def approve(self) -> Approvals:
        """What it is and does now."""
        visit = await self.visit()
        return Approvals({one.what: one.lines for one in visit.fetched})


def router(port: int, routes: tuple[str, ...] = ()) -> Device:
    ports = ("GigabitEthernet0/0/0", "GigabitEthernet0/0/1")
    return device(
        NAME,
        Kind.ROUTER,
        watch=Watch(ports=ports, routes=routes),
        cli=cli(port=port, timeout_s=5.0),
    )


@pytest.fixture
async def rt(tmp_path: Path) -> AsyncIterator[Router]:
    key = host_key(tmp_path)
    data = VrpData(name=NAME, configuration=healthy_configuration(router(1)))
    console = VrpConsole(host_key=key, user="inspect", password="inspect-pw", data=data)
    await console.start("127.0.0.1", 0)
    yield Router(console, trusted(tmp_path, console.port, key), router(console.port))
    await console.stop()


def trouble(answer: Answer) -> Trouble:
    assert isinstance(answer, Unanswered), answer
    return answer.trouble


def evidence(visit: Visit) -> str:
    answers = visit.answers.values()
    return "".join(one.answer.decode() for answer in answers for one in answer.exchanges)


def states(judged: list[Judgement]) -> dict[tuple[str, str], State]:
    return {(one.item, one.check): one.verdict.state for one in judged}


WELL = {("M41", "backup"), ("M45", "configuration"), ("M45", "saved"), ("M45", "routes")}


async def test_everything_is_asked_in_one_session_and_each_command_once(rt: Router) -> None:
    visit = await rt.visit()
    assert not [one for one in visit.answers.values() if isinstance(one, Unanswered)]
    assert visit.sessions == {"cli": 1}
    assert rt.console.logins == 1
    asked = [one for one in rt.console.commands if one.startswith("display")]
    assert sorted(asked) == [
        "display current-configuration", "display ip routing-table", "display saved-configuration",
    ]  # fmt: skip


async def test_no_secret_is_in_evidence_readings_or_reprs(rt: Router) -> None:
    visit = await rt.visit()
    printed = "\n".join(rt.console.data.configuration.running)
    secrets = [one for one in secrets_in(NAME).values() if one in printed]
    assert len(secrets) >= 5
    told = evidence(visit) + repr(visit)
    assert "<secret:" in told
    assert [one for one in secrets if one in told] == []


async def test_the_full_text_is_for_the_safe_alone(rt: Router) -> None:
    visit = await rt.visit(Configuration)
    (fetched,) = visit.fetched
    assert fetched.full is not None
    assert secrets_in(NAME)["local user"] in fetched.full
    assert fetched.full.endswith("return\n")
    assert secrets_in(NAME)["local user"] not in repr(fetched)


async def test_a_secret_is_hidden_also_where_the_answer_is_cut_anywhere(rt: Router) -> None:
    secret = secrets_in(NAME)["local user"]
    printed = "".join(f"{one}\r\n" for one in rt.console.data.configuration.current())
    at = printed.index(secret)
    for cut in (at + 4, at + len(secret) // 2, at + len(secret)):
        visit = await rt.visit(Configuration, answer_limit=cut)
        assert trouble(visit.answers[Configuration]) is Trouble.TOO_LARGE
        assert secret[4:12] not in evidence(visit)


async def test_what_was_approved_is_normal_however_often_it_is_printed(rt: Router) -> None:
    approvals = await rt.approve()
    for _ in range(3):
        judged = await rt.judged("M41 M45", approvals)
        assert states(judged) == dict.fromkeys(WELL, State.NORMAL)


async def test_a_changed_line_a_changed_secret_and_a_lost_route_are_abnormal(rt: Router) -> None:
    approvals = await rt.approve()
    data = rt.console.data.configuration
    data.running[data.running.index("ospf 1")] = "ospf 2"
    data.routes = data.routes[1:]
    found = states(await rt.judged("M45", approvals))
    assert set(found.values()) == {State.ABNORMAL}


async def test_a_changed_password_is_seen_and_not_shown(rt: Router) -> None:
    approvals = await rt.approve()
    old = secrets_in(NAME)["console"]
    data = rt.console.data.configuration
    for lines in (data.running, data.saved):
        lines[:] = [line.replace(old, "%^%#another%^%#") for line in lines]
    judged = {one.check: one.verdict for one in await rt.judged("M45", approvals)}
    assert judged["configuration"].state is State.ABNORMAL
    assert judged["configuration"].measured == 2
    sentence = judged["configuration"].sentence.text("en")
    assert "<secret:" in sentence and "another" not in sentence and old not in sentence


async def test_an_unsaved_line_is_abnormal(rt: Router) -> None:
    approvals = await rt.approve()
    rt.console.data.configuration.saved.remove("snmp-agent sys-info version v2c v3")
    found = states(await rt.judged("M45", approvals))
    assert found["M45", "saved"] is State.ABNORMAL
    assert found["M45", "configuration"] is State.NORMAL


@pytest.mark.parametrize("damage", ["cut", "garbage", "silent", "empty"])
async def test_what_did_not_come_whole_is_unknown(rt: Router, damage: str) -> None:
    approvals = await rt.approve()
    rt.target = replace(rt.target, access=replace(rt.target.access, cli=cli(
        port=rt.console.port, timeout_s=0.5)))  # fmt: skip
    match damage:
        case "cut":
            rt.console.data.configuration.cut = True
            rt.console.data.configuration.routes[0] = RouteRow("0.0.0.0/0", "Static", "", "")
        case "garbage":
            rt.console.behaviour.garbage = True
        case "silent":
            rt.console.behaviour.cut_after = 10
        case "empty":
            rt.console.data.configuration.running = []
            rt.console.data.configuration.saved = []
            rt.console.data.configuration.routes = [RouteRow("no", "route", "at", "all")]
    found = states(await rt.judged("M41 M45", approvals))
    assert found == dict.fromkeys(WELL, State.UNKNOWN)


async def test_a_cut_configuration_is_never_kept(rt: Router) -> None:
    rt.console.data.configuration.cut = True
    visit = await rt.visit(Configuration)
    assert visit.fetched == ()
    answer = visit.answers[Configuration]
    assert trouble(answer) is Trouble.GARBLED
    assert isinstance(answer, Unanswered)
    assert answer.why.text("en") == (
        'rt-1: the answer to "display current-configuration" breaks off before its end'
    )


async def test_a_console_without_the_command_does_not_offer_it(rt: Router) -> None:
    rt.console.data.unknown_commands = {"display saved-configuration"}
    visit = await rt.visit()
    assert trouble(visit.answers[SavedConfiguration]) is Trouble.UNSUPPORTED
    assert isinstance(visit.answers[Configuration], Configuration)


async def test_only_the_protocols_that_the_site_names_count(rt: Router) -> None:
    only = router(rt.console.port, routes=("static",))
    answer = (await rt.visit(RoutingTable, target=only)).answers[RoutingTable]
    assert isinstance(answer, RoutingTable)
    assert {line.split()[1] for line in answer.lines} == {"Static"}
    assert answer.total > len(answer.lines)


async def test_what_the_site_leaves_out_since_the_approval_is_no_change(rt: Router) -> None:
    approvals = await rt.approve()
    watch = Watch(ports=rt.target.watch.ports, routes=("static",), volatile=("sys-info",))
    rt.target = replace(rt.target, watch=watch)
    assert set(states(await rt.judged("M45", approvals)).values()) == {State.NORMAL}


async def test_a_configuration_of_nearly_a_megabyte_is_fetched(rt: Router) -> None:
    lines = [f"acl number {n}\n rule 5 permit source 10.1.1.1 0" for n in range(18_000)]
    rt.console.data.configuration.running = "\n".join(lines).split("\n")
    answer = (await rt.visit(Configuration)).answers[Configuration]
    assert isinstance(answer, Configuration), answer
    assert len(answer.lines) > 35_000


async def test_pages_are_turned_in_a_configuration(rt: Router) -> None:
    rt.console.data.page_lines = 7
    first = (await rt.visit(Configuration)).answers[Configuration]
    rt.console.data.page_lines = 0
    second = (await rt.visit(Configuration)).answers[Configuration]
    assert isinstance(first, Configuration) and isinstance(second, Configuration)
    assert sorted(first.lines) == sorted(second.lines)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[tuple[U1900Console, Path]]:
    key = host_key(tmp_path)
    console = U1900Console(host_key=key, user="inspect", password="inspect-pw",
                           enable_password="enable-pw", data=GatewayData())  # fmt: skip
    await console.start("127.0.0.1", 0)
    yield console, trusted(tmp_path, console.port, key)
    await console.stop()


async def backup(
    gateway: tuple[U1900Console, Path], question: ConsoleQuestion | None
) -> tuple[Judgement, Visit]:
    console, known_hosts = gateway
    access = cli("huawei_u1900", port=console.port, timeout_s=5.0, enable_secret="enable")
    questions = {} if question is None else {"config": question}
    target = device("gw-1", "gateway_1960", console=questions, cli=access)
    visitor = Visitor({"gw-1": target}, means(known_hosts))
    visit = await visitor.visit("gw-1", frozenset({Configuration}), Remembered())
    (judged,) = judge_item(item("M41"), target, visit)
    return shown(judged, peer="practice U1900 console"), visit


async def test_a_gateways_configuration_is_fetched_by_the_sites_question(
    gateway: tuple[U1900Console, Path],
) -> None:
    judged, visit = await backup(gateway, CONFIG)
    assert judged.verdict.state is State.NORMAL
    assert len(visit.fetched) == 1
    told = evidence(visit) + repr(visit)
    assert "practice-gateway-community" not in told
    assert "practice0gateway0secret" not in told


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (None, Trouble.NOT_CONFIGURED),
        (replace(CONFIG, confirmed=False), Trouble.NOT_CONFIGURED),
        (replace(CONFIG, command="save"), Trouble.NOT_CONFIGURED),
        (replace(CONFIG, pattern="no such line"), Trouble.GARBLED),
        (replace(CONFIG, command="show nothing"), Trouble.GARBLED),
    ],
)
async def test_a_gateway_without_a_confirmed_question_is_unknown(
    gateway: tuple[U1900Console, Path], question: ConsoleQuestion | None, expected: Trouble
) -> None:
    judged, visit = await backup(gateway, question)
    assert judged.verdict.state is State.UNKNOWN
    assert judged.trouble is expected
    assert visit.fetched == ()
    assert "save" not in gateway[0].commands
    if question is None:
        assert "confirmed: true under console: config:" in judged.verdict.sentence.text("en")
