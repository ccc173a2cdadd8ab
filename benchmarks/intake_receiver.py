"""The receiver that is measured: the daemon's intake by itself, in a practice home of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from collectors.intake.model import Outcome
from incidents.intake_desk import FLOOD
from incidents.intake_flow import IntakeFlow
from incidents.listing import incidents
from incidents.model import LIVE
from lineguard import clock
from lineguard.founding import found
from lineguard.home import Home
from lineguard.intaking import IntakePlan
from lineguard.wiring import Station
from store.database import Store
from store.schema import intake_count, received

SETTINGS = '\n[intake]\ntraps = "127.0.0.1:{traps}"\nsyslog = "127.0.0.1:{syslog}"\n'
SITE = 'sources:\n  "127.0.0.1": rt-core-1\n'
PATIENCE_S = 60.0


def main() -> int:
    """Arguments: where the home shall be, where the report."""
    root, report = Path(sys.argv[1]), Path(sys.argv[2])
    found(root, True, clock.now())
    settings = root / "lineguard.toml"
    text = settings.read_text(encoding="utf-8").partition("\n[intake]\n")[0]
    listen = SETTINGS.format(traps=_free(), syslog=_free())
    settings.write_text(f"{text}{listen}", encoding="utf-8")
    (root / "intake.yml").write_text(SITE, encoding="utf-8")
    told = asyncio.run(_serve(Station(Home(root))))
    report.write_text(json.dumps(told), encoding="utf-8")
    return 0


def _free() -> int:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _serve(station: Station) -> dict[str, object]:
    flow = await IntakePlan(station).open()
    stop = asyncio.Event()
    running = asyncio.create_task(flow.run(stop))
    print(
        json.dumps({one.receiver: one.opened.getsockname()[1] for one in flow.datagrams}),
        flush=True,
    )
    await asyncio.to_thread(sys.stdin.readline)
    normal = await _normal(flow, station.store)
    stop.set()
    await running
    return {**_found(station.store), "normal_after_s": normal}


async def _normal(flow: IntakeFlow, store: Store) -> float:
    """Seconds until nothing waits and no incident about a flood is open."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        await asyncio.sleep(0.1)
        live = [one for one in _floods(store) if one in LIVE]
        if not len(flow.backlog) and flow._flood is None and not live:
            return time.monotonic() - began
    return PATIENCE_S


def _floods(store: Store) -> list[object]:
    with store.read() as tx:
        return [one.state for one in incidents(tx, states=None) if one.cause == FLOOD]


def _found(store: Store) -> dict[str, object]:
    with store.read() as tx:
        rows = tx.execute(
            select(intake_count.c.receiver, intake_count.c.outcome, func.sum(intake_count.c.count))
            .group_by(intake_count.c.receiver, intake_count.c.outcome)
        ).all()  # fmt: skip
        stored = tx.execute(select(func.count()).select_from(received)).scalar_one()
    counts = {f"{receiver}/{outcome}": int(many) for receiver, outcome, many in rows}
    told = sum(many for name, many in counts.items() if name.endswith(Outcome.STORED.value))
    if told != stored:
        raise RuntimeError(f"{told} are counted as stored, {stored} are")
    return {"counts": counts, "stored": stored, "incidents": len(_floods(store))}


if __name__ == "__main__":
    sys.exit(main())
