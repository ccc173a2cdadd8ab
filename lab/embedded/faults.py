"""The faults that can be put into the practice site, and what must be seen of each.

A fault changes what peers *answer*, nothing in Lineguard. Mending makes everything healthy and
puts what is still broken back.
"""

from __future__ import annotations

from typing import Final

from checks.verdict import State
from inventory.model import Kind
from lab.embedded import damage
from lab.embedded.application_faults import APPLICATION_FAULTS, CALL_RECORD_FAULTS
from lab.embedded.backup_faults import BACKUP_FAULTS
from lab.embedded.configuration_faults import CONFIGURATION_FAULTS
from lab.embedded.database_faults import DATABASE_FAULTS
from lab.embedded.fault import Fault, Seen, abnormal, unanswered
from lab.embedded.network_faults import NETWORK_FAULTS
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
    *NETWORK_FAULTS,
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
    *APPLICATION_FAULTS,
    *ROOM_FAULTS,
    *TOLD_FAULTS,
    *SERVER_FAULTS,
    *BACKUP_FAULTS,
    *CONFIGURATION_FAULTS,
    *DATABASE_FAULTS,
    *CALL_RECORD_FAULTS,
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
