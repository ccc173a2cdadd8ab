"""Hosts that hang, drip, flood, cut and lie: the time limits hold and others are unharmed."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import hmac
import os
import random
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import paramiko
import pytest

from collectors.readings import ClusterState, FileSystems, HostLoad, LogLines, Trouble
from collectors.scratch.server import picked_port
from collectors.session import Means, Notebook
from collectors.sources.host import open_session
from collectors.sources.host_commands import FILE_SYSTEMS
from collectors.sources.known_hosts import pinned_keys
from lab.embedded.hostkeys import ensure_host_key, pin
from lab.embedded.linux_data import HostData, load_answer
from tests.collectors.hosts import Remembered, linux, listening, means, unanswered, visit
from tests.collectors.test_host import LOG, WATCH
from tests.tiers import count

SHORT_S = 0.6
SLACK_S = 2.5

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Process = Callable[[asyncssh.SSHServerProcess[bytes]], Awaitable[None]]


@asynccontextmanager
async def talking(serve: Serve) -> AsyncIterator[int]:
    """A TCP server that is no SSH server; everything it holds is closed at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await serve(reader, writer)
        except OSError:
            return

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


class Open(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return False


@asynccontextmanager
async def answering(folder: Path, process: Process) -> AsyncIterator[int]:
    """An SSH server without a login, whose commands are answered by `process`."""
    key = ensure_host_key(folder / "hostkeys", "liar")
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Open, process_factory=process,
        server_host_keys=[str(key)], encoding=None,
    )  # fmt: skip
    pin(folder / "known_hosts", {server.get_port(): key})
    try:
        yield server.get_port()
    finally:
        server.close()
        await server.wait_closed()


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def hang_in_kex(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await reader.read(-1)


async def drip_banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(random.Random(12345).randbytes(4096))  # noqa: S311
    await writer.drain()
    await reader.read(-1)


async def flood_of_banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"welcome\r\n" * 1000)
        await writer.drain()


async def huge_packet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-x\r\n" + b"\x7f\xff\xff\xff" + b"\x00" * 64)
    while True:
        writer.write(b"\x00" * 65536)
        await writer.drain()


async def close_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("serve", "troubles"),
    [
        (hang, {Trouble.TIMED_OUT}),
        (hang_in_kex, {Trouble.TIMED_OUT}),
        (drip_banner, {Trouble.TIMED_OUT}),
        (garbage, {Trouble.GARBLED, Trouble.TIMED_OUT}),
        (flood_of_banner, {Trouble.GARBLED, Trouble.TIMED_OUT}),
        (huge_packet, {Trouble.GARBLED, Trouble.TIMED_OUT}),
        (close_at_once, {Trouble.GARBLED}),
    ],
)
async def test_what_is_no_ssh_server_ends_within_the_time_limit(
    tmp_path: Path, serve: Serve, troubles: set[Trouble]
) -> None:
    began = time.monotonic()
    async with talking(serve) as port:
        seen = await visit(linux(port, timeout_s=SHORT_S), means(tmp_path), [HostLoad])
    assert unanswered(seen.answers[HostLoad]).trouble in troubles
    assert time.monotonic() - began < SHORT_S + SLACK_S


def packet(payload: bytes) -> bytes:
    """An unencrypted SSH packet (RFC 4253, 6)."""
    padding = 8 - (len(payload) + 5) % 8 + 8
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + b"\0" * padding


KEXINIT = 20
KEX_REPLY = 31
LISTS = (
    b"curve25519-sha256", b"ssh-ed25519", b"aes128-ctr", b"aes128-ctr", b"hmac-sha2-256",
    b"hmac-sha2-256", b"none", b"none", b"", b"",
)  # fmt: skip


async def test_nonsense_in_well_formed_packets_is_a_trouble_and_nothing_else(
    tmp_path: Path,
) -> None:
    chance = random.Random(int(os.environ.get("LINEGUARD_SEED", "12345")))  # noqa: S311
    agreed = bytes([KEXINIT]) + b"c" * 16
    agreed += b"".join(struct.pack(">I", len(one)) + one for one in LISTS) + b"\0" * 5

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        good = chance.random() < 0.7
        noise = chance.randbytes(chance.randrange(200))
        writer.write(packet(agreed if good else bytes([KEXINIT]) + noise))
        kind = KEX_REPLY if chance.random() < 0.7 else chance.randrange(1, 256)
        writer.write(packet(bytes([kind]) + chance.randbytes(chance.randrange(200))))
        await reader.read(-1)

    async with talking(nonsense) as port:
        target = linux(port, timeout_s=0.3)
        for _ in range(count(ci=40, soak=3_000)):
            seen = await visit(target, means(tmp_path), [HostLoad])
            assert unanswered(seen.answers[HostLoad]).trouble in {
                Trouble.GARBLED,
                Trouble.TIMED_OUT,
            }


async def test_a_port_where_nothing_listens_is_unreachable(tmp_path: Path) -> None:
    seen = await visit(linux(picked_port()), means(tmp_path), [HostLoad])
    assert unanswered(seen.answers[HostLoad]).trouble is Trouble.UNREACHABLE
    assert not seen.contact.reached


async def test_a_silent_host_is_unreachable_and_comes_back(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.behaviour.silent = True
        await host.apply()
        gone = await visit(linux(host.port), means(tmp_path), [HostLoad])
        host.behaviour.silent = False
        await host.apply()
        back = await visit(linux(host.port), means(tmp_path), [HostLoad])
    assert not gone.contact.reached
    assert isinstance(back.answers[HostLoad], HostLoad)


async def test_a_host_that_falls_silent_in_the_visit_leaves_no_reading(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.behaviour.delay_s = 30
        visiting = asyncio.create_task(visit(linux(host.port), means(tmp_path), [HostLoad]))
        async with asyncio.timeout(10):
            while host.commands == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        host.behaviour.silent = True
        await host.apply()
        seen = await visiting
    assert unanswered(seen.answers[HostLoad]).trouble is Trouble.GARBLED


async def never_ending(process: asyncssh.SSHServerProcess[bytes]) -> None:
    try:
        while True:
            process.stdout.write(b"cpu  1 2 3 4\n" * 1000)
            await process.stdout.drain()
    except (asyncssh.Error, OSError):
        return


async def dripping(process: asyncssh.SSHServerProcess[bytes]) -> None:
    try:
        while True:
            process.stdout.write(b"c")
            await asyncio.sleep(0.05)
    except (asyncssh.Error, OSError):
        return


async def without_an_end(process: asyncssh.SSHServerProcess[bytes]) -> None:
    process.stdout.write(b"cpu  1 2 3 4\n")
    process.stdout.write_eof()
    await process.channel.wait_closed()


async def complaining(process: asyncssh.SSHServerProcess[bytes]) -> None:
    try:
        while True:
            process.stderr.write(b"no! " * 1000)
            await process.stderr.drain()
    except (asyncssh.Error, OSError):
        return


@pytest.mark.parametrize(
    ("process", "trouble"),
    [
        (never_ending, Trouble.TOO_LARGE),
        (dripping, Trouble.TIMED_OUT),
        (without_an_end, Trouble.TIMED_OUT),
        (complaining, Trouble.TIMED_OUT),
    ],
)
async def test_an_answer_without_end_is_bounded_in_time_and_size(
    tmp_path: Path, process: Process, trouble: Trouble
) -> None:
    began = time.monotonic()
    async with answering(tmp_path, process) as port:
        by = means(tmp_path)
        seen = await visit(linux(port, timeout_s=SHORT_S), by, [HostLoad])
    answer = unanswered(seen.answers[HostLoad])
    assert answer.trouble is trouble
    assert sum(len(one.answer) for one in answer.exchanges) <= by.answer_limit
    assert time.monotonic() - began < SHORT_S + SLACK_S


@pytest.mark.parametrize("cut_after", [0, 1, 50, 200])
async def test_a_cut_answer_is_never_a_reading(tmp_path: Path, cut_after: int) -> None:
    async with listening(tmp_path) as host:
        host.behaviour.cut_after = cut_after
        target = linux(host.port, timeout_s=SHORT_S)
        seen = await visit(target, means(tmp_path), [HostLoad, FileSystems])
        assert host.logins == 1
    # the first that hangs does not take the second with it: each has its own time
    assert {unanswered(one).trouble for one in seen.answers.values()} == {Trouble.TIMED_OUT}


async def test_garbage_is_never_a_reading(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.logs.create(LOG, b"x\n")
        host.behaviour.garbage = True
        wanted = [HostLoad, FileSystems, ClusterState, LogLines]
        seen = await visit(linux(host.port, watch=WATCH), means(tmp_path), wanted)
    troubles = {unanswered(one).trouble for one in seen.answers.values()}
    assert troubles <= {Trouble.GARBLED, Trouble.UNSUPPORTED}
    assert seen.notes == ()


async def hangs_in_df(process: asyncssh.SSHServerProcess[bytes]) -> None:
    if process.command == FILE_SYSTEMS:
        await process.channel.wait_closed()
        return
    process.stdout.write(load_answer(HostData()).encode())
    process.exit(0)


async def test_one_hanging_command_leaves_the_others_their_answers(tmp_path: Path) -> None:
    async with answering(tmp_path, hangs_in_df) as port:
        # asked in the order of their names: FileSystems hangs, HostLoad is answered
        target = linux(port, timeout_s=SHORT_S)
        seen = await visit(target, means(tmp_path), [FileSystems, HostLoad])
    assert unanswered(seen.answers[FileSystems]).trouble is Trouble.TIMED_OUT
    assert isinstance(seen.answers[HostLoad], HostLoad)
    assert dict(seen.sessions) == {"ssh": 1}


class StuckInExec(paramiko.ServerInterface):
    """Lets everybody in and never says whether a command was taken."""

    def __init__(self) -> None:
        self.freed = threading.Event()

    def check_auth_password(self, username: str, password: str) -> int:
        return int(paramiko.common.AUTH_SUCCESSFUL)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.common.OPEN_SUCCEEDED)

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.freed.wait(20)
        return False


async def test_a_command_that_is_never_taken_costs_the_connection_but_no_more(
    tmp_path: Path,
) -> None:
    key = ensure_host_key(tmp_path / "hostkeys", "stuck")
    stuck = StuckInExec()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        pin(tmp_path / "known_hosts", {port: key})
        target = linux(port, timeout_s=SHORT_S)
        visiting = asyncio.create_task(visit(target, means(tmp_path), [FileSystems, HostLoad]))
        accepted, _ = await asyncio.to_thread(server.accept)
        transport = paramiko.Transport(accepted)
        transport.add_server_key(paramiko.Ed25519Key.from_private_key_file(str(key)))
        transport.start_server(event=threading.Event(), server=stuck)
        began = time.monotonic()
        seen = await visiting
        assert time.monotonic() - began < 2 * SHORT_S + SLACK_S
        stuck.freed.set()
        transport.close()
    assert {unanswered(one).trouble for one in seen.answers.values()} == {Trouble.TIMED_OUT}


async def test_hosts_that_hang_do_not_delay_one_that_answers(tmp_path: Path) -> None:
    async with talking(hang) as port, listening(tmp_path) as host:
        hanging = [
            asyncio.create_task(visit(linux(port, timeout_s=4.0), means(tmp_path), [HostLoad]))
            for _ in range(40)
        ]
        began = time.monotonic()
        seen = await visit(linux(host.port), means(tmp_path), [HostLoad])
        took = time.monotonic() - began
        for one in hanging:
            one.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
    assert isinstance(seen.answers[HostLoad], HostLoad)
    assert took < 4.0


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def settled(measure: Callable[[], int], at_most: int) -> int:
    """The measure, once it is small enough or does not become so in time."""
    ends = time.monotonic() + 5
    while measure() > at_most and time.monotonic() < ends:
        gc.collect()
        await asyncio.sleep(0.02)
    return measure()


def transports() -> int:
    return sum(type(one).__name__ == "Transport" for one in threading.enumerate())


@pytest.mark.parametrize("serve", [hang, hang_in_kex])
async def test_a_cancelled_visit_leaves_neither_thread_nor_descriptor(
    tmp_path: Path, serve: Serve
) -> None:
    """Cancelled at random moments of the login."""
    chance = random.Random(int(os.environ.get("LINEGUARD_SEED", "12345")))  # noqa: S311
    async with talking(serve) as port:
        open_before = descriptors()
        for _ in range(count(ci=15, soak=300)):
            visiting = asyncio.create_task(visit(linux(port), means(tmp_path), [HostLoad]))
            await asyncio.sleep(chance.random() * 0.06)
            visiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await visiting
        assert await settled(transports, 0) == 0
    assert await settled(descriptors, open_before + 1) <= open_before + 1


async def test_a_visit_cancelled_inside_a_command_leaves_nothing(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.behaviour.delay_s = 30
        target = linux(host.port, timeout_s=20.0)
        for _ in range(count(ci=3, soak=50)):
            before = host.commands
            visiting = asyncio.create_task(visit(target, means(tmp_path), [HostLoad]))
            async with asyncio.timeout(10):
                while host.commands == before:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            visiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await visiting
        assert await settled(transports, 0) == 0
        assert await settled(lambda: host.connections, 0) == 0


async def test_the_visits_own_limit_ends_a_slow_host(tmp_path: Path) -> None:
    async with listening(tmp_path) as host:
        host.behaviour.delay_s = 30
        began = time.monotonic()
        target = linux(host.port, timeout_s=20.0)
        seen = await visit(target, means(tmp_path), [HostLoad], limit_s=SHORT_S)
        assert time.monotonic() - began < SHORT_S + SLACK_S
        assert await settled(lambda: host.connections, 0) == 0
    assert unanswered(seen.answers[HostLoad]).trouble is Trouble.TIMED_OUT


async def test_closing_twice_and_asking_after_it_are_harmless(tmp_path: Path) -> None:
    by: Means = means(tmp_path)
    async with listening(tmp_path) as host:
        target = linux(host.port)
        session = await open_session(target, by, Notebook(target))
        await session.close()
        await session.close()
        answer = await session.ask(HostLoad, Remembered())
    assert unanswered(answer).trouble is Trouble.GARBLED


# --- known_hosts ---


def test_only_exact_or_hashed_names_pin_a_key(tmp_path: Path) -> None:
    public = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    file = tmp_path / "known_hosts"
    salt = "c2FsdHNhbHRzYWx0c2FsdHM="
    made = hmac.new(base64.b64decode(salt), b"[10.1.1.1]:2222", hashlib.sha1).digest()
    digest = base64.b64encode(made).decode()
    for names, pinned in (
        ("[10.1.1.1]:2222", 1),
        ("other,[10.1.1.1]:2222", 1),
        (f"|1|{salt}|{digest}", 1),
        ("10.1.1.1", 0),
        ("[10.1.1.1]:*", 0),
        ("@cert-authority [10.1.1.1]:2222", 0),
        ("#[10.1.1.1]:2222", 0),
        ("|1|x|y", 0),
    ):
        file.write_text(f"{names} {public}\n")
        assert len(pinned_keys(file, "10.1.1.1", 2222)) == pinned, names


def test_a_revoked_key_pins_nothing(tmp_path: Path) -> None:
    public = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    file = tmp_path / "known_hosts"
    file.write_text(f"10.1.1.1 {public}\n@revoked * {public}\n")
    assert pinned_keys(file, "10.1.1.1", 22) == ()


@pytest.mark.parametrize("text", ["x", "10.1.1.1 ssh-ed25519 AAAA", "10.1.1.1 ssh-rsa !!", "\xff"])
def test_a_line_that_cannot_be_read_pins_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(text)
    assert pinned_keys(file, "10.1.1.1", 22) == ()
