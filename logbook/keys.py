"""The signing key of this site's logbook, and the public keys that signatures are proven by.

In the folder `keys/` of a home: `signing.pem` (Ed25519, PKCS #8, mode 0600) and, one file per
key, `public/<key_id>.json`: canonical JSON of `{key_id, public_key, valid_from, valid_until}`.
`key_id` is the first 32 hex digits of SHA-256 over the 32 raw bytes of the public key, so that a
key cannot take another one's name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logbook.entries import canonical
from phrases import Phrase, say
from store.schema import instant_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE_NAME: Final = "signing.pem"
PUBLIC_FOLDER: Final = "public"
KEY_ID_DIGITS: Final = 32
MAX_KEY_FILE_BYTES: Final = 10_000


class KeyTrouble(Exception):
    """A key is missing, unreadable, or readable by others. `phrase` says so for people, `mend` what
    to do about it."""

    def __init__(self, phrase: Phrase, mend: Phrase | None = None) -> None:
        super().__init__(phrase.text("en"))
        self.phrase = phrase
        self.mend = mend or from_backup()


def from_backup() -> Phrase:
    """The way out where only the right file helps."""
    return say("restore the folder keys/ from the backup, then: lineguard doctor")


def open_to_others(name: str) -> KeyTrouble:
    """Somebody else may have read that key file."""
    return KeyTrouble(
        say("the key file {file} can be read by others; its mode must be 0600", file=name),
        say("chmod 600 keys/{file}; if others may have read it, tell the technical supervisor",
            file=name),
    )  # fmt: skip


def no_access(name: str) -> KeyTrouble:
    """It is there, and not ours to read."""
    return KeyTrouble(
        say("there is no permission to read the key file {file}", file=name),
        say("run this as the owner of the home, or give keys/{file} to who runs it (chown, mode "
            "0600)", file=name),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key and the time in which it may sign; times in stored form, `None` is open."""

    key_id: str
    raw: bytes
    valid_from: str
    valid_until: str | None

    def proves(self, signature: bytes, message: bytes) -> bool:
        """Did this key sign exactly this message?"""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def valid_at(self, at: str) -> bool:
        """May this key have signed at that time?"""
        return self.valid_from <= at and (self.valid_until is None or at <= self.valid_until)

    def text(self) -> str:
        """The file's content."""
        return canonical(
            {
                "key_id": self.key_id,
                "public_key": self.raw.hex(),
                "valid_from": self.valid_from,
                "valid_until": self.valid_until,
            }
        )


class SiteKeys:
    """The keys of one home. The private key is read at the first signature."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._private: Ed25519PrivateKey | None = None

    @classmethod
    def generate(cls, folder: Path, at: datetime) -> SiteKeys:
        """Make a new key in an empty `keys/` folder. Raises `KeyTrouble` when one exists."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        (folder / PUBLIC_FOLDER).mkdir(parents=True, exist_ok=True)
        keys = cls(folder)
        keys._private = Ed25519PrivateKey.generate()
        public = PublicKey(
            key_id=keys.key_id,
            raw=keys._public_bytes(),
            valid_from=instant_text(at),
            valid_until=None,
        )
        file = folder / PUBLIC_FOLDER / f"{public.key_id}.json"
        try:
            file.write_text(public.text() + "\n")
            keys._write_private()  # last: a home without it is one whose making was cut short
        except (OSError, KeyTrouble):
            file.unlink(missing_ok=True)
            raise
        return keys

    @property
    def key_id(self) -> str:
        """The name of the signing key."""
        return key_id_of(self._public_bytes())

    def require(self) -> None:
        """Can this home sign? Asked before work whose result has to be signed. Raises
        `KeyTrouble`."""
        self._key()

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature, 64 bytes. Raises `KeyTrouble`."""
        return self._key().sign(message)

    def public_keys(self) -> Mapping[str, PublicKey]:
        """Every public key in the folder, by its id. Raises `KeyTrouble` for a bad file."""
        paths = sorted((self.folder / PUBLIC_FOLDER).glob("*.json"))
        keys = [read_public_key(_read_bounded(path), path.name) for path in paths]
        return {key.key_id: key for key in keys}

    def _key(self) -> Ed25519PrivateKey:
        if self._private is None:
            self._private = _load_private(self.folder / PRIVATE_NAME)
        return self._private

    def _public_bytes(self) -> bytes:
        return self._key().public_key().public_bytes_raw()

    def _write_private(self) -> None:
        from cryptography.hazmat.primitives import serialization

        pem = self._key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self.folder / PRIVATE_NAME
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise KeyTrouble(say("the key file {file} exists already", file=path.name)) from error
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(pem)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            path.unlink()
            raise


def key_id_of(raw: bytes) -> str:
    """The name of a public key."""
    return sha256(raw).hexdigest()[:KEY_ID_DIGITS]


def read_public_key(content: bytes, name: str) -> PublicKey:
    """A public key from its file's content. Raises `KeyTrouble` naming the file."""
    try:
        fields = json.loads(content)
        key = PublicKey(
            key_id=str(fields["key_id"]),
            raw=bytes.fromhex(fields["public_key"]),
            valid_from=str(fields["valid_from"]),
            valid_until=None if fields["valid_until"] is None else str(fields["valid_until"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise KeyTrouble(say("the key file {file} is not a public key file", file=name)) from error
    if key.key_id != key_id_of(key.raw):
        raise KeyTrouble(say("the key file {file} names a key that it does not hold", file=name))
    return key


def _load_private(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    pem = _read_bounded(path)
    if path.stat().st_mode & 0o077:
        raise open_to_others(path.name)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyTrouble(say("the key file {file} is not a private key", file=path.name)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyTrouble(say("the key file {file} is not an Ed25519 key", file=path.name))
    return key


def _read_bounded(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_FILE_BYTES)
    except FileNotFoundError as error:
        raise KeyTrouble(say("the key file {file} is missing", file=path.name)) from error
    except PermissionError as error:
        raise no_access(path.name) from error
    except OSError as error:
        raise KeyTrouble(say("the key file {file} cannot be read", file=path.name)) from error
