"""A server of Network UPS Tools (upsd) with one UPS, as its protocol is documented."""

from __future__ import annotations

import asyncio
import secrets
import shlex
from dataclasses import dataclass, field
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.doorway import StreamService

LINE_LIMIT: Final = 4_096
GARBAGE_BYTES: Final = 512
KEPT: Final = 1_000


def healthy_variables() -> dict[str, str]:
    """A 10 kVA UPS on mains, as a driver tells it."""
    return {
        "battery.charge": "100",
        "battery.runtime": "2520",
        "battery.temperature": "24.5",
        "device.mfr": "HUAWEI",
        "device.type": "ups",
        "input.voltage": "229.8",
        "output.voltage": "230.1",
        "ups.load": "28",
        "ups.model": 'UPS2000-G "10kVA"',
        "ups.status": "OL CHRG",
        "ups.temperature": "27.0",
    }


@dataclass(slots=True)
class NutData:
    """A healthy UPS, until changed. `error` is what the server says in place of the variables."""

    variables: dict[str, str] = field(default_factory=healthy_variables)
    error: str | None = None
    description: str = "room UPS"

    def set_status(self, *flags: str) -> None:
        """The flags of `ups.status`."""
        self.variables["ups.status"] = " ".join(flags)


class NutServer(StreamService):
    """Knows one UPS. With a `login`, LIST VAR is for that user and password only, as a site may
    have it behind a proxy; upsd itself gives variables to everybody. `commands` holds what was
    asked, but no password."""

    LIMIT = LINE_LIMIT

    def __init__(
        self,
        ups: str,
        data: NutData | None = None,
        behaviour: Behaviour | None = None,
        *,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.ups = ups
        self.data = data or NutData()
        super().__init__(behaviour)
        self.commands: list[str] = []
        self.connections = 0
        self.floods = False
        self.login = login

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As the behaviour of the moment has it."""
        self.connections += 1
        talk = _Talk(self)
        while not talk.over and (line := await reader.readline()):
            command = line.decode("latin-1").strip()
            if len(self.commands) < KEPT:
                self.commands.append("PASSWORD" if command.startswith("PASSWORD") else command)
            await asyncio.sleep(self.behaviour.delay_s)
            writer.write(self._sent(talk.answer(command)))
            await writer.drain()
            while self.floods:
                writer.write(b'VAR flood flood "' + b"x" * GARBAGE_BYTES + b'"\n')
                await writer.drain()

    def _sent(self, answer: str) -> bytes:
        if self.behaviour.garbage:
            return secrets.token_bytes(GARBAGE_BYTES) + b"\n"
        return answer.encode()[: self.behaviour.cut_after]


@dataclass(slots=True)
class _Talk:
    """One connection."""

    server: NutServer
    user: str = ""
    password: str = ""
    over: bool = False

    def answer(self, command: str) -> str:
        """What upsd says to one line."""
        verb, _, rest = command.partition(" ")
        if verb == "USERNAME":
            self.user = rest
            return "OK\n"
        if verb == "PASSWORD":
            self.password = "".join(shlex.split(rest))
            return "OK\n"
        if verb == "LOGOUT":
            self.over = True
            return "OK Goodbye\n"
        if command == "LIST UPS":
            return self._list("UPS", [f'UPS {self.server.ups} "{self.server.data.description}"'])
        if command.startswith("LIST VAR "):
            return self._variables(command.removeprefix("LIST VAR "))
        return "ERR UNKNOWN-COMMAND\n"

    def _variables(self, ups: str) -> str:
        server = self.server
        wanted = server.login is not None and server.login != (self.user, self.password)
        if wanted or server.behaviour.refuse_logins:
            return "ERR ACCESS-DENIED\n"
        if ups != server.ups:
            return "ERR UNKNOWN-UPS\n"
        if server.data.error is not None:
            return f"ERR {server.data.error}\n"
        told = server.data.variables
        lines = [f"VAR {ups} {name} {_quoted(told[name])}" for name in sorted(told)]
        return self._list(f"VAR {ups}", lines)

    def _list(self, query: str, lines: list[str]) -> str:
        return "\n".join([f"BEGIN LIST {query}", *lines, f"END LIST {query}", ""])


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
