"""The key that hides secrets: `keys/veil.key`, 32 random bytes in hexadecimal, mode 0600.

Tags of secrets (in evidence and comparisons) and names of full configurations are HMACs under it:
who has the records alone can try as many passwords as they like and never know when one was right.
Losing it harms no record; but later tags differ from earlier ones, so that every secret would
count as changed: a home that kept texts with it makes no new one by itself.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Final

from logbook.keys import KeyTrouble, no_access, open_to_others
from phrases import say

NAME: Final = "veil.key"
KEY_BYTES: Final = 32
TAG_DIGITS: Final = 8
"""32 bits: enough to see a change."""


class SiteVeil:
    """The veil of one home. The key is read, or made, when it is first needed. `was_used` says
    whether texts were kept with one: then a missing key is a loss and no beginning."""

    def __init__(self, folder: Path, was_used: Callable[[], bool] = lambda: False) -> None:
        self.folder = folder
        self._was_used = was_used

    @property
    def exists(self) -> bool:
        """Was it needed already?"""
        return (self.folder / NAME).exists()

    def require(self) -> None:
        """Is the key sound, or still to be made? Raises `KeyTrouble`."""
        if self.exists:
            _read(self.folder / NAME)
        elif self._was_used():
            raise _lost()

    def tag(self, device: str, secret: str) -> str:
        """The tag of a secret of that device: the same secret elsewhere has another one."""
        message = f"{device}\0{secret}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, "sha256").hexdigest()[:TAG_DIGITS]

    def digest(self, content: bytes) -> str:
        """The name of a content that holds secrets, 64 hexadecimal digits."""
        return hmac.new(self._key, b"content\0" + content, "sha256").hexdigest()

    @cached_property
    def _key(self) -> bytes:
        path = self.folder / NAME
        if not path.exists():
            if self._was_used():
                raise _lost()
            _make(path)
        return _read(path)


def _lost() -> KeyTrouble:
    return KeyTrouble(
        say("the key file {file} is missing, and configurations were kept with it; a new key would "
            "make every secret look changed", file=NAME),
        say("restore keys/{file} from the backup. Only where no copy is left: umask 077; openssl "
            "rand -hex {bytes} > keys/{file}; every secret then counts as changed once",
            file=NAME, bytes=KEY_BYTES),
    )  # fmt: skip


def _make(path: Path) -> None:
    """Whole under its name at once; of two that make it, one is quicker and both read that one."""
    hidden = path.with_name(f".{NAME}.{os.getpid()}.{secrets.token_hex(4)}.unfinished")
    try:
        number = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(hidden, path)
        except FileExistsError:
            return
        finally:
            hidden.unlink()
    except OSError as error:
        raise KeyTrouble(say("the key file {file} cannot be made", file=NAME)) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise open_to_others(NAME)
            key = bytes.fromhex(file.read(4 * KEY_BYTES).decode("ascii").strip())
    except PermissionError as error:
        raise no_access(NAME) from error
    except (OSError, ValueError) as error:
        raise KeyTrouble(say("the key file {file} cannot be read", file=NAME)) from error
    if len(key) != KEY_BYTES:
        raise KeyTrouble(say("the key file {file} cannot be read", file=NAME))
    return key
