"""Practice devices as an SNMP agent shows them: healthy ones, made up for this lab after the MIBs,
and the faults that can be put into them. A fault changes what the device answers; to mend it, let
the device `become` a healthy one again.

Percentages, degrees Celsius and bytes are as the MIB has them; see `collectors.sources.snmp.oids`
for the columns that are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lab.embedded.snmp_mib import AgentData

SYSTEM: Final = "1.3.6.1.2.1.1"
INTERFACES: Final = "1.3.6.1.2.1.2.2.1"
INTERFACE_NAMES: Final = "1.3.6.1.2.1.31.1.1.1.1"
ENTITY: Final = "1.3.6.1.2.1.47.1.1.1.1"
HUAWEI_STATE: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1"
HUAWEI_FAN: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.10.1"
HUAWEI_POWER: Final = "1.3.6.1.4.1.2011.5.25.31.1.1.18.1"
PROCESSORS: Final = "1.3.6.1.2.1.25.3.3.1.2"
STORAGE: Final = "1.3.6.1.2.1.25.2.3.1"
STORAGE_TYPES: Final = "1.3.6.1.2.1.25.2.1"
UCD_MEMORY: Final = "1.3.6.1.4.1.2021.4"
UCD_LOAD: Final = "1.3.6.1.4.1.2021.10.1.3"
UPS: Final = "1.3.6.1.2.1.33.1"
OCEANSTOR: Final = "1.3.6.1.4.1.34774.4.1"
SENSORS: Final = "1.3.6.1.2.1.99.1.1.1"
ROOM_TEMPERATURE, ROOM_HUMIDITY = 11, 12
"""Entity numbers of the sensors."""

CHASSIS, SLOT, BOARD, BAY, UNIT = 1000, 1100, 1101, 1200, 1201
"""Entity numbers: the frame, board slots (+100 each) with their board one above, and bays."""
PORT_ENTITY: Final = 2000

UP, DOWN = 1, 2
UPTIME: Final = 864_000_00
"""Ten days in hundredths of a second."""

LINUX_CORE: Final = 196608
"""Where net-snmp begins to number processors."""
ROOT_DISK: Final = 31
MEMORY_KB: Final = 16_000_000
DISK_UNITS: Final = 25_000_000
UNIT_BYTES: Final = 4096


# --- network devices -----------------------------------------------------------------------


def vrp(
    name: str,
    *,
    model: str = "AR6280",
    ports: Sequence[str] = ("GigabitEthernet0/0/1", "GigabitEthernet0/0/2"),
    boards: Sequence[str] = ("MPU 1", "LPU 2"),
    fans: int = 2,
    supplies: int = 2,
) -> AgentData:
    """A Huawei router, switch or firewall. The first board is the main one; slot numbers count
    from 1 and one slot more than there are boards is empty."""
    data = AgentData()
    _system(data, name, f"Huawei Versatile Routing Platform Software {model}", "2011.2.224.1")
    _entity(data, CHASSIS, 3, f"{model} frame")
    for number, board in enumerate([*boards, ""]):
        _entity(data, SLOT + 100 * number, 5, f"slot {number + 1}", 3 if board else 2)
        if board:
            _entity(data, BOARD + 100 * number, 9, board)
    for number, port in enumerate(ports, start=1):
        _entity(data, PORT_ENTITY + number, 10, port, 15)
        _port(data, number, port)
    for number in range(1, fans + 1):
        _fan(data, number)
    for number in range(1, supplies + 1):
        _supply(data, number)
    set_cpu(data, 12)
    set_memory(data, 34)
    set_temperature(data, 36)
    return data


def _entity(data: AgentData, index: int, kind: int, name: str, oper: int = 3) -> None:
    data.set_value(f"{ENTITY}.5.{index}", kind)
    data.set_value(f"{ENTITY}.7.{index}", name)
    data.set_value(f"{HUAWEI_STATE}.2.{index}", oper)
    for column in (5, 7, 11):
        data.set_value(f"{HUAWEI_STATE}.{column}.{index}", 0)


def _port(data: AgentData, index: int, name: str) -> None:
    data.set_value(f"{INTERFACES}.2.{index}", name)
    data.set_value(f"{INTERFACES}.7.{index}", UP)
    data.set_value(f"{INTERFACES}.8.{index}", UP)
    data.set_value(f"{INTERFACE_NAMES}.{index}", name)


def _fan(data: AgentData, number: int) -> None:
    for column, value in ((1, 0), (2, number), (3, 1), (4, 1), (5, 35), (6, 1), (7, 1)):
        data.set_value(f"{HUAWEI_FAN}.{column}.0.{number}", value)
    data.set_value(f"{HUAWEI_FAN}.8.0.{number}", f"FAN{number}")


def _supply(data: AgentData, number: int) -> None:
    for column, value in ((1, 0), (2, number), (3, 1), (4, 3), (5, 1), (6, 1), (7, 2100)):
        data.set_value(f"{HUAWEI_POWER}.{column}.0.{number}", value)
    data.set_value(f"{HUAWEI_POWER}.9.0.{number}", f"PWR{number}")


def fail_fan(data: AgentData, fan: int = 1) -> None:
    """hwFanState abnormal(2)."""
    data.set_value(f"{HUAWEI_FAN}.7.0.{fan}", 2)


def lose_supply(data: AgentData, supply: int = 1) -> None:
    """hwPwrState notSupply(2): in its bay, without current."""
    data.set_value(f"{HUAWEI_POWER}.6.0.{supply}", 2)


def port_down(data: AgentData, port: str) -> None:
    """ifOperStatus down, while the port is meant to be up. Raises `KeyError` for no such port."""
    for index in range(1, 1000):
        if data.value(f"{INTERFACE_NAMES}.{index}") == port:
            data.set_value(f"{INTERFACES}.8.{index}", DOWN)
            return


def fail_board(data: AgentData, board: int = 2) -> None:
    """hwEntityOperStatus offline(4) of the board in that slot."""
    data.set_value(f"{HUAWEI_STATE}.2.{BOARD + 100 * (board - 1)}", 4)


# --- servers -------------------------------------------------------------------------------


def linux(name: str, *, cores: int = 4) -> AgentData:
    """A Linux server with net-snmp."""
    data = AgentData()
    _system(data, name, f"Linux {name} 5.10.0", "8072.3.2.10")
    for core in range(cores):
        data.set_value(f"{PROCESSORS}.{LINUX_CORE + core}", 0)
    for column, text in enumerate(("0.20", "0.25", "0.22"), start=1):
        data.set_value(f"{UCD_LOAD}.{column}", text)
    _row(data, 1, 2, "Physical memory", (1024, MEMORY_KB, MEMORY_KB * 9 // 10))
    _row(data, 7, 1, "Cached memory", (1024, MEMORY_KB // 2, MEMORY_KB // 2))
    _row(data, ROOT_DISK, 4, "/", (UNIT_BYTES, DISK_UNITS, 0))
    _row(data, ROOT_DISK + 1, 4, "/dev/shm", (UNIT_BYTES, 1000, 1000))  # noqa: S108
    data.set_value(f"{UCD_MEMORY}.3.0", 0)
    data.set_value(f"{UCD_MEMORY}.4.0", 0)
    data.set_value(f"{UCD_MEMORY}.5.0", MEMORY_KB)
    set_cpu(data, 9)
    set_memory(data, 41)
    fill_disk(data, 38)
    return data


def _row(data: AgentData, index: int, kind: int, name: str, numbers: tuple[int, int, int]) -> None:
    data.set_value(f"{STORAGE}.2.{index}", f"{STORAGE_TYPES}.{kind}", "6")
    data.set_value(f"{STORAGE}.3.{index}", name)
    for column, number in zip((4, 5, 6), numbers, strict=True):
        data.set_value(f"{STORAGE}.{column}.{index}", number)


def fill_disk(data: AgentData, percent: int) -> None:
    """The root file system of a server, to that percentage."""
    data.set_value(f"{STORAGE}.6.{ROOT_DISK}", DISK_UNITS * percent // 100)


# --- both ------------------------------------------------------------------------------------


def set_cpu(data: AgentData, percent: int) -> None:
    """The main board's load, or that of every core of a server."""
    cores = data.below(PROCESSORS)
    for oid in cores or [f"{HUAWEI_STATE}.5.{BOARD}"]:
        data.set_value(oid, percent)


def set_memory(data: AgentData, percent: int) -> None:
    """The main board's memory, or what the programs of a server hold: half of the rest is free,
    half is cache."""
    if not data.below(UCD_MEMORY):
        data.set_value(f"{HUAWEI_STATE}.7.{BOARD}", percent)
        return
    rest = MEMORY_KB - MEMORY_KB * percent // 100
    data.set_value(f"{UCD_MEMORY}.6.0", rest - rest // 2)
    data.set_value(f"{UCD_MEMORY}.14.0", 0)
    data.set_value(f"{UCD_MEMORY}.15.0", rest // 2)


def set_temperature(data: AgentData, degrees: int) -> None:
    """The main board's sensor."""
    data.set_value(f"{HUAWEI_STATE}.11.{BOARD}", degrees)


# --- other agents ------------------------------------------------------------------------------


def ups(name: str) -> AgentData:
    """A UPS on mains, battery full (UPS-MIB, RFC 1628)."""
    data = AgentData()
    _system(data, name, "UPS SNMP card", "2011.6.174.4")
    data.set_value(f"{UPS}.1.1.0", "HUAWEI")
    data.set_value(f"{UPS}.1.2.0", "UPS5000-E")
    scalars = {
        "2.1.0": 2, "2.2.0": 0, "2.3.0": 46, "2.4.0": 100, "2.5.0": 4320, "2.7.0": 24,
        "3.3.1.2.1": 500, "3.3.1.3.1": 229, "4.1.0": 3, "4.2.0": 500, "4.4.1.2.1": 230,
        "4.4.1.5.1": 31, "6.1.0": 0,
    }  # fmt: skip
    for column, value in scalars.items():
        data.set_value(f"{UPS}.{column}", value)
    return data


def set_output_source(data: AgentData, source: int) -> None:
    """upsOutputSource: normal(3), bypass(4), battery(5)."""
    data.set_value(f"{UPS}.4.1.0", source)


def run_on_battery(data: AgentData) -> None:
    """Mains are gone: the battery has carried the load for two minutes and is well."""
    set_output_source(data, 5)
    data.set_value(f"{UPS}.2.2.0", 120)
    data.set_value(f"{UPS}.2.4.0", 93)


def lower_battery(data: AgentData) -> None:
    """upsBatteryStatus batteryLow(3), as of an old battery on mains."""
    data.set_value(f"{UPS}.2.1.0", 3)


def load_ups(data: AgentData, percent: int) -> None:
    """upsOutputPercentLoad of the one line."""
    data.set_value(f"{UPS}.4.4.1.5.1", percent)


def storage(name: str, *, disks: int = 4) -> AgentData:
    """An OceanStor array: everything in health normal(1), pool 1 at 36 %, sizes in MB. An index
    is a text with its length before it."""
    data = AgentData()
    _system(data, name, "ISM SNMP Agent", "2011.2.91")
    for disk in range(disks):
        index = f"1.{ord('0') + disk}"
        data.set_value(f"{OCEANSTOR}.23.5.1.1.2.{index}", 1, "66")
        data.set_value(f"{OCEANSTOR}.23.5.1.1.4.{index}", f"CTE0.{disk}")
        data.set_value(f"{OCEANSTOR}.23.5.1.1.11.{index}", 31)
    for controller in "AB":
        index = f"2.48.{ord(controller)}"
        data.set_value(f"{OCEANSTOR}.23.5.2.1.2.{index}", 1, "66")
        data.set_value(f"{OCEANSTOR}.23.5.2.1.5.{index}", f"CTE0.{controller}")
    for column, value, tag in (("2", "Pool-1", "4"), ("5", 1, "66"), ("7", 40_000_000, "70"),
                               ("8", 14_400_000, "70")):  # fmt: skip
        data.set_value(f"{OCEANSTOR}.23.4.2.1.{column}.1.49", value, tag)
    data.set_value(f"{OCEANSTOR}.23.4.8.1.2.1.48", "LUN-hotline")
    data.set_value(f"{OCEANSTOR}.23.4.8.1.9.1.48", 1, "66")
    return data


def fail_array_disk(data: AgentData, disk: int = 2) -> None:
    """hwInfoDiskHealthStatus fault(2)."""
    data.set_value(f"{OCEANSTOR}.23.5.1.1.2.1.{ord('0') + disk}", 2)


def room_sensor(name: str) -> AgentData:
    """A room's environment unit with a sensor of temperature and one of humidity, both in tenths
    (ENTITY-SENSOR-MIB, RFC 3433)."""
    data = AgentData()
    _system(data, name, "Environment monitoring unit", "2011.6.164.1")
    _sensor(data, ROOM_TEMPERATURE, 8, "cold aisle")
    _sensor(data, ROOM_HUMIDITY, 9, "cold aisle")
    set_room(data, celsius=23.4, humidity=46.0)
    return data


def _sensor(data: AgentData, index: int, kind: int, name: str) -> None:
    data.set_value(f"{ENTITY}.7.{index}", name)
    for column, value in ((1, kind), (2, 9), (3, 1), (4, 0), (5, 1)):
        data.set_value(f"{SENSORS}.{column}.{index}", value)


def set_room(
    data: AgentData, *, celsius: float | None = None, humidity: float | None = None
) -> None:
    """The room as the sensors have it."""
    for index, value in ((ROOM_TEMPERATURE, celsius), (ROOM_HUMIDITY, humidity)):
        if value is not None:
            data.set_value(f"{SENSORS}.4.{index}", round(10 * value))


def _system(data: AgentData, name: str, description: str, enterprise: str) -> None:
    data.set_value(f"{SYSTEM}.1.0", description)
    data.set_value(f"{SYSTEM}.2.0", f"1.3.6.1.4.1.{enterprise}", "6")
    data.set_value(f"{SYSTEM}.3.0", UPTIME, "67")
    data.set_value(f"{SYSTEM}.5.0", name)
