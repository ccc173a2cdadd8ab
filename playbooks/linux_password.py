"""A Linux host: an account changes its own password, or one that may sets it.

The commands below are all that is ever run. Sources: passwd(1) and chpasswd(8) of shadow-utils;
the prompts are those of pam_unix and of shadow itself in the C locale.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import paramiko

from playbooks.orders import Done, Order, Outcome, said

PASSWD: Final = "LC_ALL=C passwd"  # noqa: S105  (a command)
CHPASSWD: Final = "sudo -n /usr/sbin/chpasswd"
MAY_CHPASSWD: Final = "sudo -n -l /usr/sbin/chpasswd"
"""Asks sudo whether it would; runs nothing."""
COMMANDS: Final = frozenset({PASSWD, CHPASSWD, MAY_CHPASSWD})
HEARD_LIMIT: Final = 16_384

CURRENT_ASKED: Final = re.compile(rb"(?:urrent(?: UNIX)?\)? password|ld password): ?$")
NEW_ASKED: Final = re.compile(rb"(?:ew(?: UNIX)? password): ?$")
AGAIN_ASKED: Final = re.compile(rb"(?:etype new(?: UNIX)? password|e-enter new password): ?$")
"""Read in this order: "Retype new password" ends as "New password" does."""

WENT_WRONG: Final = (paramiko.SSHException, OSError, EOFError, ValueError)


def by_passwd(order: Order) -> Done:
    """`passwd`, as the account itself. It asks for the old one, then for the new one twice."""
    with shell(order) as client:
        if isinstance(client, Done):
            return client
        return _dialogue(order, started(client, order, PASSWD, terminal=True))


def by_chpasswd(order: Order) -> Done:
    """`chpasswd` takes `NAME:PASSWORD` from its standard input, which nobody else sees."""
    with shell(order) as client:
        if isinstance(client, Done):
            return client
        channel = started(client, order, CHPASSWD)
        try:
            channel.sendall(f"{order.user}:{order.new}\n".encode())
            channel.shutdown_write()
            return ended(order, channel, bytearray(), sent=True)
        except WENT_WRONG as cause:
            return Done(outcome=Outcome.UNSURE, said=said(order, str(cause)))


def may_chpasswd(order: Order) -> Done:
    """Whether sudo would let the account do that."""
    with shell(order) as client:
        if isinstance(client, Done):
            return client
        try:
            channel = started(client, order, MAY_CHPASSWD)
            return ended(order, channel, bytearray(), sent=False)
        except WENT_WRONG as cause:
            return Done(outcome=Outcome.REFUSED, said=said(order, str(cause)))


@contextmanager
def shell(order: Order) -> Iterator[paramiko.SSHClient | Done]:
    """Logged in with the old password, the host key pinned; `Done` when that was not possible."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        try:
            client.load_host_keys(order.known_hosts)
            client.connect(
                order.host, order.port, order.user, order.old, look_for_keys=False,
                allow_agent=False, timeout=order.timeout_s, banner_timeout=order.timeout_s,
                auth_timeout=order.timeout_s,
            )  # fmt: skip
        except WENT_WRONG as cause:
            yield Done(outcome=Outcome.REFUSED, said=said(order, str(cause)))
            return
        yield client
    finally:
        client.close()


def started(
    client: paramiko.SSHClient,
    order: Order,
    command: str,
    allowed: frozenset[str] = COMMANDS,
    *,
    terminal: bool = False,
) -> paramiko.Channel:
    """The one command of this login. Raises what paramiko raises."""
    transport = client.get_transport()
    if command not in allowed or transport is None:
        raise ValueError("no such command")
    channel = transport.open_session(timeout=order.timeout_s)
    if terminal:
        channel.get_pty(term="dumb")  # passwd turns the echo off on a terminal
    channel.settimeout(order.timeout_s)
    channel.exec_command(command)
    return channel


def _dialogue(order: Order, channel: paramiko.Channel) -> Done:
    """Answer what is asked; each question once, so that a refused password ends it."""
    answers = [
        (AGAIN_ASKED, order.new),
        (CURRENT_ASKED, order.old),
        (NEW_ASKED, order.new),
    ]
    heard = bytearray()
    given = 0
    since = 0
    ends = time.monotonic() + order.timeout_s
    try:
        while data := _received(channel, ends):
            heard += data
            asked = next((one for one in answers if one[0].search(bytes(heard[since:]))), None)
            if asked is not None:
                answers.remove(asked)
                given += asked[0] is AGAIN_ASKED
                channel.sendall(asked[1].encode() + b"\n")
                since = len(heard)
            if len(heard) > HEARD_LIMIT:
                break
        return ended(order, channel, heard, sent=bool(given))
    except WENT_WRONG as cause:
        outcome = Outcome.UNSURE if given else Outcome.REFUSED
        return Done(outcome=outcome, said=said(order, str(cause)))


def _received(channel: paramiko.Channel, ends: float) -> bytes:
    """What comes next; nothing at the end. Raises `OSError` when it does not come in time."""
    channel.settimeout(max(ends - time.monotonic(), 0.01))
    return channel.recv(4096)


def ended(order: Order, channel: paramiko.Channel, heard: bytearray, *, sent: bool) -> Done:
    """How the command ended: 0 is a changed password."""
    if not channel.status_event.wait(order.timeout_s):
        return Done(outcome=Outcome.UNSURE if sent else Outcome.REFUSED, said="no exit status")
    status = channel.recv_exit_status()
    if status == 0:
        return Done(outcome=Outcome.DONE)
    if status < 0:
        return Done(outcome=Outcome.UNSURE if sent else Outcome.REFUSED, said="no exit status")
    while channel.recv_stderr_ready() and len(heard) < HEARD_LIMIT:
        heard += channel.recv_stderr(4096)
    return Done(outcome=Outcome.REFUSED, said=said(order, bytes(heard)))
