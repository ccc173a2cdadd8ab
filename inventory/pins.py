"""PINs of persons: hashed with scrypt, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata
from typing import Final

from phrases import Phrase, say

COST: Final = 2**15
BLOCK: Final = 8
LANES: Final = 3
"""scrypt's N, r and p: 32 MiB and about 0.3 s per try (OWASP Password Storage Cheat Sheet)."""

COST_LIMIT: Final = 2**17
BLOCK_LIMIT: Final = 8
LANES_LIMIT: Final = 16
"""What a stored hash may ask for: its text must not be able to exhaust the machine."""

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32

PIN_LEAST: Final = 6
PIN_MOST: Final = 128


def pin_refusal(pin: str) -> Phrase | None:
    """Why a new PIN is not accepted."""
    if PIN_LEAST <= len(pin) <= PIN_MOST:
        return None
    return say("a PIN has {least} to {most} characters", least=PIN_LEAST, most=PIN_MOST)


def hash_pin(pin: str) -> str:
    """`scrypt$N$r$p$salt$hash`, salt and hash in base64. A new salt every time."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = _digest(pin, salt, COST, BLOCK, LANES)
    return f"scrypt${COST}${BLOCK}${LANES}${_base64(salt)}${_base64(digest)}"


def verify_pin(pin: str, stored: str) -> bool:
    """Does the PIN belong to the stored hash? False as well for a hash that is none."""
    parts = _parts(stored)
    if parts is None or len(pin) > PIN_MOST:
        return False
    cost, block, lanes, salt, digest = parts
    return hmac.compare_digest(_digest(pin, salt, cost, block, lanes), digest)


def is_pin_hash(stored: str) -> bool:
    """Has the text the form that `hash_pin` gives, within the limits?"""
    return _parts(stored) is not None


def _parts(stored: str) -> tuple[int, int, int, bytes, bytes] | None:
    fields = stored.split("$")
    if len(fields) != 6 or fields[0] != "scrypt" or len(stored) > 200:
        return None
    try:
        cost, block, lanes = (int(field) for field in fields[1:4])
        salt = base64.b64decode(fields[4], validate=True)
        digest = base64.b64decode(fields[5], validate=True)
    except (ValueError, binascii.Error):
        return None
    power_of_two = 2 <= cost <= COST_LIMIT and cost & (cost - 1) == 0
    bounded = 1 <= block <= BLOCK_LIMIT and 1 <= lanes <= LANES_LIMIT
    if not power_of_two or not bounded or len(salt) < 8 or len(digest) != HASH_BYTES:
        return None
    return cost, block, lanes, salt, digest


def _digest(pin: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    # NFKC: a Chinese input method types full-width digits.
    typed = unicodedata.normalize("NFKC", pin).encode("utf-8", "surrogatepass")
    # OpenSSL counts a little more than N * r * 128 bytes, and 128 * r * p on top.
    memory = 2 * 128 * block * (cost + lanes)
    return hashlib.scrypt(
        typed, salt=salt, n=cost, r=block, p=lanes, maxmem=memory, dklen=HASH_BYTES
    )


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
