"""Restoring a dump in the plain format: its statements are run over a connection of the trial's
role, its rows are copied. What `pg_restore --no-owner --no-privileges` leaves out is left out."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.restoring import CannotTry, DoesNotRestore
from collectors.scratch.script import COPY, CutOff, NotRun, Script
from phrases import say

if TYPE_CHECKING:
    from psycopg import Connection

HEAD: Final = b"-- PostgreSQL database dump"
CLUSTER: Final = b"-- PostgreSQL database cluster dump"
COMPLETE: Final = b"-- PostgreSQL database dump complete"
LOOKED_AT: Final = 4_096
"""Bytes at both ends in which the marks of pg_dump stand."""
LEFT_OUT: Final = re.compile(
    rb"GRANT |REVOKE |ALTER DEFAULT PRIVILEGES |SET SESSION AUTHORIZATION |CREATE SCHEMA public;"
    rb"|CREATE EXTENSION IF NOT EXISTS plpgsql |COMMENT ON (?:EXTENSION plpgsql|DATABASE) "
    rb"|ALTER [^;']* OWNER TO [^;']*;"
)
TABLE: Final = re.compile(rb"CREATE (?:UNLOGGED )?TABLE ")
TOO_NEW: Final = "unrecognized configuration parameter"
AT_ONCE: Final = 1_000_000
"""Bytes of rows that are sent at once."""
LISTED: Final = 120
"""Characters of a statement in the list that is evidence."""
SAID_LIMIT: Final = 200_000


def is_plain(dump: Path) -> bool:
    """Did pg_dump write it in the plain format? Raises `CannotTry` for a dump of a cluster."""
    with dump.open("rb") as file:
        head = file.read(LOOKED_AT)
    if CLUSTER in head:
        why = say("the dump is of a whole cluster (pg_dumpall), which is not restored on trial; "
                  "dump each database by pg_dump")  # fmt: skip
        raise CannotTry(Trouble.UNSUPPORTED, why)
    return HEAD in head


def run_plain(dump: Path, url: str, ends: float) -> tuple[int, bytes]:
    """Run it; how many tables it makes, and the list of what was run. Raises `CannotTry`,
    `DoesNotRestore`, `psycopg.Error` for a server that goes away."""
    import psycopg

    if COMPLETE not in _tail(dump):
        raise DoesNotRestore(say("the dump is cut off: it does not end as pg_dump ends one"))
    said: list[bytes] = []
    with dump.open("rb") as file, psycopg.connect(url, autocommit=True) as line:
        watch = threading.Timer(max(0.1, ends - time.monotonic()), line.cancel)
        watch.start()
        try:
            return _run(Script(file), line, ends, said), _listing(said)
        except CutOff:
            why = say("the dump is cut off within a statement or the rows of a table")
            raise DoesNotRestore(why, _listing(said)) from None
        except NotRun as found:
            why = say("the dump holds what is not run here: {what}; make it with pg_dump "
                      "--format=custom", what=str(found))  # fmt: skip
            raise CannotTry(Trouble.UNSUPPORTED, why) from None
        except psycopg.Error as failure:
            raise _refused(failure, ends, said) from None
        finally:
            watch.cancel()


def _tail(dump: Path) -> bytes:
    with dump.open("rb") as file:
        file.seek(max(0, dump.stat().st_size - LOOKED_AT))
        return file.read(LOOKED_AT)


def _run(script: Script, line: Connection, ends: float, said: list[bytes]) -> int:
    tables = 0
    for statement in script.statements():
        if time.monotonic() >= ends:
            raise too_slow()
        if LEFT_OUT.match(statement):
            continue
        said.append(statement.partition(b"\n")[0][:LISTED])
        tables += TABLE.match(statement) is not None
        if COPY.match(statement):
            with line.cursor().copy(statement) as copy:
                for rows in _together(script.rows(), ends):
                    copy.write(rows)
        else:
            line.execute(statement)
    return tables


def _together(rows: Iterator[bytes], ends: float) -> Iterator[bytes]:
    kept: list[bytes] = []
    size = 0
    for row in rows:
        kept.append(row)
        size += len(row)
        if size >= AT_ONCE:
            if time.monotonic() >= ends:
                raise too_slow()
            yield b"".join(kept)
            kept, size = [], 0
    yield b"".join(kept)


def _refused(failure: Exception, ends: float, said: list[bytes]) -> CannotTry | DoesNotRestore:
    if time.monotonic() >= ends:
        return too_slow()
    why = say("the server says: {words}", words=plain(str(failure)))
    if TOO_NEW in str(failure):
        return CannotTry(Trouble.UNSUPPORTED, why)
    return DoesNotRestore(why, _listing(said))


def _listing(said: list[bytes]) -> bytes:
    return b"\n".join(said)[:SAID_LIMIT]


def too_slow() -> CannotTry:
    """No time was left."""
    return CannotTry(Trouble.TIMED_OUT, say("the trial restore was not done in its time"))
