"""UPSs by Network UPS Tools: the text protocol of upsd, port 3493.

Only these are ever sent: USERNAME and PASSWORD where the site gives them, LIST VAR, LIST UPS and
LOGOUT. LOGIN is not: it would count Lineguard among the machines that the UPS feeds.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from collectors.parsers.nut import NotNut, error_of, names, text_lines, ups_told, variables
from collectors.readings import Exchange, Reading, Trouble, Unanswered
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.ups_words import Stamp, UpsTold
from collectors.visit import Answer, Memory
from inventory.model import Device, Nut
from phrases import Phrase, say

PROTOCOL: Final = "nut"
LINES: Final = 2_000
"""Lines of one answer; drivers have some tens of variables."""
GOODBYE_S: Final = 0.5
REFUSALS: Final = frozenset(
    {
        "ACCESS-DENIED",
        "USERNAME-REQUIRED",
        "PASSWORD-REQUIRED",
        "INVALID-USERNAME",
        "INVALID-PASSWORD",
    }
)
LOST: Final = frozenset({"DATA-STALE", "DRIVER-NOT-CONNECTED"})
"""The server is there, the UPS behind it is not."""
UNKNOWN_UPS: Final = "UNKNOWN-UPS"
NAMED: Final = 5


class TooMuch(Exception):
    """More than is read of one answer."""


async def open_session(device: Device, means: Means, notebook: Notebook) -> NutSession:
    """Connect, and say who we are where the site says so. Raises `SessionFailed`."""
    access = device.access.nut
    assert access is not None  # noqa: S101  (the catalogue asks only devices that have it)
    login = _login(device, access, means)
    try:
        async with asyncio.timeout(access.timeout_s):
            reader, writer = await asyncio.open_connection(device.address, access.port)
    except (OSError, UnicodeError):
        # TimeoutError is an OSError; UnicodeError: an address that is no host name at all
        raise SessionFailed(
            Trouble.UNREACHABLE,
            say("{device}: no connection to its NUT server on port {port}",
                device=device.name, port=access.port),
        ) from None  # fmt: skip
    session = NutSession(device, access, means, reader, writer)
    try:
        await session.log_in(login)
    except BaseException:
        writer.transport.abort()
        raise
    return session


def _login(device: Device, access: Nut, means: Means) -> tuple[str, str] | None:
    if access.user is None or access.secret is None:
        return None
    try:
        return access.user, means.secrets.secret(access.secret).strip().partition("\n")[0]
    except KeyError:
        why = say("{device}: there is no secret named {secret}",
                  device=device.name, secret=access.secret)  # fmt: skip
        raise SessionFailed(Trouble.NOT_CONFIGURED, why) from None


@dataclass(slots=True)
class NutSession:
    """See `collectors.session.Session`. All variables are listed once for all questions."""

    device: Device
    access: Nut
    means: Means
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    exchanges: list[Exchange] = field(default_factory=list)
    told: UpsTold | Unanswered | None = None

    async def log_in(self, login: tuple[str, str] | None) -> None:
        """Raises `SessionFailed`. Most servers check a password only when they need it."""
        if login is None:
            return
        user, password = login
        for command, secret in ((f"USERNAME {user}", ""), ("PASSWORD ", _word(password))):
            try:
                answer = await self._ask(command, secret)
            except TimeoutError:
                raise self._failed(Trouble.TIMED_OUT, self._too_slow()) from None
            except (OSError, NotNut, TooMuch):
                raise self._failed(Trouble.GARBLED, self._not_understood()) from None
            if not answer or not answer[0].startswith("OK"):
                raise self._failed(Trouble.REFUSED, self._refused())

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """See `collectors.session.Session`."""
        if self.told is None:
            self.told = await self._look()
        if isinstance(self.told, Unanswered):
            return self.told
        why = say("{device}: the NUT server does not tell that of UPS {ups}",
                  device=self.device.name, ups=self.access.ups)  # fmt: skip
        return self.told.reading(question, self._stamp()) or self._not(Trouble.UNSUPPORTED, why)

    async def close(self) -> None:
        """See `collectors.session.Session`."""
        if not self.writer.transport.is_closing():
            with suppress(OSError):
                async with asyncio.timeout(GOODBYE_S):
                    self.writer.write(b"LOGOUT\n")
                    await self.reader.readline()
        self.writer.transport.abort()

    async def _look(self) -> UpsTold | Unanswered:
        ups = self.access.ups
        try:
            lines = await self._ask(f"LIST VAR {ups}")
            error = error_of(lines)
            if error is not None:
                return await self._error(error)
            return ups_told(variables(lines, ups))
        except TimeoutError:
            return self._not(Trouble.TIMED_OUT, self._too_slow())
        except TooMuch:
            return self._not(Trouble.TOO_LARGE, self._too_large())
        except (NotNut, OSError):
            return self._not(Trouble.GARBLED, self._not_understood())

    async def _error(self, code: str) -> Unanswered:
        if code in REFUSALS:
            return self._not(Trouble.REFUSED, self._refused())
        if code in LOST:
            return self._not(
                Trouble.UNREACHABLE,
                say("{device}: the NUT server has lost the UPS ({code})",
                    device=self.device.name, code=code),
            )  # fmt: skip
        if code != UNKNOWN_UPS:
            return self._not(Trouble.GARBLED, self._not_understood())
        known = names(await self._ask("LIST UPS"))
        return self._not(
            Trouble.NOT_CONFIGURED,
            say("{device}: the NUT server knows no UPS {ups}, but {known}; write the right name "
                "under lineguard.nut.ups", device=self.device.name, ups=self.access.ups,
                known=", ".join(known[:NAMED]) or "-"),
        )  # fmt: skip

    # --- the wire ------------------------------------------------------------------------------

    async def _ask(self, command: str, secret: str = "") -> list[str]:
        """The lines of one answer; `secret` is sent behind the command and stands in no evidence.
        Raises `TimeoutError`, `OSError`, `NotNut`, `TooMuch`."""
        at, began = self.means.clock(), time.monotonic()
        received: list[bytes] = []
        try:
            async with asyncio.timeout(self.access.timeout_s):
                self.writer.write(f"{command}{secret}\n".encode())
                await self.writer.drain()
                await self._receive(received)
        finally:
            answer = b"".join(received)
            limit = self.means.answer_limit
            self.exchanges.append(
                Exchange(
                    protocol=PROTOCOL, asked=command.strip(), answer=answer[:limit], at=at,
                    duration_ms=round((time.monotonic() - began) * 1000),
                    truncated=len(answer) > limit,
                )
            )  # fmt: skip
        return text_lines(answer)

    async def _receive(self, received: list[bytes]) -> None:
        """One line, or a whole list. Raises as `_ask`."""
        size = 0
        while not received or (received[0].startswith(b"BEGIN ") and not _ends(received[-1])):
            try:
                line = await self.reader.readuntil(b"\n")
            except asyncio.IncompleteReadError as cut:
                received.append(cut.partial)
                raise NotNut("the connection ended within an answer") from None
            except asyncio.LimitOverrunError:
                raise TooMuch from None
            received.append(line)
            size += len(line)
            if size > self.means.answer_limit or len(received) > LINES:
                raise TooMuch

    # --- what is said --------------------------------------------------------------------------

    def _stamp(self) -> Stamp:
        return Stamp(
            device=self.device.name, taken_at=self.means.clock(), exchanges=tuple(self.exchanges)
        )

    def _not(self, trouble: Trouble, why: Phrase) -> Unanswered:
        stamp = self._stamp()
        return unanswered(self.device, stamp["taken_at"], trouble, why, stamp["exchanges"])

    def _failed(self, trouble: Trouble, why: Phrase) -> SessionFailed:
        return SessionFailed(trouble, why, tuple(self.exchanges))

    def _refused(self) -> Phrase:
        why = say("{device}: its NUT server refuses us: user or password is wrong or missing",
                  device=self.device.name)  # fmt: skip
        return self.means.to_mend(why, self.device.name, self.access.secret)

    def _not_understood(self) -> Phrase:
        return say("{device}: the answer of its NUT server cannot be understood",
                   device=self.device.name)  # fmt: skip

    def _too_slow(self) -> Phrase:
        return say("{device}: the answer of its NUT server was not whole within {limit:g} s",
                   device=self.device.name, limit=self.access.timeout_s)  # fmt: skip

    def _too_large(self) -> Phrase:
        return say("{device}: its NUT server sends more than is read", device=self.device.name)


def _ends(line: bytes) -> bool:
    return line.startswith((b"END ", b"ERR "))


def _word(secret: str) -> str:
    """As a quoted word of the protocol."""
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
