"""Linux hosts over real SSH: what is read, and what is ever sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncssh
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PrivateFormat,
    PublicFormat,
)

from collectors.readings import (
    ClusterState,
    FileSystems,
    HostLoad,
    LogLines,
    Reading,
    Trouble,
)
from collectors.sources.host_commands import COMMANDS
from collectors.sources.host_logs import LOOK_BYTES, PART_BYTES, later_names
from inventory.model import LogWatch, Watch
from lab.embedded.linux_data import ClusterData, ClusterResourceData, Disk
from lab.embedded.linux_host import LinuxHost
from tests.collectors.hosts import PASSWORD, Remembered, linux, listening, means, unanswered, visit

ALL: tuple[type[Reading], ...] = (HostLoad, FileSystems, ClusterState, LogLines)
LOG = "/var/log/hotline/app server.log"
WATCH = Watch(logs=(LogWatch(path=LOG, patterns=("ERROR", "out of * memory")),))


def clustered(host: LinuxHost) -> None:
    host.data.cluster = ClusterData(
        nodes={"usm-1": "online", "usm-2": "standby"},
        resources=[ClusterResourceData("vip", "usm-1"), ClusterResourceData("db", None, "Stopped")],
    )


async def test_one_login_answers_all_questions_of_a_visit(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        clustered(host)
        host.logs.create(LOG, b"started\n")
        seen = await visit(linux(host.port, watch=WATCH), means(tmp_path), ALL)
        assert {type(answer) for answer in seen.answers.values()} == set(ALL)
        assert (host.logins, dict(seen.sessions), host.strange) == (1, {"ssh": 1}, [])


async def test_nothing_but_the_allow_list_is_sent(tmp_path: Path) -> None:
    fixed = [command.split("{")[0] for command in COMMANDS]
    async with listening(tmp_path) as host:
        clustered(host)
        host.logs.create(LOG, b"started\n")
        seen = await visit(linux(host.port, watch=WATCH), means(tmp_path), ALL)
    asked = [one.asked for answer in seen.answers.values() for one in answer.exchanges]
    assert asked
    assert all(any(one.startswith(start) for start in fixed) for one in asked)


async def test_the_host_refuses_what_is_not_on_the_allow_list(tmp_path: Path) -> None:
    async with (
        listening(tmp_path) as host,
        asyncssh.connect(
            "127.0.0.1", host.port, username="inspect", password=PASSWORD, known_hosts=None
        ) as line,
    ):
        ended = await line.run("reboot")
    assert (ended.exit_status, host.strange) == (127, ["reboot"])


@pytest.mark.parametrize("percent", [0.0, 49.99, 91.0, 100.0])
async def test_the_load_is_what_the_host_has(tmp_path: Path, percent: float) -> None:
    async with listening(tmp_path) as host:
        host.data.cpu_percent = host.data.memory_percent = host.data.swap_percent = percent
        seen = await visit(linux(host.port), means(tmp_path), [HostLoad])
    load = seen.answers[HostLoad]
    assert isinstance(load, HostLoad)
    assert load.cpu_percent == pytest.approx(percent, abs=0.01)
    assert load.memory_percent == pytest.approx(percent, abs=0.01)
    assert load.swap_percent == pytest.approx(percent, abs=0.01)
    assert load.exchanges[0].answer.startswith(b"cpu  ")


async def test_file_systems_leave_out_memory_images_and_optical_media(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.data.disks.append(
            Disk("/dev/sdb1", "/data/voice box", 97.0, inode_percent=12.0, read_only=True)
        )
        seen = await visit(linux(host.port), means(tmp_path), [FileSystems])
    answer = seen.answers[FileSystems]
    assert isinstance(answer, FileSystems)
    assert [one.mount for one in answer.mounted] == ["/", "/boot", "/data", "/data/voice box"]
    voice = answer.mounted[-1]
    assert voice.used_percent == pytest.approx(97.0)
    assert voice.inode_percent == pytest.approx(12.0)
    assert voice.read_only


async def test_the_cluster_is_as_pacemaker_says(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        clustered(host)
        seen = await visit(linux(host.port), means(tmp_path), [ClusterState])
    answer = seen.answers[ClusterState]
    assert isinstance(answer, ClusterState)
    assert answer.quorum
    assert [(one.name, one.state) for one in answer.members] == [
        ("usm-1", "online"),
        ("usm-2", "standby"),
    ]
    assert [(one.name, one.state) for one in answer.resources] == [
        ("vip", "Started"),
        ("db", "Stopped"),
    ]


async def test_a_node_whose_pacemaker_is_down_is_a_reading_without_members(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        clustered(host)
        assert host.data.cluster is not None
        host.data.cluster.running = False
        seen = await visit(linux(host.port), means(tmp_path), [ClusterState])
    answer = seen.answers[ClusterState]
    assert isinstance(answer, ClusterState)
    assert (answer.quorum, answer.members) == (False, ())


async def test_a_host_without_pacemaker_says_so(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        seen = await visit(linux(host.port), means(tmp_path), [ClusterState])
    assert unanswered(seen.answers[ClusterState]).trouble is Trouble.UNSUPPORTED


# --- logging in ---


async def test_a_key_opens_where_no_password_is_known(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    cheap = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(1).build(b"pass phrase")
    path = tmp_path / "inspect.key"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, cheap))
    plain = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    public = plain.decode()
    async with listening(tmp_path, password=None, client_keys=[public]) as host:
        target = linux(host.port, key_file=str(path), secret="phrase")
        good = await visit(target, means(tmp_path, phrase="pass phrase"), [HostLoad])
        bad = await visit(target, means(tmp_path, phrase="wrong"), [HostLoad])
    assert isinstance(good.answers[HostLoad], HostLoad)
    assert unanswered(bad.answers[HostLoad]).trouble is Trouble.NOT_CONFIGURED


async def test_a_wrong_password_is_refused_and_named_nowhere(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        by = means(tmp_path, host="not the one")
        seen = await visit(linux(host.port), by, [HostLoad])
    answer = unanswered(seen.answers[HostLoad])
    assert answer.trouble is Trouble.REFUSED
    assert answer.why.text("en") == (
        "app-1: the SSH login of inspect was refused; compare the file secrets/host with what "
        "app-1 expects, then test it: lineguard check run --device app-1"
    )
    assert "not the one" not in repr(seen)


async def test_a_missing_secret_is_the_sites_to_mend(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        seen = await visit(linux(host.port, secret="nobody-made-it"), means(tmp_path), [HostLoad])
        assert host.connections == 0
    assert unanswered(seen.answers[HostLoad]).trouble is Trouble.NOT_CONFIGURED


async def test_a_host_key_that_is_not_pinned_is_refused_before_the_login(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        (tmp_path / "known_hosts").write_text("")
        seen = await visit(linux(host.port), means(tmp_path), [HostLoad])
        assert host.logins == 0
    answer = unanswered(seen.answers[HostLoad])
    assert answer.trouble is Trouble.REFUSED
    assert "lineguard inventory trust app-1" in answer.why.text("en")


async def test_a_changed_host_key_raises_the_alarm_and_gets_no_password(tmp_path: Path) -> None:
    async with listening(tmp_path) as host, listening(tmp_path, "another") as other:
        text = (tmp_path / "known_hosts").read_text()
        (tmp_path / "known_hosts").write_text(text.replace(f":{other.port} ", ":9 "))
        moved = (tmp_path / "known_hosts").read_text().replace(f":{host.port} ", f":{other.port} ")
        (tmp_path / "known_hosts").write_text(moved)
        seen = await visit(linux(other.port), means(tmp_path), [HostLoad])
        assert other.logins == 0
    answer = unanswered(seen.answers[HostLoad])
    assert answer.trouble is Trouble.REFUSED
    assert "is not the pinned one" in answer.why.text("en")


async def test_an_rsa_key_is_found_where_an_rsa_key_is_pinned(tmp_path: Path) -> None:
    """The host has two keys and only the one that is not its favourite is pinned."""
    rsa = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    ed = asyncssh.generate_private_key("ssh-ed25519")

    async def serve(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.exit(1)

    async with await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[ed, rsa], process_factory=serve, encoding=None,
        server_factory=asyncssh.SSHServer,
    ) as server:  # fmt: skip
        port = server.get_port()
        line = rsa.export_public_key().decode()
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {line}")
        seen = await visit(linux(port), means(tmp_path), [HostLoad])
    # the key was accepted; what stops the visit is the login
    assert "login" in unanswered(seen.answers[HostLoad]).why.text("en")


async def test_many_hosts_are_visited_at_once_each_with_one_login(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        visits = (
            visit(linux(host.port, timeout_s=20.0), means(tmp_path), [HostLoad, FileSystems])
            for _ in range(20)
        )
        seen = await asyncio.gather(*visits)
        assert host.logins == 20
    assert all(isinstance(one.answers[HostLoad], HostLoad) for one in seen)


# --- logs ---


async def look(host: LinuxHost, folder: Path, memory: Remembered) -> LogLines:
    seen = await visit(linux(host.port, watch=WATCH), means(folder), [LogLines], memory)
    answer = seen.answers[LogLines]
    assert isinstance(answer, LogLines), answer
    memory.keep(seen)
    return answer


async def test_each_line_of_a_log_is_seen_once(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"one\nan Error here\n")
        first = await look(host, tmp_path, memory)
        again = await look(host, tmp_path, memory)
        host.logs.append(LOG, "Out of heap memory")
        host.logs.files[LOG].content += b"error: half a li"
        third = await look(host, tmp_path, memory)
        host.logs.files[LOG].content += b"ne\n"
        fourth = await look(host, tmp_path, memory)
    assert (first.matches, first.first_look, first.scanned) == (("an Error here",), True, 2)
    assert (again.match_count, again.scanned, again.first_look) == (0, 0, False)
    assert third.matches == ("Out of heap memory",)
    assert fourth.matches == ("error: half a line",)


async def test_a_look_that_is_not_recorded_sees_the_same_lines_again(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"error\n")
        counts = [(await look(host, tmp_path, Remembered())).match_count for _ in range(2)]
    assert counts == [1, 1]


@pytest.mark.parametrize("rotation", ["rotate", "copy_and_empty"])
async def test_lines_on_both_sides_of_a_rotation_are_seen_once(
    tmp_path: Path, rotation: str
) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"error before the look, long ago, and long enough\n")
        await look(host, tmp_path, memory)
        host.logs.append(LOG, "error before the rotation")
        getattr(host.logs, rotation)(LOG)
        host.logs.append(LOG, "error after it")
        seen = await look(host, tmp_path, memory)
        again = await look(host, tmp_path, memory)
    assert seen.matches == ("error before the rotation", "error after it")
    assert not seen.gap
    assert again.match_count == 0


async def test_an_old_file_that_is_gone_is_said_as_a_gap(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"quiet\n")
        await look(host, tmp_path, memory)
        host.logs.create(LOG, b"quiet again\n")
        assert (await look(host, tmp_path, memory)).gap


def rotated_thrice(host: LinuxHost, names: tuple[str, ...]) -> None:
    """The oldest first; each holds one error of its own, and so does the log."""
    files = host.logs.files
    for number, name in enumerate(names):
        files[name] = files[LOG]
        files[name].content += f"error {number}\n".encode()
        host.logs.create(LOG)
    host.logs.append(LOG, "error at last")


def dated(days: int) -> str:
    return f"{LOG}-{datetime.now(UTC) - timedelta(days=days):%Y%m%d}"


@pytest.mark.parametrize(
    "names",
    [(f"{LOG}.3", f"{LOG}.2", f"{LOG}.1"), (dated(14), dated(7), dated(0))],
    ids=["numbered", "dated"],
)
@pytest.mark.parametrize("lost", [False, True])
async def test_files_of_several_rotations_are_read_in_order_and_a_lost_one_is_a_gap(
    tmp_path: Path, names: tuple[str, ...], lost: bool
) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"quiet\n")
        await look(host, tmp_path, memory)
        rotated_thrice(host, names)
        if lost:
            host.logs.create(f"{names[1]}.gz", host.logs.files.pop(names[1]).content)
        seen = await look(host, tmp_path, memory)
    every = ("error 0", "error 1", "error 2", "error at last")
    assert seen.matches == (tuple(one for one in every if one != "error 1") if lost else every)
    assert seen.gap is lost


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("/a.log.1", ()),
        ("/a.log.3", ("/a.log.2", "/a.log.1")),
        ("/a.log-20261120", ("/a.log-20261121", "/a.log-20261122")),
        ("/a.log.40", None),
        ("/a.log-20260101", None),
        ("/a.log.old", None),
        ("/a.log-2026-11-20", None),
    ],
)
def test_the_files_between_are_named_as_logrotate_names_them(
    name: str, later: tuple[str, ...] | None
) -> None:
    assert later_names("/a.log", name, date(2026, 11, 21)) == later


async def test_a_flood_is_bounded_and_counted(tmp_path: Path) -> None:
    memory = Remembered()
    noise = b"noise noise noise\n" * 1_000_000
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"quiet\n")
        await look(host, tmp_path, memory)
        host.logs.files[LOG].content += noise + b"error at last\n"
        seen = await look(host, tmp_path, memory)
    assert seen.matches == ("error at last",)
    assert seen.skipped_bytes == len(noise) + 14 - LOOK_BYTES
    assert sum(len(one.answer) for one in seen.exchanges) < LOOK_BYTES + 1_000


async def test_a_days_log_is_read_whole_in_parts(tmp_path: Path) -> None:
    """Lines that lie across two parts are whole, and each is counted once."""
    memory = Remembered()
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"quiet\n")
        await look(host, tmp_path, memory)
        host.logs.files[LOG].content += b"".join(b"error %06d\n" % one for one in range(100_000))
        seen = await look(host, tmp_path, memory)
        again = await look(host, tmp_path, memory)
    assert (seen.match_count, seen.scanned, seen.skipped_bytes) == (100_000, 100_000, 0)
    assert len(seen.exchanges) == 1 + 1_300_000 // PART_BYTES + 1
    assert again.scanned == 0


async def test_a_line_without_end_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    memory = Remembered()
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"quiet\n")
        await look(host, tmp_path, memory)
        host.logs.files[LOG].content += b"an error " + b"x" * 2 * PART_BYTES
        seen = await look(host, tmp_path, memory)
        again = await look(host, tmp_path, memory)
    assert seen.match_count == 1
    assert again.match_count == 0


async def test_a_log_that_is_not_there_is_unanswered(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        seen = await visit(linux(host.port, watch=WATCH), means(tmp_path), [LogLines])
    answer = unanswered(seen.answers[LogLines])
    assert answer.trouble is Trouble.GARBLED
    assert "No such file" in answer.why.text("en")
    assert seen.notes == ()


async def test_a_log_watch_without_patterns_is_the_sites_to_mend(tmp_path: Path) -> None:
    watch = Watch(logs=(LogWatch(path=LOG),))
    async with listening(tmp_path) as host:
        seen = await visit(linux(host.port, watch=watch), means(tmp_path), [LogLines])
    assert unanswered(seen.answers[LogLines]).trouble is Trouble.NOT_CONFIGURED


async def test_a_path_from_the_site_never_becomes_a_command(tmp_path: Path) -> None:
    path = "/var/log/x'; reboot; echo '.log"
    watch = Watch(logs=(LogWatch(path=path, patterns=("x",)),))
    async with listening(tmp_path) as host:
        host.logs.create(path, b"x\n")
        seen = await visit(linux(host.port, watch=watch), means(tmp_path), [LogLines])
        assert host.strange == []
    answer = seen.answers[LogLines]
    assert isinstance(answer, LogLines)
    assert answer.match_count == 1
