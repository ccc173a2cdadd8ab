"""The practice site's PostgreSQL: a real server, on loopback, with a password, never as root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest

import collectors.scratch.server as postgres
from collectors.scratch.server import (
    PostgresFailed,
    PostgresServer,
    PostgresSettings,
    entered_by_all,
    installed_tree,
    picked_port,
)

PASSWORD = "p@:/ ss 守线'\\"
ENDED_WITHIN_S = 20


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="lineguard-tests-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(folder: Path) -> Iterator[PostgresServer]:
    made = PostgresServer(folder / "data", None, PostgresSettings(password=PASSWORD))
    yield made
    made.remove()


def ask(server: PostgresServer, question: str, **access: str) -> object:
    with psycopg.connect(server.url(**access)) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def tell(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute(statement.encode())


def test_it_serves_loopback_only_in_utf8_for_a_thousand_and_survives_a_restart(
    folder: Path,
) -> None:
    settings = PostgresSettings(password=PASSWORD, max_connections=1000)
    server = PostgresServer(folder / "data", None, settings)
    try:
        server.start()
        assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(server, "SHOW unix_socket_directories") == ""
        assert ask(server, "SHOW max_connections") == "1000"
        assert ask(server, "SHOW fsync") == "on"
        assert ask(server, "SHOW server_encoding") == "UTF8"
        collation = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
        assert ask(server, collation) == "C.UTF-8"
        tell(server, "CREATE TABLE kept AS SELECT '守线' AS name")
        port = server.port
        server.stop()
        assert server.pid is None
        server.start()
        assert server.port == port
        assert ask(server, "SELECT name FROM kept") == "守线"
    finally:
        server.remove()


def test_a_wrong_password_is_refused_and_ours_is_shown_nowhere(server: PostgresServer) -> None:
    server.start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(server, "SELECT 1", password="wrong")
    stored = "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'"
    assert str(ask(server, stored)).startswith("SCRAM-SHA-256$")
    assert PASSWORD not in repr(server.settings)
    assert PASSWORD.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
    assert [path.name for path in server.data.parent.glob("*password*")] == []


def test_the_server_is_never_root_and_ends_with_its_process(server: PostgresServer) -> None:
    server.start()
    pid = server.pid
    assert pid is not None
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner != 0
    assert owner == server.data.stat().st_uid
    server.stop()
    assert not Path(f"/proc/{pid}").exists()


def test_starting_again_ends_a_server_left_over_on_the_same_data(server: PostgresServer) -> None:
    server.start()
    left_over = server.pid
    again = PostgresServer(server.data, None, server.settings)
    try:
        again.start()
        assert ask(again, "SELECT 1") == 1
        assert server._process is not None
        assert server._process.wait(ENDED_WITHIN_S) == 0
        assert left_over != again.pid
    finally:
        again.stop()


def test_a_server_that_was_killed_starts_again(server: PostgresServer) -> None:
    server.start()
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    deadline = time.monotonic() + ENDED_WITHIN_S
    while True:  # its own children may hold the shared memory a moment longer
        try:
            server.start()
            break
        except PostgresFailed:
            assert time.monotonic() < deadline
    assert ask(server, "SELECT 1") == 1


def test_a_taken_port_is_said_with_the_servers_own_words(
    server: PostgresServer, folder: Path
) -> None:
    server.start()
    second = PostgresServer(folder / "second", server.port, server.settings)
    with pytest.raises(PostgresFailed, match="could not bind IPv4 address"):
        second.start()
    assert second.pid is None


def test_another_processs_number_in_an_old_pid_file_is_left_alone(server: PostgresServer) -> None:
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    server.start()
    assert ask(server, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server needs another user's folders")
def test_data_that_nobody_may_reach_lies_elsewhere_and_is_found_again(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    settings = PostgresSettings(password=PASSWORD)
    first = PostgresServer(tmp_path / "data", None, settings)
    assert not first.data.is_relative_to(tmp_path)
    try:
        first.start()
        tell(first, "CREATE TABLE kept AS SELECT 7 AS n")
        first.stop()
        again = PostgresServer(tmp_path / "data", None, settings)
        assert again.data == first.data
        again.start()
        assert ask(again, "SELECT n FROM kept") == 7
        again.stop()
    finally:
        first.remove()
    assert not first.data.parent.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server needs another user's folders")
def test_binaries_that_nobody_may_read_are_copied(
    server: PostgresServer, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "hidden"
    for name in ("pgserver/pginstall", "pgserver.libs"):
        shutil.copytree(installed_tree().parents[1] / name, hidden / name)
    hidden.chmod(0o700)
    monkeypatch.setattr(postgres, "installed_tree", lambda: hidden / "pgserver" / "pginstall")
    monkeypatch.setattr(postgres, "FALLBACK_ROOT", folder)
    server.start()
    assert ask(server, "SELECT 1") == 1
    assert server._process is not None
    program = Path(f"/proc/{server.pid}/exe").readlink()
    assert program.is_relative_to(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server needs another user's folders")
def test_a_folder_that_somebody_else_prepared_is_not_used(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(postgres, "FALLBACK_ROOT", folder)
    settings = PostgresSettings(password=PASSWORD)
    prepared = PostgresServer(tmp_path / "data", None, settings).data.parent
    prepared.chmod(0o777)
    with pytest.raises(PostgresFailed, match="belongs to somebody else"):
        PostgresServer(tmp_path / "data", None, settings)


def test_the_package_that_brings_the_binaries_is_never_run() -> None:
    script = (
        "import sys; from collectors.scratch.server import installed_tree; installed_tree();"
        "print('pgserver' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert told.stdout == "False\n"
    assert installed_tree() == Path(str(distribution("pgserver").locate_file("pgserver/pginstall")))


@pytest.mark.parametrize(("mode", "entered"), [(0o755, True), (0o751, False), (0o700, False)])
def test_a_folder_is_entered_by_all_when_all_may_read_it(
    folder: Path, mode: int, entered: bool
) -> None:
    (folder / "inner").mkdir()
    (folder / "inner").chmod(mode)
    assert entered_by_all(folder / "inner") is entered


def test_a_picked_port_is_free() -> None:
    assert 1024 < picked_port() < 65_536
