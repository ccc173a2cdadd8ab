"""The makes of console: their prompts, what follows a login, and how each is left."""

from __future__ import annotations

import re
import time
from typing import Final

import paramiko
from netmiko.huawei.huawei import HuaweiSSH, HuaweiVrpv8SSH

from collectors.consoles import u1900, vrp
from collectors.consoles.dialogue import LOGIN_LIMIT, TAIL, ConsoleFailed, ReadOnlyConsole
from collectors.readings import Trouble

LEAVE_S: Final = 0.5
PASSWORD: Final = re.compile(rb"assword ?\]? ?(?:Password)?:>? ?$")
"""`[.password .] Password:>` of a U1911."""
ENABLED: Final = b"(config)]#"


class VrpConsole(ReadOnlyConsole):
    """VRP5 and VRP8. In a hot-standby pair the prompt begins with `HRP_M` or `HRP_S` and changes
    while we are in; VRP8 marks uncommitted views with `~` and `*`."""

    prompt = re.compile(
        rb"(?:^|\n)[\r ]{0,3}(?:HRP_[A-Z])?[<\[][~*]?(?P<name>[^<>\[\]\r\n]{1,64})[>\]][ \r]{0,3}$"
    )

    own_prompt = rb"(?<=\n)\r{0,24}(?:HRP_[A-Z])?[<\[][~*]?NAME[>\]]"

    def prepare(self, wait_s: float) -> None:
        """Pages are turned off for the session; a console that does not let us is paged."""
        self._exchange(vrp.NO_PAGING, wait_s)

    def cleanup(self, command: str = "") -> None:
        """`quit`, where the console waits for a command, and a moment for it to let us go."""
        channel = self.remote_conn
        if not self.at_prompt or not isinstance(channel, paramiko.Channel) or channel.closed:
            return
        self._deadline = time.monotonic() + LEAVE_S
        rest = bytearray()
        try:
            self.write_channel(vrp.LEAVE + self.RETURN)
            while True:
                self._receive(rest, self.limit)
        except ConsoleFailed:
            return


class HuaweiVrp(VrpConsole, HuaweiSSH):
    """netmiko's huawei_vrp, read-only."""


class HuaweiVrpv8(VrpConsole, HuaweiVrpv8SSH):
    """netmiko's huawei_vrpv8, read-only."""


class HuaweiU1900(ReadOnlyConsole):
    """A U1900 voice gateway (netmiko has no driver for it). Source: a U1911's transcript."""

    prompt = re.compile(rb"(?:^|\n)[\r ]{0,3}\[%(?P<name>[^\[\]()\r\n]{1,64})\]>[ \r]{0,3}$")

    own_prompt = rb"(?<=\n)\r{0,24}\[%NAME(?:\(config\)\]#|\]>)"

    def prepare(self, wait_s: float) -> None:
        """`enable`, where the site has given the second password. Raises `ConsoleFailed` with
        `REFUSED` when the password is not taken."""
        if not self.secret:
            return
        self._deadline = time.monotonic() + wait_s
        self.write_channel(u1900.ENABLE + self.RETURN)
        heard = bytearray()
        while not PASSWORD.search(bytes(heard[-TAIL:])):
            self._receive(heard, LOGIN_LIMIT)
        self._send(self.secret + self.RETURN)
        after = bytearray()
        answered = re.compile(self._own() + rb"|" + PASSWORD.pattern)
        while (found := answered.search(bytes(after[-TAIL:]))) is None:
            self._receive(after, LOGIN_LIMIT)
        if not found[0].endswith(ENABLED):
            raise ConsoleFailed(Trouble.REFUSED)


DRIVERS: Final[dict[str, type[ReadOnlyConsole]]] = {
    "huawei_vrp": HuaweiVrp,
    "huawei_vrpv8": HuaweiVrpv8,
    "huawei_u1900": HuaweiU1900,
}
