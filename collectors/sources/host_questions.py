"""One question to a host under way: its commands, its evidence, and why it may have no answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from collectors.parsers.plain import plain
from collectors.readings import Exchange, Trouble
from collectors.session import Means
from collectors.sources.secure_shell import LineDropped, SecureShell
from collectors.sources.ssh_channel import Output
from inventory.model import Device
from phrases import Phrase, say

PROTOCOL: Final = "ssh"
NO_SUCH_COMMAND: Final = 127
"""POSIX shells: the command was not found."""

Kept = Callable[[bytes], bytes]
"""What of an answer is kept as evidence."""


def as_received(answer: bytes) -> bytes:
    """All of it."""
    return answer


class NoAnswer(Exception):
    """The question ends here; the evidence so far stays with the question."""

    def __init__(self, trouble: Trouble, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.trouble = trouble
        self.why = why


@dataclass(slots=True)
class Question:
    """Mutable while it is asked: the exchanges are collected here."""

    device: Device
    means: Means
    shell: SecureShell
    limit_s: float
    exchanges: list[Exchange] = field(default_factory=list)
    protocol: str = PROTOCOL

    @property
    def taken_at(self) -> datetime:
        """When the last exchange ended, or now."""
        return self.exchanges[-1].at if self.exchanges else self.means.clock()

    async def run(self, command: str, kept: Kept = as_received) -> bytes:
        """The whole output of a command that succeeded. Raises `NoAnswer`."""
        output = await self.output(command, kept)
        if output.status == 0:
            return output.answer
        if output.status == NO_SUCH_COMMAND:
            raise NoAnswer(
                Trouble.UNSUPPORTED,
                say(
                    "{device} does not know a command that was asked: “{words}”",
                    device=self.device.name, words=plain(output.complaint or output.answer),
                ),
            )  # fmt: skip
        raise NoAnswer(
            Trouble.GARBLED,
            say(
                "{device}: a command ended with status {status}: {words}",
                device=self.device.name, status=output.status or 0,
                words=plain(output.complaint or output.answer),
            ),
        )  # fmt: skip

    async def output(
        self,
        command: str,
        kept: Kept = as_received,
        within_s: float | None = None,
        shown: str = "",
    ) -> Output:
        """What a command gave, if it ended and said so, within the device's limit or one of the
        command's own; `kept` makes the evidence of its answer, `shown` stands in it for a command
        that nobody could read. Raises `NoAnswer`."""
        began = time.monotonic()
        limit_s = within_s or self.limit_s
        try:
            output = await self.shell.run(command, self.means.answer_limit, within_s)
        except LineDropped as dropped:
            raise self._dropped(dropped, limit_s) from None
        self._keep(shown or command, output, began, kept)
        if output.timed_out:
            raise NoAnswer(Trouble.TIMED_OUT, self._too_slow(limit_s))
        if output.truncated:
            raise NoAnswer(
                Trouble.TOO_LARGE,
                say(
                    "{device}: an answer was longer than {limit} bytes and was cut off",
                    device=self.device.name,
                    limit=self.means.answer_limit,
                ),
            )
        if output.status is None:
            raise NoAnswer(Trouble.GARBLED, self._broken())
        return output

    def _keep(self, command: str, output: Output, began: float, kept: Kept) -> None:
        self.exchanges.append(
            Exchange(
                protocol=self.protocol,
                asked=command,
                answer=kept(output.answer) + output.complaint,
                at=self.means.clock(),
                duration_ms=round((time.monotonic() - began) * 1000),
                truncated=output.truncated or output.timed_out,
            )
        )

    def _dropped(self, dropped: LineDropped, limit_s: float) -> NoAnswer:
        if dropped.timed_out:
            return NoAnswer(Trouble.TIMED_OUT, self._too_slow(limit_s))
        return NoAnswer(Trouble.GARBLED, self._broken())

    def _too_slow(self, limit_s: float) -> Phrase:
        return say(
            "{device}: the answer was not whole within {limit:g} s",
            device=self.device.name,
            limit=limit_s,
        )

    def _broken(self) -> Phrase:
        return say(
            "{device}: the connection broke before the answer was whole", device=self.device.name
        )
