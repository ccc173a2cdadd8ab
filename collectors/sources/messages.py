"""A text message to the site's own test telephone, through its gateway, and what becomes of it.

It costs money and reaches a person's telephone, so it is sent only where the memory permits it
(`collectors.acting`), once for each occasion. What is sent is the site's own data (`sms`); the
number is a secret and is never shown whole.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass, field
from typing import Final, Literal

from collectors.acting import done, permit
from collectors.parsers.plain import plain
from collectors.parsers.pointed import NoSuchPlace, document, text_at
from collectors.readings import Exchange, Reading, Trouble
from collectors.readings.application import MessageDelivery
from collectors.session import Means, Notebook, SessionFailed, unanswered
from collectors.sources.web import NoReply, Reply, Request, Web, body_of, path_of, secret, web
from collectors.visit import Answer, Memory
from inventory.applications import Sms
from inventory.model import Device
from phrases import Phrase, say

NUMBER: Final = re.compile(r"\+?[0-9]{5,15}")
"""E.164: at most 15 digits; a short code has at least 5."""
SHOWN_DIGITS: Final = 2
UNKNOWN_TOKEN: Final = 404
"""HTTP: what was asked for is not there."""
POLLS_S: Final = 1.0
"""Between two questions for the state."""
WORD_CHARACTERS: Final = 40
TOKEN_CHARACTERS: Final = 12
ID_CHARACTERS: Final = 100

Outcome = Literal["delivered", "failed", "under_way"]


async def open_session(device: Device, means: Means, notebook: Notebook) -> MessageSession:
    """Nothing is opened yet. Raises `SessionFailed` when a secret is missing or no number."""
    access = device.access.sms
    if access is None:
        why = say("{device}: its estate says no “sms”", device=device.name)
        raise SessionFailed(Trouble.NOT_CONFIGURED, why)
    number = secret(device.name, means, access.number)
    if not NUMBER.fullmatch(number):
        why = say("{device}: the secret {secret} is no telephone number",
                  device=device.name, secret=access.number)  # fmt: skip
        raise SessionFailed(Trouble.NOT_CONFIGURED, why)
    client = web(device.name, device.address, access, means)
    client.hides = _hidden(number)
    return MessageSession(device, means, notebook, access, client, number)


class _Ended(Exception):
    """The question ends here."""

    def __init__(self, trouble: Trouble, why: Phrase) -> None:
        super().__init__(why.text("en"))
        self.trouble = trouble
        self.why = why


@dataclass(slots=True)
class MessageSession:
    """One client. `exchanges` is what went over the line, without the number."""

    device: Device
    means: Means
    notebook: Notebook
    access: Sms
    client: Web
    number: str = field(repr=False)
    exchanges: list[Exchange] = field(default_factory=list)
    pause_s: float = POLLS_S

    async def ask(self, question: type[Reading], memory: Memory) -> Answer:
        """As `collectors.session.Session`; the only question is `MessageDelivery`."""
        try:
            return await self._sent(memory)
        except (NoReply, _Ended) as end:
            trouble, why = end.trouble, end.why
        return unanswered(self.device, self.means.clock(), trouble, why, tuple(self.exchanges))

    async def close(self) -> None:
        """Close what is kept alive."""
        await self.client.close()

    async def _sent(self, memory: Memory) -> Answer:
        name = self.device.name
        occasion = memory.recall(name, permit(MessageDelivery))
        if not occasion:
            raise _Ended(
                Trouble.WITHHELD,
                say("{device}: no test message is sent by a look; a round sends one a week",
                    device=name),
            )  # fmt: skip
        token = token_of(occasion)
        if memory.recall(name, done(MessageDelivery)) == occasion:
            return await self._asked_after(token)
        return await self._first(token)

    async def _first(self, token: str) -> Answer:
        reply = await self._send(token)
        if not reply.good:
            return self._reading(reply.status, "refused", "", 0.0)
        return await self._followed(reply.status, self._id(reply), token)

    async def _send(self, token: str) -> Reply:
        words = say("Lineguard test {token}: please ignore this message", token=token)
        values = {"number": self.number, "text": words.text("zh"), "token": token}
        content, kind = body_of(self.access.body, self.access.encoding, values)
        path = self.access.path
        request = Request(method="POST", path=path, shown=path, content=content, content_type=kind)
        try:
            reply = await self.client.ask(request)
        except NoReply as none:
            if not none.sent:  # a later look may send it
                self.notebook.note(done(MessageDelivery), "")
            raise
        self.exchanges.append(reply.exchange)
        return reply

    async def _asked_after(self, token: str) -> Answer:
        """The message of an earlier look at the same slot, which was cut short: never a second."""
        if "{id}" in self.access.state_path:
            raise _Ended(
                Trouble.WITHHELD,
                say("{device}: a test message was sent for this slot by a round that was cut "
                    "short, and its state cannot be asked without its number; look at the test "
                    "telephone",
                    device=self.device.name),
            )  # fmt: skip
        reply = await self._ask_state(self._state_path("", token))
        if reply.status == UNKNOWN_TOKEN:  # it never took that message
            return await self._first(token)
        return await self._followed(200, "", token)

    async def _followed(self, status: int, message: str, token: str) -> Answer:
        """Ask for the state until it is final or the time is over."""
        began = time.monotonic()
        path = self._state_path(message, token)
        while True:
            word = await self._state(path)
            waited = time.monotonic() - began
            outcome = self._outcome(word)
            if outcome != "under_way" or waited + self.pause_s > self.access.wait_s:
                return self._reading(status, outcome, word, waited)
            await asyncio.sleep(self.pause_s)

    def _state_path(self, message: str, token: str) -> str:
        return path_of(self.access.state_path, {"id": message, "token": token})

    async def _ask_state(self, path: str) -> Reply:
        reply = await self.client.ask(Request(method="GET", path=path, shown=path))
        # of many equal answers the last one is the evidence
        self.exchanges[1:] = [reply.exchange]
        return reply

    async def _state(self, path: str) -> str:
        reply = await self._ask_state(path)
        if not reply.good:
            raise _Ended(
                Trouble.GARBLED,
                say("{device}: it does not tell the state of the message, HTTP status {status}",
                    device=self.device.name, status=reply.status),
            )  # fmt: skip
        return plain(self._told(reply, self.access.state), WORD_CHARACTERS)

    def _id(self, reply: Reply) -> str:
        return self._told(reply, self.access.message_id)[:ID_CHARACTERS]

    def _told(self, reply: Reply, pointer: str) -> str:
        try:
            told = text_at(document(reply.body), pointer)
        except NoSuchPlace:
            told = ""
        if not told:
            why = say("{device}: its page has no shape that is known", device=self.device.name)
            raise _Ended(Trouble.GARBLED, why)
        return told

    def _outcome(self, word: str) -> Outcome:
        if word in self.access.delivered:
            return "delivered"
        return "failed" if word in self.access.failed else "under_way"

    def _reading(
        self, status: int, outcome: Literal["refused"] | Outcome, word: str, waited: float
    ) -> MessageDelivery:
        return MessageDelivery(
            device=self.device.name,
            taken_at=self.means.clock(),
            exchanges=tuple(self.exchanges),
            status=status,
            outcome=outcome,
            word=word,
            number=masked(self.number),
            waited_s=waited,
        )


def token_of(occasion: str) -> str:
    """The same for every attempt of one occasion, and of no use to anybody else."""
    return hashlib.sha256(occasion.encode()).hexdigest()[:TOKEN_CHARACTERS]


def masked(number: str) -> str:
    """The last two digits, enough to tell two test telephones apart."""
    return "*" * (len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]


def _hidden(number: str) -> tuple[bytes, ...]:
    """The number as an answer may repeat it: whole, encoded, without its country's prefix."""
    plain_number = number.removeprefix("+")
    forms = {number, number.replace("+", "%2B"), plain_number, plain_number.removeprefix("86")}
    longest = sorted((one for one in forms if len(one) >= 5), key=len, reverse=True)
    return tuple(one.encode() for one in longest)
