"""A VRP-like console: five lines (VTY), a banner, questions at login, paging, a pair's prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lab.behaviour import Behaviour
from lab.embedded.console_server import ConsoleServer, Left, Terminal
from lab.embedded.vrp_data import VrpData, answer
from lab.embedded.vrp_views import Views

MORE: Final = b"  ---- More ----"
ERASED: Final = b"\x1b[42D" + b" " * 42 + b"\x1b[42D"
NO_LINE_FREE: Final = b"All user interfaces are used, please try later!\r\n"
UNKNOWN: Final = ["             ^", "Error: Unrecognized command found at '^' position."]
PAGING_OFF: Final = "screen-length 0 temporary"
LEAVING: Final = ("quit", "return")


class VrpConsole(ConsoleServer):
    """`replies` holds what was answered to the questions of a login. `two_staged`: as a VRP8 that
    forgets what is not committed."""

    def __init__(
        self,
        *,
        host_key: Path,
        user: str,
        password: str,
        data: VrpData | None = None,
        behaviour: Behaviour | None = None,
    ) -> None:
        super().__init__(host_key=host_key, user=user, password=password, behaviour=behaviour)
        self.data = data or VrpData()
        self.two_staged = False
        self.replies: list[str] = []

    async def session(self, terminal: Terminal) -> None:
        """As `ConsoleServer`."""
        if self.open_now > self.data.vty_limit:
            await terminal.show(NO_LINE_FREE)
            return
        await terminal.show(self._banner())
        for question in tuple(self.data.login_questions):
            await terminal.show(question.encode())
            self.replies.append(await terminal.line())
        await terminal.show(self._prompt())
        paged = True
        views = Views(self.account, two_staged=self.two_staged)
        while (command := await terminal.line()) not in LEAVING or views.inside:
            if (told := views.told(command)) is not None:
                if views.deaf:
                    await terminal.wait_until_left()
                    raise Left
                prompt = views.prompt(self._prompt())
                printed = _printed(told) if prompt else _printed(told).removesuffix(b"\r\n")
                await terminal.show(printed + prompt)
                continue
            self.note(command)
            if command == PAGING_OFF and not self.data.page_lines:
                paged = False
                lines = ["Info: The configuration takes effect on the current user terminal "]
                lines[0] += "interface only."
            else:
                lines = [""] if not command else (answer(self.data, command) or UNKNOWN)
            await self._print(terminal, lines, paged=paged)
        self.note(command)

    async def _print(self, terminal: Terminal, lines: list[str], *, paged: bool) -> None:
        size = self.data.page_lines if paged and self.data.page_lines else len(lines)
        while len(lines) > size:
            await terminal.show(_printed(lines[:size]) + MORE)
            await terminal.key()
            await terminal.show(ERASED)
            lines = lines[size:]
        await self.answer(terminal, _printed(lines) + self._prompt())

    def _prompt(self) -> bytes:
        return self.data.prompt.encode()

    def _banner(self) -> bytes:
        return (
            "\r\nInfo: The max number of VTY users is "
            f"{self.data.vty_limit}, and the number\r\n      of current VTY users on line is "
            f"{self.open_now}.\r\n      The current login time is 2026-11-21 16:42:00+08:00.\r\n"
        ).encode()


def _printed(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()
