"""Network devices over their consoles: one SSH login per visit, read-only commands, closed always.

netmiko blocks, so a login and its commands run in a bounded pool of threads. The TCP connection is
made before, without a thread: a device that is off costs none. When a visit is given up, its
connection is closed under the thread, which then ends by itself.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, Final

import paramiko
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from netmiko.exceptions import NetmikoBaseException

from collectors.consoles import configuration, u1900, vrp
from collectors.consoles.complaints import not_let_in, password_refused
from collectors.consoles.dialogue import ConsoleFailed, hang_up
from collectors.consoles.drivers import DRIVERS
from collectors.consoles.session import THREADS, U1900, ConsoleSession
from collectors.readings import Trouble
from collectors.session import Means, Notebook, SessionFailed
from inventory.model import Cli, Device
from phrases import Phrase, say

HANDSHAKE_FAULTS: Final = (
    ConsoleFailed, NetmikoBaseException, paramiko.SSHException, EOFError, OSError,
    ValueError, LookupError, struct.error, InvalidSignature, UnsupportedAlgorithm,
)  # fmt: skip
"""What paramiko's reader meets in a peer's bytes it raises again at the caller as it is."""


async def open_session(device: Device, means: Means, notebook: Notebook) -> ConsoleSession:
    """Log in. Raises `SessionFailed`: unreachable, refused (login, host key, no free line), timed
    out, garbled, or not configured."""
    access = device.access.cli
    if access is None or access.driver not in DRIVERS:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: no console driver is configured for it", device=device.name),
        )
    parameters = _parameters(device, access, means)
    way = await _reach(device, access)
    console = DRIVERS[access.driver](sock=way, **parameters)
    login = THREADS.submit(console.enter, access.timeout_s)
    entered = False
    try:
        async with asyncio.timeout(2 * access.timeout_s):
            await asyncio.wrap_future(login)
        entered = True
    except HANDSHAKE_FAULTS as error:
        why = not_let_in(device, access, error)
        raise SessionFailed(*why, refused=password_refused(error)) from None
    finally:
        if not entered:
            hang_up(way)
            login.add_done_callback(lambda _: console.leave())
    return ConsoleSession(
        device=device, access=access, means=means, notebook=notebook, console=console, way=way
    )


def _parameters(device: Device, access: Cli, means: Means) -> dict[str, Any]:
    secret = _secret(device, means, access.secret)
    second = _secret(device, means, access.enable_secret) if access.enable_secret else ""
    return {
        "host": device.address,
        "port": access.port,
        "username": access.user,
        "password": secret,
        "secret": second,
        "device_type": access.driver,
        "alt_key_file": str(means.known_hosts),
        "conn_timeout": access.timeout_s,
        "auth_timeout": access.timeout_s,
        "banner_timeout": access.timeout_s,
        "commands": commands_for(device),
        "limit": means.answer_limit,
    }


def commands_for(device: Device) -> frozenset[str]:
    """Everything that may be written to this device's console, beside leaving and declining."""
    access = device.access.cli
    if access is None or access.driver != U1900:
        return vrp.COMMANDS | configuration.COMMANDS | {vrp.NO_PAGING}
    confirmed = {
        question.command
        for _, question in device.console
        if question.confirmed and u1900.may_be_sent(question.command)
    }
    return frozenset(confirmed | {u1900.ENABLE})


def _secret(device: Device, means: Means, name: str) -> str:
    try:
        return means.secrets.secret(name)
    except KeyError:
        raise SessionFailed(
            Trouble.NOT_CONFIGURED,
            say("{device}: there is no secret named {secret}", device=device.name, secret=name),
        ) from None


async def _reach(device: Device, access: Cli) -> socket.socket:
    """A TCP connection, blocking for the thread that gets it. Raises `SessionFailed`."""
    loop = asyncio.get_running_loop()
    way: socket.socket | None = None
    try:
        async with asyncio.timeout(access.timeout_s):
            family, kind, number, _, address = (
                await loop.getaddrinfo(device.address, access.port, type=socket.SOCK_STREAM)
            )[0]
            way = socket.socket(family, kind, number)
            way.setblocking(False)
            await loop.sock_connect(way, address)
    except (OSError, asyncio.CancelledError) as error:
        if way is not None:
            way.close()
        if isinstance(error, asyncio.CancelledError):
            raise
        raise SessionFailed(Trouble.UNREACHABLE, _unreachable(device, access, error)) from None
    way.setblocking(True)
    return way


def _unreachable(device: Device, access: Cli, error: OSError) -> Phrase:
    if isinstance(error, ConnectionRefusedError):
        return say(
            "{device}: nothing listens on {address} port {port}",
            device=device.name, address=device.address, port=access.port,
        )  # fmt: skip
    if isinstance(error, TimeoutError):
        return say(
            "{device}: no connection to {address} port {port} within {limit:g} s",
            device=device.name, address=device.address, port=access.port, limit=access.timeout_s,
        )  # fmt: skip
    return say(
        "{device}: no way to {address} port {port}",
        device=device.name, address=device.address, port=access.port,
    )  # fmt: skip
