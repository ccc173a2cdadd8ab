"""A U1900-like voice gateway's console, as a U1911's transcript has it.

Its `show` commands are the practice site's own: the vendor's are not public.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.console_server import ConsoleServer, Terminal

SUCCESS: Final = "====  Command executed success !  ===="
FAILURE: Final = "====  Command executed failed !  ===="
PASSWORD: Final = b"[.password .] Password:>"
NO_ALARM: Final = "No active alarm"
LEAVING: Final = ("quit", "exit", "logout")


@dataclass(slots=True)
class GatewayData:
    """A healthy gateway, until changed. A trunk that is down raises an alarm of its own.
    `asynchronous` lines come after the next prompt, as `save` and call events print them."""

    name: str = "eSpace U1960"
    cpu_average: int = 23
    cpu_maximum: int = 41
    alarms: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=lambda: ["10.10.1.60/24"])
    trunks: dict[str, bool] = field(
        default_factory=lambda: {"trunk-1": True, "trunk-2": True, "trunk-3": True}
    )
    version: str = "V200R003C30SPC500"
    ports: dict[str, str] = field(
        default_factory=lambda: {
            **{f"E1 0/{number}": "in service" for number in range(3)},
            "FE 0/0": "in service",
        }
    )
    parts: dict[str, str] = field(
        default_factory=lambda: {
            "MCU 0": "normal", "DTU 1": "normal", "PWR 1": "normal", "PWR 2": "normal",
            "FAN 1": "normal",
        }
    )  # fmt: skip
    configuration: list[str] = field(
        default_factory=lambda: [
            "config system name eSpaceU1960",
            "config trunk 1 type pra slot 1",
            "config sip server address 10.10.1.20 port 5060",
            "config user admin password cipher $1a$practice0gateway0secret$",
            "config snmp community read practice-gateway-community",
        ]
    )
    asynchronous: list[str] = field(default_factory=list)

    def active_alarms(self) -> list[tuple[str, str]]:
        """Severity and text: those raised, and one per trunk that is down."""
        down = [name for name, up in sorted(self.trunks.items()) if not up]
        return [*self.alarms, *(("Critical", f"ISDN 30B+D {name} out of service") for name in down)]


def answer(data: GatewayData, command: str) -> list[str] | None:
    """The lines that the command prints; None when the gateway does not know it."""
    if command == "show cpu-usage":
        return [f"CPU Usage : {data.cpu_average}% Max: {data.cpu_maximum}%"]
    if command == "show alarm active":
        rows = enumerate(data.active_alarms(), 1)
        return [f"{number}  {level}  {text}" for number, (level, text) in rows] or [NO_ALARM]
    if command == "show ip interface":
        return [f"Ethernet {index}  {address}  up" for index, address in enumerate(data.addresses)]
    if command == "show trunk":
        return [f"{name}  {'in service' if up else 'down'}" for name, up in data.trunks.items()]
    if command == "show configuration":
        return list(data.configuration)
    if command == "show version":
        return [f"Software version : {data.version}", "Uptime : 61 days"]
    if command in PART_COMMANDS:
        return [f"{name:<10}{state}" for name, state in PART_COMMANDS[command](data).items()]
    return None


PART_COMMANDS: Final[Mapping[str, Callable[[GatewayData], Mapping[str, str]]]] = {
    "show port": lambda data: data.ports,
    "show board": lambda data: data.parts,
}


class U1900Console(ConsoleServer):
    """After the login a user prompt; `enable` asks for a second password and lands in
    configuration mode."""

    def __init__(
        self,
        *,
        host_key: Path,
        user: str,
        password: str,
        enable_password: str,
        data: GatewayData | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        super().__init__(host_key=host_key, user=user, password=password, behaviour=behaviour)
        self.data = data or GatewayData()
        self._enable_password = enable_password

    async def session(self, terminal: Terminal) -> None:
        """As `ConsoleServer`."""
        enabled = False
        await terminal.show(b"\r\n" + self._prompt(enabled))
        while (command := await terminal.line()) not in LEAVING:
            self.note(command)
            if command == "enable" and not enabled:
                await terminal.show(PASSWORD)
                enabled = await terminal.line(echo=False) == self._enable_password
                await terminal.show(self._prompt(enabled))
                continue
            await self.answer(terminal, self._printed(command, enabled=enabled))
            await self._asynchronous(terminal)

    def _printed(self, command: str, *, enabled: bool) -> bytes:
        told = answer(self.data, command) if enabled else None
        lines = (
            [""] if not command else [*(told or ["Unknown command"]), SUCCESS if told else FAILURE]
        )
        return "".join(f"{line}\r\n" for line in lines).encode() + self._prompt(enabled)

    async def _asynchronous(self, terminal: Terminal) -> None:
        for line in self.data.asynchronous:
            await terminal.show(f"\r\n{line}\r\n".encode())

    def _prompt(self, enabled: bool) -> bytes:
        return f"[%{self.data.name}{'(config)]#' if enabled else ']>'}".encode()
