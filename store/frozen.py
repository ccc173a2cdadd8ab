"""A SQLite database on a file system that takes no writing: read as it was left, or not at all.

SQLite keeps what was written last in a write-ahead log beside the file, and needs shared memory to
read it (https://www.sqlite.org/wal.html, "Read-Only Databases"). Where that log holds something, it
is read through SQLite's own means or refused. Only where it holds nothing is the file alone the
whole record, and may be opened as immutable. Light to import: `lineguard tick` asks every minute.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

State = tuple[int, ...]
"""What a change of the database changes: size and time of the file, and the log beside it."""

LOG: Final = "-wal"


def takes_no_writing(path: Path | str) -> bool:
    """Does it lie on a file system that is mounted read-only? A path that is not there does not."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except (OSError, ValueError):
        return False


def open_frozen(database: str, **arguments: Any) -> sqlite3.Connection:  # noqa: ANN401
    """Open a database that cannot be written to. Raises `sqlite3.Error`, also where what was
    written last could not be read with it."""
    alone = state_of(database)[-1] == 0
    how = "mode=ro&immutable=1" if alone else "mode=ro"
    opened: sqlite3.Connection
    opened = sqlite3.connect(f"file:{quote(database)}?{how}", uri=True, **arguments)
    return opened


def state_of(database: str) -> State:
    """Taken before and after reading, it tells whether somebody wrote by another way to the file
    (another mount of the same disk). The last number is the size of the log."""
    try:
        file = Path(database).stat()
    except OSError:
        return (0, 0, 0)
    try:
        log = Path(database + LOG).stat().st_size
    except OSError:
        log = 0
    return (file.st_size, file.st_mtime_ns, log)


@contextmanager
def glance(database: str) -> Iterator[sqlite3.Connection]:
    """A short read by the driver alone. Raises `store.trouble.StoreTrouble`."""
    try:
        with closing(_reading(database)) as connection:
            yield connection
    except sqlite3.Error as error:
        from store.trouble import explained

        raise explained(error, database) or error from error


def _reading(database: str) -> sqlite3.Connection:
    if takes_no_writing(database):
        return open_frozen(database)
    return sqlite3.connect(f"file:{quote(database)}?mode=ro", uri=True)
