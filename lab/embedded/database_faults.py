"""The faults of databases: their backups, archive, standbys, logs, space and accounts."""

from __future__ import annotations

from typing import Final

from inventory.model import Kind
from lab.embedded import database_damage as damage
from lab.embedded.fault import Fault, abnormal
from phrases import say

ORACLE: Final = frozenset({"oracle"})
POSTGRES: Final = frozenset({"postgres"})
EITHER: Final = ORACLE | POSTGRES
DATABASE: Final = frozenset({Kind.DATABASE})

DATABASE_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="account-expiring",
        title=say("the password of an application's database account expires in five days"),
        device="db-dr-1",
        apply=damage.let_account_expire,
        seen=abnormal(
            "db-dr-1",
            "M08",
            "user_locks",
            "db-dr-1: the password of account HOTLINE_APP expires in 5.0 days (limit 14 days); "
            "renew it before its application is locked out",
        ),
        protocols=EITHER,
    ),
    Fault(
        name="rman-failed",
        title=say("the last backup of the database has failed"),
        device="db-dr-1",
        apply=damage.fail_backup,
        seen=abnormal(
            "db-dr-1",
            "M39",
            "rman",
            "db-dr-1: RMAN: the last whole backup, 1.0 h ago, did not end well: DB INCR, FAILED",
        ),
        protocols=ORACLE,
    ),
    Fault(
        name="backup-old",
        title=say("the database was not backed up for nine days"),
        device="db-1",
        apply=damage.age_backups,
        seen=abnormal(
            "db-1",
            "M10",
            "backups",
            "db-1: pgBackRest: the last whole backup that ended well is 222.0 h old, limit 192 h",
        ),
        protocols=POSTGRES,
    ),
    Fault(
        name="archiver-failing",
        title=say("the database's WAL cannot be archived"),
        device="db-1",
        apply=damage.fail_archiver,
        seen=abnormal(
            "db-1",
            "M10",
            "archiving",
            "db-1: * cannot be archived: * attempts have failed, the last * s ago; "
            "logs that stay behind fill the disk",
        ),
        protocols=POSTGRES,
    ),
    Fault(
        name="standby-lost",
        title=say("a standby does not follow its database any more"),
        device="db-dr-1",
        apply=damage.lose_standby,
        seen=abnormal(
            "db-dr-1",
            "M10",
            "replication",
            "db-dr-1: the standby hotline2 is not well: ERROR, ORA-12541: TNS:no listener",
        ),
        protocols=EITHER,
    ),
    Fault(
        name="alert-log-600",
        title=say("the alert log has an internal error"),
        device="db-dr-1",
        apply=damage.log_internal_error,
        seen=abnormal(
            "db-dr-1",
            "M11",
            "database_log",
            "db-dr-1: 2 errors in the database log since the last look, such as: * ORA-00600: "
            "internal error code, arguments: [[]kdsgrp1], *",
        ),
        protocols=ORACLE,
    ),
    Fault(
        name="database-panic",
        title=say("the database's log says that the server went down"),
        device="db-1",
        apply=damage.log_panic,
        seen=abnormal(
            "db-1",
            "M11",
            "database_log",
            "db-1: 1 errors in the database log since the last look, such as: * PANIC: could not "
            "write to file *",
        ),
        protocols=POSTGRES,
    ),
    Fault(
        name="tablespace-96",
        title=say("a tablespace is 96 % full"),
        device="db-dr-1",
        apply=damage.fill_tablespace,
        seen=abnormal(
            "db-dr-1",
            "M12",
            "tablespaces",
            "db-dr-1: tablespace HOTLINE is 96.0 % full (96.0 of 100.0 GB), limit 95 %",
        ),
        protocols=ORACLE,
    ),
    Fault(
        name="data-disk-97",
        title=say("the file system under a database is 97 % full"),
        device="db-1",
        apply=damage.fill_data_disk,
        seen=abnormal(
            "db-1", "M12", "data_space", "db-1: file system /data is 97 % full, limit 95 %"
        ),
        protocols=frozenset({"ssh"}),
        kinds=DATABASE,
    ),
)
