"""Talking to a console, blocking, inside a thread: netmiko's logins with everything that could
change a device taken out.

netmiko 4.8's Huawei login answers Y to "security risks in the configuration file" and saves the
configuration (`HuaweiSSH.special_login_handler`). Here every question of a login is declined, and
nothing is ever written but what stands on the driver's list. Reading is bounded in time and size
as a whole, not per line.
"""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, Final

import paramiko
from netmiko import BaseConnection

from collectors.consoles import transcript, vrp
from collectors.readings import Trouble

logging.getLogger("paramiko").addHandler(logging.NullHandler())
# A device that hangs up in mid-handshake is an answer of ours, not a traceback on stderr.

CHUNK: Final = 65_536
TAIL: Final = 2_048
LOGIN_LIMIT: Final = 65_536
"""Bytes of banners and questions before the first prompt."""
QUESTIONS_LIMIT: Final = 4
"""A login that asks more than so often is not one we know."""
PAGES_LIMIT: Final = 2_000

QUESTION: Final = re.compile(
    rb"(?:\[[Yy](?:es)?/[Nn]o?\]|\([Yy](?:es)?/[Nn]o?\)|Change now|Please choose)[^\r\n]{0,80}$"
)


class ConsoleFailed(Exception):
    """The dialogue ended otherwise than with the whole answer; `heard` is what came."""

    def __init__(self, trouble: Trouble, heard: bytes = b"", *, closed: bool = False) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.heard = heard
        self.closed = closed


class NotOnTheList(Exception):
    """A defect of ours: something was about to be written that is no read-only command."""


class UnknownHostKey(paramiko.SSHException):
    """The device's host key is not in known_hosts."""


class _RefuseUnknown(paramiko.MissingHostKeyPolicy):
    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        raise UnknownHostKey(hostname)


class ReadOnlyConsole(BaseConnection):
    """What all drivers share. Bytes are read as they are (`heard`), bounded by `limit` per answer
    and by one deadline per login and per command."""

    prompt: ClassVar[re.Pattern[bytes]]
    """A prompt at the very end of what came; its group `name` is the device's."""
    own_prompt: ClassVar[bytes]
    """The prompt of the device `NAME` at a line's start, as a pattern."""
    commands: frozenset[str]
    limit: int

    def __init__(self, *, commands: frozenset[str], limit: int, **parameters: Any) -> None:  # noqa: ANN401
        super().__init__(
            auto_connect=False, system_host_keys=False, alt_host_keys=True, ssh_strict=True,
            use_keys=False, allow_agent=False, **parameters,
        )  # fmt: skip
        self.key_policy = _RefuseUnknown()
        self.commands = commands
        self.limit = limit
        self.name = b""
        self.at_prompt = False
        self._deadline = 0.0

    def enter(self, wait_s: float) -> None:
        """Log in, up to the first prompt. On any failure nothing stays open."""
        self._deadline = time.monotonic() + wait_s
        try:
            self.establish_connection()
            self.prepare(wait_s)
        except BaseException:
            self.leave()
            raise

    def prepare(self, wait_s: float) -> None:
        """What a driver does after its login."""

    def special_login_handler(self, delay_factor: float = 1.0) -> None:
        """Wait for the prompt; decline whatever is asked before it."""
        heard = bytearray()
        since = asked = 0
        while True:
            self._receive(heard, LOGIN_LIMIT)
            tail = bytes(heard[since:][-TAIL:])
            if found := self.prompt.search(tail):
                self.name = found["name"]
                self.at_prompt = True
                return
            if QUESTION.search(tail):
                asked += 1
                if asked > QUESTIONS_LIMIT:
                    raise ConsoleFailed(Trouble.GARBLED, bytes(heard))
                self.write_channel(vrp.DECLINE + self.RETURN)
                since = len(heard)

    def converse(self, command: str, wait_s: float) -> tuple[bytes, bytes]:
        """Send one command of the list. All that came, and of it the answer between echo and
        prompt. Raises `ConsoleFailed`."""
        if command not in self.commands:
            raise NotOnTheList(command)
        return self._exchange(command, wait_s)

    def _exchange(self, command: str, wait_s: float) -> tuple[bytes, bytes]:
        self._deadline = time.monotonic() + wait_s
        self._forget_what_waits()
        self.at_prompt = False
        self.write_channel(command + self.RETURN)
        heard = bytearray()
        start: int | None = None
        pages = 0
        ended = self._ended()
        while True:
            self._receive(heard, self.limit)
            if start is None:
                start = transcript.echo_end(bytes(heard[: transcript.ECHO_WITHIN]), command)
            if start is None:
                continue
            at = max(start, len(heard) - TAIL)
            tail = bytes(heard[at:])
            if found := ended(tail):
                self.at_prompt = True
                return bytes(heard), bytes(heard[start : at + found.start()])
            if transcript.MORE.search(tail) and pages < PAGES_LIMIT:
                pages += 1
                self.write_channel(" ")

    def _ended(self) -> Callable[[bytes], re.Match[bytes] | None]:
        """Finds the device's own prompt on a line of its own. An asynchronous line may follow."""
        own = re.compile(rb"(?:" + self._own() + rb")[ \r]{0,3}(?=\n|$)")
        return lambda tail: own.search(_shown(tail))

    def _own(self) -> bytes:
        return self.own_prompt.replace(b"NAME", re.escape(self.name))

    def _receive(self, heard: bytearray, limit: int) -> None:
        """Whatever comes next. Raises `ConsoleFailed` at the deadline, the limit and the end."""
        left = self._deadline - time.monotonic()
        channel = self.remote_conn
        if left <= 0 or not isinstance(channel, paramiko.Channel):
            raise ConsoleFailed(Trouble.TIMED_OUT, bytes(heard))
        channel.settimeout(left)
        try:
            data = channel.recv(CHUNK)
        except TimeoutError:
            raise ConsoleFailed(Trouble.TIMED_OUT, bytes(heard)) from None
        if not data:
            raise ConsoleFailed(Trouble.GARBLED, bytes(heard), closed=True)
        heard += data
        if len(heard) > limit:
            raise ConsoleFailed(Trouble.TOO_LARGE, bytes(heard[:limit]))

    def _forget_what_waits(self) -> None:
        """Asynchronous lines that came after the last prompt belong to no answer."""
        waiting = bytearray()
        channel = self.remote_conn
        while isinstance(channel, paramiko.Channel) and channel.recv_ready():
            self._receive(waiting, self.limit)

    def write_channel(self, out_data: str) -> None:
        """The one place that writes, past netmiko's own (which logs what it sends)."""
        if out_data.removesuffix(self.RETURN) not in {*self.commands, vrp.DECLINE, " ", vrp.LEAVE}:
            raise NotOnTheList
        self._send(out_data)

    def _send(self, text: str) -> None:
        channel = self.remote_conn
        if not isinstance(channel, paramiko.Channel):
            raise ConsoleFailed(Trouble.GARBLED, closed=True)
        channel.settimeout(max(self._deadline - time.monotonic(), 0.01))
        try:
            channel.sendall(text.encode("utf-8"))
        except TimeoutError:
            raise ConsoleFailed(Trouble.TIMED_OUT) from None
        except OSError:
            raise ConsoleFailed(Trouble.GARBLED, closed=True) from None

    def leave(self) -> None:
        """Give the line back: a VRP has five. Safe to call twice and after any failure."""
        self.disconnect()

    def cleanup(self, command: str = "") -> None:
        """Called by `disconnect`. Closing the channel is the way out of a console without a
        known command for it."""

    def _build_ssh_client(self) -> paramiko.SSHClient:
        client = super()._build_ssh_client()
        client.set_missing_host_key_policy(self.key_policy)
        return client


def _shown(tail: bytes) -> bytes:
    """Without escapes, at the same offsets: what a prompt's pattern is tried on."""
    return _ESCAPES.sub(lambda found: b"\r" * len(found[0]), tail)


_ESCAPES: Final = re.compile(rb" ?\x1b\[[0-9;?]{0,16}[@-~]")


def hang_up(way: socket.socket) -> None:
    """End a dialogue from outside its thread: whatever it waits for fails at once."""
    with suppress(OSError):
        way.shutdown(socket.SHUT_RDWR)
    way.close()
