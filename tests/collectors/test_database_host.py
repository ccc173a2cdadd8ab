"""M10, M11 and M12 of a PostgreSQL server as its own machine tells them, over real SSH."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.catalogue import item
from checks.judging import Judgement, judge_item, wanted
from checks.verdict import Severity, State
from collectors.parsers.linux import Unreadable
from collectors.parsers.pgbackrest import parse_stanza
from collectors.readings import Trouble
from collectors.readings.database_care import DatabaseLog, Outcome
from inventory.model import DatabaseWatch, Device, Kind, LogWatch, Trait, Watch
from lab.embedded.backup_data import StanzaBackup, StanzaData, info_answer
from lab.embedded.linux_data import HostData
from lab.embedded.linux_host import LinuxHost
from lab.embedded.oracle.data import OracleData
from lab.embedded.oracle.listener import OracleListener, Terms
from tests.collectors.hosts import PASSWORD, Remembered, listening, means, visit
from tests.collectors.oracles import oracle_device, running
from tests.inventory.builders import device, ssh
from tests.witness import shown

PEER = "practice Linux host"
LOG = "/var/log/postgresql/postgresql-15-main.log"
MANIFEST = "/srv/backup/base/backup_manifest"
SITE = DatabaseWatch(stanza="hotline", log=LOG, data="/data/postgresql")
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[LinuxHost]:
    data = HostData(stanzas=[StanzaData("other"), StanzaData("hotline")])
    async with listening(tmp_path, "db-1", data=data) as server:
        server.logs.create(LOG, b"2026-11-20 08:00:00.000 UTC [1] LOG:  ready\n")
        yield server


def of(host: LinuxHost, site: DatabaseWatch = SITE, logs: tuple[LogWatch, ...] = ()) -> Device:
    return device(
        "db-1", Kind.DATABASE, traits=(Trait.POSTGRESQL,), watch=Watch(database=site, logs=logs),
        ssh=ssh(host.port, timeout_s=5.0),
    )  # fmt: skip


async def judged(
    target: Device, folder: Path, name: str, check: str, memory: Remembered | None = None
) -> Judgement:
    memory = memory or Remembered()
    seen = await visit(target, means(folder), wanted(item(name), target), memory)
    memory.keep(seen)
    return shown(
        next(one for one in judge_item(item(name), target, seen) if one.check == check), PEER
    )


# --- pgBackRest ---


async def test_backups_are_normal_old_and_not_there(host: LinuxHost, tmp_path: Path) -> None:
    well = await judged(of(host), tmp_path, "M10", "backups")
    assert host.data.stanzas is not None
    for backup in host.data.stanzas[1].backups:
        backup.ended += 200 * HOUR
    old = await judged(of(host), tmp_path, "M10", "backups")
    host.data.stanzas[1] = StanzaData("hotline", 2, "no valid backups", [])
    none = await judged(of(host), tmp_path, "M10", "backups")
    assert [one.verdict.state for one in (well, old, none)] == [
        State.NORMAL, State.ABNORMAL, State.ABNORMAL,
    ]  # fmt: skip
    assert "the last whole backup that ended well is 206.0 h old" in old.verdict.sentence.text("en")
    assert none.verdict.severity is Severity.CRITICAL
    assert "pgBackRest reports: no valid backups (2)" in none.verdict.sentence.text("en")


@pytest.mark.parametrize(
    ("site", "trouble", "words"),
    [
        (DatabaseWatch(stanza="nobody"), Trouble.GARBLED, "pgbackrest knows no stanza nobody"),
        (DatabaseWatch(), Trouble.NOT_CONFIGURED, "watch.database.stanza"),
        (DatabaseWatch(manifest="/gone"), Trouble.GARBLED, "No such file or directory"),
    ],
)
async def test_what_the_site_has_to_mend_is_unknown_and_said(
    host: LinuxHost, tmp_path: Path, site: DatabaseWatch, trouble: Trouble, words: str
) -> None:
    judgement = await judged(of(host, site), tmp_path, "M10", "backups")
    assert (judgement.verdict.state, judgement.trouble) == (State.UNKNOWN, trouble)
    assert words in judgement.verdict.sentence.text("en")


async def test_a_machine_without_pgbackrest_is_unknown(host: LinuxHost, tmp_path: Path) -> None:
    host.data.stanzas = None
    judgement = await judged(of(host), tmp_path, "M10", "backups")
    assert judgement.trouble is Trouble.NOT_CONFIGURED
    assert "pgbackrest is not installed" in judgement.verdict.sentence.text("en")
    assert host.strange == []


@pytest.mark.parametrize(
    ("hours", "size", "state"),
    [(191.0, 9, State.NORMAL), (193.0, 9, State.ABNORMAL), (1.0, 0, State.ABNORMAL)],
)
async def test_a_base_backup_is_as_old_as_the_file_that_ends_it(
    host: LinuxHost, tmp_path: Path, hours: float, size: int, state: State
) -> None:
    host.data.files[MANIFEST] = (datetime.now(UTC) - hours * HOUR, size)
    site = DatabaseWatch(manifest=MANIFEST)
    assert (await judged(of(host, site), tmp_path, "M10", "backups")).verdict.state is state


@pytest.mark.parametrize("way", ["garbage", "cut_after"])
async def test_what_cannot_be_read_is_unknown(host: LinuxHost, tmp_path: Path, way: str) -> None:
    setattr(host.behaviour, way, 40 if way == "cut_after" else True)
    target = of(host)
    assert target.access.ssh is not None
    hasty = replace(target, access=replace(target.access, ssh=ssh(host.port, timeout_s=1.0)))
    for name, check in (("M10", "backups"), ("M11", "database_log"), ("M12", "data_space")):
        assert (await judged(hasty, tmp_path, name, check)).verdict.state is State.UNKNOWN


def stanza(**changed: Any) -> bytes:  # noqa: ANN401
    """What pgBackRest prints of one stanza, with some of its backup changed."""
    told = json.loads(info_answer([StanzaData("hotline", backups=[StanzaBackup("full", HOUR)])]))
    told[0]["backup"][0].update(changed)
    return json.dumps(told).encode()


def test_a_backup_with_wrong_pages_has_failed() -> None:
    runs, complaint = parse_stanza(stanza(error=True), "hotline", datetime.now(UTC))
    assert complaint is None
    assert [one.outcome for one in runs] == [Outcome.FAILED]


def test_a_pgbackrest_that_tells_of_no_wrong_pages_is_an_old_one() -> None:
    runs, _ = parse_stanza(stanza(error=None), "hotline", datetime.now(UTC))
    assert [one.outcome for one in runs] == [Outcome.GOOD]


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"{}", b"[]", b"null", b"[1]", b'[{"name":"hotline"}]', b"\xff", b"[" * 100_000,
        stanza(type="whole"), stanza(timestamp={}), stanza(timestamp={"stop": "yesterday"}),
        stanza(timestamp={"stop": 10**30}), stanza(timestamp={"stop": 4_000_000_000}),
        stanza(error="no"), stanza()[:-20],
    ],
)  # fmt: skip
def test_what_pgbackrest_does_not_print_is_refused(answer: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_stanza(answer, "hotline", NOW)


# --- the log ---

ERRORS = [
    ("ERROR:  relation missing", 1, Severity.WARNING),
    ("FATAL:  terminating connection", 1, Severity.WARNING),
    ("PANIC:  could not write to file", 1, Severity.CRITICAL),
    ("错误:  关系不存在", 1, Severity.WARNING),
    ("比致命错误还过分的错误:  无法写入文件", 1, Severity.CRITICAL),
    ("ERROR:  deadlock detected", 0, None),
    ("ERROR:  known and harmless", 0, None),
    ("LOG:  error: none of ours", 0, None),
    ("WARNING:  something", 0, None),
]


@pytest.mark.parametrize(("line", "count", "severity"), ERRORS)
async def test_errors_of_the_log_are_told_from_the_rest(
    host: LinuxHost, tmp_path: Path, line: str, count: int, severity: Severity | None
) -> None:
    host.logs.append(LOG, f"2026-11-21 07:04:44.123 UTC [812] {line}")
    site = replace(SITE, log_ignore=("known and harmless",))
    judgement = await judged(of(host, site), tmp_path, "M11", "database_log")
    assert (judgement.verdict.measured, judgement.verdict.severity) == (count, severity)


@pytest.mark.parametrize(
    "line",
    [
        '2026-11-21 07:04:44.123 UTC,"app","hotline",812,,,,,,,,ERROR,42P01,"no relation"',
        '{"timestamp":"2026-11-21","pid":812,"error_severity":"FATAL","message":"no"}',
    ],
)
async def test_errors_are_found_in_csv_and_json_logs(
    host: LinuxHost, tmp_path: Path, line: str
) -> None:
    host.logs.append(LOG, line)
    judgement = await judged(of(host), tmp_path, "M11", "database_log")
    assert judgement.verdict.state is State.ABNORMAL


async def test_a_line_is_new_once_and_rotation_loses_none(host: LinuxHost, tmp_path: Path) -> None:
    memory, states = Remembered(), []
    for step in ("healthy", "error", "again", "rotated"):
        if step in ("error", "rotated"):
            host.logs.append(LOG, "2026-11-21 07:04:44 UTC [812] ERROR:  no relation")
        if step == "rotated":
            host.logs.rotate(LOG)
        judgement = await judged(of(host), tmp_path, "M11", "database_log", memory)
        states.append(judgement.verdict.state)
    assert states == [State.NORMAL, State.ABNORMAL, State.NORMAL, State.ABNORMAL]


async def test_the_hosts_own_log_look_swallows_none_of_these_lines(
    host: LinuxHost, tmp_path: Path
) -> None:
    """The same file, watched for the host as well: each remembers for itself."""
    memory = Remembered()
    target = of(host, logs=(LogWatch(path=LOG, patterns=("*ERROR*",)),))
    seen = await visit(target, means(tmp_path), [DatabaseLog], memory)
    assert len({note.topic for note in seen.notes}) == 1
    assert all(note.topic != f"log:{LOG}" for note in seen.notes)


async def test_a_log_that_is_not_named_is_unknown(host: LinuxHost, tmp_path: Path) -> None:
    target = of(host, DatabaseWatch(stanza="hotline"))
    judgement = await judged(target, tmp_path, "M11", "database_log")
    assert judgement.trouble is Trouble.NOT_CONFIGURED
    assert "watch.database.log" in judgement.verdict.sentence.text("en")


# --- the disk ---


@pytest.mark.parametrize(("percent", "state"), [(40.0, State.NORMAL), (97.0, State.ABNORMAL)])
async def test_the_disk_under_the_data_is_judged(
    host: LinuxHost, tmp_path: Path, percent: float, state: State
) -> None:
    host.data.disks[-1].used_percent = percent
    judgement = await judged(of(host), tmp_path, "M12", "data_space")
    assert judgement.verdict.state is state


# --- Oracle's alert log as a file ---

ALERT_LOG = "/u01/diag/rdbms/hotline/hotline/trace/alert_hotline.log"
ALERTS = [
    ("ORA-01555: snapshot too old", 1, Severity.WARNING),
    ("ORA-00600: internal error code", 1, Severity.CRITICAL),
    ("ORA-00060: Deadlock detected", 0, None),
    ("Thread 1 advanced to log sequence 812", 0, None),
]


@pytest.mark.parametrize(("line", "count", "severity"), ALERTS)
async def test_an_alert_log_that_no_view_shows_is_read_as_a_file(
    host: LinuxHost, tmp_path: Path, line: str, count: int, severity: Severity | None
) -> None:
    """Oracle shows this login no line, as in a container of its own: the file is asked."""
    host.logs.create(ALERT_LOG, f"2026-11-21T07:04:44.123+08:00\n{line}\n".encode())
    terms = Terms("inspect", PASSWORD, "hotline")
    async with running(OracleListener(terms, OracleData(alert_log=False))) as oracle:
        target = oracle_device(
            oracle.port, watch=Watch(database=DatabaseWatch(log=ALERT_LOG)), secret="host"
        )
        both = replace(target.access, ssh=ssh(host.port, timeout_s=5.0))
        judgement = await judged(replace(target, access=both), tmp_path, "M11", "database_log")
    assert (judgement.verdict.measured, judgement.verdict.severity) == (count, severity)
    assert {one.protocol for one in judgement.exchanges} == {"ssh"}
