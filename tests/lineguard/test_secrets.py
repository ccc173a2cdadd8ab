"""`lineguard secrets` on the practice site: real logins, real playbooks, real kills; and nowhere a
password where none belongs."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checks.catalogue import item
from checks.judging import Judgement
from checks.verdict import Severity, State
from inventory.logins import PasswordLogin, password_logins
from inventory.secrets import SecretStore
from lab.embedded.client import LabClient
from lineguard.home import Home
from lineguard.wiring import Station
from maintenance.looks import Call, look
from maintenance.memory import Remembered
from playbooks.logins import Answer
from tests.lab.practice import eventually, now, practice_station
from tests.lineguard.password_worker import ACTOR
from tests.tiers import SOAK
from tests.witness import shown

ROOT = Path(__file__).parents[2]
ONE_OF_EACH = {
    "app-1": "ssh",
    "rt-core-1": "cli",
    "db-1": "postgres",
    "db-dr-1": "oracle",
    "file-2": "winssh",
}
GATEWAY = "gw-1960-1"
PEERS = {
    "app-1": "practice host (SSH)",
    "rt-core-1": "practice console (VRP)",
    "db-1": "PostgreSQL",
    "db-dr-1": "practice Oracle listener",
    "file-2": "practice Windows host (SSH)",
    GATEWAY: "practice console (U1900)",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A practice home whose site is up; whoever runs the tests is its supervisor."""
    with practice_station(tmp_path_factory.mktemp("passwords") / "home") as station:
        people = station.home.people
        account = pwd.getpwuid(os.getuid()).pw_name
        text = people.read_text(encoding="utf-8")
        mark = "    title: 技术主管\n"
        people.write_text(text.replace(mark, f"{mark}    os_user: {account}\n"), encoding="utf-8")
        LabClient(station.home.root).up()
        yield station.home


def lineguard(home: Home, *arguments: str, person: str | None = None) -> Ran:
    """The command line, as a process of its own, watched while it runs."""
    who = () if person is None else ("--as", person)
    command = [sys.executable, "-m", "lineguard", "--home", str(home.root), "--lang", "en"]
    watcher = Watcher()
    with watcher.watching():
        ran = subprocess.run(
            [*command, *who, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr, frozenset(watcher.seen))


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str
    seen: frozenset[bytes]


@dataclass
class Watcher:
    """What anybody on the machine could see of its processes: arguments, and for good measure
    environments, and the files that playbooks leave in /tmp."""

    seen: set[bytes] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)

    def watching(self) -> Watcher:
        return self

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    for what in ("cmdline", "environ"):
                        self._take(process / what)
            for playbook in Path(tempfile.gettempdir()).glob("lineguard-playbook-*"):
                for folder, _, files in os.walk(playbook):  # what vanishes meanwhile is passed by
                    for name in files:
                        if Path(folder, name).is_file():
                            self._take(Path(folder, name))

    def _take(self, path: Path) -> None:
        try:
            self.seen.add(path.read_bytes())
        except OSError:
            return


def logins(home: Home, *devices: str) -> list[PasswordLogin]:
    estate = Station(home).estate
    return [one for name in devices for one in password_logins(estate.device(name))]


def secret(home: Home, login: PasswordLogin) -> str:
    return SecretStore(home.secrets, {}).secret(login.secret)


async def answer(home: Home, login: PasswordLogin, password: str) -> Answer:
    station = Station(home)
    prover = station.password_desk(ACTOR).change.prover
    device = station.estate.device(login.device)
    return (await prover.attempt(device, login, password)).answer


async def looked(home: Home, device: str) -> Judgement:
    """M48 of one device, as a round judges it."""
    station = Station(home)
    call = Call(device=station.estate.device(device), items=(item("M48"),))
    seen = await look(station.visitor, call, Remembered({}), now)
    return shown(seen.judgements[0], peer=PEERS[device])


async def test_every_kind_is_changed_and_proven_and_nothing_of_it_can_be_read_anywhere(
    home: Home,
) -> None:
    before = {one.shown: secret(home, one) for one in logins(home, *ONE_OF_EACH)}
    for device in ONE_OF_EACH:
        assert (await looked(home, device)).verdict.state is State.UNKNOWN
    chosen = [f"--device={one}" for one in ONE_OF_EACH]
    rehearsed = lineguard(home, "secrets", "rotate", "--dry-run", *chosen)
    assert (rehearsed.status, rehearsed.out.count(": ready")) == (0, len(before)), rehearsed.out
    assert before == {one.shown: secret(home, one) for one in logins(home, *ONE_OF_EACH)}
    ran = lineguard(home, "--json", "secrets", "rotate", "--yes", *chosen)
    assert ran.status == 0, ran.out + ran.err
    assert {one["stage"] for one in json.loads(ran.out)} == {"done"}
    for login in logins(home, *ONE_OF_EACH):
        new = secret(home, login)
        assert new != before[login.shown]
        assert await answer(home, login, new) is Answer.LET_IN
        assert await answer(home, login, before[login.shown]) is Answer.REFUSED
    for device in ONE_OF_EACH:
        judged = await looked(home, device)
        assert judged.verdict.state is State.NORMAL, judged.verdict.sentence.text("en")
    after = [secret(home, one) for one in logins(home, *ONE_OF_EACH)]
    every = [*before.values(), *after]
    assert not any(value in ran.out + ran.err for value in every)
    assert not any(value.encode() in one for one in ran.seen for value in every)
    assert found_in_files(home, every) == ""
    assert "lineguard.db" in found_in_files(home, ["stored_new"])


SCAN = """
import sys
from pathlib import Path
values = [one.encode() for one in sys.stdin.read().split()]
for file in Path(sys.argv[1]).rglob("*"):
    if file.is_file() and file.parent.name != "secrets":
        content = file.read_bytes()
        if any(value in content for value in values):
            print(file)
"""


def found_in_files(home: Home, values: list[str]) -> str:
    """The files of the home, but its secrets, that hold one of these. Read by another process: to
    close a file of SQLite's here would give up the locks that our own connections hold on it."""
    return subprocess.run(
        [sys.executable, "-c", SCAN, str(home.root)], input="\n".join(values),
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def test_the_watcher_would_see_a_password_in_an_argument() -> None:
    watcher = Watcher()
    with watcher.watching():
        subprocess.run([sys.executable, "-c", "import time; time.sleep(0.5)", "hunter-two"])
    assert any(b"hunter-two" in one for one in watcher.seen)


def test_only_a_supervisor_may(home: Home) -> None:
    ran = lineguard(home, "secrets", "rotate", "--yes", "--device=app-2", person="陈静")
    assert ran.status == 1
    assert "is for a supervisor" in ran.err


def test_nothing_is_changed_without_a_yes(home: Home) -> None:
    before = [secret(home, one) for one in logins(home, "app-2")]
    ran = lineguard(home, "secrets", "rotate", "--device=app-2")
    assert ran.status == 1
    assert "it was not confirmed" in ran.err
    assert [secret(home, one) for one in logins(home, "app-2")] == before


async def test_what_a_person_has_to_set_waits_and_says_so(home: Home) -> None:
    ran = lineguard(home, "secrets", "rotate", "--yes", f"--device={GATEWAY}")
    assert ran.status == 1
    assert "by hand" in ran.out
    assert (await looked(home, GATEWAY)).verdict.state is State.UNKNOWN
    assert lineguard(home, "secrets", "resume").status == 1
    given_up = lineguard(home, "secrets", "resume", "--abandon", f"--device={GATEWAY}")
    assert given_up.status == 0, given_up.out
    assert lineguard(home, "secrets", "resume").out.strip() == (
        "no change of a password is left to settle"
    )


def start(home: Home, device: str, step: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.lineguard.password_worker", str(home.root), device,
         str(step)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("turn", range(len(ONE_OF_EACH)))
async def test_killed_at_every_step_the_live_password_is_known_to_the_store(
    home: Home, turn: int
) -> None:
    """Every step is one that some kind of device was killed at; in soak, all kinds at all."""
    device, name = [*ONE_OF_EACH.items()][turn]
    login = next(one for one in logins(home, device) if one.name == name)
    first, stride = (1, 1) if SOAK else (turn + 1, len(ONE_OF_EACH))
    step, killed = first, 0
    while True:
        child = start(home, device, step)
        told = child.communicate(timeout=120)[0]
        if child.returncode != -signal.SIGKILL:
            break
        killed += 1
        await resume(home)
        at = told.splitlines()[-1]
        assert await answer(home, login, secret(home, login)) is Answer.LET_IN, at
        assert not [one.name for one in home.secrets.iterdir() if "+" in one.name], at
        step += stride
    assert killed >= (10 if SOAK else 2)


async def resume(home: Home) -> None:
    desk = Station(home).password_desk(ACTOR)
    for standing in await desk.resume(frozenset(), lambda _: None):
        assert standing.stage in ("done", "rolled_back"), standing.why.text("en")


async def test_half_done_is_critical_until_it_is_settled(home: Home) -> None:
    child = start(home, "app-1", 4)
    child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL
    judged = await looked(home, "app-1")
    assert (judged.verdict.state, judged.verdict.severity) == (State.ABNORMAL, Severity.CRITICAL)
    assert "lineguard secrets resume" in judged.verdict.sentence.text("en")
    assert lineguard(home, "secrets", "resume").status == 0
    assert (await looked(home, "app-1")).verdict.state is State.NORMAL


async def test_a_playbook_that_outlives_its_starter_is_waited_for(home: Home) -> None:
    """Killed while the module speaks to the device: what it still does is seen before anything is
    decided."""
    login = logins(home, "app-2")[0]
    child = start(home, "app-2", 0)
    locks = home.data / "locks"
    assert eventually(lambda: _worked_on(locks / "changing.app-2.lock"), 60)
    child.kill()
    child.communicate()
    await resume(home)
    assert await answer(home, login, secret(home, login)) is Answer.LET_IN


def _worked_on(lock: Path) -> bool:
    """Does somebody hold it?"""
    if not lock.exists():
        return False
    with lock.open("r+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def test_the_next_round_and_a_restarted_site_use_the_new_password(home: Home) -> None:
    lab = LabClient(home.root)
    lab.down()
    lab.up()
    for login in logins(home, *ONE_OF_EACH):
        assert await answer(home, login, secret(home, login)) is Answer.LET_IN, login.shown
