"""Recordings of real devices, kept outside the repository: where they are, and what is known of
each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from inventory.model import Kind
from lab.embedded.snmp_mib import AgentData, parse_snmprec

FOLDER = Path(__file__).parents[3] / "../shared/recordings/snmp"
MISSING = f"no recordings beside the checkout ({FOLDER.name})"


@cache
def _parsed(name: str) -> AgentData:
    text = (FOLDER / f"{name}.snmprec").read_text(encoding="utf-8", errors="replace")
    return parse_snmprec(text).data


def recorded(name: str) -> AgentData:
    """A copy of one recording, for a test to change."""
    data = AgentData()
    data.become(_parsed(name))
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the recorded device is, and how its agent answers. `limits` stand where the healthy
    device lies above the limits of the contract, whose devices it is not one of. `untold` are
    the checks that its MIBs have nothing for."""

    kind: Kind
    limits: tuple[tuple[str, float], ...] = ()
    ports: tuple[str, ...] = ()
    untold: frozenset[str] = frozenset()


NETWORK_CHECKS = frozenset({"cpu", "memory", "modules", "power_and_fans", "temperatures", "ports"})
HOST_CHECKS = frozenset({"cpu", "memory", "file_systems"})
STUB = Known(kind=Kind.STORAGE, untold=HOST_CHECKS)

KNOWN: dict[str, Known] = {
    "vrp_ar169sfp": Known(
        kind=Kind.ROUTER,
        ports=("GigabitEthernet0/0/1", "GigabitEthernet0/0/4"),
        untold=frozenset({"power_and_fans"}),
    ),
    "vrp_5720-32x-ei": Known(kind=Kind.SWITCH, ports=("GigabitEthernet0/0/1",)),
    "vrp_s5328c-ei": Known(kind=Kind.SWITCH, ports=("GigabitEthernet0/0/1",)),
    "vrp_ne8000-m8": Known(
        kind=Kind.ROUTER,
        limits=(("cpu_average", 70), ("temperature_c", 65)),
        ports=("GigabitEthernet0/8/0",),
    ),
    "yunshan": Known(kind=Kind.SWITCH, limits=(("temperature_c", 70),), ports=("100GE1/0/1",)),
    "vrp_ce12804-entity": Known(kind=Kind.SWITCH, untold=NETWORK_CHECKS),
    "vrp_slas": Known(kind=Kind.SWITCH, untold=NETWORK_CHECKS),
    "linux_icecast": Known(kind=Kind.FILE_SERVER),
    "linux_lsi": Known(kind=Kind.FILE_SERVER),
    "linux_powermon": Known(kind=Kind.FILE_SERVER),
    "ibmc": Known(kind=Kind.FILE_SERVER),
    "windows_svr_2019_1809": Known(kind=Kind.FILE_SERVER),
    "windows": Known(kind=Kind.FILE_SERVER, untold=HOST_CHECKS),
    **dict.fromkeys(
        (
            "apc_smtl1000-nmc3", "cyberpower", "dell-powervault_me4084", "dell-ups_tower1000w",
            "deltaups", "eaton-mgeups_93ps", "generex-ups_cs141", "huawei-smu_smu02b", "huaweiups",
            "huaweiups_ups2000", "liebert_apm", "netmanplus_204", "oceanstor",
            "oceanstor_dorado3k",
        ),
        STUB,
    ),
}  # fmt: skip
