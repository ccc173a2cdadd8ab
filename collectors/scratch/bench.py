"""Trial restores on this machine: a scratch PostgreSQL server that lives for one dump.

The dump is the site's own and trusted as such, but no more than needed: it is restored by a role
that is no superuser, so that nothing in it can start programs, read files or open connections; the
server listens on loopback with a password of its own, and ends with the trial. What is not
protected is said in docs/backups.md.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.readings.backups import Restored
from collectors.restoring import CannotTry, DoesNotRestore, Outcome
from collectors.scratch.packed import unpacked
from collectors.scratch.plain_dump import is_plain, run_plain, too_slow
from collectors.scratch.server import (
    HOST,
    PostgresFailed,
    PostgresServer,
    PostgresSettings,
    installed_tree,
)
from phrases import Phrase, say

ROLE: Final = "trial"
DATABASE: Final = "trial"
GROWTH: Final = 10
"""A compressed dump takes up to so many times its size when it is restored."""
SERVER_BYTES: Final = 200_000_000
"""A fresh server and its log of changes."""
TURN_S: Final = 0.2
"""How often is looked whether another trial has ended."""
SAID_LIMIT: Final = 200_000
TABLES_LIMIT: Final = 20_000
LISTED: Final = re.compile(rb"^\d+; \d+ \d+ TABLE (?!DATA |ATTACH )", re.MULTILINE)
"""A table in pg_restore's own table of contents."""
SPARING: Final = (
    ("autovacuum", "off"), ("max_wal_senders", "0"), ("wal_level", "minimal"),
    ("synchronous_commit", "off"), ("max_worker_processes", "2"),
)  # fmt: skip
PROGRAMS: Final = ("postgres", "initdb", "pg_restore")
NOT_THE_DUMPS: Final = re.compile(
    rb"unsupported version \(1\.\d{2}\)|unrecognized configuration parameter"
)
"""What an older pg_restore or server says of a newer dump (of format 1.x)."""
PLAIN: Final = b"text format dump"
"""What pg_restore says of a text; those of pg_dump are run by `plain_dump`, none ever by psql,
which runs whatever commands of the shell a script has."""
TABLES: Final = """
SELECT n.nspname, c.relname, c.relkind = 'r'
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\\_%'
 ORDER BY 1, 2 LIMIT 20001
"""


@dataclass(frozen=True, slots=True)
class ScratchBench:
    """`folder` is emptied before and after every trial. `binaries` holds postgres, initdb and
    pg_restore; None: those of the pip-installed server. Fulfils `collectors.restoring.Bench`."""

    folder: Path
    binaries: Path | None = None

    @contextmanager
    def room(self, dump_bytes: int, ends: float) -> Iterator[Path]:
        """One trial at a time, also of other processes. Raises `CannotTry`."""
        self._check_programs()
        lock = self._lock()
        try:
            _wait_for_turn(lock, ends)
            self._clear()
            try:
                self.folder.mkdir(mode=0o700)
                self._check_space(dump_bytes)
                yield self.folder / "dump"
            finally:
                self._clear()
        finally:
            os.close(lock)

    def restore(self, dump: Path, ends: float) -> Outcome:
        """Into a server of its own. Raises `CannotTry`, `DoesNotRestore`."""
        import psycopg  # what restores nothing pays nothing for it

        whole = unpacked(dump, SERVER_BYTES, ends)
        server = self._server()
        try:
            server.start()
            return _Trial(server, self._programs, whole, ends).outcome()
        except PostgresFailed as failure:
            raise CannotTry(Trouble.GARBLED, _no_server(str(failure))) from None
        except psycopg.Error as failure:
            raise CannotTry(Trouble.GARBLED, _no_server(str(failure))) from None
        finally:
            server.remove()

    def _check_programs(self) -> None:
        try:
            missing = [one for one in PROGRAMS if not (self._programs / one).is_file()]
        except PostgresFailed:
            missing = list(PROGRAMS)
        if missing:
            raise CannotTry(
                Trouble.NOT_CONFIGURED,
                say("this machine has no {program} to restore with: name the folder that has it in"
                    " lineguard.toml, postgres_binaries under [backups]", program=missing[0]),
            )  # fmt: skip

    def _lock(self) -> int:
        path = self.folder.with_name(f"{self.folder.name}.lock")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as failure:
            raise CannotTry(Trouble.NOT_CONFIGURED, _no_server(str(failure))) from None

    @property
    def _programs(self) -> Path:
        return self.binaries or installed_tree() / "bin"

    def _server(self) -> PostgresServer:
        settings = PostgresSettings(
            password=secrets.token_urlsafe(24), max_connections=10, fsync=False, extra=SPARING
        )
        return PostgresServer(self.folder / "server", None, settings, self.binaries)

    def _check_space(self, dump_bytes: int) -> None:
        needed = dump_bytes * (1 + GROWTH) + SERVER_BYTES
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise CannotTry(
                Trouble.TOO_LARGE,
                say("a trial restore needs {needed} bytes under {folder}, {free} are free",
                    needed=needed, folder=str(self.folder.parent), free=free),
            )  # fmt: skip

    def _clear(self) -> None:
        """End a server that a killed trial left behind, and take all of it away."""
        if not self.folder.exists():
            return
        try:
            self._server().clear()
        except PostgresFailed as failure:
            raise CannotTry(Trouble.GARBLED, _no_server(str(failure))) from None
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One dump and a running server."""

    server: PostgresServer
    programs: Path
    dump: Path
    ends: float

    def outcome(self) -> Outcome:
        password = secrets.token_urlsafe(24)
        plain_text = is_plain(self.dump)
        self._make(password)
        began = time.monotonic()
        if plain_text:
            url = self.server.url(ROLE, password, DATABASE)
            listed, listing = run_plain(self.dump, url, self.ends)
        else:
            listed, listing = self._run_archive(password)
        restore_s = time.monotonic() - began
        tables, rows = self._count(password)
        restored = Restored(
            tables=tables, rows=rows, listed=listed, fetch_s=0.0, restore_s=restore_s
        )
        said = f"restored in {restore_s:.2f} s: {tables} tables, {rows} rows\n".encode()
        return Outcome(restored=restored, said=said + listing[:SAID_LIMIT])

    def _run_archive(self, password: str) -> tuple[int, bytes]:
        """By pg_restore; how many tables it lists, and its list."""
        listing = self._run(["--list", str(self.dump)], {})
        self._run(
            ["--no-owner", "--no-privileges", "--no-password", "--exit-on-error",
             "--dbname", DATABASE, str(self.dump)],
            self._way_in(password),
        )  # fmt: skip
        return len(LISTED.findall(listing)), listing

    def _make(self, password: str) -> None:
        """A database, and a role that owns it and is nothing else."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.server.url(), autocommit=True) as line:
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            line.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}")
                .format(role, sql.Literal(password))
            )  # fmt: skip
            line.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def _way_in(self, password: str) -> Mapping[str, str]:
        return {
            "PGHOST": HOST, "PGPORT": str(self.server.port), "PGUSER": ROLE, "PGPASSWORD": password,
            "PGSSLMODE": "disable", "PGGSSENCMODE": "disable", "PGCONNECT_TIMEOUT": "10",
        }  # fmt: skip

    def _run(self, arguments: list[str], environment: Mapping[str, str]) -> bytes:
        """pg_restore with these arguments; what it printed. Raises `CannotTry` at the time limit,
        `DoesNotRestore`."""
        command = [str(self.programs / "pg_restore"), *arguments]
        try:
            ended = subprocess.run(  # noqa: S603  (a program of ours, arguments of our own)
                command, env={"LC_ALL": "C.UTF-8", "TZ": "UTC", **environment},
                stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd="/",
                timeout=max(0.1, self.ends - time.monotonic()),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise too_slow() from None
        except OSError as failure:
            raise CannotTry(Trouble.NOT_CONFIGURED, _no_server(str(failure))) from None
        if ended.returncode != 0:
            why = say("pg_restore says: {words}", words=plain(ended.stderr))
            if PLAIN in ended.stderr:
                why = say("the dump is a text that pg_dump did not write; make it with pg_dump "
                          "--format=custom")  # fmt: skip
                raise CannotTry(Trouble.UNSUPPORTED, why)
            if NOT_THE_DUMPS.search(ended.stderr):
                raise CannotTry(Trouble.UNSUPPORTED, why)
            raise DoesNotRestore(why, ended.stderr[:SAID_LIMIT])
        return ended.stdout

    def _count(self, password: str) -> tuple[int, int]:
        """Tables, and rows over all of them: the data of partitions are in their own tables."""
        import psycopg
        from psycopg import sql

        url = self.server.url(ROLE, password, DATABASE)
        with psycopg.connect(url, autocommit=True) as line:
            left_ms = max(1, round((self.ends - time.monotonic()) * 1_000))
            line.execute(sql.SQL("SET statement_timeout = {}").format(sql.Literal(left_ms)))
            line.execute("SET search_path = pg_catalog")
            found = line.execute(TABLES).fetchall()
            if len(found) > TABLES_LIMIT:
                raise CannotTry(Trouble.TOO_LARGE, say("the dump has more than {limit} tables",
                                                       limit=TABLES_LIMIT))  # fmt: skip
            rows = 0
            for schema, table, holds_rows in found:
                if time.monotonic() >= self.ends:
                    raise too_slow()
                if holds_rows:
                    statement = sql.SQL("SELECT count(*) FROM ONLY {}")
                    name = sql.Identifier(str(schema), str(table))
                    counted = line.execute(statement.format(name)).fetchone()
                    rows += int(counted[0]) if counted else 0
        return len(found), rows


def _wait_for_turn(lock: int, ends: float) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= ends:
                why = say("another trial restore was under way for all of its time")
                raise CannotTry(Trouble.TIMED_OUT, why) from None
            time.sleep(TURN_S)
        else:
            return


def _no_server(words: str) -> Phrase:
    return say("the scratch server of the trial restore failed: {words}", words=plain(words))
