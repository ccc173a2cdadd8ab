"""Faults of backup copies, on whichever device keeps them."""

from __future__ import annotations

from typing import Final

from inventory.model import Kind
from lab.embedded import backup_damage
from lab.embedded.fault import Fault, abnormal
from phrases import say

WITH_DATA: Final = frozenset({Kind.APP_SERVER, Kind.DATABASE})

SERVERS: Final = frozenset({Kind.USM_CTI, Kind.APP_SERVER, Kind.WECHAT_SERVER, Kind.FILE_SERVER})

BACKUP_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="backup-too-old",
        title=say("the backup of the application's data is 30 hours old"),
        device="app-1",
        apply=backup_damage.age_copy,
        seen=abnormal(
            "app-1",
            "M57",
            "copies",
            "app-1: the copy “attachments” on bak-1 is 30 h old, limit 26 h: "
            "/backup/app-1/attachments-20261120.tar.gz",
        ),
        kinds=WITH_DATA,
    ),
    Fault(
        name="backup-damaged",
        title=say("one bit of a cold copy has changed"),
        device="wechat-1",
        apply=backup_damage.corrupt_copy,
        seen=abnormal(
            "wechat-1",
            "M40",
            "checksums",
            "wechat-1: the copy “configuration” is damaged: the checksum of "
            "/backup/wechat-1/configuration-20261120.tar.gz on bak-1 is not the recorded one",
        ),
        kinds=SERVERS,
    ),
    Fault(
        name="dump-broken",
        title=say("the dump of the hotline's database does not restore"),
        device="db-1",
        apply=backup_damage.break_dump,
        seen=abnormal(
            "db-1",
            "M42",
            "restore",
            "db-1: the dump “hotline-dump” does not restore "
            "(/backup/hotline/hotline-20261120.dump): pg_restore says: *",
        ),
        kinds=frozenset({Kind.DATABASE, Kind.USM_CTI}),
    ),
    Fault(
        name="offsite-missing",
        title=say("the off-site copy of the application's data is missing"),
        device="app-2",
        apply=backup_damage.lose_offsite_copy,
        seen=abnormal(
            "app-2",
            "M57",
            "copies",
            "app-2: the off-site copy of “attachments” is missing: on app-dr-1 nothing is at "
            "/backup/primary/app-2/attachments-*.tar.gz",
        ),
        kinds=WITH_DATA,
    ),
)
