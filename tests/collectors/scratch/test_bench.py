"""Trial restores with a real PostgreSQL: what restores, what does not, and what is left behind."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from collectors.readings import Trouble
from collectors.restoring import CannotTry, DoesNotRestore, Outcome
from collectors.scratch.bench import ScratchBench
from collectors.scratch.server import PostgresServer, installed_tree
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

TABLES = """
CREATE SCHEMA hotline;
CREATE TABLE hotline.work_order (id int PRIMARY KEY, state text);
INSERT INTO hotline.work_order SELECT n, '已办结' FROM generate_series(1, 500) n;
CREATE TABLE hotline.call (at date NOT NULL, id int) PARTITION BY RANGE (at);
CREATE TABLE hotline.call_2026 PARTITION OF hotline.call
  FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO hotline.call SELECT '2026-11-20', n FROM generate_series(1, 20) n;
"""
PROGRAM = """
CREATE FUNCTION hotline.sly() RETURNS int LANGUAGE plpgsql AS $$
BEGIN COPY (SELECT 1) TO PROGRAM 'cat > {proof}'; RETURN 1; END $$;
CREATE TABLE hotline.trap (a int, b int GENERATED ALWAYS AS (1) STORED);
INSERT INTO hotline.trap VALUES (1);
CREATE FUNCTION hotline.check_it(int) RETURNS bool LANGUAGE sql AS 'SELECT true';
ALTER TABLE hotline.trap ADD CHECK (hotline.check_it(a));
CREATE OR REPLACE FUNCTION hotline.check_it(int) RETURNS bool LANGUAGE sql
  AS 'SELECT hotline.sly() = 1';
"""
"""What a restore runs by itself: a constraint whose function starts a program."""


def in_time(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


def dumped(server: PostgresServer, url: str, target: Path, *options: str) -> bytes:
    program = installed_tree() / "bin/pg_dump"
    subprocess.run(
        [program, *(options or ("--format=custom",)), f"--file={target}", url], check=True
    )
    return target.read_bytes()


def run(url: str, *scripts: str) -> None:
    with psycopg.connect(url, autocommit=True) as line:
        for script in scripts:
            line.execute(script.encode())


def tried(folder: Path, dump: bytes, seconds: float = 60.0) -> Outcome:
    bench = ScratchBench(folder / "scratch" / "restore")
    with bench.room(len(dump), in_time(seconds)) as target:
        target.write_bytes(dump)
        return bench.restore(target, in_time(seconds))


@pytest.fixture
def dump(postgres_server: PostgresServer, postgres_url: str, tmp_path: Path) -> bytes:
    run(postgres_url, TABLES)
    return dumped(postgres_server, postgres_url, tmp_path / "made.dump")


def left_behind(folder: Path) -> list[str]:
    return sorted(one.name for one in (folder / "scratch").iterdir())


def test_a_dump_restores_with_its_tables_and_rows_and_nothing_is_left(
    tmp_path: Path, dump: bytes
) -> None:
    outcome = tried(tmp_path, dump)
    found = outcome.restored
    assert (found.tables, found.rows, found.listed) == (3, 520, 3)
    assert 0 < found.restore_s < 60
    assert b"TABLE hotline work_order" in outcome.said
    assert left_behind(tmp_path) == ["restore.lock"]


def test_a_tar_dump_restores_too(
    tmp_path: Path, dump: bytes, postgres_server: PostgresServer, postgres_url: str
) -> None:
    tar = dumped(postgres_server, postgres_url, tmp_path / "made.tar", "--format=tar")
    assert tried(tmp_path, tar).restored.rows == 520


def plain_of(folder: Path, server: PostgresServer, url: str) -> bytes:
    run(url, "GRANT SELECT ON ALL TABLES IN SCHEMA hotline TO public")
    return dumped(server, url, folder / "made.sql", "--format=plain")


def test_a_plain_dump_restores_without_psql(
    tmp_path: Path, dump: bytes, postgres_server: PostgresServer, postgres_url: str
) -> None:
    script = plain_of(tmp_path, postgres_server, postgres_url)
    assert b"OWNER TO" in script and b"GRANT " in script  # the control
    outcome = tried(tmp_path, script)
    found = outcome.restored
    assert (found.tables, found.rows, found.listed) == (3, 520, 3)
    assert b"CREATE TABLE hotline.work_order" in outcome.said
    with pytest.raises(DoesNotRestore, match="cut off"):
        tried(tmp_path, script[: len(script) // 2])
    with pytest.raises(CannotTry, match="holds what is not run here: "):
        tried(tmp_path, script.replace(b"CREATE SCHEMA", b"\\! true\nCREATE SCHEMA", 1))


def test_a_packed_dump_restores_and_one_that_is_cut_short_does_not(
    tmp_path: Path, dump: bytes
) -> None:
    packed = gzip.compress(dump)
    assert tried(tmp_path, packed).restored.rows == 520
    with pytest.raises(DoesNotRestore, match="damaged or cut off"):
        tried(tmp_path, packed[: len(packed) // 2])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"--\n-- PostgreSQL database cluster dump\n--\n", "a whole cluster"),
        (b"--\n-- PostgreSQL database dump\n--\n", "cut off"),
    ],
)
def test_a_text_that_is_no_whole_dump_is_said_to_be_none(
    tmp_path: Path, text: bytes, why: str
) -> None:
    with pytest.raises((CannotTry, DoesNotRestore), match=why):
        tried(tmp_path, text)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_dump_that_is_cut_short_does_not_restore(
    tmp_path: Path, dump: bytes, share: float
) -> None:
    with pytest.raises(DoesNotRestore) as refusal:
        tried(tmp_path, dump[: int(len(dump) * share)])
    assert refusal.value.why.text("en").startswith("pg_restore says: ")
    assert left_behind(tmp_path) == ["restore.lock"]


def test_bytes_of_no_meaning_do_not_restore(tmp_path: Path) -> None:
    with pytest.raises(DoesNotRestore):
        tried(tmp_path, b"PGDMP" + os.urandom(5_000))


def test_what_a_dump_holds_cannot_start_a_program(
    tmp_path: Path, dump: bytes, postgres_server: PostgresServer, postgres_url: str
) -> None:
    proof = Path("/tmp") / f"lineguard-test-proof-{os.getpid()}"  # noqa: S108  (all may write there)
    proof.unlink(missing_ok=True)
    run(postgres_url, PROGRAM.format(proof=proof))
    sly = dumped(postgres_server, postgres_url, tmp_path / "sly.dump")
    with pytest.raises(DoesNotRestore) as refusal:
        tried(tmp_path, sly)
    assert "permission denied" in refusal.value.said.decode()
    assert not proof.exists()


def test_a_trial_ends_at_its_time_limit(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    run(postgres_url, "CREATE VIEW v AS SELECT pg_sleep(30)::text AS a")
    run(postgres_url, "CREATE MATERIALIZED VIEW m AS TABLE v WITH NO DATA")
    run(
        postgres_url,
        "SET allow_system_table_mods = on",
        "UPDATE pg_class SET relispopulated = true WHERE relname = 'm'",
    )
    dump = dumped(postgres_server, postgres_url, tmp_path / "slow.dump")
    bench = ScratchBench(tmp_path / "scratch" / "restore")
    began = time.monotonic()
    with (
        pytest.raises(CannotTry) as refusal,
        bench.room(len(dump), in_time()) as target,
    ):
        target.write_bytes(dump)
        bench.restore(target, in_time(5))
    assert refusal.value.trouble is Trouble.TIMED_OUT
    assert time.monotonic() - began < 25
    assert left_behind(tmp_path) == ["restore.lock"]


def test_two_trials_wait_for_each_other(tmp_path: Path) -> None:
    bench = ScratchBench(tmp_path / "scratch" / "restore")
    with (
        bench.room(1, in_time()),
        pytest.raises(CannotTry) as refusal,
        bench.room(1, in_time(0.3)),
    ):
        pytest.fail("two at once")
    assert refusal.value.trouble is Trouble.TIMED_OUT
    with bench.room(1, in_time()):
        assert left_behind(tmp_path) == ["restore", "restore.lock"]


def test_without_room_or_programs_nothing_is_tried(tmp_path: Path) -> None:
    bench = ScratchBench(tmp_path / "scratch" / "restore")
    with pytest.raises(CannotTry) as refusal, bench.room(2**60, in_time()):
        pytest.fail("no disk is so large")
    assert refusal.value.trouble is Trouble.TOO_LARGE
    assert left_behind(tmp_path) == ["restore.lock"]
    empty = ScratchBench(tmp_path / "scratch" / "restore", tmp_path)
    with pytest.raises(CannotTry) as refusal, empty.room(1, in_time()):
        pytest.fail("there is no postgres there")
    assert refusal.value.trouble is Trouble.NOT_CONFIGURED
    assert "postgres_binaries" in refusal.value.why.text("en")


@pytest.mark.parametrize(
    "words",
    [b"unsupported version (1.17) in file header", b'unrecognized configuration parameter "x"'],
)
def test_a_dump_newer_than_the_programs_is_not_called_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: bytes
) -> None:
    fake = subprocess.CompletedProcess([], 1, b"", b"pg_restore: error: " + words)
    monkeypatch.setattr("collectors.scratch.bench.subprocess.run", lambda *_, **__: fake)
    with pytest.raises(CannotTry) as refusal:
        tried(tmp_path, b"PGDMP")
    assert refusal.value.trouble is Trouble.UNSUPPORTED


KILLED = """
import sys, time
from pathlib import Path
from collectors.scratch.bench import ScratchBench
bench = ScratchBench(Path(sys.argv[1]))
with bench.room(1, time.monotonic() + 60) as target:
    target.write_bytes(b"a dump")
    server = bench._server()
    server.start()
    print(server.pid, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_trial_left_behind_is_taken_away_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "scratch" / "restore"
    child = subprocess.Popen([sys.executable, "-P", "-c", KILLED, folder], stdout=subprocess.PIPE)
    assert child.stdout is not None
    server = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert Path(f"/proc/{server}").exists()
    assert (folder / "dump").exists()
    with ScratchBench(folder).room(1, in_time()) as target:
        assert not Path(f"/proc/{server}").exists() or _is_dead(server)
        assert not target.exists()
    assert left_behind(tmp_path) == ["restore.lock"]


def _is_dead(pid: int) -> bool:
    """A zombie until whoever adopted it asks."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text("ascii")
    except FileNotFoundError:
        return True
