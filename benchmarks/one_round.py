"""One round in a process of its own: `python -m benchmarks.one_round SCENE FOLDER` prints what it
did as JSON, with the CPU seconds of the round alone (imports and set-up left out)."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers import SECRET, USER, community
from checks.catalogue import catalogue
from collectors.readings import Reading
from collectors.session import Means
from collectors.visit import Memory, Visit
from collectors.visitor import Visitor
from incidents.desk import IncidentDesk
from inventory.model import Access, Device, Estate, Kind, Site, Snmp, Ssh
from logbook.book import Logbook
from logbook.evidence import EvidenceArchive
from logbook.keys import SiteKeys
from maintenance.rounds import RoundDesk, RoundReport, run_round
from store.database import open_store
from store.migrating import migrate

BUSY = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""10:00 in Shanghai on a working day."""


@dataclass(frozen=True, slots=True)
class Communities:
    """The name of an SNMP secret is its value here; hosts have one password."""

    def secret(self, name: str) -> str:
        """Its own name."""
        return name


class NeverCutOff:
    """No reference points."""

    async def cut_off(self) -> bool:
        """Never."""
        return False


@dataclass(slots=True)
class Counting:
    """The visitor, with the most sessions that any device had to bear."""

    visitor: Visitor
    most: dict[str, int] = field(default_factory=dict)

    async def visit(self, device: str, wanted: frozenset[type[Reading]], memory: Memory) -> Visit:
        """Passed on and counted."""
        visit = await self.visitor.visit(device, wanted, memory)
        for protocol, sessions in visit.sessions.items():
            self.most[protocol] = max(self.most.get(protocol, 0), sessions)
        return visit


def load_only(size: int, ports: Mapping[str, object]) -> Estate:
    """Servers asked for five objects each, all of one agent's data."""
    return _estate([_server(number, ports, "linux") for number in range(size)])


def mixed(size: int, ports: Mapping[str, object]) -> Estate:
    """Routers and servers over SNMP by halves, and every SSH host there is."""
    snmp = [
        _router(number, ports) if number % 2 else _server(number, ports, community(number))
        for number in range(size)
    ]
    listed = ports["ssh"]
    assert isinstance(listed, list)  # noqa: S101  (as peers.py wrote it)
    return _estate([*snmp, *(_host(number, port) for number, port in enumerate(listed))])


def _estate(devices: list[Device]) -> Estate:
    ordered = tuple(sorted(devices, key=lambda one: one.name))
    return Estate(sites=(Site(name="site_primary", title="benchmark"),), devices=ordered)


def _server(number: int, ports: Mapping[str, object], secret: str) -> Device:
    access = Access(snmp=Snmp(port=int(str(ports["snmp"])), secret=secret))
    return _device(f"srv-{number:04d}", Kind.FILE_SERVER, access)


def _router(number: int, ports: Mapping[str, object]) -> Device:
    access = Access(snmp=Snmp(port=int(str(ports["snmp"])), secret=community(number)))
    return _device(f"rt-{number:04d}", Kind.ROUTER, access)


def _host(number: int, port: int) -> Device:
    access = Access(ssh=Ssh(port=port, user=USER, secret=SECRET))
    return _device(f"host-{number:03d}", Kind.APP_SERVER, access)


def _device(name: str, kind: Kind, access: Access) -> Device:
    return Device(name=name, kind=kind, site="site_primary", address="127.0.0.1", access=access)


def desk(estate: Estate, folder: Path, items: frozenset[str]) -> tuple[RoundDesk, Counting]:
    """A round desk on a new SQLite home in `folder`; `items` empty means all."""
    store = open_store(f"sqlite:///{folder / 'lineguard.db'}", folder)
    migrate(store)
    keys = SiteKeys.generate(folder / "keys", datetime.now(UTC))
    book = Logbook(store, EvidenceArchive(folder / "evidence"), keys)
    means = Means(
        secrets=Communities(), known_hosts=folder / "known_hosts", clock=lambda: datetime.now(UTC)
    )
    counting = Counting(Visitor({one.name: one for one in estate.devices}, means))
    chosen = tuple(one for one in catalogue() if not items or one.id in items)
    made = RoundDesk(
        store=store, logbook=book, incidents=IncidentDesk.of(estate, book), estate=estate,
        items=chosen, collector=counting, self_check=NeverCutOff(),
    )  # fmt: skip
    return made, counting


def main(scene: str, folder: Path) -> None:
    """Run one scene and print its result."""
    ports = json.loads((folder / "peers.json").read_text())
    if scene.startswith("burst"):
        estate, items = load_only(int(scene.removeprefix("burst")), ports), frozenset({"M24"})
    else:
        estate, items = mixed(int(scene.removeprefix("mixed")), ports), frozenset()
    work, counting = desk(estate, folder, items)
    before = resource.getrusage(resource.RUSAGE_SELF)
    report = asyncio.run(run_round(work, BUSY, lambda: datetime.now(UTC)))
    after = resource.getrusage(resource.RUSAGE_SELF)
    json.dump(_result(report, counting, before, after), sys.stdout)


def _result(
    report: RoundReport,
    counting: Counting,
    before: resource.struct_rusage,
    after: resource.struct_rusage,
) -> dict[str, object]:
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "due": report.due,
        "done": report.done,
        "normal": report.normal,
        "unknown": report.unknown,
        "verdicts": len(report.verdicts),
        "cpu_s": spent,
        "peak_mb": after.ru_maxrss / 1024,
        "most_sessions": counting.most,
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
