"""What a site says of services, heartbeats and their logs: each slip is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.model import LogWatch
from inventory.services import HeartbeatWatch, ServicePort, ServiceWatch, VrrpWatch
from tests.inventory.homes import surveyed
from tests.inventory.test_devices import NEAREST, estate_of, sentences


def test_services_heartbeat_and_logs_are_read_into_the_frozen_types(tmp_path: Path) -> None:
    own = """\
watch:
  services:
    - {name: MDS, items: [M13], process: "/opt/mds *", count: 2, ports: [5400], connect: {port: 80}}
    - {name: plain, process: "*x*"}
  absent: [M32]
  heartbeat: {corosync: false, peers: [10.9.0.2, "fd00::2"], vrrp: [{instance: VI_1, role: master}]}
  logs: [{path: /var/log/ivr.log, patterns: [ERROR], items: [M05, M15]}]
"""
    estate, problems = surveyed(estate_of(tmp_path, own))
    assert problems == ()
    watch = estate.device("dev-1").watch
    assert watch.services == (
        ServiceWatch(
            name="MDS", items=("M13",), process="/opt/mds *", count=2, ports=(5400,),
            connect=ServicePort(port=80),
        ),
        ServiceWatch(name="plain", process="*x*"),
    )  # fmt: skip
    assert watch.absent == ("M32",)
    assert watch.heartbeat == HeartbeatWatch(
        corosync=False,
        peers=("10.9.0.2", "fd00::2"),
        vrrp=(VrrpWatch(instance="VI_1", role="master"),),
    )
    assert watch.logs == (
        LogWatch(path="/var/log/ivr.log", patterns=("ERROR",), items=("M05", "M15")),
    )


WRONG = [
    (
        "services: [{name: x, proces: y, ports: [1]}]",
        f"services[0]: {NEAREST.format('proces', 'process')}",
    ),
    (
        "services: [{name: x}]",
        "services[0] needs one of “process”, “ports” and “connect”",
    ),
    (
        "services: [{name: x, process: y, items: [M31, M15]}]",
        "services[0].items[1] must be one of M13, M16, M31, M32, M58, not M15",
    ),
    (
        'services: [{name: x, process: "*"}]',
        "services[0]: “process” must name a process; this matches every one",
    ),
    (
        "services: [{name: x, ports: [65536]}]",
        "services[0].ports[0] must be a whole number from 1 to 65535, not 65536",
    ),
    (
        "services: [{name: x, process: y, count: 0}]",
        "services[0].count must be a whole number from 1 to 10000, not 0",
    ),
    (
        "services: [{name: asr, process: x, items: [M31]}], absent: [M32, M31]",
        "absent: M31 cannot be absent, the service “asr” is watched for it; take one of the two "
        "away",
    ),
    ("absent: [M01]", "absent[0] must be one of M13, M15, M16, M31, M32, M58, not M01"),
    (
        "logs: [{path: /a, patterns: [x], items: [M99]}]",
        "logs[0].items[0] must be one of M05, M15, M16, M18, M22, M25, M29, not M99",
    ),
    (
        'heartbeat: {peers: [10.1.1.1, "10.1.1.2; reboot"]}',
        "heartbeat.peers[1] must be an IPv4 or IPv6 address, not 10.1.1.2; reboot",
    ),
    (
        'heartbeat: {peers: ["fe80::1%eth0"]}',
        "heartbeat.peers[0] must be an IPv4 or IPv6 address, not fe80::1%eth0",
    ),
    (
        "heartbeat: {corosync: false}",
        "heartbeat needs one of “corosync”, “peers” and “vrrp”",
    ),
    (
        "heartbeat: {vrrp: [{instance: VI_1, role: slave}]}",
        "heartbeat.vrrp[0].role must be one of backup, master, not slave",
    ),
]


@pytest.mark.parametrize(("watch", "sentence"), WRONG)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, watch: str, sentence: str) -> None:
    place = "estate/hosts.yml:8: dev-1: lineguard.watch."
    assert sentences(tmp_path, f"watch: {{{watch}}}") == [place + sentence]
