"""One SSH connection to a Linux host: opened, asked command by command, always closed.

paramiko is synchronous and waits without limit in places, so it works in threads of a bounded
pool, and whoever waits here holds two time limits over it: the channel's own, which ends one
command and keeps the connection, and one a little longer, which drops the connection. Dropping it
frees the thread at once, so that a silent host costs neither a thread nor a descriptor.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import paramiko
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from collectors.readings import Trouble
from collectors.session import SessionFailed
from collectors.sources.known_hosts import pinned_keys
from collectors.sources.ssh_channel import CHUNK, VISIT_BYTES, MeteredSocket, Output, collect, fetch
from phrases import Phrase, say

T = TypeVar("T")

THREADS: Final = 128
"""Hosts that are spoken to at the same moment. More than a round has under way, so that hosts that
hang do not keep the others waiting."""
GRACE_S: Final = 1.0
"""How long after a command's own limit the connection is dropped."""
BROKEN: Final = (
    paramiko.SSHException, EOFError, OSError, ValueError, LookupError, TypeError, AttributeError,
    ArithmeticError, AssertionError, struct.error, InvalidSignature, UnsupportedAlgorithm,
)  # fmt: skip
"""What a peer that sends nonsense makes paramiko raise: it hands on whatever its own thread ran
into while it took the packets apart."""

_POOL: Final = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="secure-shell")

# paramiko reports every broken peer as a traceback in its log; the answer says it in a sentence.
_QUIET: Final = logging.getLogger("paramiko")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who logs in, and with what. Neither is ever shown."""

    user: str
    password: str | None = field(default=None, repr=False)
    key: paramiko.PKey | None = field(default=None, repr=False)


class LineDropped(Exception):
    """The connection ended, or was ended at its time limit, before the work was done."""

    def __init__(self, *, timed_out: bool = False) -> None:
        super().__init__()
        self.timed_out = timed_out


class SecureShell:
    """One connection. `device` is only named in sentences; `limit_s` bounds the login and each
    command."""

    def __init__(self, device: str, limit_s: float) -> None:
        self._device = device
        self._limit_s = limit_s
        self._socket: socket.socket | None = None
        self._transport: paramiko.Transport | None = None
        self._meter: MeteredSocket | None = None
        self._overdue = False

    async def open(self, host: str, port: int, known_hosts: Path, login: Login) -> None:
        """Connect, check the host's key and log in. Raises `SessionFailed`."""
        await self._connect(host, port)
        try:
            await self._work(self._limit_s + GRACE_S, lambda: self._greet(host, port, known_hosts))
            await self._work(self._limit_s + GRACE_S, lambda: self._log_in(login))
        except LineDropped:
            await self.close()
            raise self._too_slow() from None
        except BaseException:
            await self.close()
            raise

    async def run(self, command: str, limit: int, within_s: float | None = None) -> Output:
        """Run one command; at most `limit` bytes are taken, within the device's own limit or
        `within_s`. Raises `LineDropped`."""
        within = within_s or self._limit_s
        return await self._work(
            within + GRACE_S, lambda: self._run(command, limit, time.monotonic() + within)
        )

    async def fetch(self, path: str, target: BinaryIO, size: int, within_s: float) -> int:
        """Copy a file of that size over SFTP; how many bytes came. Raises `LineDropped`."""
        return await self._work(
            within_s + GRACE_S,
            lambda: self._fetch(path, target, size, time.monotonic() + within_s),
        )

    @property
    def usable(self) -> bool:
        """Can another command be sent? After one that hung the connection is dropped."""
        return not self._overdue and self._transport is not None and self._transport.is_active()

    async def close(self) -> None:
        """End the connection; nothing of it stays, whatever the host does."""
        transport, self._transport = self._transport, None
        held, self._socket = self._socket, None
        _cut(held)
        if transport is not None or held is not None:
            ended = _POOL.submit(_end, transport, held)
            await asyncio.shield(asyncio.wrap_future(ended))

    # --- waiting for the threads ---

    async def _work(self, limit_s: float, work: Callable[[], T]) -> T:
        """`work` in a thread, at most `limit_s`; past that, or cancelled, the line is cut, which
        ends the thread's waiting too. Raises `LineDropped`."""
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.get_running_loop().run_in_executor(_POOL, work)
        except TimeoutError:
            self._overdue = True
            _cut(self._socket)
            raise LineDropped(timed_out=True) from None
        except asyncio.CancelledError:
            _cut(self._socket)
            raise

    async def _connect(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limit_s):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                family, kind, protocol, _name, address = found[0]
                self._socket = socket.socket(family, kind, protocol)
                self._socket.setblocking(False)
                await loop.sock_connect(self._socket, address)
        except BaseException as cause:
            await self.close()
            if isinstance(cause, TimeoutError):
                raise self._unreachable(host, port, _no_answer(self._limit_s)) from None
            if isinstance(cause, OSError):
                raise self._unreachable(host, port, _reason(cause)) from None
            raise

    # --- in a thread ---

    def _greet(self, host: str, port: int, known_hosts: Path) -> None:
        """Agree on keys and know the host by its own; nothing of ours was sent before that."""
        pinned = pinned_keys(known_hosts, host, port)
        began = time.monotonic()
        try:
            offered = self._agree(pinned)
        except BROKEN:
            if time.monotonic() - began >= self._limit_s * 0.9:
                raise self._too_slow() from None
            raise self._no_ssh() from None
        if not pinned:
            raise self._not_pinned(offered)
        if offered.asbytes() not in {key.asbytes() for key in pinned}:
            raise self._changed(offered)

    def _agree(self, pinned: tuple[paramiko.PKey, ...]) -> paramiko.PKey:
        if self._socket is None:
            raise LineDropped
        metered = self._meter = MeteredSocket(self._socket, VISIT_BYTES)
        transport = paramiko.Transport(metered)  # type: ignore[arg-type]  # any socket-like object
        self._transport = transport
        transport.banner_timeout = transport.auth_timeout = self._limit_s
        transport.channel_timeout = self._limit_s
        # start_client ends first, so that a hang is told from a line that broke
        transport.handshake_timeout = self._limit_s + GRACE_S
        _prefer(transport, pinned)
        transport.start_client(timeout=self._limit_s)
        if not transport.initial_kex_done:
            raise self._too_slow()
        return transport.get_remote_server_key()

    def _log_in(self, login: Login) -> None:
        transport = self._transport
        if transport is None:
            raise LineDropped
        try:
            if login.key is not None:
                transport.auth_publickey(login.user, login.key)
            else:
                transport.auth_password(login.user, login.password or "")
        except paramiko.AuthenticationException as refusal:
            # paramiko says a login that hangs with "Authentication timeout." of the same class
            if "timeout" in str(refusal).lower():
                raise self._too_slow() from None
            raise self._login_refused(login) from None
        except BROKEN:
            raise self._no_ssh() from None
        if not transport.is_authenticated():
            raise self._login_refused(login)

    def _run(self, command: str, limit: int, ends: float) -> Output:
        transport = self._transport
        if transport is None or not transport.is_active():
            raise LineDropped(timed_out=self._overdue)
        try:
            channel = transport.open_session(timeout=self._limit_s)
            try:
                channel.exec_command(command)
                return collect(channel, limit, ends)
            finally:
                channel.close()
        except BROKEN as cause:
            late = self._overdue or time.monotonic() >= ends
            raise LineDropped(timed_out=late) from cause

    def _fetch(self, path: str, target: BinaryIO, size: int, ends: float) -> int:
        transport, meter = self._transport, self._meter
        if transport is None or meter is None or not transport.is_active():
            raise LineDropped(timed_out=self._overdue)
        # packets have heads and padding; a rekeying costs little beside them
        meter.allow(size + size // 8 + CHUNK)
        try:
            return fetch(transport, path, target, size, ends)
        except BROKEN as cause:
            late = self._overdue or time.monotonic() >= ends
            raise LineDropped(timed_out=late) from cause

    # --- what is said ---

    def _unreachable(self, host: str, port: int, why: Phrase) -> SessionFailed:
        return SessionFailed(
            Trouble.UNREACHABLE,
            say(
                "{device}: no connection to {host} port {port}: {why}",
                device=self._device, host=host, port=port, why=why,
            ),
        )  # fmt: skip

    def _too_slow(self) -> SessionFailed:
        return SessionFailed(
            Trouble.TIMED_OUT,
            say(
                "{device}: the SSH login was not done within {limit:g} s",
                device=self._device,
                limit=self._limit_s,
            ),
        )

    def _no_ssh(self) -> SessionFailed:
        return SessionFailed(
            Trouble.GARBLED,
            say("{device}: what answers there does not speak SSH properly", device=self._device),
        )

    def _not_pinned(self, offered: paramiko.PKey) -> SessionFailed:
        return SessionFailed(
            Trouble.REFUSED,
            say(
                "{device}: its host key is not pinned yet (it shows {fingerprint}); compare it "
                "on the device itself, then run: lineguard inventory trust {device}",
                device=self._device, fingerprint=fingerprint(offered),
            ),
        )  # fmt: skip

    def _changed(self, offered: paramiko.PKey) -> SessionFailed:
        return SessionFailed(
            Trouble.REFUSED,
            say(
                "{device}: its host key is not the pinned one (it shows {fingerprint}): the "
                "device was replaced, or somebody else answers in its place; no password was sent",
                device=self._device, fingerprint=fingerprint(offered),
            ),
        )  # fmt: skip

    def _login_refused(self, login: Login) -> SessionFailed:
        return SessionFailed(
            Trouble.REFUSED,
            say(
                "{device}: the SSH login of {user} was refused",
                device=self._device, user=login.user,
            ),
            refused="secret" if login.key is None else None,
            key=login.key is not None,
        )  # fmt: skip


def _cut(held: socket.socket | None) -> None:
    """End both directions at once; never waits. The descriptor is closed by `close`."""
    if held is None:
        return
    try:
        held.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is not connected (any more)


def _end(transport: paramiko.Transport | None, held: socket.socket | None) -> None:
    """Stop paramiko's thread and give back the descriptor."""
    if transport is not None:
        transport.close()
    if held is not None:
        held.close()


def _prefer(transport: paramiko.Transport, pinned: tuple[paramiko.PKey, ...]) -> None:
    """Ask first for the kinds of key that are pinned, as OpenSSH does: a host has several."""
    options = transport.get_security_options()
    kinds = {key.get_name() for key in pinned}
    # an RSA key signs as rsa-sha2-256 or -512 (RFC 8332) and is named ssh-rsa
    if "ssh-rsa" in kinds:
        kinds |= {"rsa-sha2-512", "rsa-sha2-256"}
    options.key_types = tuple(sorted(options.key_types, key=lambda name: name not in kinds))


def fingerprint(key: paramiko.PKey) -> str:
    """As `ssh-keygen -l` shows it: SHA256:..."""
    return str(key.fingerprint)


def _reason(cause: OSError) -> Phrase:
    if isinstance(cause, ConnectionRefusedError):
        return say("the connection was refused")
    if isinstance(cause, socket.gaierror):
        return say("the name is not known")
    return say("there is no way to it")


def _no_answer(limit_s: float) -> Phrase:
    return say("no answer within {limit:g} s", limit=limit_s)
