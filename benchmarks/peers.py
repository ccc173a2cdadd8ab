"""A process of its own that plays the devices, so that their cost is not counted as ours.

`python -m benchmarks.peers FLEET HOSTS FOLDER` serves FLEET SNMP agents, one community each on one
UDP port, and HOSTS Linux hosts over SSH; it writes `peers.json` and `known_hosts` into FOLDER when
all listen, and `logins.json` when its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from lab.embedded.hostkeys import ensure_host_key, public_line
from lab.embedded.linux_host import LinuxHost
from lab.embedded.snmp_agent import SnmpAgent
from lab.embedded.snmp_data import linux, vrp
from lab.embedded.snmp_mib import AgentData

SECRET = "benchmark"  # noqa: S105  (of peers on loopback that live for a minute)
USER = "inspect"


def community(number: int) -> str:
    """Which community opens the agent of that number."""
    return f"fleet{number:04d}"


async def serve(fleet: int, hosts: int, folder: Path) -> None:
    """Listen until standard input ends."""
    agent = SnmpAgent(linux("one"), community="linux", fleet=_fleet(fleet))
    await agent.start("127.0.0.1", 0)
    key = ensure_host_key(folder, "host")
    served = [LinuxHost(host_key=key, user=USER, password=SECRET) for _ in range(hosts)]
    for host in served:
        await host.start("127.0.0.1", 0)
    public = public_line(key)
    known = "".join(f"[127.0.0.1]:{host.port} {public}\n" for host in served)
    (folder / "known_hosts").write_text(known)
    ports = {"snmp": agent.port, "ssh": [host.port for host in served]}
    (folder / "peers.part").write_text(json.dumps(ports))
    (folder / "peers.part").rename(folder / "peers.json")
    await asyncio.to_thread(sys.stdin.read)
    (folder / "logins.json").write_text(json.dumps([host.logins for host in served]))
    for host in served:
        await host.stop()
    await agent.stop()


def _fleet(size: int) -> dict[str, AgentData]:
    """Half routers, half servers: `rounds.py` knows which by the number."""
    return {
        community(number): vrp(f"rt-{number}") if number % 2 else linux(f"srv-{number}")
        for number in range(size)
    }


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
