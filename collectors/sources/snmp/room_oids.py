"""Object identifiers of storage arrays and room sensors that are asked, all read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collectors.readings.storage import Health

# --- ISM-STORAGE-SVC-MIB and HUAWEI-STORAGE-HARDWARE-MIB (OceanStor), seen on a Dorado 3000 -----

DISK_HEALTH: Final = "1.3.6.1.4.1.34774.4.1.23.5.1.1.2"
DISK_LOCATION: Final = "1.3.6.1.4.1.34774.4.1.23.5.1.1.4"
DISK_CELSIUS: Final = "1.3.6.1.4.1.34774.4.1.23.5.1.1.11"
CONTROLLER_HEALTH: Final = "1.3.6.1.4.1.34774.4.1.23.5.2.1.2"
CONTROLLER_LOCATION: Final = "1.3.6.1.4.1.34774.4.1.23.5.2.1.5"
POOL_NAME: Final = "1.3.6.1.4.1.34774.4.1.23.4.2.1.2"
POOL_HEALTH: Final = "1.3.6.1.4.1.34774.4.1.23.4.2.1.5"
POOL_TOTAL: Final = "1.3.6.1.4.1.34774.4.1.23.4.2.1.7"
POOL_USED: Final = "1.3.6.1.4.1.34774.4.1.23.4.2.1.8"
"""MB, both."""
LUN_NAME: Final = "1.3.6.1.4.1.34774.4.1.23.4.8.1.2"
LUN_HEALTH: Final = "1.3.6.1.4.1.34774.4.1.23.4.8.1.9"

HEALTH_WORDS: Final[Mapping[int, str]] = {
    0: "unknown", 1: "normal", 2: "fault", 3: "pre-fail", 4: "partially broken", 5: "degraded",
    6: "bad sectors found", 7: "bit errors found", 8: "consistent", 9: "inconsistent", 10: "busy",
    11: "no input", 12: "low battery", 13: "single link fault", 14: "invalid",
    15: "write protect",
}  # fmt: skip
"""HEALTH_STATUS_E of the MIB reference."""
WELL: Final = frozenset({1, 8})
FAILED: Final = frozenset({2, 14})


def health(code: int) -> Health:
    """What a health code means; one that the MIB does not have means nothing."""
    if code in WELL:
        return Health.WELL
    if code in FAILED:
        return Health.FAILED
    return Health.FAILING if HEALTH_WORDS.get(code, "unknown") != "unknown" else Health.UNTOLD


# --- ENTITY-SENSOR-MIB (RFC 3433), index entPhysicalIndex ---------------------------------------

SENSOR_TYPE: Final = "1.3.6.1.2.1.99.1.1.1.1"
SENSOR_SCALE: Final = "1.3.6.1.2.1.99.1.1.1.2"
SENSOR_PRECISION: Final = "1.3.6.1.2.1.99.1.1.1.3"
SENSOR_VALUE: Final = "1.3.6.1.2.1.99.1.1.1.4"
SENSOR_STATUS: Final = "1.3.6.1.2.1.99.1.1.1.5"
CELSIUS: Final = 8
HUMIDITY: Final = 9
"""EntitySensorDataType celsius(8), percentRH(9)."""
UNITS: Final = 9
"""EntitySensorDataScale units(9): each step above or below is a factor of 1,000."""
SCALES: Final = range(1, 18)
PRECISIONS: Final = range(-8, 10)
SENSOR_OK: Final = 1
SENSOR_STATES: Final = frozenset({1, 2, 3})
"""ok, unavailable, nonoperational."""
