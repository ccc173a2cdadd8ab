"""How many messages were in hand, told by the file that a killed process left."""

from __future__ import annotations

import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.intake.model import Receiver
from collectors.intake.tally import CELLS, MARK, Left, Tally
from tests.tiers import count

TRAPS, SYSLOG, WEB = Receiver.TRAPS, Receiver.SYSLOG, Receiver.WEB
ROOT = Path(__file__).parents[3]
WORKER = """
import sys
from pathlib import Path
from collectors.intake.model import Receiver
from collectors.intake.tally import Tally
tally = Tally(Path(sys.argv[1]))
tally.begin()
for _ in range(int(sys.argv[2])):
    tally.received(Receiver.SYSLOG)
tally.settled({Receiver.SYSLOG: 1000})
print("ready", flush=True)
sys.stdin.read()
"""


def begun(path: Path) -> Tally:
    tally = Tally(path)
    tally.begin()
    return tally


def left(path: Path) -> Left | None:
    tally = Tally(path)
    tally.close()
    return tally.left


def test_a_file_that_is_new_or_was_ended_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tally"
    assert left(path) is None
    tally = begun(path)
    tally.received(TRAPS)
    tally.settled({TRAPS: 1})
    tally.end()
    tally.close()
    tally.close()
    assert left(path) is None


def test_what_was_in_hand_is_left_behind_until_it_is_on_record(tmp_path: Path) -> None:
    path = tmp_path / "tally"
    tally = begun(path)
    for receiver in (TRAPS, TRAPS, TRAPS, SYSLOG, WEB):
        tally.received(receiver)
    tally.settled({TRAPS: 1, WEB: 1})
    tally.close()
    assert left(path) == left(path) == Left({TRAPS: 2, SYSLOG: 1}, True)
    begun(path).close()
    assert left(path) == Left({}, True), "it was open, and all is settled"


def test_what_comes_before_it_begins_is_in_hand_already(tmp_path: Path) -> None:
    path = tmp_path / "tally"
    first = begun(path)
    first.received(TRAPS)
    first.close()
    second = Tally(path)
    second.received(SYSLOG)
    second.begin()
    second.received(TRAPS)
    second.settled({SYSLOG: 1})
    second.close()
    assert left(path) == Left({TRAPS: 1}, True)


def test_what_was_given_up_at_the_end_is_left_behind_too(tmp_path: Path) -> None:
    path = tmp_path / "tally"
    tally = begun(path)
    tally.received(TRAPS)
    tally.end()
    tally.close()
    assert left(path) == Left({TRAPS: 1}, True)


def test_after_the_system_was_started_anew_the_number_is_not_known(tmp_path: Path) -> None:
    path, boot = tmp_path / "tally", tmp_path / "boot_id"
    boot.write_text("one", encoding="ascii")
    tally = Tally(path, boot)
    tally.begin()
    tally.received(TRAPS)
    tally.close()
    boot.write_text("two", encoding="ascii")
    again = Tally(path, boot)
    assert again.left == Left({}, False)
    again.begin()
    again.end()
    again.close()
    assert Tally(path, boot).left is None


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", None), (b"x", Left({}, False)), (b"\xff" * 4_096, Left({}, False))],
)
def test_a_file_of_another_form_is_begun_anew(
    tmp_path: Path, content: bytes, told: Left | None
) -> None:
    path = tmp_path / "tally"
    path.write_bytes(content)
    assert left(path) == told
    begun(path).close()
    assert left(path) == Left({}, True)


def test_a_process_that_is_killed_leaves_the_exact_number(tmp_path: Path) -> None:
    for times in range(1_001, 1_001 + count(1, 20)):
        path = tmp_path / f"tally-{times}"
        with subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path), str(times)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as worker:  # fmt: skip
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"ready\n"
            worker.send_signal(signal.SIGKILL)
        assert left(path) == Left({SYSLOG: times - 1_000}, True)


@pytest.mark.parametrize(
    "cells",
    [
        (MARK, 1, 0, 2**64 - 5, 3),  # more than anybody ever had in hand
        (MARK, 1, 0, 3, 2**64 - 5),  # more stored than came
        (MARK, 1, 0, 2**64 - 1, 2**64 - 1),  # the next message would not fit
        (MARK + 1, 1, 0, 5, 0),  # not of ours
    ],
)
def test_a_damaged_file_tells_no_number_and_is_begun_anew(
    tmp_path: Path, cells: tuple[int, ...]
) -> None:
    path = tmp_path / "tally"
    path.write_bytes(struct.pack(f"={CELLS}Q", *cells, *[0] * (CELLS - len(cells))))
    tally = Tally(path)
    assert tally.left == Left({}, known=False)
    tally.begin()
    tally.received(TRAPS)
    tally.close()
    assert left(path) == Left({TRAPS: 1}, known=True)
