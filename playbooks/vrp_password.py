"""A VRP console: a local user's password in the AAA view, and `save` once it is proven.

What may be written stands here and nowhere else. Source: Huawei command references of S, AR and
NE (`local-user password`, AAA view; `save`, user view); which of the two forms a device takes, and
that it takes it, is for the site to say (`rotate: {cli: {how: vrp_aaa, confirmed: true}}`).
"""

from __future__ import annotations

import re
import socket
import struct
from typing import Final

import paramiko
from netmiko.exceptions import NetmikoBaseException

from collectors.consoles import vrp
from collectors.consoles.dialogue import ConsoleFailed, hang_up
from collectors.consoles.drivers import HuaweiVrp
from playbooks.orders import Done, Order, Outcome, said

SYSTEM_VIEW: Final = "system-view"
AAA: Final = "aaa"
RETURN_TO_USER: Final = "return"
SAVE: Final = "save"
YES: Final = "y"
COMMIT: Final = "commit"
"""VRP8 in its two-stage mode keeps what was typed aside until then; in the immediate mode it does
not know the word, and nothing is lost by asking."""
TWO_STAGED: Final = "huawei_vrpv8"
WRITES: Final = frozenset({SYSTEM_VIEW, AAA, RETURN_TO_USER, SAVE, YES, COMMIT})
"""All that is written to change a device, beside the one line below."""

FORMS: Final = {
    "vrp_aaa": "local-user {user} password irreversible-cipher {password}",
    "vrp_aaa_cipher": "local-user {user} password cipher {password}",
}
PLAIN_WORD: Final = re.compile(r"[!-~]{1,128}")
"""A word of the command line: no blank can end it and begin another command."""

WRONG: Final = re.compile(rb"(?:^|\n)[ \r]{0,3}((?:Error|Warning|Failed)[^\r\n]{0,200})")
SAVED: Final = re.compile(rb"(?i)success")
LIMIT: Final = 65_536
BROKEN: Final = (
    ConsoleFailed, NetmikoBaseException, paramiko.SSHException, EOFError, OSError, ValueError,
    LookupError, struct.error,
)  # fmt: skip


class WritingConsole(HuaweiVrp):
    """A console that may also be told what this module writes."""

    own_prompt = rb"(?<=\n)\r{0,24}(?:HRP_[A-Z])?[<\[][~*]?NAME(?:-aaa)?[>\]]"
    secret_line = ""
    may_ask = False

    def _own(self) -> bytes:
        """Where a question may come, it ends an answer as a prompt does."""
        return super()._own() + (rb"|\[[Yy](?:es)?/[Nn]o?\]:?" if self.may_ask else b"")

    def write_channel(self, out_data: str) -> None:
        """As the reader's, with our own list beside it."""
        written = out_data.removesuffix(self.RETURN)
        if written in WRITES or (self.secret_line and written == self.secret_line):
            self._send(out_data)
        else:
            super().write_channel(out_data)

    def told(self, line: str, wait_s: float) -> bytes:
        """One line and what came of it. Raises `ConsoleFailed`."""
        return self._exchange(line, wait_s)[1]

    def saved(self, wait_s: float) -> bytes:
        """`save`, its question answered with yes. Raises `ConsoleFailed`."""
        self.may_ask = True
        asked = self._exchange(SAVE, wait_s)[1]
        self.may_ask = False
        return asked + self._exchange(YES, wait_s)[1]


def change(order: Order) -> Done:
    """The new password, by an account that may enter the AAA view."""
    line = FORMS[order.how].format(user=order.user, password=order.new)
    if not (PLAIN_WORD.fullmatch(order.new) and PLAIN_WORD.fullmatch(order.user)):
        return Done(outcome=Outcome.REFUSED, said="not a word of the command line")
    console: WritingConsole | None = None
    sent = False
    try:
        console = _entered(order, order.old)
        for step in (SYSTEM_VIEW, AAA):
            answer = console.told(step, order.timeout_s)
            if WRONG.search(answer):
                return _refused(order, answer)
        console.secret_line = line
        sent = True
        answer = console.told(line, order.timeout_s)
        if order.driver == TWO_STAGED:
            console.told(COMMIT, order.timeout_s)
        console.told(RETURN_TO_USER, order.timeout_s)
        return _refused(order, answer) if WRONG.search(answer) else Done(outcome=Outcome.DONE)
    except BROKEN as cause:
        outcome = Outcome.UNSURE if sent else Outcome.REFUSED
        return Done(outcome=outcome, said=said(order, str(cause)))
    finally:
        _left(console)


def may_change(order: Order) -> Done:
    """Whether the account may enter the AAA view. It is left again at once."""
    console: WritingConsole | None = None
    try:
        console = _entered(order, order.old)
        for step in (SYSTEM_VIEW, AAA, RETURN_TO_USER):
            answer = console.told(step, order.timeout_s)
            if WRONG.search(answer):
                return _refused(order, answer)
        return Done(outcome=Outcome.DONE)
    except BROKEN as cause:
        return Done(outcome=Outcome.REFUSED, said=said(order, str(cause)))
    finally:
        _left(console)


def keep(order: Order) -> Done:
    """`save`, logged in with the new password: without it a restart brings the old one back."""
    console: WritingConsole | None = None
    try:
        console = _entered(order, order.new)
        answer = console.saved(order.timeout_s)
        if WRONG.search(answer) or not SAVED.search(answer):
            return _refused(order, answer)
        return Done(outcome=Outcome.DONE)
    except BROKEN as cause:
        return Done(outcome=Outcome.UNSURE, said=said(order, str(cause)))
    finally:
        _left(console)


def _entered(order: Order, password: str) -> WritingConsole:
    way = socket.create_connection((order.host, order.port), order.timeout_s)
    way.settimeout(None)
    console = WritingConsole(
        sock=way, host=order.host, port=order.port, username=order.user, password=password,
        device_type=order.driver, alt_key_file=order.known_hosts, conn_timeout=order.timeout_s,
        auth_timeout=order.timeout_s, banner_timeout=order.timeout_s,
        commands=frozenset({vrp.NO_PAGING}), limit=LIMIT,
    )  # fmt: skip
    try:
        console.enter(order.timeout_s)
    except BaseException:
        hang_up(way)
        raise
    return console


def _left(console: WritingConsole | None) -> None:
    if console is not None:
        console.leave()


def _refused(order: Order, answer: bytes) -> Done:
    """Only lines that complain are quoted: the others may hold what was typed."""
    found = WRONG.search(answer)
    words = found[1] if found else b""
    return Done(outcome=Outcome.REFUSED, said=said(order, words))
