"""Storage arrays and room sensors by SNMP."""

from __future__ import annotations

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import State
from collectors.readings import Trouble, Unanswered
from collectors.readings.room import RoomTemperature
from collectors.readings.storage import ArrayCapacity, ArrayPart, ArrayParts
from collectors.sources.snmp.port import EngineMaker
from inventory.model import Kind, SnmpValue
from lab.embedded import snmp_data
from lab.embedded.snmp_mib import AgentData
from tests.collectors.snmp.recordings import FOLDER, MISSING, recorded
from tests.collectors.snmp.served import Served, serving
from tests.inventory.builders import device
from tests.witness import shown

OCEANSTOR = "1.3.6.1.4.1.34774.4.1.23"
SENSORS = "1.3.6.1.2.1.99.1.1.1"
RECORDED = pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)
PEER = "practice SNMP agent"


async def judged(served: Served, name: str, witnessed: bool = True) -> dict[str, Judgement]:
    """One item, by check. Recordings are not everywhere, so they bear no witness."""
    due = item(name)
    visit = await served.visit(*wanted(due, served.device))
    found = judge_item(due, served.device, visit)
    return {one.check: shown(one, PEER) if witnessed else one for one in found}


def sentence(found: dict[str, Judgement], check: str) -> str:
    return found[check].verdict.sentence.text("en")


async def test_a_healthy_array_tells_all_its_parts(engine: EngineMaker) -> None:
    async with serving(snmp_data.storage("s"), name="san-1", kind=Kind.STORAGE) as served:
        found = await judged(served, "R2")
    assert sentence(found, "array_parts") == (
        "san-1: 4 disks, 2 controllers, 1 pools and 1 LUNs are well"
    )
    assert sentence(found, "array_capacity") == "san-1: pool Pool-1 is 36 % full, limit 85 %"
    assert found.keys() == {"array_parts", "array_capacity"}


@pytest.mark.parametrize(
    ("oid", "value", "said"),
    [
        ("5.1.1.2.1.49", 2, "disk CTE0.1: health is fault"),
        ("5.1.1.2.1.49", 3, "disk CTE0.1: health is pre-fail"),
        ("5.1.1.11.1.49", 60, "disk CTE0.1 at 60 °C, limit 60 °C"),
        ("5.2.1.2.2.48.65", 2, "controller CTE0.A: health is fault"),
        ("4.2.1.5.1.49", 5, "pool Pool-1: health is degraded"),
        ("4.8.1.9.1.48", 15, "LUN LUN-hotline: health is write protect"),
    ],
)
async def test_a_part_that_is_ill_is_named(
    engine: EngineMaker, oid: str, value: int, said: str
) -> None:
    data = snmp_data.storage("s")
    data.set_value(f"{OCEANSTOR}.{oid}", value)
    async with serving(data, name="san-1", kind=Kind.STORAGE) as served:
        found = await judged(served, "R2")
    assert sentence(found, "array_parts") == f"san-1: {said}"
    assert found["array_parts"].verdict.state is State.ABNORMAL


@pytest.mark.parametrize("code", [0, 16, 4294967295])
async def test_a_health_without_a_meaning_is_unknown(engine: EngineMaker, code: int) -> None:
    data = snmp_data.storage("s")
    data.set_value(f"{OCEANSTOR}.5.1.1.2.1.49", code, "66")
    async with serving(data, name="san-1", kind=Kind.STORAGE) as served:
        found = await judged(served, "R2")
    assert found["array_parts"].verdict.state is State.UNKNOWN


@pytest.mark.parametrize("used", [38_000_000, 50_000_000])
async def test_a_full_pool_is_found(engine: EngineMaker, used: int) -> None:
    data = snmp_data.storage("s")
    data.set_value(f"{OCEANSTOR}.4.2.1.8.1.49", used)
    async with serving(data, name="san-1", kind=Kind.STORAGE) as served:
        found = await judged(served, "R2")
    assert found["array_capacity"].verdict.state is State.ABNORMAL


async def test_numbers_of_a_pool_that_are_missing_are_garbled(engine: EngineMaker) -> None:
    data = snmp_data.storage("s")
    data.remove(f"{OCEANSTOR}.4.2.1.8.1.49")
    async with serving(data, name="san-1", kind=Kind.STORAGE) as served:
        answer = await served.ask(ArrayCapacity)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.GARBLED


async def test_an_array_that_is_a_server_tells_its_file_systems_and_of_disks_nothing(
    engine: EngineMaker,
) -> None:
    data = snmp_data.linux("nas")
    async with serving(data, name="nas-1", kind=Kind.STORAGE) as served:
        found = await judged(served, "R2")
    assert found["file_systems"].verdict.state is State.NORMAL
    assert found["array_parts"].verdict.state is State.UNKNOWN
    assert found["array_parts"].trouble is Trouble.UNSUPPORTED


@RECORDED
async def test_a_recorded_dorado_is_well(engine: EngineMaker) -> None:
    async with serving(recorded("oceanstor_dorado3k"), name="d3", kind=Kind.STORAGE) as served:
        found = await judged(served, "R2", witnessed=False)
        parts = await served.read(ArrayParts)
    assert {one.verdict.state for one in found.values()} == {State.NORMAL}, found
    by_kind = {what: sum(one.part is what for one in parts.parts) for what in ArrayPart}
    assert by_kind[ArrayPart.CONTROLLER] == 2
    assert by_kind[ArrayPart.POOL] == 1
    assert by_kind[ArrayPart.LUN] == 4
    assert {one.name for one in parts.parts} >= {"CTE0.0", "CTE0.A", "Pool-1", "LUN-01"}


@RECORDED
async def test_a_recorded_stub_is_no_array(engine: EngineMaker) -> None:
    async with serving(recorded("oceanstor"), name="o", kind=Kind.STORAGE) as served:
        found = await judged(served, "R2", witnessed=False)
    assert {one.verdict.state for one in found.values()} == {State.UNKNOWN}


# --- the room ----------------------------------------------------------------------------------


async def test_a_room_tells_temperature_and_humidity(engine: EngineMaker) -> None:
    async with serving(snmp_data.room_sensor("r"), name="room-1", kind=Kind.ROOM_SENSOR) as served:
        found = await judged(served, "R3")
    assert sentence(found, "room_temperature") == "room-1: cold aisle at 23.4 °C, limit 28 °C"
    assert sentence(found, "room_humidity") == (
        "room-1: cold aisle humidity 46 %, limits 20 and 80 %"
    )


@pytest.mark.parametrize(
    ("celsius", "humidity", "wrong"),
    [
        (34.0, 46.0, {"room_temperature"}),
        (4.5, 46.0, {"room_temperature"}),
        (-3.0, 46.0, {"room_temperature"}),
        (23.0, 85.0, {"room_humidity"}),
    ],
)
async def test_a_room_that_is_not_well(
    engine: EngineMaker, celsius: float, humidity: float, wrong: set[str]
) -> None:
    data = snmp_data.room_sensor("r")
    snmp_data.set_room(data, celsius=celsius, humidity=humidity)
    async with serving(data, name="room-1", kind=Kind.ROOM_SENSOR) as served:
        found = await judged(served, "R3")
    bad = {one for one, told in found.items() if told.verdict.state is State.ABNORMAL}
    assert bad == wrong


def sensor(*, scale: int = 9, precision: int = 0, value: int = 23, status: int = 1) -> AgentData:
    data = snmp_data.room_sensor("r")
    for column, told in ((2, scale), (3, precision), (4, value), (5, status)):
        data.set_value(f"{SENSORS}.{column}.{snmp_data.ROOM_TEMPERATURE}", told)
    return data


@pytest.mark.parametrize(
    ("data", "celsius"),
    [
        (sensor(), 23.0),
        (sensor(precision=2, value=2345), 23.4),
        (sensor(scale=8, value=23400), 23.4),
        (sensor(scale=8, precision=1, value=234000), 23.4),
        (sensor(status=2), None),
        (sensor(status=3), None),
    ],
)
async def test_scale_precision_and_state_of_rfc_3433(
    engine: EngineMaker, data: AgentData, celsius: float | None
) -> None:
    async with serving(data, name="room-1", kind=Kind.ROOM_SENSOR) as served:
        (probe,) = (await served.read(RoomTemperature)).probes
    assert (probe.name, probe.value) == ("cold aisle", celsius)


@pytest.mark.parametrize(
    "data",
    [
        sensor(scale=18),
        sensor(scale=0),
        sensor(precision=10),
        sensor(status=4),
        sensor(value=500),
        sensor(value=-200),
    ],
)
async def test_what_no_sensor_can_say_is_garbled(engine: EngineMaker, data: AgentData) -> None:
    async with serving(data, name="room-1", kind=Kind.ROOM_SENSOR) as served:
        answer = await served.ask(RoomTemperature)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.GARBLED


OID = "1.3.6.1.4.1.9999.1.1.0"


async def asked(site: SnmpValue | None, value: int | str | None) -> dict[str, Judgement]:
    """R3 of an agent without the standard table."""
    data = snmp_data.linux("r")
    if value is not None:
        data.set_value(OID, value)
    async with serving(data, name="room-9", kind=Kind.ROOM_SENSOR) as served:
        known = served.device.access.snmp
        assert known is not None
        oids = {} if site is None else {"room_temperature": site}
        served.device = device("room-9", Kind.ROOM_SENSOR, oids=oids, snmp=known)
        return await judged(served, "R3")


async def test_a_value_that_the_site_confirmed_is_judged(engine: EngineMaker) -> None:
    confirmed = SnmpValue(oid=OID, scale=0.1, confirmed=True)
    assert sentence(await asked(confirmed, 341), "room_temperature") == (
        f"room-9: {OID} at 34.1 °C, limit 28 °C"
    )
    assert (await asked(confirmed, "220"))["room_temperature"].verdict.state is State.NORMAL


@pytest.mark.parametrize(
    ("site", "value", "trouble", "says"),
    [
        (None, 220, Trouble.NOT_CONFIGURED, "lineguard.oids.room_temperature (oid, scale"),
        (SnmpValue(oid=OID, scale=0.1), 220, Trouble.NOT_CONFIGURED, "is not confirmed yet"),
        (SnmpValue(oid=OID, confirmed=True), None, Trouble.GARBLED, "cannot be understood"),
        (SnmpValue(oid=OID, confirmed=True), "warm", Trouble.GARBLED, "cannot be understood"),
        (SnmpValue(oid=OID, confirmed=True), 220, Trouble.GARBLED, "cannot be understood"),
    ],
)
async def test_a_value_that_nobody_confirmed_or_that_is_none_is_unknown(
    engine: EngineMaker,
    site: SnmpValue | None,
    value: int | str | None,
    trouble: Trouble,
    says: str,
) -> None:
    found = await asked(site, value)
    assert found["room_temperature"].verdict.state is State.UNKNOWN
    assert found["room_temperature"].trouble is trouble
    assert says in sentence(found, "room_temperature")
