"""SNMPv3 notifications and informs, sent by pysnmp itself, read by the engine that we feed."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from pysnmp.hlapi.v3arch import asyncio as hlapi

from collectors.intake.model import Decoded, Garbage, Outcome
from collectors.intake.usm import User, Usm, engine_of
from collectors.sources.snmp.engine_pysnmp import AUTH, PRIV
from tests.collectors.intake.senders import AT, LINK_DOWN, arrived

THEIRS = "8000000001020304"
OURS = b"\x80\x00\x00\x00\x05lineguard"
USER = User(name="trapper", auth="sha256", priv="aes", auth_key="authentic-1",
            priv_key="private-22", engine=THEIRS)  # fmt: skip


def receiver(user: User = USER) -> Usm:
    return Usm((user,), OURS, AT)


async def exchange(usm: Usm, kind: str, auth_key: str = USER.auth_key) -> list[Decoded]:
    """What came of every message of one notification; informs are answered."""
    loop = asyncio.get_running_loop()
    seen: list[Decoded] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        port = listening.getsockname()[1]

        async def listen() -> None:
            while True:
                raw, peer = await loop.sock_recvfrom(listening, 9_000)
                decoded = usm.read(arrived(raw))
                seen.append(decoded)
                if decoded.reply is not None:
                    await loop.sock_sendto(listening, decoded.reply, peer)

        task = asyncio.create_task(listen())
        await _send(port, kind, auth_key)
        async with asyncio.timeout(10):
            while not seen:  # noqa: ASYNC110  (pysnmp tells nobody when it has sent)
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return seen


async def _send(port: int, kind: str, auth_key: str) -> None:
    engine: Any = engine_of(bytes.fromhex(THEIRS), AT)
    data = hlapi.UsmUserData(
        USER.name, auth_key, USER.priv_key,
        authProtocol=AUTH[USER.auth], privProtocol=PRIV[USER.priv],
    )  # fmt: skip
    target = await hlapi.UdpTransportTarget.create(("127.0.0.1", port), timeout=2, retries=0)
    name = hlapi.ObjectIdentity(LINK_DOWN)
    try:
        await hlapi.send_notification(
            engine, data, target, hlapi.ContextData(), kind, hlapi.NotificationType(name)
        )
    finally:
        engine.close_dispatcher()
        await asyncio.sleep(0)


async def test_a_trap_of_version_3_is_read() -> None:
    (decoded,) = await exchange(receiver(), "trap")
    assert decoded.outcome is Outcome.STORED
    assert decoded.messages[0].subject == LINK_DOWN
    assert decoded.reply is None


async def test_an_inform_discovers_us_and_is_answered() -> None:
    seen = await exchange(receiver(), "inform")
    assert seen[0].outcome is Outcome.HANDSHAKE
    assert seen[-1].outcome is Outcome.STORED
    assert seen[-1].messages[0].subject == LINK_DOWN
    assert seen[-1].reply is not None


async def test_another_key_is_not_accepted() -> None:
    (decoded,) = await exchange(receiver(), "trap", auth_key="another-key")
    assert decoded.outcome is Outcome.REFUSED
    assert decoded.messages == ()


@pytest.mark.parametrize("raw", [b"0\x03\x02\x01\x03", b"0\x06\x02\x01\x03\x30\x01\x00", b""])
def test_what_is_no_message_of_version_3_brings_nothing(raw: bytes) -> None:
    try:
        decoded = receiver().read(arrived(raw))
    except Garbage:
        return
    assert decoded.messages == ()
    assert decoded.outcome in (Outcome.REFUSED, Outcome.HANDSHAKE)


def test_keys_are_not_shown() -> None:
    assert "authentic" not in repr(USER) and "private" not in repr(USER)
