"""The daemon of a home: what dies in it is an incident, what gives no sign of life is one, and its
own signs of life go out."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from incidents.listing import incidents
from lineguard import clock
from lineguard.cli.asked import Asked
from lineguard.cli.boundary import run
from lineguard.cli.tick import work
from lineguard.daemon import SelfReports, services_of
from lineguard.duty import own_incidents
from lineguard.founding import found
from lineguard.home import Home
from lineguard.wiring import Station
from phrases import say
from store.database import Store
from store.trouble import closed
from tests.dripping import dripping

LIMIT_S = 60.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return found(tmp_path / "home", True, clock.now()).home.root


def set_(home: Path, text: str) -> None:
    settings = home / "lineguard.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + text, encoding="utf-8")


def live(home: Path) -> list[tuple[str, str]]:
    station = Station(Home(home))
    with closing(station.store), station.store.read() as tx:
        return [(one.cause, one.severity) for one in incidents(tx)]


def do(home: Path, *line: str) -> int:
    return run([*line, "--quiet", "--lang", "en", "--home", str(home)])


# --- services ---------------------------------------------------------------------------------


def test_the_services_are_the_tick_first_then_the_watch_and_the_pages(home: Path) -> None:
    station = Station(Home(home))
    names = [one.name for one in services_of(Asked(home=home), station, dict)]
    assert names[:2] == ["tick", "watch"]
    assert "metrics" in names


@pytest.mark.parametrize(("service", "severity"), [("tick", "critical"), ("watch", "warning")])
async def test_a_service_that_dies_is_one_incident_until_it_is_well(
    home: Path, service: str, severity: str
) -> None:
    station = Station(Home(home))
    reports = SelfReports(store=station.store, incidents=own_incidents(station))
    await reports.died(service, say("x"))
    await reports.died(service, say("y"))
    assert live(home) == [(f"self:service:{service}", severity)]
    await reports.well("other")
    await reports.well(service)
    assert live(home) == []


async def test_a_database_in_trouble_leaves_the_daemon_to_its_log(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    station = Station(Home(home))
    reports = SelfReports(store=station.store, incidents=own_incidents(station))

    def broken(_store: Store) -> None:
        raise closed("x")

    monkeypatch.setattr(Store, "write", broken)
    await reports.died("tick", say("x"))
    assert "could not be written" in caplog.text


# --- signs of life of others ------------------------------------------------------------------


def last_tick(home: Path, minutes_ago: int) -> None:
    """As if ticks had gone on without a gap, the last of them so long ago."""
    with closing(sqlite3.connect(home / "data" / "lineguard.db")) as database, database:
        for name, minutes in (("self:tick", minutes_ago), ("self:resumed", 600)):
            database.execute(
                "INSERT INTO heartbeat VALUES (?, strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now', ?),"
                " 0) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
                (name, f"-{minutes} minutes"),
            )


def test_a_job_that_gives_no_sign_of_life_is_paged_until_it_gives_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_(home, "\n[heartbeat]\nexpect_s = { nightly = 600 }\n")
    assert work(Asked(home=home)).idle, "the first tick begins the count"
    last_tick(home, 1)
    done = work(Asked(home=home))
    assert done.ticked is not None and len(done.ticked.pages) == 1
    assert live(home) == [("heartbeat:nightly", "warning")]
    assert work(Asked(home=home)).idle
    assert do(home, "heartbeat", "nightly") == 0
    assert live(home) == []
    assert do(home, "heartbeat", "nightley") == 1
    assert "nobody expects a heartbeat named nightley" in capsys.readouterr().err


def test_after_lineguard_itself_was_down_nobody_is_late_at_once(home: Path) -> None:
    set_(home, "\n[heartbeat]\nexpect_s = { nightly = 600 }\n")
    work(Asked(home=home))
    last_tick(home, 10)
    assert work(Asked(home=home)).idle
    assert live(home) == []


# --- our own ----------------------------------------------------------------------------------


@dataclass
class Switch:
    """A dead-man switch elsewhere."""

    status: int = 200
    calls: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def call(self, path: str, token: str) -> int:
        self.calls.append((path, token))
        return self.status


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Switch]:
    made = Switch()
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(made.call(self.path, self.headers.get("Authorization", "")))
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join(LIMIT_S)


@pytest.fixture
def watched(home: Path, switch: Switch) -> Path:
    """A home that calls the switch; the secrets are in files."""
    set_(
        home,
        f'\n[heartbeat]\nurl = "http://127.0.0.1:{switch.port}/ping/{{secret:dead-man}}"\n'
        'secret = "dead-token"\n',
    )
    for name in ("dead-man", "dead-token"):
        (home / "secrets" / name).touch(0o600)
        (home / "secrets" / name).write_text(f"geheim-{name}", encoding="utf-8")
    return home


def test_every_tick_calls_the_switch_with_its_secrets(watched: Path, switch: Switch) -> None:
    work(Asked(home=watched))
    work(Asked(home=watched))
    assert switch.calls == [("/ping/geheim-dead-man", "Bearer geheim-dead-token")] * 2


def test_a_switch_that_refuses_is_called_again_after_a_pause_and_told_of_once(
    watched: Path, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    switch.status = 503
    work(Asked(home=watched))
    work(Asked(home=watched))
    assert len(switch.calls) == 1
    assert "answered with status 503" in caplog.text
    assert "geheim" not in caplog.text


def test_a_switch_that_is_gone_is_no_trouble_of_the_tick(
    watched: Path, switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    (watched / "secrets" / "dead-man").unlink()
    assert work(Asked(home=watched)).idle
    assert "the secret" in caplog.text
    assert switch.calls == []


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nX-A: "])
def test_a_switch_that_never_ends_its_answer_holds_up_no_tick(
    home: Path, caplog: pytest.LogCaptureFixture, first: bytes
) -> None:
    with dripping(first) as port:
        set_(home, f'\n[heartbeat]\nurl = "http://127.0.0.1:{port}/"\ntimeout_s = 1\n')
        assert work(Asked(home=home)).idle
    assert "the dead-man switch could not be called: TimeoutError" in caplog.text


def test_the_tick_says_when_it_ended(home: Path) -> None:
    before = clock.now()
    work(Asked(home=home))
    with closing(sqlite3.connect(home / "data" / "lineguard.db")) as database:
        rows = dict(database.execute("SELECT name, at FROM heartbeat").fetchall())
    assert rows.keys() == {"self:tick", "self:resumed"}
    assert rows["self:tick"] >= f"{before:%Y-%m-%dT%H:%M:%S}"


def test_counters_are_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert do(home, "counter", "list") == 0
    shown = capsys.readouterr().out
    assert "clear" in shown
    assert "unknown: there are no figures" in shown


def test_an_outage_of_an_hour_is_counted_and_warned_of_by_the_tick(home: Path) -> None:
    from datetime import timedelta

    from checks.verdict import Severity
    from incidents.model import Finding

    station = Station(Home(home))
    finding = Finding(cause="device:fw-1:unreachable", severity=Severity.CRITICAL,
                      sentence=say("x"), device="fw-1", site="site_primary")  # fmt: skip
    with closing(station.store), station.store.write() as tx:
        own_incidents(station).declare(tx, finding, clock.now() - timedelta(minutes=61), "test")
    work(Asked(home=home))
    month = f"{clock.now() + timedelta(hours=8):%Y-%m}"
    assert (f"counter:outage:{month}", "warning") in live(home)


async def test_the_daemon_runs_and_ends() -> None:
    from lineguard.daemon import Daemon
    from lineguard.serving import Supervisor
    from lineguard.systemd import Notifier

    class Nobody:
        async def died(self, service: str, why: object) -> None:
            raise AssertionError(service)

        async def well(self, service: str) -> None:
            return

    daemon = Daemon(supervisor=Supervisor((), Nobody()), notifier=Notifier(watchdog_s=0.01))
    running = asyncio.create_task(daemon.run())
    await asyncio.sleep(0)
    daemon.stop.set()
    await asyncio.wait_for(running, LIMIT_S)
