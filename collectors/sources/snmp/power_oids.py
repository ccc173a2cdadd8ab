"""Object identifiers of UPSs that are asked, all read only, each with the MIB that defines it.

Which values mean "not told", and which agents leave what out, comes from recordings of real
devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collectors.readings.power import Battery, Supply

# --- UPS-MIB (RFC 1628) ------------------------------------------------------------------------

RFC_BATTERY_STATUS: Final = "1.3.6.1.2.1.33.1.2.1.0"
RFC_SECONDS_ON_BATTERY: Final = "1.3.6.1.2.1.33.1.2.2.0"
RFC_MINUTES_REMAINING: Final = "1.3.6.1.2.1.33.1.2.3.0"
RFC_CHARGE: Final = "1.3.6.1.2.1.33.1.2.4.0"
RFC_BATTERY_CELSIUS: Final = "1.3.6.1.2.1.33.1.2.7.0"
RFC_OUTPUT_SOURCE: Final = "1.3.6.1.2.1.33.1.4.1.0"
RFC_OUTPUT_LOAD: Final = "1.3.6.1.2.1.33.1.4.4.1.5"
"""Column, one row per output line."""
RFC_ALARMS_PRESENT: Final = "1.3.6.1.2.1.33.1.6.1.0"
RFC_ALARM_DESCR: Final = "1.3.6.1.2.1.33.1.6.2.1.2"

RFC_BATTERY: Final[Mapping[int, Battery]] = {
    1: Battery.UNKNOWN, 2: Battery.NORMAL, 3: Battery.LOW, 4: Battery.DEPLETED,
}  # fmt: skip
RFC_SUPPLY: Final[Mapping[int, Supply]] = {
    2: Supply.OFF, 3: Supply.MAINS, 4: Supply.BYPASS, 5: Supply.BATTERY, 6: Supply.BOOSTED,
    7: Supply.TRIMMED,
}  # fmt: skip
"""upsOutputSource; other(1) has no meaning that could be judged."""

WELL_KNOWN_ALARMS: Final = "1.3.6.1.2.1.33.1.6.3"
ALARM_BATTERY_BAD: Final = 1
ALARM_OVERLOAD: Final = 8
ALARM_NAMES: Final[Mapping[int, str]] = {
    1: "upsAlarmBatteryBad", 2: "upsAlarmOnBattery", 3: "upsAlarmLowBattery",
    4: "upsAlarmDepletedBattery", 5: "upsAlarmTempBad", 6: "upsAlarmInputBad",
    7: "upsAlarmOutputBad", 8: "upsAlarmOutputOverload", 9: "upsAlarmOnBypass",
    10: "upsAlarmBypassBad", 11: "upsAlarmOutputOffAsRequested",
    12: "upsAlarmUpsOffAsRequested", 13: "upsAlarmChargerFailed", 14: "upsAlarmUpsOutputOff",
    15: "upsAlarmUpsSystemOff", 16: "upsAlarmFanFailure", 17: "upsAlarmFuseFailure",
    18: "upsAlarmGeneralFault", 19: "upsAlarmDiagnosticTestFailed",
    20: "upsAlarmCommunicationsLost", 21: "upsAlarmAwaitingPower", 22: "upsAlarmShutdownPending",
    23: "upsAlarmShutdownImminent", 24: "upsAlarmTestInProgress",
}  # fmt: skip
ALARMS_TOLD_ELSEWHERE: Final = frozenset({1, 2, 3, 4, 8, 9, 11, 12, 14, 24})
"""The other values of the MIB say the same, or (24) it is no fault: one fault, one finding."""
ALARM_INPUT_BAD: Final = 6
"""On battery it says no more than that."""

# --- HUAWEI-UPS-MIB (UPS2000, UPS5000); the last number of an index is the UPS -----------------
# Columns as NUT's huawei-mib.c (0.40) reads them on a UPS5000-E; its agent is a plain net-snmp by
# sysObjectID, so that the values themselves say that they are there.

HW_SUPPLY: Final = "1.3.6.1.4.1.2011.6.174.1.2.101.1.1"
HW_BATTERY: Final = "1.3.6.1.4.1.2011.6.174.1.2.101.1.3"
HW_LOADS: Final = (
    "1.3.6.1.4.1.2011.6.174.1.4.100.1.14",
    "1.3.6.1.4.1.2011.6.174.1.4.100.1.15",
    "1.3.6.1.4.1.2011.6.174.1.4.100.1.16",
)
"""Tenths of a percent, one column per phase."""
HW_CHARGE: Final = "1.3.6.1.4.1.2011.6.174.1.6.100.1.3"
"""Percent by NUT, tenths of a percent by other readers of the same MIB: the site confirms it."""
HW_RUNTIME_S: Final = "1.3.6.1.4.1.2011.6.174.1.6.100.1.4"
HW_BATTERY_CELSIUS: Final = "1.3.6.1.4.1.2011.6.174.1.6.100.1.6"
"""Tenths of a degree."""

HW_SUPPLIES: Final[Mapping[int, Supply]] = {
    1: Supply.OFF, 2: Supply.BYPASS, 3: Supply.MAINS, 4: Supply.BATTERY, 5: Supply.JOINT,
    6: Supply.ECONOMY, 7: Supply.BATTERY,
}  # fmt: skip
HW_BATTERIES: Final[Mapping[int, Battery]] = {
    1: Battery.MISSING, 2: Battery.NORMAL, 3: Battery.NORMAL, 4: Battery.NORMAL,
    5: Battery.NORMAL, 6: Battery.NORMAL,
}  # fmt: skip
"""Not connected, idle, hibernating, float and equalising charge, discharging. That it is low, the
charge and the runtime say."""

# --- PowerNet-MIB (APC) ------------------------------------------------------------------------

APC_BATTERY_STATUS: Final = "1.3.6.1.4.1.318.1.1.1.2.1.1.0"
APC_TIME_ON_BATTERY: Final = "1.3.6.1.4.1.318.1.1.1.2.1.2.0"
APC_CHARGE: Final = "1.3.6.1.4.1.318.1.1.1.2.2.1.0"
APC_CELSIUS: Final = "1.3.6.1.4.1.318.1.1.1.2.2.2.0"
APC_RUNTIME: Final = "1.3.6.1.4.1.318.1.1.1.2.2.3.0"
"""Hundredths of a second, as APC_TIME_ON_BATTERY."""
APC_REPLACE: Final = "1.3.6.1.4.1.318.1.1.1.2.2.4.0"
APC_CHARGE_TENTHS: Final = "1.3.6.1.4.1.318.1.1.1.2.3.1.0"
APC_CELSIUS_TENTHS: Final = "1.3.6.1.4.1.318.1.1.1.2.3.2.0"
APC_OUTPUT_STATUS: Final = "1.3.6.1.4.1.318.1.1.1.4.1.1.0"
APC_LOAD: Final = "1.3.6.1.4.1.318.1.1.1.4.2.3.0"
APC_LOAD_TENTHS: Final = "1.3.6.1.4.1.318.1.1.1.4.3.3.0"
"""The high-precision groups (…3.1, …3.2, …3.3) came later; some cards tell only those."""

NEEDS_REPLACING: Final = 2
APC_BATTERY: Final[Mapping[int, Battery]] = {
    1: Battery.UNKNOWN, 2: Battery.NORMAL, 3: Battery.LOW, 4: Battery.FAULTY, 5: Battery.MISSING,
}  # fmt: skip
APC_SUPPLY: Final[Mapping[int, Supply]] = {
    2: Supply.MAINS, 3: Supply.BATTERY, 4: Supply.BOOSTED, 5: Supply.OFF, 6: Supply.BYPASS,
    7: Supply.OFF, 9: Supply.BYPASS, 10: Supply.BYPASS, 11: Supply.OFF, 12: Supply.TRIMMED,
    13: Supply.ECONOMY, 15: Supply.TESTING, 16: Supply.BYPASS, 17: Supply.BYPASS,
    20: Supply.ECONOMY,
}  # fmt: skip
"""upsBasicOutputStatus; the states that are left out are passing (rebooting) or have no meaning
for a single UPS, so they stay without one."""
