"""Room sensors by SNMP: ENTITY-SENSOR-MIB (RFC 3433), or the values that the site names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from collectors.readings import Reading
from collectors.readings.room import Probe, RoomHumidity, RoomTemperature
from collectors.sources.snmp import oids as standard
from collectors.sources.snmp import room_oids as oids
from collectors.sources.snmp.agent import Agent, SiteGap
from collectors.sources.snmp.port import Garbled, Value
from collectors.sources.snmp.texts import number, words
from inventory.model import Device, SnmpValue
from phrases import say

CELSIUS_RANGE: Final = (-40.0, 100.0)
HUMIDITY_RANGE: Final = (0.0, 100.0)
TEMPERATURE_TOPIC: Final = "room_temperature"
HUMIDITY_TOPIC: Final = "room_humidity"


async def temperature(device: Device, agent: Agent) -> RoomTemperature | SiteGap:
    """What the site names, else every sensor of the standard table."""
    probes = await _probes(device, agent, TEMPERATURE_TOPIC, oids.CELSIUS, CELSIUS_RANGE)
    if isinstance(probes, SiteGap):
        return probes
    return RoomTemperature(probes=probes, **agent.stamp())


async def humidity(device: Device, agent: Agent) -> RoomHumidity | SiteGap:
    """As `temperature`."""
    probes = await _probes(device, agent, HUMIDITY_TOPIC, oids.HUMIDITY, HUMIDITY_RANGE)
    if isinstance(probes, SiteGap):
        return probes
    return RoomHumidity(probes=probes, **agent.stamp())


async def _probes(
    device: Device, agent: Agent, topic: str, kind: int, limits: tuple[float, float]
) -> tuple[Probe, ...] | SiteGap:
    site = dict(device.oids).get(topic)
    if site is not None and site.oid is not None and site.confirmed:
        return (await _named(agent, site, site.oid, limits),)
    found = await _standard(agent, kind, limits)
    if found:
        return found
    if site is not None and not site.confirmed:
        return SiteGap(
            say("{device}: lineguard.oids.{topic} is not confirmed yet: look at the value, then "
                "write confirmed: true", device=device.name, topic=topic)
        )  # fmt: skip
    return SiteGap(
        say("{device} tells nothing by ENTITY-SENSOR-MIB; write where its value stands under "
            "lineguard.oids.{topic} (oid, scale, confirmed)", device=device.name, topic=topic)
    )  # fmt: skip


async def _named(agent: Agent, site: SnmpValue, oid: str, limits: tuple[float, float]) -> Probe:
    """Raises `Garbled` where there is nothing that could be such a value."""
    told = number((await agent.get([oid])).get(oid))
    if told is None:
        raise Garbled("no number where the site has named a value")
    return Probe(name=oid, value=_possible(told * site.scale, limits))


async def _standard(agent: Agent, kind: int, limits: tuple[float, float]) -> tuple[Probe, ...]:
    types = await agent.column(oids.SENSOR_TYPE)
    chosen = [index for index, told in types.items() if told == kind]
    if not chosen:
        return ()
    told = await agent.get([f"{column}.{index}" for index in chosen for column in COLUMNS])
    return tuple(_probe(index, told, limits) for index in chosen)


COLUMNS: Final = (
    oids.SENSOR_SCALE,
    oids.SENSOR_PRECISION,
    oids.SENSOR_VALUE,
    oids.SENSOR_STATUS,
    standard.ENT_PHYSICAL_NAME,
)


def _probe(index: str, told: Mapping[str, Value | None], limits: tuple[float, float]) -> Probe:
    """Raises `Garbled` for a row that RFC 3433 does not allow."""
    scale, precision, value, status, name = (told.get(f"{column}.{index}") for column in COLUMNS)
    if status not in oids.SENSOR_STATES:
        raise Garbled("a sensor without a state of the MIB")
    shown = words(name) or index
    if status != oids.SENSOR_OK:
        return Probe(name=shown, value=None)
    if scale not in oids.SCALES or precision not in oids.PRECISIONS or not isinstance(value, int):
        raise Garbled("a sensor without its value, scale or precision")
    assert isinstance(scale, int) and isinstance(precision, int)  # noqa: S101
    power = 3 * (scale - oids.UNITS) - precision
    return Probe(name=shown, value=_possible(value * 10.0**power, limits))


def _possible(value: float, limits: tuple[float, float]) -> float:
    """Raises `Garbled` for what no room can be."""
    if not limits[0] <= value <= limits[1]:
        raise Garbled("a value that no room can have")
    return round(value, 1)


READERS: Final[Mapping[type[Reading], Callable[[Device, Agent], Awaitable[Reading | SiteGap]]]] = {
    RoomTemperature: temperature,
    RoomHumidity: humidity,
}
