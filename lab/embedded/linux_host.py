"""A Linux-like host: a real SSH server that answers the allow-listed commands and no others.

Its answers come from `HostData` and `LogFolder`, read at every command, so that a fault changes
what the host says. Whatever else is asked ends with status 127 and is kept in `strange`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shlex
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncssh

from collectors.parsers.linux import END
from collectors.parsers.pacemaker import NOT_CONNECTED
from collectors.sources.host_commands import (
    CLUSTER,
    FILE_SYSTEMS,
    LOAD,
    PGBACKREST,
)
from collectors.sources.host_questions import NO_SUCH_COMMAND
from inventory.applications import StatusFile
from inventory.records import RecordFiles
from lab.behaviour import Behaviour
from lab.embedded.accounts import Account, Obedience
from lab.embedded.backup_data import info_answer
from lab.embedded.call_files import counts_answer
from lab.embedded.linux_commands import (
    AGE,
    BESIDE,
    BY_INODE,
    COUNTS,
    DIGEST,
    FILES,
    PART,
    STATE,
    STATUS,
)
from lab.embedded.linux_data import (
    HostData,
    LogFolder,
    cluster_answer,
    file_systems_answer,
    load_answer,
    status_answer,
)
from lab.embedded.linux_services import service_answer, service_complaint
from lab.embedded.shelf_sftp import ShelfSftp
from playbooks.linux_password import CHPASSWD, MAY_CHPASSWD, PASSWD
from playbooks.windows_password import OWN

SILENCE_CHECK_S: Final = 0.1
GARBAGE_BYTES: Final = 512
STRANGE_KEPT: Final = 100
PASSWORD_COMMANDS: Final = (PASSWD, CHPASSWD, MAY_CHPASSWD, OWN)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command prints, and how it ends."""

    output: bytes
    status: int = 0
    complaint: bytes = b""


@dataclass(slots=True)
class LinuxHost:
    """One host. `password` or `client_keys` (OpenSSH public key lines) let `user` in.

    `logins` and `commands` count what happened; `strange` holds commands it should never get.
    """

    host_key: Path
    user: str
    password: str | None = field(default=None, repr=False)
    client_keys: Sequence[str] = ()
    data: HostData = field(default_factory=HostData)
    logs: LogFolder = field(default_factory=LogFolder)
    status_file: StatusFile | None = None
    keeps_calls: tuple[RecordFiles, ...] = ()
    behaviour: Behaviour = field(default_factory=Behaviour)
    logins: int = 0
    commands: int = 0
    strange: list[str] = field(default_factory=list)
    port: int = 0
    account: Account = field(init=False)
    _address: tuple[str, int] | None = None
    _bound: socket.socket | None = None
    _acceptor: asyncssh.SSHAcceptor | None = None
    _connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    _watch: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.account = Account(self.user, self.password or "")

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 picks one, which is then in `port`. Raises `OSError` when it is taken."""
        held = _bound((host, port))
        self.port = held.getsockname()[1]
        self._address = (host, self.port)
        await self._listen(held)
        self._watch = asyncio.create_task(self._keep_silence())

    async def stop(self) -> None:
        """Close the port and every connection; safe to call twice."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        await self._fall_silent()
        if self._bound is not None:
            self._bound.close()
            self._bound = None
        self._address = None

    async def apply(self) -> None:
        """Begin or end silence now, as `behaviour` says; it is done within a moment anyway."""
        if self._address is None or self.behaviour.silent == (self._acceptor is None):
            return
        if self.behaviour.silent:
            await self._fall_silent()
            self._bound = _bound(self._address)
        elif self._bound is not None:
            held, self._bound = self._bound, None
            await self._listen(held)

    @property
    def connections(self) -> int:
        """Connections that are open now."""
        return len(self._connections)

    async def _listen(self, held: socket.socket) -> None:
        self._acceptor = await asyncssh.listen(
            sock=held,
            server_factory=lambda: _Door(self),
            process_factory=self._serve,
            sftp_factory=lambda channel: ShelfSftp(channel, self.data.shelf),
            server_host_keys=[str(self.host_key)],
            encoding=None,
            line_editor=False,
            allow_scp=False,
            agent_forwarding=False,
        )

    async def _fall_silent(self) -> None:
        acceptor, self._acceptor = self._acceptor, None
        if acceptor is not None:
            acceptor.close()
        for connection in tuple(self._connections):
            connection.abort()
        if acceptor is not None:
            await acceptor.wait_closed()

    async def _keep_silence(self) -> None:
        while True:
            await self.apply()
            await asyncio.sleep(SILENCE_CHECK_S)

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Answer one command, as the behaviour of the moment has it."""
        self.commands += 1
        if process.command in PASSWORD_COMMANDS:
            await change_password(self.account, process)
            return
        said = self._said(process.command or "")
        await asyncio.sleep(self.behaviour.delay_s)
        output = secrets.token_bytes(GARBAGE_BYTES) if self.behaviour.garbage else said.output
        cut = self.behaviour.cut_after
        process.stdout.write(output[:cut])
        process.stderr.write(said.complaint)
        if cut is not None:
            await process.channel.wait_closed()
            return
        process.exit(said.status)

    def _said(self, command: str) -> Said:
        if command == LOAD:
            return Said(load_answer(self.data).encode())
        if command == FILE_SYSTEMS:
            return Said(file_systems_answer(self.data).encode())
        if command == CLUSTER and self.data.cluster is not None:
            if not self.data.cluster.running:
                return Said(b"", NOT_CONNECTED, b"crm_mon: Connection to cluster failed\n")
            return Said(cluster_answer(self.data.cluster).encode())
        if command == PGBACKREST and self.data.stanzas is not None:
            return Said(info_answer(self.data.stanzas).encode())
        if asked := AGE.fullmatch(command):
            return self._file_age(_unquoted(asked["path"]))
        if STATUS.fullmatch(command) and self.status_file is not None:
            return Said(status_answer(self.data, self.status_file))
        about_services = service_answer(command, self.data.services)
        if about_services is not None:
            complaint = service_complaint(command, self.data.services)
            return Said(about_services.encode(), complaint=complaint.encode())
        if counts := COUNTS.fullmatch(command):
            return self._calls(counts)
        about_files = self._log_said(command) or self._copy_said(command)
        if about_files is not None:
            return about_files
        if command not in (CLUSTER, PGBACKREST) and len(self.strange) < STRANGE_KEPT:
            self.strange.append(command)
        return Said(b"", NO_SUCH_COMMAND, b"sh: command not found\n")

    def _calls(self, asked: re.Match[str]) -> Said:
        place = f"{_unquoted(asked['folder'])}/{_unquoted(asked['files'])}"
        kept = next((one for one in self.keeps_calls if one.files.files == place), None)
        if kept is None:
            return Said(b"", 1, b"find: No such file or directory\n")
        first, past = _unquoted(asked["first"]), _unquoted(asked["past"])
        return Said(counts_answer(self.data.calls, kept, first, past))

    def _log_said(self, command: str) -> Said | None:
        if asked := STATE.fullmatch(command):
            return self._log_state(_unquoted(asked["path"]))
        if asked := PART.fullmatch(command):
            return self._log_part(asked)
        if asked := BY_INODE.fullmatch(command):
            return self._log_by_inode(_unquoted(asked["path"]), int(asked["inode"]))
        return None

    def _copy_said(self, command: str) -> Said | None:
        shelf = self.data.shelf
        if asked := FILES.fullmatch(command):
            folder = _unquoted(asked["path"])
            return _or_absent(shelf.listing(folder, _unquoted(asked["name"])), "find", folder)
        if asked := DIGEST.fullmatch(command):
            path = _unquoted(asked["path"])
            return _or_absent(shelf.digest(path), "sh", path)
        if asked := BESIDE.fullmatch(command):
            path = _unquoted(asked["path"])
            content = shelf.content(path)
            end = f"\n{END}\n".encode()
            return _or_absent(None if content is None else content[:1_000] + end, "head", path)
        return None

    def _file_age(self, path: str) -> Said:
        if path not in self.data.files:
            complaint = f"stat: cannot statx '{path}': No such file or directory\n"
            return Said(b"", 1, complaint.encode())
        written, size = self.data.files[path]
        return Said(f"{int(written.timestamp())} {size}\n".encode())

    def _log_state(self, path: str) -> Said:
        file = self.logs.files.get(path)
        if file is None:
            complaint = f"stat: cannot statx '{path}': No such file or directory\n"
            return Said(b"", 1, complaint.encode())
        return Said(f"{file.inode} {len(file.content)}\n".encode())

    def _log_part(self, asked: re.Match[str]) -> Said:
        file = self.logs.files.get(_unquoted(asked["path"]))
        first = int(asked["first"]) - 1
        content = b"" if file is None else file.content
        return Said(content[first : first + int(asked["count"])])

    def _log_by_inode(self, folder: str, inode: int) -> Said:
        prefix = folder.rstrip("/") + "/"
        found = [
            path
            for path, file in self.logs.files.items()
            if file.inode == inode and path.startswith(prefix)
        ]
        return Said("".join(f"{path}\n" for path in found).encode())


async def change_password(account: Account, process: asyncssh.SSHServerProcess[bytes]) -> None:
    """`passwd` asks on the terminal; `chpasswd` takes a line. Both end with 0 when it is changed.
    Of a deaf one nothing is heard any more."""
    try:
        if process.command == PASSWD:
            asked = await _asked(account, process)
        elif process.command == OWN:
            asked = await _on_stdin(account, process)
        elif process.command == CHPASSWD:
            _, _, asked = (await process.stdin.readline()).decode().strip().partition(":")
        else:
            process.exit(0)
            return
    except (OSError, asyncssh.Error):
        return
    if asked is None or not account.change(asked):
        process.stderr.write(b"passwd: Authentication token manipulation error\n")
        process.exit(10)
    elif account.obedience is Obedience.DEAF:
        await process.channel.wait_closed()
    else:
        process.stdout.write(b"passwd: password updated successfully\n")
        process.exit(0)


async def _on_stdin(account: Account, process: asyncssh.SSHServerProcess[bytes]) -> str | None:
    """As Windows takes it: the old one, then the new one."""
    old, new = [(await process.stdin.readline()).decode().strip() for _ in range(2)]
    return new if old == account.password else None


async def _asked(account: Account, process: asyncssh.SSHServerProcess[bytes]) -> str | None:
    """The new password, where the old one was right and the new one came twice."""
    given: list[str] = []
    for prompt in (b"Current password: ", b"New password: ", b"Retype new password: "):
        process.stdout.write(prompt)
        given.append((await process.stdin.readline()).decode().rstrip("\r\n"))
        process.stdout.write(b"\r\n")
        if len(given) == 1 and given[0] != account.password:
            return None
    return given[1] if given[1] == given[2] else None


class _Door(asyncssh.SSHServer):
    """Who may come in."""

    def __init__(self, host: LinuxHost) -> None:
        self._host = host
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._host._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._host._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return self._host.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        return self._admits(username) and self._host.account.admits(username, password)

    def public_key_auth_supported(self) -> bool:
        return bool(self._host.client_keys)

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = [asyncssh.import_public_key(line) for line in self._host.client_keys]
        return self._admits(username) and key in known

    def auth_completed(self) -> None:
        self._host.logins += 1

    def _admits(self, username: str) -> bool:
        return username == self._host.user and not self._host.behaviour.refuse_logins


def _or_absent(output: bytes | None, command: str, path: str) -> Said:
    if output is None:
        return Said(b"", 1, f"{command}: '{path}': No such file or directory\n".encode())
    return Said(output)


def _unquoted(word: str) -> str:
    return shlex.split(word)[0]


def _bound(address: tuple[str, int]) -> socket.socket:
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(address)
    except OSError:
        held.close()
        raise
    held.setblocking(False)
    return held
