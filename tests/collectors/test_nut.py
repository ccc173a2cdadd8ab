"""UPSs by NUT: the practice server speaks upsd's protocol to the product's own client."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from checks.verdict import Severity, State
from collectors.parsers.nut import NotNut, error_of, text_lines, ups_told, variables, words
from collectors.readings import Reachability, Trouble, Unanswered
from collectors.readings.power import Battery, Supply, UpsAlarms, UpsBattery, UpsLoad, UpsSupply
from collectors.ups_words import POWER
from inventory.model import Kind, Nut
from lab.behaviour import Behaviour
from lab.embedded.nut_server import NutData
from tests.collectors.nuts import SECRET, ServedUps, nut_ups
from tests.inventory.builders import device
from tests.witness import shown

PEER = "practice upsd (NUT)"


def told(ups: ServedUps) -> NutData:
    return ups.server.data


async def test_a_healthy_ups_is_normal_with_its_answer_as_evidence() -> None:
    async with nut_ups() as ups:
        judged = await ups.judged()
        assert {one.verdict.state for one in judged.values()} == {State.NORMAL}
        assert judged.keys() == {"supply", "battery", "load", "ups_alarms"}
        assert judged["battery"].verdict.sentence.text("en") == (
            "ups-1: the UPS battery is well; charge 100 %; it lasts 42 min; 24.5 °C"
        )
        for one in judged.values():
            shown(one, PEER)
            (exchange,) = one.exchanges
            assert exchange.asked == "LIST VAR room"
            assert b'VAR room ups.status "OL CHRG"' in exchange.answer


async def test_all_questions_are_one_connection_and_one_list() -> None:
    async with nut_ups() as ups:
        visit = await ups.visit(*POWER)
        assert ups.server.connections == 1
        assert ups.server.commands == ["LIST VAR room", "LOGOUT"]
        assert visit.sessions == {"nut": 1}


STATES = [
    ("OB DISCHRG", "supply", Severity.CRITICAL),
    ("OL BYPASS", "supply", Severity.WARNING),
    ("OFF", "supply", Severity.CRITICAL),
    ("OL LB", "battery", Severity.CRITICAL),
    ("OL FSD", "battery", Severity.CRITICAL),
    ("OL RB", "battery", Severity.WARNING),
    ("OL OVER", "load", Severity.CRITICAL),
    ("OL ALARM", "ups_alarms", Severity.WARNING),
]


@pytest.mark.parametrize(("status", "check", "severity"), STATES)
async def test_a_flag_is_one_finding_and_no_more(
    status: str, check: str, severity: Severity
) -> None:
    async with nut_ups() as ups:
        told(ups).set_status(status)
        judged = await ups.judged()
    assert judged[check].verdict.severity is severity
    others = {one.verdict.state for name, one in judged.items() if name != check}
    assert others <= {State.NORMAL, State.UNKNOWN}
    shown(judged[check], PEER)


@pytest.mark.parametrize(
    ("status", "supply"),
    [
        ("OL", Supply.MAINS),
        ("OL BOOST", Supply.BOOSTED),
        ("OL TRIM", Supply.TRIMMED),
        ("OL ECO", Supply.ECONOMY),
        ("OB CAL", Supply.TESTING),
        ("OB TEST", Supply.TESTING),
        ("OB", Supply.BATTERY),
        ("OB BYPASS", Supply.BYPASS),
        ("OL OB", None),
        ("WAIT", None),
        ("CHRG", None),
    ],
)
def test_the_flags_say_where_the_output_comes_from(status: str, supply: Supply | None) -> None:
    assert ups_told({"ups.status": status}).supply is supply


async def test_a_status_of_no_known_flag_is_unknown() -> None:
    async with nut_ups() as ups:
        told(ups).set_status("WAIT")
        one = shown((await ups.judged())["supply"], PEER)
    assert one.verdict.state is State.UNKNOWN
    assert "(WAIT)" in one.verdict.sentence.text("en")


async def test_an_alarm_is_told_in_the_drivers_words() -> None:
    async with nut_ups() as ups:
        told(ups).set_status("OL", "ALARM")
        told(ups).variables["ups.alarm"] = 'Fan "2" failure!'
        answer = await ups.ask(UpsAlarms)
    assert isinstance(answer, UpsAlarms)
    assert answer.alarms == ('Fan "2" failure!',)


async def test_what_is_not_told_is_unsupported_and_left_out() -> None:
    async with nut_ups() as ups:
        told(ups).variables = {"ups.model": "X"}
        judged = await ups.judged()
        assert judged.keys() == {"supply", "battery"}
        for one in judged.values():
            assert (one.verdict.state, one.trouble) == (State.UNKNOWN, Trouble.UNSUPPORTED)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("battery.charge", "1,000"),
        ("battery.charge", "101"),
        ("battery.charge", "-1"),
        ("battery.charge", "NaN"),
        ("battery.charge", "1e1"),
        ("battery.runtime", "-60"),
        ("battery.temperature", "999"),
        ("ups.load", ""),
    ],
)
async def test_a_number_that_cannot_be_meant_is_not_told(variable: str, value: str) -> None:
    async with nut_ups() as ups:
        told(ups).variables[variable] = value
        visit = await ups.visit(UpsBattery, UpsLoad)
        battery, load = visit.answers[UpsBattery], visit.answers[UpsLoad]
    assert isinstance(battery, UpsBattery) and isinstance(load, UpsLoad)
    found = {
        "battery.charge": battery.charge_percent,
        "battery.runtime": battery.runtime_minutes,
        "battery.temperature": battery.celsius,
        "ups.load": load.percent,
    }
    assert found[variable] is None


# --- logins and errors -------------------------------------------------------------------------


async def test_user_and_password_are_sent_where_the_site_names_them_and_shown_nowhere() -> None:
    async with nut_ups(login=("inspect", SECRET), user="inspect", secret="nut") as ups:
        visit = await ups.visit(UpsSupply)
        answer = visit.answers[UpsSupply]
        assert isinstance(answer, UpsSupply)
        assert ups.server.commands == ["USERNAME inspect", "PASSWORD", "LIST VAR room", "LOGOUT"]
        assert "pass" not in repr(visit)
        assert [one.asked for one in answer.exchanges] == [
            "USERNAME inspect",
            "PASSWORD",
            "LIST VAR room",
        ]


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("ACCESS-DENIED", Trouble.REFUSED),
        ("USERNAME-REQUIRED", Trouble.REFUSED),
        ("DATA-STALE", Trouble.UNREACHABLE),
        ("DRIVER-NOT-CONNECTED", Trouble.UNREACHABLE),
        ("VAR-NOT-SUPPORTED", Trouble.GARBLED),
        ("\x1b[2J", Trouble.GARBLED),
    ],
)
async def test_what_the_server_refuses_is_unknown_for_its_reason(
    code: str, trouble: Trouble
) -> None:
    async with nut_ups(NutData(error=code)) as ups:
        judged = await ups.judged()
    assert {(one.verdict.state, one.trouble) for one in judged.values()} == {
        (State.UNKNOWN, trouble)
    }
    shown(judged["supply"], PEER)
    assert judged["supply"].verdict.sentence.text("zh").isprintable()


async def test_a_ups_of_another_name_is_the_sites_to_mend_and_says_the_right_ones() -> None:
    async with nut_ups(ups="rom") as ups:
        answer = await ups.ask(UpsSupply)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.NOT_CONFIGURED
    assert answer.why.text("en") == (
        "ups-1: the NUT server knows no UPS rom, but room; write the right name under "
        "lineguard.nut.ups"
    )


async def test_a_secret_that_is_not_there_is_the_sites_to_mend() -> None:
    async with nut_ups(user="inspect", secret="nowhere") as ups:
        answer = await ups.ask(UpsSupply)
        assert ups.server.connections == 0
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.NOT_CONFIGURED


# --- silence and nonsense ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "trouble"),
    [
        (Behaviour(silent=True), Trouble.UNREACHABLE),
        (Behaviour(delay_s=30), Trouble.TIMED_OUT),
        (Behaviour(cut_after=40), Trouble.TIMED_OUT),
        (Behaviour(garbage=True), Trouble.GARBLED),
        (Behaviour(refuse_logins=True), Trouble.REFUSED),
    ],
)
async def test_a_server_that_misbehaves_is_never_normal(
    behaviour: Behaviour, trouble: Trouble
) -> None:
    async with nut_ups(behaviour=behaviour, timeout_s=0.4) as ups:
        judged = await ups.judged()
    assert {(one.verdict.state, one.trouble) for one in judged.values()} == {
        (State.UNKNOWN, trouble)
    }
    shown(judged["battery"], PEER)


async def test_a_flood_is_cut_off() -> None:
    begun = Behaviour(cut_after=len("BEGIN LIST VAR room\n"))
    async with nut_ups(behaviour=begun, timeout_s=10.0) as ups:
        ups.server.floods = True
        answer = await ups.ask(UpsSupply)
        ups.server.floods = False
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.TOO_LARGE


async def test_evidence_keeps_to_its_bound() -> None:
    async with nut_ups() as ups:
        ups.answer_limit = 100
        answer = await ups.ask(UpsSupply)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.TOO_LARGE
    assert sum(len(one.answer) for one in answer.exchanges) <= 100


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[ServedUps]:
    """A peer that sends this and hangs up, whatever it is asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    how = Nut(ups="room", port=port, timeout_s=2.0)
    try:
        async with nut_ups() as ups:
            ups.device = device("ups-1", Kind.UPS, nut=how)
            yield ups
    finally:
        server.close()
        await server.wait_closed()


STATUS = b'VAR room ups.status "OL"\n'
BEGIN, END = b"BEGIN LIST VAR room\n", b"END LIST VAR room\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        BEGIN + STATUS,
        BEGIN + STATUS + END[:-1],
        STATUS + END,
        BEGIN + STATUS + b"END LIST VAR other\n",
        b"BEGIN LIST VAR other\n" + STATUS + END,
        BEGIN + b'VAR other ups.status "OL"\n' + END,
        BEGIN + STATUS + STATUS + END,
        BEGIN + b'VAR room ups.status "OL\n' + END,
        BEGIN + b"VAR room ups.status\n" + END,
        BEGIN + b'VAR room ups.status "\xff\xfe"\n' + END,
        BEGIN + b"x " * 20 + b"\n" + END,
        b"OK\n",
        b"<html>\n",
    ],
    ids=lambda one: repr(one)[:40],
)
async def test_an_answer_that_is_no_list_is_garbled(answer: bytes) -> None:
    async with saying(answer) as ups:
        said = await ups.ask(UpsSupply)
    assert isinstance(said, Unanswered)
    assert said.trouble is Trouble.GARBLED


async def test_the_control_of_the_test_above_is_understood() -> None:
    async with saying(BEGIN + STATUS + END) as ups:
        said = await ups.ask(UpsSupply)
    assert isinstance(said, UpsSupply)
    assert said.supply is Supply.MAINS


async def test_it_is_reached_by_its_port_and_missed_without_it() -> None:
    async with nut_ups() as ups:
        answer = await ups.ask(Reachability)
        assert isinstance(answer, Reachability)
        assert answer.answered == answer.sent
        ups.server.behaviour.silent = True
        await ups.server.apply()
        answer = await ups.ask(Reachability)
        assert isinstance(answer, Reachability)
        assert answer.answered == 0


async def test_a_host_that_is_no_name_is_unreachable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        how = Nut(ups="room", port=closed.getsockname()[1], timeout_s=0.5)
        async with nut_ups() as ups:
            for address in ("127.0.0.1", "a..b"):
                ups.device = device("ups-1", Kind.UPS, address=address, nut=how)
                said = await ups.ask(UpsSupply)
                assert isinstance(said, Unanswered)
                assert said.trouble is Trouble.UNREACHABLE


# --- the parser --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('VAR a b "c d"', ["VAR", "a", "b", "c d"]),
        (r'a "q\"u\\o" b', ["a", 'q"u\\o', "b"]),
        ('a ""', ["a", ""]),
        ("", []),
        ("  a   b ", ["a", "b"]),
        ("a\x1b[2Jb\u202e", ["a[2Jb"]),
        ('"' + "x" * 500 + '"', ["x" * 200]),
    ],
)
def test_words_are_unquoted_printable_and_bounded(line: str, found: list[str]) -> None:
    assert words(line) == found


@pytest.mark.parametrize("line", ['"', 'a "b', r'"a\"', '"a\\', "a " * 17])
def test_a_line_that_cannot_be_parted_is_refused(line: str) -> None:
    with pytest.raises(NotNut):
        words(line)


def test_lines_may_end_as_they_do_on_windows() -> None:
    lines = text_lines((BEGIN + STATUS + END).replace(b"\n", b"\r\n"))
    assert variables(lines, "room") == {"ups.status": "OL"}
    assert error_of(["ERR DATA-STALE more"]) == "DATA-STALE"
    assert error_of(["OK"]) is None


def test_a_battery_without_a_flag_has_no_state() -> None:
    assert ups_told({"ups.status": "OFF"}).battery is None
    assert ups_told({"ups.status": "OL"}).battery is Battery.NORMAL
