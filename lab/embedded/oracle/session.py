"""One connection to the practice database: its packets, and how it misbehaves."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lab.embedded.oracle import messages, packets
from lab.embedded.oracle.conversation import Conversation, Endless, Left
from lab.embedded.oracle.messages import OracleError
from lab.embedded.oracle.packets import Mark, Packet, Type
from lab.embedded.oracle.wire import WireError

if TYPE_CHECKING:
    from lab.embedded.oracle.listener import OracleListener

GARBAGE_BYTES: Final = 512
QUEUED: Final = 64
NO_SUCH_SERVICE: Final = 12514
INTERRUPTED: Final = OracleError(1013, "user requested cancel of current operation")
GONE: Final = (OSError, WireError, asyncio.IncompleteReadError)


class Interrupted(Exception):
    """The other side does not want to wait any longer."""


class Session:
    """Reads packets all the time, so that an interruption is heard while an answer is slow."""

    def __init__(
        self,
        listener: OracleListener,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._listener = listener
        self._reader = reader
        self._writer = writer
        self._wide = False
        self._sdu = packets.SDU
        self._heard: asyncio.Queue[Packet | None] = asyncio.Queue(QUEUED)
        self._conversation = Conversation(listener)

    async def serve(self) -> None:
        """Until either side leaves."""
        listening = asyncio.create_task(self._listen())
        try:
            await self._connect(await self._next())
            while True:
                await self._take(await self._next())
        except (Left, WireError):
            return
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self) -> None:
        try:
            while True:
                packet = await packets.read_packet(self._reader, lambda: self._wide)
                await self._heard.put(packet)
        except GONE:
            await self._heard.put(None)

    async def _next(self) -> Packet:
        """Raises `Left`."""
        packet = await self._heard.get()
        if packet is None:
            raise Left
        return packet

    async def _connect(self, first: Packet) -> None:
        """Raises `Left`, `WireError`."""
        if first.type != Type.CONNECT:
            raise WireError("no CONNECT")
        request = packets.request_of(first.body)
        descriptor = request.descriptor
        if descriptor is None:
            descriptor = (await self._next()).body
        self._sdu = request.sdu
        await self._slowly()
        terms = self._listener.terms
        if packets.service_of(descriptor) != terms.service.lower():
            await self._send(packets.refuse(NO_SUCH_SERVICE))
            raise Left
        self._wide = True
        await self._send(packets.accept(terms.protocol, self._sdu))

    async def _take(self, packet: Packet) -> None:
        """Raises `Left`, `WireError`."""
        if packet.type == Type.MARKER:
            await self._reset(packet)
            return
        if packet.type != Type.DATA or len(packet.body) < len(packets.DATA_FLAGS):
            raise Left
        if packet.body[1] & packets.END_OF_FILE:
            raise Left
        try:
            await self._slowly()
            await self._reply(self._conversation.reply_to(packet.body[2:]))
        except Interrupted:
            self._listener.interrupted += 1
            await self._reply(messages.outcome(INTERRUPTED))
        except Endless as flood:
            await self._flood(flood)

    async def _reset(self, packet: Packet) -> None:
        """An interruption that came when the answer was under way already."""
        if packet.body[-1:] == bytes([Mark.RESET]):
            await self._send(packets.marker(Mark.RESET))
            await self._reply(messages.outcome(INTERRUPTED))
        else:
            await self._send(packets.marker(Mark.BREAK))

    async def _slowly(self) -> None:
        """Wait as the behaviour has it. Raises `Interrupted`, `Left`."""
        delay_s = self._listener.behaviour.delay_s
        if delay_s <= 0:
            return
        try:
            packet = await asyncio.wait_for(self._next(), delay_s)
        except TimeoutError:
            return
        if packet.type != Type.MARKER:
            raise Left
        await self._send(packets.marker(Mark.BREAK))
        while packet.type != Type.MARKER or packet.body[-1:] != bytes([Mark.RESET]):
            packet = await self._next()
        await self._send(packets.marker(Mark.RESET))
        raise Interrupted

    async def _reply(self, message: bytes) -> None:
        await self._send(packets.data_packets(message, self._sdu))

    async def _send(self, answer: bytes) -> None:
        """An answer, as the behaviour of the moment has it. Raises `Left`."""
        behaviour = self._listener.behaviour
        if behaviour.garbage:
            self._writer.write(secrets.token_bytes(GARBAGE_BYTES))
            await self._writer.drain()
            raise Left
        cut = behaviour.cut_after
        self._writer.write(answer[:cut])
        await self._writer.drain()
        if cut is not None and len(answer) > cut:
            while True:  # until the other side leaves
                await self._next()

    async def _flood(self, flood: Endless) -> None:
        """Rows until the other side leaves; whatever it says is not heard."""
        self._writer.write(packets.data_packets(flood.head, self._sdu))
        more = packets.data_packets(flood.rows, self._sdu)
        while not self._writer.is_closing():
            self._writer.write(more)
            await self._writer.drain()
            await asyncio.sleep(0)
