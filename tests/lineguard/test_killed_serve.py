"""The daemon, killed at random moments while people are to be told: whoever was to be told is told,
what is said twice has the same key, and no clock is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from checks.verdict import Severity
from incidents.model import Finding
from lineguard import clock
from lineguard.duty import own_incidents
from lineguard.founding import found
from lineguard.home import Home
from lineguard.wiring import Station
from phrases import say
from tests.tiers import SEED, count

SCRIPT: Final = Path(sys.executable).with_name("lineguard")
ENVIRONMENT: Final = {
    "PATH": os.environ["PATH"], "LINEGUARD_LANG": "en", "HOME": "/nonexistent",
    "no_proxy": "127.0.0.1",
}  # fmt: skip
LIMIT_S: Final = 180.0
POLL_S: Final = 0.05


@dataclass
class Phone:
    """Takes JSON messages on a port of its own, slowly enough to be killed in the middle."""

    heard: list[str] = field(default_factory=list)
    port: int = 0

    def take(self, text: str) -> None:
        self.heard.append(text)

    def by_key(self) -> dict[str, set[str]]:
        """The texts that came under each key; the key stands at the end, in brackets."""
        texts = defaultdict[str, set[str]](set)
        for text in self.heard:
            texts[text.rpartition("[")[2].rstrip("]\n ")].add(text)
        return texts


@pytest.fixture
def phone() -> Iterator[Phone]:
    taken = Phone()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            taken.take(str(body["message"]))
            time.sleep(random.Random(len(taken.heard)).uniform(0.0, 0.3))  # noqa: S311
            try:
                self.send_response(200)
                self.end_headers()
            except OSError:
                return  # whoever sent it was killed meanwhile

        def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        taken.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield taken
        server.shutdown()
        thread.join(LIMIT_S)


@dataclass(slots=True)
class Site:
    """A home whose people are all reached over one phone."""

    root: Path

    def fault(self, number: int) -> None:
        """Something happens that somebody is to be told of."""
        station = Station(Home(self.root))
        finding = Finding(
            cause=f"self:test-{number}", severity=Severity.CRITICAL, sentence=say("x")
        )
        with closing(station.store), station.store.write() as tx:
            own_incidents(station).declare(tx, finding, clock.now(), "test")

    def start(self, **environment: str) -> subprocess.Popen[str]:
        line = [str(SCRIPT), "serve", "--quiet", "--home", str(self.root)]
        return subprocess.Popen(
            line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**ENVIRONMENT, **environment},
        )  # fmt: skip

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.root / "data" / "lineguard.db")) as database:
            return database.execute(sql).fetchall()

    def untold(self) -> int:
        """Faults of the test of which nobody was told yet."""
        (row,) = self.ask(
            "SELECT count(*) FROM incident WHERE cause LIKE 'self:test-%' AND NOT EXISTS"
            " (SELECT 1 FROM page WHERE page.incident = incident.id AND page.state = 'sent')"
        )
        return int(row[0])

    def proven(self) -> bool:
        line = [str(SCRIPT), "log", "verify", "--json", "--home", str(self.root)]
        told = subprocess.run(
            line, capture_output=True, text=True, timeout=LIMIT_S, env=ENVIRONMENT, check=False
        )
        return bool(json.loads(told.stdout)["valid"])


@pytest.fixture
def site(tmp_path: Path, phone: Phone) -> Site:
    root = found(tmp_path / "home", True, clock.now()).home.root
    people = yaml.safe_load((root / "people.yml").read_text(encoding="utf-8"))
    for person in people["people"].values():
        person["channels"] = {"phone": "x"}
    (root / "people.yml").write_text(yaml.safe_dump(people, allow_unicode=True), encoding="utf-8")
    settings = root / "lineguard.toml"
    more = f'\n[channels.phone]\nurl = "json://127.0.0.1:{phone.port}/"\n[serve]\naddress = ""\n'
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    return Site(root)


def kill(child: subprocess.Popen[str], after_s: float) -> None:
    """Kill -9 that long after it began: it must not have ended by itself."""
    try:
        said = child.communicate(timeout=after_s)[1]
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        said = child.communicate(timeout=LIMIT_S)[1]
    assert child.returncode == -signal.SIGKILL, said


def all_told(site: Site, child: subprocess.Popen[str]) -> float:
    """How long it takes until nobody is untold, of a daemon that nobody disturbs; it then ends as
    it is told to."""
    began = time.monotonic()
    while site.untold():
        assert child.poll() is None, child.stderr and child.stderr.read()
        assert time.monotonic() - began < LIMIT_S
        time.sleep(POLL_S)
    took = time.monotonic() - began
    child.send_signal(signal.SIGTERM)
    said = child.communicate(timeout=LIMIT_S)[1]
    assert child.returncode == 0, said
    return took


def test_whoever_was_to_be_told_is_told_whenever_the_daemon_is_killed(
    site: Site, phone: Phone
) -> None:
    chance = random.Random(SEED)  # noqa: S311
    site.fault(0)
    longest = all_told(site, site.start())
    wanted = count(5, 50)
    for number in range(1, wanted + 1):
        site.fault(number)
        kill(site.start(), chance.uniform(0.0, longest * 1.2))
    site.fault(wanted + 1)
    all_told(site, site.start())
    said = phone.by_key()
    assert all(said) and len(phone.heard) >= len(said) > 0
    assert [key for key, texts in said.items() if len(texts) > 1] == []
    clocks = site.ask(
        "SELECT count(*), count(DISTINCT clock.incident) FROM clock JOIN incident"
        " ON incident.id = clock.incident AND clock.started_at = incident.opened_at"
        " WHERE cause LIKE 'self:test-%' AND name = 'cure'"
    )
    assert clocks == [(wanted + 2, wanted + 2)]
    assert site.proven()


def test_two_daemons_do_not_serve_one_home(site: Site) -> None:
    site.fault(0)
    first = site.start()
    began = time.monotonic()
    while site.untold():
        assert time.monotonic() - began < LIMIT_S
        time.sleep(POLL_S)
    second = site.start()
    assert "a daemon serves this home already" in second.communicate(timeout=LIMIT_S)[1]
    assert second.returncode == 75
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=LIMIT_S)
    assert first.returncode == 0


def test_systemd_is_told_when_it_is_ready_that_it_lives_and_that_it_ends(
    site: Site, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(LIMIT_S)
        child = site.start(
            NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="300000", JOURNAL_STREAM="8:1"
        )
        assert manager.recv(100) == b"READY=1"
        assert [manager.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        child.send_signal(signal.SIGTERM)
        while (told := manager.recv(100)) == b"WATCHDOG=1":
            continue
        assert told == b"STOPPING=1"
        said = child.communicate(timeout=LIMIT_S)[1]
    assert child.returncode == 0
    assert said.splitlines()[-1] == "<6>lineguard.daemon: stopped"
