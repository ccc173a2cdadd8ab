"""Faults of services, heartbeats and Windows hosts, and what must be seen of each."""

from __future__ import annotations

from typing import Final

from inventory.model import Kind
from lab.embedded import server_damage
from lab.embedded.fault import Fault, abnormal
from phrases import say

SERVER_FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="heartbeat-link-down",
        title=say("one of the heartbeat links of the cluster is down"),
        device="usm-1",
        apply=server_damage.break_heartbeat,
        seen=abnormal(
            "usm-1",
            "M04",
            "heartbeat",
            "usm-1: heartbeat link 1 (192.168.253.1) does not reach node 2",
        ),
        protocols=frozenset({"ssh"}),
        kinds=frozenset({Kind.USM_CTI, Kind.APP_SERVER}),
    ),
    Fault(
        name="mds-gone",
        title=say("the MDS process is gone"),
        device="cti-1",
        apply=server_damage.stop_mds,
        seen=abnormal("cti-1", "M13", "services", "cti-1: service MDS does not run"),
        protocols=frozenset({"ssh"}),
        kinds=frozenset({Kind.USM_CTI}),
    ),
    Fault(
        name="proxy-port-closed",
        title=say("the port of the database proxy is closed"),
        device="cti-2",
        apply=server_damage.close_proxy_port,
        seen=abnormal(
            "cti-2",
            "M16",
            "services",
            "cti-2: nothing listens on port 5500 of service database proxy",
        ),
        protocols=frozenset({"ssh"}),
        kinds=frozenset({Kind.USM_CTI}),
    ),
    Fault(
        name="asr-service-missing",
        title=say("a service of speech recognition is missing"),
        device="asr-1",
        apply=server_damage.stop_asr_service,
        seen=abnormal("asr-1", "M58", "services", "asr-1: service recogniser does not run"),
        protocols=frozenset({"ssh"}),
        kinds=frozenset({Kind.TTS_ASR}),
    ),
    Fault(
        name="asr-port-shut",
        title=say("the ASR server takes no connection"),
        device="asr-1",
        apply=server_damage.shut_asr_port,
        seen=abnormal(
            "asr-1",
            "M31",
            "services",
            "asr-1: port * of service ASR server takes no connection",
        ),
        protocols=frozenset({"ssh"}),
        kinds=frozenset({Kind.TTS_ASR}),
    ),
    Fault(
        name="antivirus-stopped",
        title=say("the Trend Micro agent is stopped"),
        device="file-2",
        apply=server_damage.stop_antivirus,
        seen=abnormal(
            "file-2",
            "M27",
            "trend_micro",
            "file-2: the Trend Micro service ntrtscan does not run",
        ),
        protocols=frozenset({"winssh"}),
    ),
    Fault(
        name="pattern-9-days",
        title=say("the virus pattern is 9 days old"),
        device="file-2",
        apply=server_damage.age_pattern,
        seen=abnormal(
            "file-2",
            "M49",
            "virus_protection",
            "file-2: virus pattern 9 days old, limit 7",
        ),
        protocols=frozenset({"winssh"}),
    ),
    Fault(
        name="patches-missing",
        title=say("three critical patches are missing"),
        device="file-2",
        apply=server_damage.withhold_patches,
        seen=abnormal(
            "file-2",
            "M50",
            "patches",
            "file-2: 3 critical patches are missing, limit 0: 5040430, 5041578, 5042881",
        ),
        protocols=frozenset({"winssh"}),
    ),
)
