"""O5LOGON with the 11g verifier (SHA-1, AES-192): both sides prove that they know the password,
and it is never sent in the clear."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from lab.embedded.oracle.wire import WireError

VERIFIER_11G: Final = 0x1B25
VERIFIER_10G: Final = 0x939
"""Refused by the driver, as by any of this decade."""
BLOCK: Final = 16
SALT: Final = 10
KEY_PART: Final = 48
PROOF: Final = b"SERVER_TO_CLIENT"


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK)))


def sealed(key: bytes, plain: bytes) -> bytes:
    """AES-CBC with a zero vector, as the protocol has it: every text begins with random bytes."""
    worker = _cipher(key).encryptor()
    return worker.update(plain) + worker.finalize()


def opened(key: bytes, coded: bytes) -> bytes:
    """The reverse. Raises `WireError` for what is not whole blocks."""
    if not coded or len(coded) % BLOCK:
        raise WireError("not whole blocks")
    worker = _cipher(key).decryptor()
    return worker.update(coded) + worker.finalize()


def padded(plain: bytes) -> bytes:
    """PKCS 7."""
    missing = BLOCK - len(plain) % BLOCK
    return plain + bytes([missing]) * missing


@dataclass(slots=True)
class Handshake:
    """One login under way, for the password that would be right."""

    password: str = field(repr=False)
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(SALT))
    part: bytes = field(default_factory=lambda: secrets.token_bytes(KEY_PART), repr=False)
    key: bytes = field(default=b"", repr=False)
    """Of the session, once the login was right."""

    @property
    def _verifier(self) -> bytes:
        return hashlib.sha1(self.password.encode() + self.salt).digest() + bytes(4)  # noqa: S324

    def session_key(self) -> str:
        """AUTH_SESSKEY of the server's first answer."""
        return sealed(self._verifier, self.part).hex().upper()

    def proof(self, client_key: str, client_password: str) -> str | None:
        """AUTH_SVR_RESPONSE, or None for another password. Raises `WireError`."""
        key = self._combined(opened(self._verifier, _unhexed(client_key)))
        told = opened(key, _unhexed(client_password))
        pad = told[-1]
        given = told[BLOCK:-pad] if 1 <= pad <= BLOCK else b""
        if not secrets.compare_digest(given, self.password.encode()):
            return None
        self.key = key
        return sealed(key, padded(secrets.token_bytes(BLOCK) + PROOF)).hex().upper()

    def told(self, coded: str) -> str:
        """A password that was sent inside the session. Raises `WireError`."""
        plain = opened(self.key, _unhexed(coded))
        pad = plain[-1]
        if not 1 <= pad <= BLOCK:
            raise WireError("no padding")
        return plain[BLOCK:-pad].decode("utf-8", "replace")

    def _combined(self, client_part: bytes) -> bytes:
        """The key of the rest, from both sides' parts."""
        ours, theirs = self.part[16:40], client_part[16:40]
        both = bytes(one ^ other for one, other in zip(ours, theirs, strict=True))
        halves = (hashlib.md5(half).digest() for half in (both[:16], both[16:]))  # noqa: S324
        return b"".join(halves)[:24]


def _unhexed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise WireError("not hexadecimal") from None
