"""Whatever an agent does, a look ends within its time and never reads as a value."""

from __future__ import annotations

import time

import pytest

from collectors.readings import (
    HostLoad,
    Modules,
    Ports,
    PowerAndFans,
    ProcessorLoad,
    Reachability,
    Temperatures,
    Trouble,
    Unanswered,
)
from collectors.sources.snmp import oids
from collectors.sources.snmp.port import EngineMaker
from lab.behaviour import Behaviour
from lab.embedded.snmp_agent import SnmpAgent
from lab.embedded.snmp_data import linux, room_sensor, vrp
from tests.collectors.snmp.odd_agent import odd, raw, row
from tests.collectors.snmp.served import QUICK, Served, serving, v3_users
from tests.inventory.builders import device, snmp

NOTHING = {Trouble.UNREACHABLE, Trouble.TIMED_OUT}
"""On a busy machine the visit's own time may be over first."""
BEHAVIOURS = {
    "silent": (Behaviour(silent=True), NOTHING),
    "slower than its time": (Behaviour(delay_s=5), NOTHING),
    "another community": (Behaviour(refuse_logins=True), {Trouble.UNREACHABLE}),
    "garbage": (Behaviour(garbage=True), {Trouble.GARBLED, *NOTHING}),
    "cut after 30 bytes": (Behaviour(cut_after=30), {Trouble.GARBLED, *NOTHING}),
    "cut to nothing": (Behaviour(cut_after=0), {Trouble.GARBLED, *NOTHING}),
}


@pytest.mark.parametrize(("behaviour", "troubles"), BEHAVIOURS.values(), ids=BEHAVIOURS.keys())
async def test_a_misbehaving_agent_gives_no_reading_and_costs_its_time_limit(
    engine: EngineMaker, behaviour: Behaviour, troubles: set[Trouble]
) -> None:
    async with serving(vrp("sw-core-1"), behaviour=behaviour, **QUICK) as served:
        started = time.perf_counter()
        visit = await served.visit(ProcessorLoad, Modules, Ports, Temperatures)
        took = time.perf_counter() - started
        answers = list(visit.answers.values())
        assert all(isinstance(answer, Unanswered) for answer in answers)
        assert {getattr(answer, "trouble", None) for answer in answers} <= troubles
        assert took < 4


async def test_a_healthy_agent_gives_readings_where_a_misbehaving_one_does_not(
    engine: EngineMaker,
) -> None:
    async with serving(vrp("sw-core-1")) as served:
        visit = await served.visit(ProcessorLoad, Modules, Ports, Temperatures)
        assert not any(isinstance(answer, Unanswered) for answer in visit.answers.values())


async def test_silence_says_that_the_community_may_be_wrong(engine: EngineMaker) -> None:
    async with serving(vrp("sw-core-1"), behaviour=Behaviour(silent=True), **QUICK) as served:
        answer = await served.ask(ProcessorLoad)
        assert isinstance(answer, Unanswered)
        secret = served.device.access.snmp
        assert secret is not None
        assert answer.why.text("en") == (
            f"sw-core-1 does not answer SNMP on port {served.agent.port}: it is silent, "
            "or it does not accept the community; compare the file secrets/"
            f"{secret.secret} with what sw-core-1 expects, then test it: "
            "lineguard check run --device sw-core-1"
        )
        assert [one.answer for one in answer.exchanges] == [b""]
        assert answer.exchanges[0].asked.startswith("walk 1.3.6.1.2.1.47")


async def test_wrong_keys_are_said_to_be_refused_or_silent_and_never_shown(
    engine: EngineMaker,
) -> None:
    users = v3_users()
    async with serving(
        vrp("rt-core-1"), users=users, version="3", user="inspect", secret="v3", **QUICK
    ) as served:
        served.secrets["v3"] = "a-phrase-of-yesterday"
        answer = await served.ask(ProcessorLoad)
        assert isinstance(answer, Unanswered)
        assert answer.trouble in (Trouble.REFUSED, Trouble.UNREACHABLE)
        assert "inspect" in answer.why.text("en")
        assert "yesterday" not in repr(answer)


async def test_a_changed_pass_phrase_is_refused_by_an_agent_that_answers(
    engine: EngineMaker,
) -> None:
    async with serving(
        vrp("rt-core-1"),
        name="rt-core-1",
        users=v3_users(),
        version="3",
        user="inspect",
        secret="v3",
    ) as served:
        assert not isinstance(await served.ask(ProcessorLoad), Unanswered)
        served.agent.behaviour.refuse_logins = True
        answer = await served.ask(ProcessorLoad)
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.REFUSED
        assert answer.why.text("en") == (
            "rt-core-1 refuses the SNMP user inspect: user name or keys are wrong; compare the "
            "file secrets/v3 with what rt-core-1 expects, then test it: lineguard check run "
            "--device rt-core-1"
        )


async def test_a_secret_that_is_missing_is_the_sites_to_mend(engine: EngineMaker) -> None:
    async with serving(vrp("sw-core-1"), secret="nowhere") as served:
        answer = await served.ask(ProcessorLoad)
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.NOT_CONFIGURED
        assert served.agent.datagrams == 0


async def test_an_agent_that_falls_silent_between_questions_is_too_slow_not_unreachable(
    engine: EngineMaker,
) -> None:
    def says(number: int, asked: list[tuple[int, ...]]) -> tuple[int, list[bytes]]:
        return 0, [row((*asked[0], 1), 9), row((1, 3, 7), 1)]

    async with odd(says) as (agent, port):
        sensor = device("rt-1", "router", snmp=snmp(port=port, secret="v2c", **QUICK))
        agent.silent_after = 1
        answer = await Served(agent, sensor).ask(ProcessorLoad)  # type: ignore[arg-type]
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.TIMED_OUT


async def test_an_endless_table_is_too_large(engine: EngineMaker) -> None:
    def says(_: int, asked: list[tuple[int, ...]]) -> tuple[int, list[bytes]]:
        start = asked[0] if len(asked[0]) > 11 else (*asked[0], 0)
        return 0, [row((*start[:-1], start[-1] + step), "x" * 8) for step in range(1, 41)]

    async with odd(says) as (agent, port):
        endless = device("sw-1", "switch", snmp=snmp(port=port, secret="v2c", timeout_s=4.0))
        answer = await Served(agent, endless).ask(Ports)  # type: ignore[arg-type]
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.TOO_LARGE
        assert agent.requests <= 126


async def test_an_answer_beyond_the_bound_is_too_large(engine: EngineMaker) -> None:
    ports = [f"GigabitEthernet0/0/{number}" for number in range(60)]
    async with serving(vrp("sw-core-1", ports=ports)) as served:
        served.answer_limit = 400
        answer = await served.ask(Ports)
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.TOO_LARGE


async def test_a_silent_device_is_a_reading_of_reachability(engine: EngineMaker) -> None:
    async with serving(room_sensor("room-1"), **QUICK) as served:
        alive = await served.read(Reachability)
        assert (alive.protocol, alive.sent, alive.answered) == ("snmp", 3, 3)
        assert alive.round_trip_ms is not None
        assert len(alive.exchanges) == 3
        served.agent.behaviour.silent = True
        dead = await served.read(Reachability)
        assert (dead.sent, dead.answered, dead.round_trip_ms) == (3, 0, None)
        visit = await served.visit(Reachability)
        assert not visit.contact.reached


@pytest.mark.parametrize(
    "says",
    [None, b"\x00" * 40, b"\x30\x84\xff\xff\xff\xff" * 100, b"hello\n"],
    ids=["an echo", "zeros", "lengths beyond all", "text"],
)
async def test_what_is_no_snmp_does_not_count_as_an_answer_to_a_probe(
    engine: EngineMaker, says: bytes | None
) -> None:
    async with raw(says) as port:
        one = Served(
            SnmpAgent(room_sensor("unused")),
            device("sw-1", snmp=snmp(port=port, **{"secret": "v2c", **QUICK})),
        )
        answer = await one.ask(Reachability)
    if isinstance(answer, Unanswered):
        assert answer.trouble is Trouble.GARBLED
    else:
        assert isinstance(answer, Reachability)
        assert answer.answered == 0


async def test_a_silent_v3_device_is_a_reading_of_reachability(engine: EngineMaker) -> None:
    async with serving(
        vrp("rt-core-1"), users=v3_users(), version="3", user="inspect", secret="v3", **QUICK
    ) as served:
        assert (await served.read(Reachability)).answered == 3
        served.agent.behaviour.silent = True
        assert (await served.read(Reachability)).answered == 0


async def test_control_characters_of_a_name_reach_no_sentence(engine: EngineMaker) -> None:
    data = vrp("sw-core-1")
    data.set_value(f"{oids.HW_FAN_DESC}.0.1", "\x1b[2J风扇\x07 {device}\n" + "x" * 500)
    async with serving(data) as served:
        reading = await served.read(PowerAndFans)
        name = reading.fans[0].name
        assert name.startswith("风扇 {device} x")
        assert name.isprintable()
        assert len(name) <= 64


@pytest.mark.parametrize("load", [101, -1, 2147483647])
async def test_a_load_that_cannot_be_is_no_reading(engine: EngineMaker, load: int) -> None:
    data = linux("file-1", cores=1)
    data.set_value(f"{oids.HR_PROCESSOR_LOAD}.196608", load)
    async with serving(data) as served:
        answer = await served.ask(HostLoad)
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.GARBLED


async def test_a_state_that_the_mib_does_not_have_is_no_reading(engine: EngineMaker) -> None:
    data = vrp("sw-core-1")
    data.set_value(f"{oids.HW_OPER_STATUS}.1101", 77)
    async with serving(data) as served:
        answer = await served.ask(Modules)
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.GARBLED


async def test_one_visit_opens_one_session_and_asks_each_table_once(engine: EngineMaker) -> None:
    async with serving(vrp("sw-core-1")) as served:
        visit = await served.visit(ProcessorLoad, Temperatures, Modules)
        assert visit.sessions == {"snmp": 1}
        asked = {tuple(one.asked for one in a.exchanges) for a in visit.answers.values()}
        assert len(asked) == 1
        assert served.agent.datagrams <= 4
