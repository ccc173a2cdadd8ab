"""The faults that can be put into the practice site, and what must be seen of each.

A fault changes what peers *answer*, nothing in Lineguard. Mending makes everything healthy and
puts what is still broken back.
"""

from __future__ import annotations

from typing import Final

from checks.verdict import State
from inventory.model import Kind
from lab.embedded import application_damage, damage
from lab.embedded.backup_faults import BACKUP_FAULTS
from lab.embedded.configuration_faults import CONFIGURATION_FAULTS
from lab.embedded.database_faults import DATABASE_FAULTS
from lab.embedded.fault import Fault, Seen, abnormal, unanswered
from lab.embedded.room_faults import ROOM_FAULTS
from lab.embedded.server_faults import SERVER_FAULTS
from lab.embedded.told_faults import TOLD_FAULTS
from phrases import say

__all__ = ["FAULTS", "Fault", "Seen", "fault_named"]


def fault_named(name: str) -> Fault:
    """The fault of that name. Raises `KeyError`."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise KeyError(name)


NETWORK: Final = frozenset({Kind.ROUTER, Kind.SWITCH, Kind.FIREWALL})
NETWORK_PROTOCOLS: Final = frozenset({"snmp", "cli"})
DATABASES: Final = frozenset({"oracle", "postgres"})
SERVERS: Final = frozenset({Kind.USM_CTI, Kind.APP_SERVER, Kind.WECHAT_SERVER, Kind.FILE_SERVER})


def _unreachable(device: str, why: str) -> Seen:
    """The device says nothing at all."""
    return Seen(
        item="M53",
        check="reachability",
        state=State.ABNORMAL,
        cause=f"device:{device}:unreachable",
        sentence=f"{device}: {why}",
        headline=f"{device} is unreachable: {why}",
    )


CUT_OFF: Final = Seen(
    item="",
    check="",
    state=State.UNKNOWN,
    cause="self:cut-off",
    sentence="",
    headline="Lineguard itself is cut off: neither a device nor a reference point answers",
)
"""Nothing is said of any device: it is Lineguard that cannot see."""

FAULTS: Final[tuple[Fault, ...]] = (
    Fault(
        name="cpu-91",
        title=say("CPU at 91 %"),
        device="rt-core-1",
        apply=damage.load_cpu,
        seen=abnormal("rt-core-1", "M46", "cpu", "rt-core-1: CPU average 91 %, limit 50 %"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="memory-93",
        title=say("memory at 93 %"),
        device="fw-core-2",
        apply=damage.fill_memory,
        seen=abnormal("fw-core-2", "M46", "memory", "fw-core-2: memory 93 %, limit 80 %"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="fan-failed",
        title=say("a fan has failed"),
        device="fw-core-1",
        apply=damage.fail_fan,
        seen=abnormal("fw-core-1", "M44", "power_and_fans", "fw-core-1: fan FAN1 is abnormal"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="supply-lost",
        title=say("a power supply has no current"),
        device="rt-gov-1",
        apply=damage.lose_supply,
        seen=abnormal(
            "rt-gov-1", "M44", "power_and_fans", "rt-gov-1: power supply 0/PWR1 is NotSupply"
        ),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="temperature-51",
        title=say("a part is at 51 °C"),
        device="rt-core-1",
        apply=damage.heat_up,
        seen=abnormal("rt-core-1", "M44", "temperatures", "rt-core-1: MPU 1 at 51 °C, limit 45 °C"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="port-down",
        title=say("a watched port is down"),
        device="rt-dr-1",
        apply=damage.take_port_down,
        seen=abnormal("rt-dr-1", "M44", "ports", "rt-dr-1: port GigabitEthernet0/0/0 is down"),
        protocols=NETWORK_PROTOCOLS,
        kinds=NETWORK,
    ),
    Fault(
        name="ha-switched",
        title=say("the HA role has switched"),
        device="fw-core-1",
        apply=damage.switch_hot_standby,
        seen=abnormal(
            "fw-core-1",
            "M44",
            "ha",
            "fw-core-1: HA role switched, it is standby and should be active",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.FIREWALL}),
    ),
    Fault(
        name="trunk-down",
        title=say("an ISDN 30B+D trunk is out of service"),
        device="gw-1960-1",
        apply=damage.take_trunk_down,
        seen=abnormal(
            "gw-1960-1",
            "M34",
            "alarms",
            "gw-1960-1: 1 active alarms, the first: Critical ISDN 30B+D trunk-2 out of service",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
    Fault(
        name="address-changed",
        title=say("the address is not the approved one"),
        device="gw-1960-1",
        apply=damage.change_address,
        seen=abnormal(
            "gw-1960-1",
            "M35",
            "addresses",
            "gw-1960-1: addresses 10.10.1.66/24, expected 10.10.1.60/24",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
    Fault(
        name="disk-97",
        title=say("a file system is 97 % full"),
        device="app-1",
        apply=damage.fill_disk,
        seen=abnormal(
            "app-1", "M19", "file_systems", "app-1: file system /data is 97 % full, limit 95 %"
        ),
        protocols=frozenset({"ssh", "snmp"}),
        kinds=SERVERS,
    ),
    Fault(
        name="cluster-node-offline",
        title=say("the other node of the cluster is offline"),
        device="cti-1",
        apply=damage.lose_cluster_node,
        seen=abnormal("cti-1", "M03", "cluster", "cti-1: cluster node cti-2 is offline"),
        protocols=frozenset({"ssh"}),
        kinds=frozenset({Kind.USM_CTI, Kind.APP_SERVER}),
    ),
    Fault(
        name="blocked-session",
        title=say("a database session is blocked"),
        device="db-1",
        apply=damage.block_session,
        seen=abnormal(
            "db-1",
            "M08",
            "user_locks",
            "db-1: session * cti_app@postgres (active) has been blocked for * s (limit 2 s) "
            "by * hotline_app@postgres (idle in transaction)",
        ),
        protocols=DATABASES,
    ),
    Fault(
        name="connections-905",
        title=say("905 connections to the database"),
        device="db-1",
        apply=damage.open_connections,
        seen=abnormal("db-1", "M09", "connections", "db-1: 905 user connections, limit 900"),
        protocols=DATABASES,
    ),
    Fault(
        name="job-failed",
        title=say("a database job has failed"),
        device="db-dr-1",
        apply=damage.fail_job,
        seen=abnormal(
            "db-dr-1",
            "M06",
            "jobs",
            "db-dr-1: database job HOTLINE.ARCHIVE_WORK_ORDERS failed at *: ORA-01653: *",
        ),
        protocols=DATABASES,
    ),
    Fault(
        name="account-locked",
        title=say("the database account of an application is locked"),
        device="db-dr-1",
        apply=damage.lock_account,
        seen=abnormal(
            "db-dr-1",
            "M08",
            "user_locks",
            "db-dr-1: account HOTLINE_APP (LOCKED(TIMED)) cannot log in: it is locked, its "
            "password has expired, or it may have no connection",
        ),
        protocols=frozenset({"oracle"}),
    ),
    Fault(
        name="interface-backlog",
        title=say("5000 records wait in a data interface"),
        device="di-city",
        apply=damage.pile_up,
        seen=abnormal("di-city", "M59", "exchange", "di-city: 5000 records wait, limit 1000"),
        protocols=frozenset({"http"}),
    ),
    Fault(
        name="voice-silent",
        title=say("the speech synthesis gives silence"),
        device="tts-1",
        apply=application_damage.silence_voice,
        seen=abnormal(
            "tts-1",
            "M56",
            "synthesis",
            "tts-1: the synthesised audio is silent: -120 dB, limit -40 dB",
        ),
        protocols=frozenset({"tts"}),
    ),
    Fault(
        name="speech-misheard",
        title=say("the speech recognition hears another text"),
        device="asr-1",
        apply=application_damage.mishear,
        seen=abnormal(
            "asr-1",
            "M56",
            "recognition",
            "asr-1: * % of the characters that tts-1 spoke were not recognised, limit 20 %; "
            f"what was heard: “{application_damage.MISHEARD}”",
        ),
        protocols=frozenset({"asr"}),
    ),
    Fault(
        name="message-undelivered",
        title=say("the test message is not delivered"),
        device="sms-1",
        apply=application_damage.lose_messages,
        seen=abnormal(
            "sms-1",
            "M56",
            "message",
            "sms-1: the test message to *********00 was not delivered, its state is “UNDELIV”",
        ),
        protocols=frozenset({"sms"}),
    ),
    Fault(
        name="cti-link-down",
        title=say("the CTI link is down"),
        device="cti-1",
        apply=application_damage.drop_link,
        seen=abnormal(
            "cti-1",
            "M14",
            "call_centre",
            "cti-1: the CTI link is not up, its state is “down”",
        ),
        protocols=frozenset({"cti"}),
    ),
    Fault(
        name="queue-7",
        title=say("seven callers wait in the queue"),
        device="cti-2",
        apply=application_damage.queue_up,
        seen=abnormal("cti-2", "M14", "call_centre", "cti-2: 7 callers wait in the queue, limit 5"),
        protocols=frozenset({"cti"}),
    ),
    *ROOM_FAULTS,
    *TOLD_FAULTS,
    *SERVER_FAULTS,
    *BACKUP_FAULTS,
    *CONFIGURATION_FAULTS,
    *DATABASE_FAULTS,
    Fault(
        name="records-missing",
        title=say("an hour without call records"),
        device="gw-1960-1",
        apply=application_damage.lose_hour,
        seen=abnormal(
            "gw-1960-1",
            "M60",
            "call_records",
            "gw-1960-1: 1 hours without call records, the first is * 18:00",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
    Fault(
        name="records-apart",
        title=say("the call records are 12 % fewer than the calls that the CTI counted"),
        device="gw-1960-1",
        apply=application_damage.count_apart,
        seen=abnormal(
            "gw-1960-1",
            "M60",
            "against_cti",
            "gw-1960-1: * call records in 24 hours, the CTI counted *: 12 % apart, limit 5 %",
        ),
        protocols=frozenset({"cli"}),
        kinds=frozenset({Kind.GATEWAY_1960}),
    ),
    Fault(
        name="device-silent",
        title=say("the device says nothing any more"),
        device="sms-1",
        apply=damage.fall_silent,
        seen=_unreachable("sms-1", "no answer to 3 probes over tcp"),
    ),
    Fault(
        name="switch-dead",
        title=say("a switch is dead, and all behind it silent"),
        device="sw-dr-1",
        apply=damage.fall_silent_with_all_behind,
        seen=_unreachable("sw-dr-1", "no answer to 3 probes over snmp"),
        kinds=NETWORK,
    ),
    Fault(
        name="answer-cut",
        title=say("answers break off in the middle of a line"),
        device="tts-1",
        apply=damage.cut_answers,
        seen=unanswered(
            "tts-1", "slow", "M28", "cpu", "tts-1: the answer was not whole within 4 s"
        ),
        protocols=frozenset({"ssh", "cli", "http", "oracle"}),
    ),
    Fault(
        name="garbage",
        title=say("answers are random bytes"),
        device="asr-1",
        apply=damage.answer_garbage,
        seen=unanswered("asr-1", "garbled", "M28", "cpu", "asr-1: the answer is not text"),
        protocols=frozenset({"ssh", "cli", "http", "snmp", "oracle"}),
    ),
    Fault(
        name="wrong-credentials",
        title=say("the login is refused, as after a changed password"),
        device="wechat-1",
        apply=damage.refuse_logins,
        seen=unanswered(
            "wechat-1",
            "access",
            "M21",
            "cpu",
            "wechat-1: the SSH login of inspect was refused; compare the file "
            "secrets/wechat-1-ssh with what wechat-1 expects, then test it: "
            "lineguard check run --device wechat-1",
        ),
        protocols=frozenset({"ssh", "cli", "snmp", "oracle"}),
    ),
    Fault(
        name="slow-answers",
        title=say("answers take 30 s"),
        device="di-province",
        apply=damage.answer_slowly,
        seen=unanswered(
            "di-province",
            "slow",
            "M59",
            "exchange",
            "di-province: its page was not whole within 5 s",
        ),
        protocols=frozenset({"ssh", "cli", "http", "snmp", "oracle"}),
    ),
    Fault(
        name="all-silent",
        title=say("everything is silent, and both reference points"),
        device="sw-core-1",
        apply=damage.silence_everything,
        seen=CUT_OFF,
    ),
)
