"""What the system says when a file or a connection fails, in words for people of both languages."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

from phrases import Phrase, say, verbatim

REASONS: Final[Mapping[int, Phrase]] = {
    errno.EACCES: say("no permission"),
    errno.EPERM: say("no permission"),
    errno.ENOENT: say("there is no such file"),
    errno.ENOTDIR: say("a part of the path is no folder"),
    errno.EISDIR: say("it is a folder"),
    errno.ELOOP: say("its symbolic links lead in a circle"),
    errno.ENAMETOOLONG: say("the name is too long"),
    errno.ENOSPC: say("the disk is full"),
    errno.EDQUOT: say("the disk quota is used up"),
    errno.EROFS: say("the file system is read-only"),
    errno.EIO: say("the disk fails to read or write"),
    errno.EMFILE: say("too many files are open"),
    errno.ENFILE: say("too many files are open"),
    errno.ENOMEM: say("there is not enough memory"),
    errno.EADDRINUSE: say("another program uses this port"),
    errno.EADDRNOTAVAIL: say("this machine has no such address"),
    errno.ENOEXEC: say("it is no program for this machine"),
}
"""By errno(3); what is missing here is said as the system says it."""


def reason(error: OSError) -> Phrase:
    """Why it failed, without the file. TLS and name look-up have numbers of their own and stay."""
    known = REASONS.get(error.errno or 0) if type(error).__module__ == "builtins" else None
    return known or verbatim(error.strerror or type(error).__name__)
