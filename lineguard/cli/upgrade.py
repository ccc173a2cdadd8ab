"""`lineguard upgrade`: bring the database of a home to the version of this program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lineguard import VERSION, clock
from lineguard.cli.asked import Asked
from lineguard.cli.screen import screen
from lineguard.cli.speech import command, option
from lineguard.refusals import Refused
from phrases import say

if TYPE_CHECKING:
    from lineguard.wiring import Station
    from store.database import Store

ENTRY: Final = "upgraded"
LOCKS: Final = ("round", "watch", "notify")
"""Whoever writes for long holds one of these; an upgrade waits for nobody and disturbs nobody."""


@command(
    "upgrade",
    say("Bring the database of this home to the version of this program: all of it or nothing.\n"
        "The SQLite file is copied first; stop the daemon and the timers before."),
)  # fmt: skip
@option("--yes", is_flag=True, says=say("a PostgreSQL database was backed up by its DBA"))
def upgrade(asked: Asked, yes: bool) -> int:
    """Nothing to do is fine."""
    from contextlib import ExitStack

    from lineguard.wiring import station_of
    from store.database import open_store
    from store.migrating import REVISIONS, migrate, revision_of

    station = station_of(asked)
    store = open_store(station.store_url, station.home.data)
    show = screen(asked)
    before = revision_of(store)
    if before == REVISIONS[-1]:
        show.line(say("the database is of version {version} already", version=before))
        show.document({"from": before, "to": before, "copy": None})
        return 0
    with ExitStack() as held:
        for name in LOCKS:
            held.enter_context(store.hold(name))
        copy = _copied(store, station, before, yes)
        migrate(store)
        _record(station, before, REVISIONS[-1])
    show.line(say("the database went from version {before} to {after}",
                  before=before, after=REVISIONS[-1]))  # fmt: skip
    if copy is not None:
        show.line(say("as it was before: {file}", file=str(copy)))
    show.document({"from": before, "to": REVISIONS[-1], "copy": str(copy) if copy else None})
    return 0


def _copied(store: Store, station: Station, before: str, yes: bool) -> Path | None:
    """The database as it is, beside itself. Raises `Refused`, `OSError`."""
    if store.engine.dialect.name != "sqlite":
        if yes:
            return None
        raise Refused(say("let the DBA back the database up, then say so with --yes"))
    target = station.home.data / f"before-{before}.db"
    if target.exists():
        raise Refused(
            say("{file} is there from an earlier attempt: look at it, move it away, and upgrade "
                "again", file=str(target))
        )  # fmt: skip
    source = store.engine.url.database or ""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    target.chmod(0o600)
    return target


def _record(station: Station, before: str, after: str) -> None:
    with station.store.write() as tx:
        body = {"from": before, "to": after, "program": VERSION}
        station.logbook.append(tx, ENTRY, body, clock.now())
        station.logbook.checkpoint(tx, clock.now())
