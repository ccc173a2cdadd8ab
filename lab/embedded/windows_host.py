"""A Windows-like host: a real SSH server that runs the allow-listed PowerShell scripts, given as
encoded commands, and nothing else. Its answers come from `WindowsData`."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final

from collectors.sources.windows_scripts import COMMAND
from lab.embedded.linux_host import STRANGE_KEPT, LinuxHost, Said
from lab.embedded.windows_data import WindowsData, answer

NO_SUCH_COMMAND: Final = 1
"""What cmd.exe ends with."""


@dataclass(slots=True)
class WindowsHost(LinuxHost):
    """The same door as a Linux-like host's, and another household behind it. `encoding` is that
    of the console: `utf-8-sig` and `utf-16` occur as well, and `gbk` on a Chinese Windows."""

    windows: WindowsData = field(default_factory=WindowsData)
    encoding: str = "ascii"

    def _said(self, command: str) -> Said:
        told = answer(_script(command), self.windows)
        if told is not None:
            return Said(told.encode(self.encoding))
        if len(self.strange) < STRANGE_KEPT:
            self.strange.append(command)
        complaint = b"is not recognized as an internal or external command,\r\n"
        return Said(b"", NO_SUCH_COMMAND, complaint)


def _script(command: str) -> str:
    """The script of an encoded command; empty for any other."""
    if not command.startswith(COMMAND):
        return ""
    try:
        raw = base64.b64decode(command.removeprefix(COMMAND), validate=True)
        return raw.decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        return ""
