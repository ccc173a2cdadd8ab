"""Who acts: proven by the OS user or a PIN, and otherwise merely claimed."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.model import Person, Role
from inventory.people import Proof
from inventory.pins import hash_pin
from lineguard.cli import acting as desk
from lineguard.cli.acting import PIN_TRIES, acting, os_user
from lineguard.cli.asked import Asked
from lineguard.founding import found
from lineguard.refusals import Refused
from lineguard.wiring import Station
from tests.lineguard.homes import AT

PIN = "246810"
KEY = "ssh-ed25519 AAAA"
LIMIT_S = 60

OPERATOR = frozenset({Role.OPERATOR})
WANG = Person(name="wang", title="", roles=OPERATOR, pin_hash=hash_pin(PIN))
LIU = Person(name="刘洋", title="", roles=OPERATOR, public_key=KEY)
SELF = Person(name="zhang", title="", roles=OPERATOR, os_user=os_user())

ASK_ONCE = """
import os, sys
os.open(sys.argv[1], os.O_RDWR)  # a leader without a terminal gets the one it opens first
from inventory.people import load_people
from pathlib import Path
from lineguard.cli.acting import acting
from lineguard.cli.asked import Asked
people, _ = load_people(Path(sys.argv[2]))
print(acting(people, Asked(lang="en", person="wang")).as_json())
"""


def typing(monkeypatch: pytest.MonkeyPatch, *pins: str) -> Iterator[str]:
    """A person at a terminal who types these, and then ends the input."""
    waiting = iter(pins)

    def typed(_prompt: str) -> str:
        try:
            return next(waiting)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("getpass.getpass", typed)
    monkeypatch.setattr(desk, "at_terminal", lambda: True)
    return waiting


def by(person: str | None) -> Asked:
    return Asked(lang="en", person=person)


def test_the_os_user_acts_as_the_person_it_is_mapped_to() -> None:
    assert acting((SELF, WANG), by(None)).as_json() == {
        "name": "zhang", "proven": True, "how": "os_user",
    }  # fmt: skip


def test_an_os_user_of_nobody_is_an_account_and_not_proven() -> None:
    actor = acting((WANG,), by(None))
    assert actor.as_json() == {"name": f"os:{os_user()}", "proven": False, "how": "claimed"}


def test_the_os_user_is_never_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os_user()
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, "wang")
    assert os_user() == before != "wang"


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert os_user() == "#4000000000"


def test_a_pin_typed_at_the_terminal_proves_the_claimed_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typing(monkeypatch, PIN)
    actor = acting((WANG,), by("wang"))
    assert (actor.name, actor.proven, actor.how) == ("wang", True, Proof.PIN)
    assert capsys.readouterr().err == ""


def test_one_who_is_proven_by_the_os_user_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    left = typing(monkeypatch, PIN)
    assert acting((SELF,), by("zhang")).how is Proof.OS_USER
    assert list(left) == [PIN]


@pytest.mark.parametrize("wrong", [0, PIN_TRIES - 1])
def test_a_slip_or_two_are_forgiven(monkeypatch: pytest.MonkeyPatch, wrong: int) -> None:
    typing(monkeypatch, *["000000"] * wrong, PIN)
    assert acting((WANG,), by("wang")).proven


def test_three_wrong_pins_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = typing(monkeypatch, *["000000"] * PIN_TRIES, PIN)
    with pytest.raises(Refused, match="3 wrong PINs; wang is not proven"):
        acting((WANG,), by("wang"))
    assert list(left) == [PIN]
    assert capsys.readouterr().err == "that is not wang's PIN\n" * PIN_TRIES


def test_an_input_that_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    typing(monkeypatch)
    with pytest.raises(Refused, match="no PIN was given"):
        acting((WANG,), by("wang"))


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ("wang", "wang's PIN was not given"),
        ("刘洋", "刘洋 has only a key in people.yml, and proof by key is not offered yet"),
        ("chen", "nobody named “chen” is in people.yml"),
    ],
)
def test_without_a_terminal_a_name_is_recorded_as_claimed_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], person: str, why: str
) -> None:
    monkeypatch.setattr(desk, "at_terminal", lambda: False)
    actor = acting((WANG, LIU), by(person))
    assert actor.as_json() == {"name": person, "proven": False, "how": "claimed"}
    assert actor.shown().text("en") == f"{person} (claimed)"
    assert capsys.readouterr().err == f"{person} is recorded as claimed: {why}\n"


def test_a_name_that_is_no_name_is_refused() -> None:
    with pytest.raises(Refused, match="letters, digits"):
        acting((WANG,), by("os:root"))


def test_the_persons_of_a_home_act_whatever_its_devices_are_like(tmp_path: Path) -> None:
    home = found(tmp_path / "home", practice=False, at=AT).home
    home.people.write_text(f"people: {{me: {{roles: [operator], os_user: '{os_user()}'}}}}\n")
    (home.estate / "hosts.yml").write_text("[broken")
    assert Station(home).actor(by(None)).name == "me"
    home.people.unlink()
    assert Station(home).actor(by(None)).name == f"os:{os_user()}"


def test_a_pin_is_asked_at_the_terminal_though_stdin_is_none(tmp_path: Path) -> None:
    people = tmp_path / "people.yml"
    people.write_text(f"people: {{wang: {{roles: [operator], pin_hash: '{WANG.pin_hash}'}}}}\n")
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", ASK_ONCE, os.ttyname(theirs), str(people)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    try:
        assert "wang's PIN: " in prompted(ours)
        os.write(ours, PIN.encode() + b"\n")
        out, err = child.communicate(timeout=LIMIT_S)
    finally:
        child.kill()
        child.wait()
        os.close(ours)
        os.close(theirs)
    assert (out, err) == ("{'name': 'wang', 'proven': True, 'how': 'pin'}\n", "")


def prompted(terminal: int) -> str:
    """What is written on the terminal up to the colon of a prompt."""
    shown, deadline = b"", time.monotonic() + LIMIT_S
    while not shown.endswith(b": ") and time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            shown += os.read(terminal, 1024)
    return shown.decode()
