"""Object identifiers that are asked, all read only, each with the MIB that defines it.

Facts beyond the MIBs (which rows mean something, which numbers mean "not supported") come from
recordings of real devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# --- SNMPv2-MIB (RFC 3418), IF-MIB (RFC 2863), ENTITY-MIB (RFC 6933) -------------------------

SYS_UP_TIME: Final = "1.3.6.1.2.1.1.3.0"

IF_DESCR: Final = "1.3.6.1.2.1.2.2.1.2"
IF_ADMIN_STATUS: Final = "1.3.6.1.2.1.2.2.1.7"
IF_OPER_STATUS: Final = "1.3.6.1.2.1.2.2.1.8"
IF_NAME: Final = "1.3.6.1.2.1.31.1.1.1.1"
UP: Final = 1
"""ifAdminStatus and ifOperStatus up(1); any other oper status carries no traffic."""

ENT_PHYSICAL_CLASS: Final = "1.3.6.1.2.1.47.1.1.1.1.5"
ENT_PHYSICAL_NAME: Final = "1.3.6.1.2.1.47.1.1.1.1.7"
CHASSIS: Final = 3
POWER_SUPPLY: Final = 6
FAN: Final = 7
MODULE: Final = 9
"""PhysicalClass of ENTITY-MIB. Containers (5) are slots, ports (10) have their own table."""

# --- HUAWEI-ENTITY-EXTENT-MIB, index entPhysicalIndex ----------------------------------------

HW_OPER_STATUS: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1.2"
HW_CPU_USAGE: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1.5"
HW_MEM_USAGE: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1.7"
HW_TEMPERATURE: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1.11"
NOT_SUPPORTED: Final = 2147483647
"""A reading that the part does not have. So is 0: only boards have CPU, memory and sensors."""

OPER_STATES: Final[Mapping[int, str]] = {
    1: "notSupported", 2: "disabled", 3: "enabled", 4: "offline", 11: "up", 12: "down",
    13: "connect", 15: "protocolUp", 16: "linkUp", 17: "linkDown", 18: "present", 19: "absent",
}  # fmt: skip
"""HwOperState."""
OPER_UNTOLD: Final = "notSupported"
OPER_ABSENT: Final = "absent"
OPER_HEALTHY: Final = frozenset({"enabled", "up", "connect", "protocolUp", "linkUp", "present"})

# hwFanStatusTable and hwPwrStatusTable, index slot.number; any column may be missing.
HW_FAN_PRESENT: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.10.1.6"
HW_FAN_STATE: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.10.1.7"
HW_FAN_DESC: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.10.1.8"
HW_PWR_PRESENT: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.18.1.5"
HW_PWR_STATE: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.18.1.6"
HW_PWR_DESC: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.18.1.9"
PRESENT: Final = 1
FAN_STATES: Final[Mapping[int, str]] = {1: "normal", 2: "abnormal"}
FAN_HEALTHY: Final = frozenset({"normal"})
PWR_STATES: Final[Mapping[int, str]] = {1: "supply", 2: "notSupply", 3: "sleep", 4: "unknown"}
PWR_HEALTHY: Final = frozenset({"supply", "sleep"})
"""A supply that sleeps was put to sleep by the device's own power saving."""

# --- HUAWEI-CPU-MIB: older devices, index frame.slot.cpu -------------------------------------

HW_CPU_DEV_DUTY_1MIN: Final = "1.3.6.1.4.1.2011.6.3.4.1.3"
HW_CPU_DEV_DUTY_5S: Final = "1.3.6.1.4.1.2011.6.3.4.1.2"

# --- HOST-RESOURCES-MIB (RFC 2790) ------------------------------------------------------------

HR_PROCESSOR_LOAD: Final = "1.3.6.1.2.1.25.3.3.1.2"
HR_STORAGE_TYPE: Final = "1.3.6.1.2.1.25.2.3.1.2"
HR_STORAGE_DESCR: Final = "1.3.6.1.2.1.25.2.3.1.3"
HR_STORAGE_UNITS: Final = "1.3.6.1.2.1.25.2.3.1.4"
HR_STORAGE_SIZE: Final = "1.3.6.1.2.1.25.2.3.1.5"
HR_STORAGE_USED: Final = "1.3.6.1.2.1.25.2.3.1.6"
STORAGE_OTHER: Final = "1.3.6.1.2.1.25.2.1.1"
STORAGE_RAM: Final = "1.3.6.1.2.1.25.2.1.2"
STORAGE_FIXED_DISK: Final = "1.3.6.1.2.1.25.2.1.4"
CACHE_ROWS: Final = frozenset({"Memory buffers", "Cached memory"})
"""Rows of type other that net-snmp adds on Linux; its "Physical memory" row counts them as used
(so it reads 90 % on healthy hosts), and "Cached memory" always reads 100 %."""

HR_FS_TYPE: Final = "1.3.6.1.2.1.25.3.8.1.4"
HR_FS_ACCESS: Final = "1.3.6.1.2.1.25.3.8.1.5"
HR_FS_STORAGE: Final = "1.3.6.1.2.1.25.3.8.1.7"
FS_ISO9660: Final = "1.3.6.1.2.1.25.3.9.12"
READ_ONLY: Final = 2

PSEUDO_MOUNTS: Final = ("/dev", "/proc", "/run", "/sys", "/var/run")
"""In memory or not storage at all; net-snmp lists them as fixed disks."""
OPTICAL_MOUNTS: Final = ("/media", "/cdrom", "/mnt/cdrom")
"""Images and discs are always 100 % full."""

# --- UCD-SNMP-MIB (net-snmp); kB where it is memory -------------------------------------------

UCD_SWAP_TOTAL: Final = "1.3.6.1.4.1.2021.4.3.0"
UCD_SWAP_AVAIL: Final = "1.3.6.1.4.1.2021.4.4.0"
UCD_MEM_TOTAL: Final = "1.3.6.1.4.1.2021.4.5.0"
UCD_MEM_AVAIL: Final = "1.3.6.1.4.1.2021.4.6.0"
UCD_MEM_BUFFER: Final = "1.3.6.1.4.1.2021.4.14.0"
UCD_MEM_CACHED: Final = "1.3.6.1.4.1.2021.4.15.0"
UCD_LOAD_1MIN: Final = "1.3.6.1.4.1.2021.10.1.3.1"
UCD_CPU_IDLE: Final = "1.3.6.1.4.1.2021.11.11.0"
UCD_DISK_PATH: Final = "1.3.6.1.4.1.2021.9.1.2"
UCD_DISK_INODES: Final = "1.3.6.1.4.1.2021.9.1.10"
