"""A running intake on ports of the loopback, over a store of a test's own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select

from collectors.intake.backlog import Backlog
from collectors.intake.datagrams import Datagrams, listening
from collectors.intake.decoding import Decoder, Senders, Third
from collectors.intake.model import Receiver
from collectors.intake.streams import Streams
from collectors.intake.web import Web
from incidents.desk import IncidentDesk
from incidents.intake_desk import IntakeDesk
from incidents.intake_flow import IntakeFlow
from incidents.intake_rules import Rules
from incidents.listing import IncidentRecord, incidents
from incidents.topology import Topology
from inventory.intake import IntakeRule
from logbook.book import Logbook
from store.schema import intake_count, received

TOKEN = "a token of the tests"
SENDERS = Senders(
    named={},
    addresses={"127.0.0.1": ("rt-1",), "127.0.0.2": ("ups-1",)},
    callers={"prometheus": "nms-1"},
    devices=frozenset({"rt-1", "ups-1", "nms-1", "db-1"}),
)
SITES = dict.fromkeys(SENDERS.devices, "site_primary")


def now() -> datetime:
    return datetime.now(UTC)


def desk_of(book: Logbook, rules: tuple[IntakeRule, ...] = ()) -> IntakeDesk:
    incidents_desk = IncidentDesk(book, Topology({}))
    return IntakeDesk(
        store=book.store, incidents=incidents_desk, rules=Rules(rules), senders=SENDERS, sites=SITES
    )


@dataclass
class Intake:
    """What a test speaks to."""

    book: Logbook
    flow: IntakeFlow
    ports: dict[Receiver, int] = field(default_factory=dict)

    def send(self, receiver: Receiver, *messages: bytes, source: str = "127.0.0.1") -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((source, 0))
            for one in messages:
                sender.sendto(one, ("127.0.0.1", self.ports[receiver]))

    def counts(self) -> dict[tuple[str, str], int]:
        with self.book.store.read() as tx:
            rows = tx.execute(
                select(
                    intake_count.c.receiver, intake_count.c.outcome,
                    func.sum(intake_count.c.count),
                ).group_by(intake_count.c.receiver, intake_count.c.outcome)
            )  # fmt: skip
            return {(one, outcome): int(many) for one, outcome, many in rows}

    def stored(self) -> int:
        with self.book.store.read() as tx:
            return int(tx.execute(select(func.count()).select_from(received)).scalar_one())

    def open(self) -> tuple[IncidentRecord, ...]:
        with self.book.store.read() as tx:
            return incidents(tx)


@asynccontextmanager
async def running(
    book: Logbook,
    *,
    rules: tuple[IntakeRule, ...] = (),
    third: Third | None = None,
    community: bytes | None = None,
    backlog: Backlog | None = None,
) -> AsyncIterator[Intake]:
    backlog = Backlog() if backlog is None else backlog
    datagrams = [
        Datagrams(one, listening("127.0.0.1", 0), backlog, SENDERS.known, now)
        for one in (Receiver.TRAPS, Receiver.SYSLOG)
    ]
    streams = Streams(Receiver.SYSLOG_TCP, backlog, SENDERS.known, now)
    web = Web(backlog, lambda: {"prometheus": TOKEN}, now)
    flow = IntakeFlow(
        backlog=backlog,
        decoder=Decoder(senders=SENDERS, community=lambda: community, third=third),
        desk=desk_of(book, rules),
        clock=now,
        receivers=(Receiver.TRAPS, Receiver.SYSLOG, Receiver.SYSLOG_TCP, Receiver.WEB),
        datagrams=datagrams,
        others=(streams, web),
    )
    intake = Intake(book, flow)
    intake.ports = {one.receiver: one.opened.getsockname()[1] for one in datagrams}
    intake.ports[Receiver.SYSLOG_TCP] = await streams.start("127.0.0.1", 0)
    intake.ports[Receiver.WEB] = await web.start("127.0.0.1", 0)
    stop = asyncio.Event()
    task = asyncio.create_task(flow.run(stop))
    try:
        yield intake
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def until(what: Callable[[], object], limit_s: float = 15.0) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(limit_s):
        while not what():  # noqa: ASYNC110  (what changes is in the database)
            await asyncio.sleep(0.02)


async def post(port: int, path: str, content: bytes, token: str = TOKEN, head: str = "") -> int:
    """The status of a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    auth = f"Authorization: Bearer {token}\r\n" if token else ""
    length = head or f"Content-Length: {len(content)}\r\n"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\n{auth}{length}\r\n".encode() + content)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ")[1])
