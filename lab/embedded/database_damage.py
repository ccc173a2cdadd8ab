"""What faults do to the worlds of databases: to what they tell, and to a real server itself.

Every function takes the whole scene and the world of the device that the fault strikes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from lab.embedded.linux_host import LinuxHost
from lab.embedded.oracle import care_data, data
from lab.world import DeviceWorld, Scene

DATA_DISK_PERCENT: Final = 97
OLD_BACKUP: Final = timedelta(days=9)
STOPPED_SERVER: Final = (
    'PANIC:  could not write to file "pg_wal/xlogtemp.812": No space left on device'
)


def fail_backup(_: Scene, world: DeviceWorld) -> None:
    care_data.fail_backup(world.data("oracle").care)


def age_backups(_: Scene, world: DeviceWorld) -> None:
    """Nothing was backed up for days: pgBackRest lists only what ended well."""
    for one in world.data("ssh").stanzas[0].backups:
        one.ended += OLD_BACKUP


def fail_archiver(_: Scene, world: DeviceWorld) -> None:
    world.data("postgres").failing_archiver = True


def lose_standby(_: Scene, world: DeviceWorld) -> None:
    if "oracle" in world.peers:
        care_data.lose_standby(world.data("oracle").care)
    else:
        world.data("postgres").abandoned_slot = True


def log_internal_error(_: Scene, world: DeviceWorld) -> None:
    care_data.log_internal_error(world.data("oracle").care, datetime.now(UTC))


def log_panic(_: Scene, world: DeviceWorld) -> None:
    """A line of the server's log. It stays when the fault is mended, as lines of logs do."""
    server, site = world.peers["ssh"].server, world.device.watch.database
    if isinstance(server, LinuxHost) and site is not None and site.log is not None:
        server.logs.append(site.log, f"2026-11-21 07:04:44.123 UTC [812] {STOPPED_SERVER}")


def fill_tablespace(_: Scene, world: DeviceWorld) -> None:
    care_data.fill_tablespace(world.data("oracle").care)


def fill_data_disk(_: Scene, world: DeviceWorld) -> None:
    world.data("ssh").disks[-1].used_percent = float(DATA_DISK_PERCENT)


def let_account_expire(_: Scene, world: DeviceWorld) -> None:
    if "oracle" in world.peers:
        data.let_expire(world.data("oracle"))
    else:
        world.data("postgres").expiring_account = True
