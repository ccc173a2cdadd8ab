"""Signed notes that say how far the logbook had come: they make a cut tail and a rewritten
history visible to everyone who keeps one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from logbook.entries import canonical
from logbook.keys import PublicKey, SiteKeys

NOTE_FIELDS: Final = frozenset({"at", "hash", "key_id", "origin", "seq"})


class NotACheckpoint(ValueError):
    """The text is not a checkpoint's note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is signed. `origin` is the hash of entry 1: it names one logbook among all."""

    origin: str
    seq: int
    hash: str
    at: str
    key_id: str

    def text(self) -> str:
        """The signed text: canonical JSON."""
        return canonical(
            {
                "at": self.at,
                "hash": self.hash,
                "key_id": self.key_id,
                "origin": self.origin,
                "seq": self.seq,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A note with its signature (hex), as stored and as carried elsewhere."""

    seq: int
    body: str
    key_id: str
    signature: str

    def text(self) -> str:
        """One line of JSON: the form in which a checkpoint is kept elsewhere."""
        return canonical(
            {
                "body": self.body,
                "key_id": self.key_id,
                "seq": self.seq,
                "signature": self.signature,
            }
        )


def sign(note: Note, keys: SiteKeys) -> Checkpoint:
    """The note, signed by the site's key. Raises `KeyTrouble`."""
    body = note.text()
    return Checkpoint(
        seq=note.seq, body=body, key_id=note.key_id, signature=keys.sign(body.encode()).hex()
    )


def read_note(body: str) -> Note:
    """The note in a stored body. Raises `NotACheckpoint` unless it is exactly canonical."""
    try:
        fields = json.loads(body)
        if not isinstance(fields, dict) or fields.keys() != NOTE_FIELDS:
            raise NotACheckpoint("not the fields of a note")
        note = Note(**fields)
        if type(note.seq) is not int or note.text() != body:
            raise NotACheckpoint("not in canonical form")
    except (ValueError, TypeError, RecursionError) as error:
        raise NotACheckpoint(str(error)) from error
    return note


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from its carried form. Raises `NotACheckpoint`."""
    try:
        fields = json.loads(text)
        checkpoint = Checkpoint(**fields)
    except (ValueError, TypeError, RecursionError) as error:
        raise NotACheckpoint(str(error)) from error
    texts = (checkpoint.body, checkpoint.key_id, checkpoint.signature)
    if type(checkpoint.seq) is not int or not all(isinstance(text, str) for text in texts):
        raise NotACheckpoint("not the fields of a checkpoint")
    return checkpoint


def proven(checkpoint: Checkpoint, keys: Mapping[str, PublicKey]) -> Note | None:
    """The note, when a known key signed it while that key was valid and every stored field
    agrees with it; else `None`."""
    try:
        note = read_note(checkpoint.body)
        signature = bytes.fromhex(checkpoint.signature)
    except ValueError:
        return None
    key = keys.get(note.key_id)
    agrees = (checkpoint.seq, checkpoint.key_id) == (note.seq, note.key_id)
    exact = signature.hex() == checkpoint.signature  # "AB" would read as "ab" does
    if key is None or not agrees or not exact or not key.valid_at(note.at):
        return None
    return note if key.proves(signature, checkpoint.body.encode()) else None
