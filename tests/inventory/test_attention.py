"""What a device is watched for must be something that can be missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.attention import read_limits
from inventory.declared import Complaints, Value
from inventory.places import Place
from tests.inventory.homes import surveyed
from tests.inventory.test_devices import estate_of


@pytest.mark.parametrize(
    ("own", "line", "sentence"),
    [
        (
            "watch: {processes: [sshd, '']}",
            8,
            "lineguard.watch.processes[1] must name a process; “” matches every one",
        ),
        (
            "watch:\n  processes:\n    - '*'",
            10,
            "lineguard.watch.processes[0] must name a process; “*” matches every one",
        ),
        (
            "watch: {logs: ['/var/{nope}/x']}",
            8,
            "lineguard.watch.logs[0]: {nope} is not worked out here; write the path as it is",
        ),
    ],
)
def test_what_is_always_there_or_never_is_refused(
    tmp_path: Path, own: str, line: int, sentence: str
) -> None:
    _, problems = surveyed(estate_of(tmp_path, own))
    told = [one.sentence().text("en") for one in problems]
    assert told == [f"estate/hosts.yml:{line}: dev-1: {sentence}"]


def test_a_process_with_a_wildcard_is_one_that_can_be_missed(tmp_path: Path) -> None:
    assert surveyed(estate_of(tmp_path, "watch: {processes: ['mds*']}"))[1] == ()


@pytest.mark.parametrize(("day", "wrong"), [(0, 1), (1, 0), (28, 0), (29, 1), (99, 1)])
def test_the_day_for_passwords_is_one_that_every_month_has(day: int, wrong: int) -> None:
    complaints = Complaints(lambda _: Place(file="x", line=1, exact=True))
    parts = {"limits": Value({"password_due_day": day}, ("limits",), complaints)}
    read_limits(parts, frozenset({"password_due_day"}))
    assert len(complaints.found) == wrong
