"""Backups, archives, standbys, logs and space of databases: rows, and what their machines print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from checks.verdict import State
from collectors.parsers.pgbackrest import parse_stanza
from collectors.readings import Reading
from collectors.readings.database_care import (
    Archiving,
    DatabaseBackups,
    DatabaseLog,
    DatabaseSizes,
    Replication,
    Tablespaces,
)
from collectors.sources import oracle_care_queries as ora
from collectors.sources import oracle_queries
from collectors.sources import postgres_care_queries as pg
from collectors.sources.host import HostSession
from inventory.model import DatabaseWatch
from lab.embedded.backup_data import StanzaBackup, StanzaData, info_answer
from tests.fuzz.databases import NAIVE, target_of
from tests.fuzz.judged import DATABASE, MEANS, NOBODY, SaidShell, driven, notebook, state_of_answer
from tests.fuzz.mutation import all_null, no_rows, noise, nothing
from tests.fuzz.target import Target

STANZA: Final = DatabaseWatch(stanza="hotline", log="/var/log/postgresql.log")
MANIFEST: Final = DatabaseWatch(manifest="/srv/backup/backup_manifest")
OLD: Final = StanzaData(backups=[StanzaBackup("full", timedelta(days=30))])
LINES: Final = b"2026-11-20 08:00:00.000 UTC [1] LOG:  checkpoint complete: wrote 3 buffers\n"
STATE: Final = b"131073 %d\n" % len(LINES)
DESTINATIONS: Final = [
    ("LOG_ARCHIVE_DEST_1", "LOCAL", "VALID", " ", " ", " "),
    ("LOG_ARCHIVE_DEST_2", "PHYSICAL", "VALID", "hotline2", "NO GAP", " "),
]


def _asked(
    site: DatabaseWatch, question: type[Reading], before: tuple[bytes, ...] = ()
) -> Callable[[bytes], State | None]:
    """By the host's session, of a database of which the site says so much."""
    of = replace(DATABASE, watch=replace(DATABASE.watch, database=site))

    def look(raw: bytes) -> State | None:
        shell: Any = SaidShell((*before, raw))
        session = HostSession(of, MEANS, notebook(of), shell, 5.0)
        return state_of_answer(driven(session.ask(question, NOBODY)), of)

    return look


def _backup_seed(*stanzas: StanzaData) -> bytes:
    return info_answer(list(stanzas)).encode()


def _manifest_seed() -> bytes:
    return b"%d 120400\n" % int(MEANS.clock().timestamp())


TARGETS: Final = (
    Target(
        name="pgbackrest: info",
        look=_asked(STANZA, DatabaseBackups),
        seeds=(_backup_seed(StanzaData()), _backup_seed(StanzaData("other"), OLD)),
        reads=(("ssh", DatabaseBackups),),
        parses=(parse_stanza,),
    ),
    Target(
        name="pg_basebackup: manifest",
        look=_asked(MANIFEST, DatabaseBackups),
        seeds=(_manifest_seed(),),
        spoil=(noise, nothing),
    ),
    Target(
        name="postgresql: lines of its log",
        look=_asked(STANZA, DatabaseLog, before=(STATE,)),
        seeds=(LINES,),
        reads=(("ssh", DatabaseLog),),
        spoil=(nothing,),
    ),
    target_of(
        "postgres", Archiving,
        {pg.ARCHIVER: [("on", False, False, "", 0, 0.0, True)], pg.ARCHIVE_WAITING: [(0, 0.0)]},
        {pg.ARCHIVER: [("on", False, True, "0000000100000001000000A1", 3, 12.5, True)],
         pg.ARCHIVE_WAITING: [(7, 1200.0)]},
        spoil=(no_rows, all_null),
    ),
    target_of(
        "postgres", Replication,
        {pg.RECEIVER: [(False, True, "", None, None, None)],
         pg.FOLLOWERS: [("hotline2", "streaming", 0.0, None, "16/B374D848")],
         pg.SLOTS: [("hotline2", True, "reserved", 512.0)]},
        {pg.RECEIVER: [(True, True, "streaming", 2.5, 0.0, 7200.0)]},
        spoil=(all_null,),
    ),
    target_of(
        "postgres", DatabaseSizes,
        {pg.DATABASE_SIZES: [("hotline", 81_000_000_000), ("postgres", 8_000_000)],
         pg.TABLESPACE_SIZES: [("archive", 12_000_000_000)]},
        spoil=(no_rows, all_null),
    ),
    # Answered without a question: they are looked at on the machine itself.
    target_of("postgres", DatabaseBackups, {"SELECT": [(1,)]}, spoil=()),
    target_of("postgres", DatabaseLog, {"SELECT": [(1,)]}, spoil=()),
    target_of(
        "oracle", DatabaseBackups,
        {ora.RMAN_HISTORY: [("PRIMARY", 14)],
         ora.RMAN_JOBS: [("ARCHIVELOG", "COMPLETED", 7200, 7000),
                         ("DB INCR", "COMPLETED", 9000, 8000)]},
        {ora.RMAN_HISTORY: [("PRIMARY", 14)], ora.RMAN_JOBS: [("DB FULL", "FAILED", 900, 800)]},
        spoil=(no_rows, all_null),
    ),
    target_of(
        "oracle", Archiving,
        {ora.ARCHIVE_MODE: [("ARCHIVELOG",)], ora.ARCHIVE_DESTINATIONS: DESTINATIONS,
         ora.LOGS_WITHOUT_BACKUP: [(3, 240)]},
        spoil=(no_rows, all_null),
    ),
    # A primary without a standby is told by no row of one.
    target_of(
        "oracle", Replication,
        {ora.DATABASE_ROLE: [("PRIMARY",)], ora.ARCHIVE_DESTINATIONS: DESTINATIONS},
        {ora.DATABASE_ROLE: [("PHYSICAL STANDBY",)],
         ora.DATAGUARD_LAGS: [
             ("apply lag", "+00 00:00:02", "11/20/2026 08:00:03", "11/20/2026 08:00:02"),
             ("transport lag", "+00 00:00:00", "11/20/2026 08:00:03", "11/20/2026 08:00:02"),
         ]},
        spoil=(all_null,),
    ),
    # No row is how a healthy log is told; that there is a log is the other question.
    target_of(
        "oracle", DatabaseLog,
        {oracle_queries.ALERT_LOG: [(NAIVE, 1)], ora.ALERT_ERRORS: []},
        {oracle_queries.ALERT_LOG: [(NAIVE, 1)],
         ora.ALERT_ERRORS: [(NAIVE - timedelta(hours=1), 2, 1, "ORA-00600: internal error")]},
        spoil=(all_null,),
    ),
    target_of(
        "oracle", Tablespaces,
        {ora.TABLESPACES: [("HOTLINE", "PERMANENT", "ONLINE", 61.5, 61_500, 100_000),
                           ("TEMP", "TEMPORARY", "ONLINE", 97, 97_000, 100_000)]},
        spoil=(no_rows, all_null),
    ),
)  # fmt: skip
