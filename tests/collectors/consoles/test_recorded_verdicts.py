"""Recorded outputs of real devices, through the real judges: as expected when whole, and never
normal when cut short, empty, out of order or garbage. They are no part of this repository.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import yaml

from checks.catalogue import item
from checks.judging import Judgement, judge_item
from checks.verdict import State
from collectors.consoles import vrp, vrp_parts, vrp_state
from collectors.consoles.transcript import lines_of
from collectors.readings import Modules, Ports, Reading, Temperatures
from collectors.visitor import Visitor
from inventory.model import Device, Watch
from lab.embedded.console_server import Terminal
from lab.embedded.vrp_console import VrpConsole
from tests.collectors.practice import Remembered, host_key, means, trusted
from tests.fuzz import consoles
from tests.fuzz.mutation import noise, nothing
from tests.inventory.builders import cli, device
from tests.tiers import SEED, count

CASES: Final = Path(__file__).parents[3] / "../shared/recordings/cli/tests"
RECORDED: Final = tuple(sorted(CASES.rglob("*.raw")))
NUMBER: Final = 53

pytestmark = pytest.mark.skipif(not RECORDED, reason="the recordings are not beside this checkout")


@dataclass(frozen=True)
class Covered:
    """A recording of a command that is sent, and the reading that it is an answer for."""

    name: str
    reading: type[Reading]
    check: str

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        (found,) = CASES.rglob(f"{self.name}.raw")
        return found

    @property
    def command(self) -> str:
        return self.path.parent.name.replace("_", " ")

    @property
    def raw(self) -> bytes:
        """As the console sends it before its prompt: with its last line ended."""
        return self.path.read_bytes().rstrip(b"\n") + b"\n"

    @property
    def expected(self) -> list[dict[str, str]]:
        text = self.path.with_suffix(".yml").read_text("utf-8")
        parsed: list[dict[str, str]] = yaml.safe_load(text)["parsed_sample"]
        return parsed


BOARDS: Final = Covered("huawei_vrp_display_device", Modules, "modules")
CARDS: Final = Covered("huawei_vrp_display_device_card", Modules, "modules")
PORTS: Final = Covered("huawei_vrp_display_interface_brief", Ports, "ports")
SENSORS: Final = Covered("huawei_vrp_display_temperature", Temperatures, "temperatures")
COVERED: Final = (BOARDS, CARDS, PORTS, SENSORS)


def test_of_the_recordings_these_are_answers_to_commands_that_are_sent() -> None:
    sent = {f"huawei_vrp/{command.replace(' ', '_')}" for command in vrp.COMMANDS}
    found = [one.stem for one in RECORDED if str(one.parent.relative_to(CASES)) in sent]
    assert len(RECORDED) == NUMBER
    assert found == [one.name for one in COVERED]


# --- whole: the expected values, all of them ---------------------------------------------------


@pytest.mark.parametrize("case", [BOARDS, CARDS], ids=str)
def test_every_board_has_the_expected_name_and_state(case: Covered) -> None:
    told = vrp_parts.boards(lines_of(case.raw))
    assert [(one.name, one.present, one.healthy) for one in told] == [
        (_slot(row), row["online_status"] == "Present", row["alarm_status"] == "Normal")
        for row in case.expected
    ]


def _slot(row: dict[str, str]) -> str:
    card = "" if row["card"] == "-" else f"/{row['card']}"
    return f"{row['slot']}{card} {row['pid']}"


def test_every_port_has_the_expected_name_and_state() -> None:
    told = vrp_state.ports(lines_of(PORTS.raw))
    assert [(one.name, one.oper_up) for one in told] == [
        (row["interface"].partition("(")[0], row["phy"] == "up") for row in PORTS.expected
    ]


def test_every_sensor_has_the_expected_temperature() -> None:
    told = vrp_parts.temperatures(lines_of(SENSORS.raw))
    expected = [(row["pcb"], float(row["temperature"])) for row in SENSORS.expected]
    assert [degrees for _, degrees in told] == [degrees for _, degrees in expected]
    assert all(pcb in name for (name, _), (pcb, _) in zip(told, expected, strict=True))


# --- whole and cut, from a console that listens ------------------------------------------------


class RecordedConsole(VrpConsole):
    """Prints a recording for its command, and refuses every other."""

    case: Covered

    async def _print(self, terminal: Terminal, lines: list[str], *, paged: bool) -> None:
        if lines and self.commands and self.commands[-1] == self.case.command:
            printed = self.case.raw.replace(b"\n", b"\r\n")
            await self.answer(terminal, printed + self._prompt())
        else:
            await super()._print(terminal, lines, paged=paged)


@dataclass
class Served:
    """A device that prints a recording."""

    console: RecordedConsole
    known_hosts: Path

    def device(self) -> Device:
        """With limits and watched ports that the recording is well within."""
        watch = Watch(ports=("GigabitEthernet15/1/0",))
        access = cli(port=self.console.port, timeout_s=0.6)
        return device("rt-1", "router", cli=access, watch=watch, limits={"temperature_c": 90.0})

    async def judged(self) -> Judgement:
        target, case = self.device(), self.console.case
        visitor = Visitor({target.name: target}, means(self.known_hosts))
        wanted = frozenset(check.reads for check in item("M44").checks)
        visit = await visitor.visit(target.name, wanted, Remembered())
        judged = {one.check: one for one in judge_item(item("M44"), target, visit)}
        return judged[case.check]


@pytest.fixture(params=COVERED, ids=str)
async def served(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Served]:
    key = host_key(tmp_path)
    console = RecordedConsole(host_key=key, user="inspect", password="inspect-pw")
    console.case = request.param
    console.data.unknown_commands = set(vrp.COMMANDS)
    await console.start("127.0.0.1", 0)
    try:
        yield Served(console, trusted(tmp_path, console.port, key))
    finally:
        await console.stop()


async def test_a_whole_recording_is_normal_and_one_cut_anywhere_is_unknown(served: Served) -> None:
    """Cut between two lines as well: then its prompt is what is missing."""
    whole = await served.judged()
    assert whole.verdict.state is State.NORMAL, whole.verdict.sentence.text("en")
    raw = served.console.case.raw.replace(b"\n", b"\r\n")
    chance = random.Random(SEED)  # noqa: S311
    ends = [at + 1 for at, byte in enumerate(raw) if byte == ord("\n")]
    for cut in chance.sample(ends, 1) + chance.sample(range(1, len(raw)), count(1, 60)):
        served.console.behaviour.cut_after = cut
        judged = await served.judged()
        assert judged.verdict.state is State.UNKNOWN, (cut, judged.verdict.sentence.text("en"))


# --- spoilt, by the parser and the judge -------------------------------------------------------


def states(raw: bytes) -> Iterator[State | None]:
    """By every part of every question that a VRP is asked."""
    for question in vrp.QUESTIONS.values():
        for part in range(len(question.parts)):
            yield consoles._looking(question, part)(raw)


@pytest.mark.parametrize("case", COVERED, ids=str)
def test_an_empty_or_garbled_answer_is_never_normal(case: Covered) -> None:
    chance = random.Random(SEED)  # noqa: S311
    for _ in range(count(30, 3_000)):
        for spoilt in (noise(chance, case.raw), nothing(chance, case.raw)):
            assert State.NORMAL not in states(spoilt), spoilt


@pytest.mark.parametrize("case", COVERED, ids=str)
def test_lines_out_of_order_are_never_normal(case: Covered) -> None:
    """A heading stands above its table: wherever else it stands, nothing is read."""
    lines = case.raw.splitlines(keepends=True)
    assert State.NORMAL not in states(b"".join(reversed(lines)))
    heading = next(at for at, line in enumerate(lines) if line.startswith(HEADINGS))
    chance = random.Random(SEED)  # noqa: S311
    for _ in range(count(30, 3_000)):
        others = lines[:heading] + lines[heading + 1 :]
        chance.shuffle(others)
        last = len(others) - chance.randrange(len(others) // 4 + 1)
        shuffled = [*others[:last], lines[heading], *others[last:]]
        for state in states(b"".join(shuffled)):
            assert state is not State.NORMAL or _rows_only(case, shuffled), shuffled


HEADINGS: Final = (b"Slot", b"Slot/Card", b"Interface  ", b"PCB")


def _rows_only(case: Covered, lines: list[bytes]) -> bool:
    """Do all rows still stand below the heading? Then the same is told in another order."""
    heading = next(at for at, line in enumerate(lines) if line.startswith(HEADINGS))
    names = [str(row.get("pid") or row.get("interface") or row.get("pcb")) for row in case.expected]
    above = b"".join(lines[:heading])
    return not any(name.encode() in above for name in names)


UNCOVERED: Final = [one for one in RECORDED if one.stem not in {case.name for case in COVERED}]


@pytest.mark.parametrize("path", UNCOVERED, ids=lambda path: path.stem)
def test_the_answer_to_another_command_is_never_normal(path: Path) -> None:
    assert State.NORMAL not in states(path.read_bytes().rstrip(b"\n") + b"\n")


def test_the_control_whole_recordings_are_normal() -> None:
    assert all(State.NORMAL in states(one.raw) for one in (BOARDS, CARDS))
    assert State.ABNORMAL in states(SENSORS.raw)  # 55 °C are too many for a router
