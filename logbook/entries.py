"""An entry, its canonical form and its hash: what the chain is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

GENESIS: Final = "0" * 64
"""`prev` of entry 1."""

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Far above any honest entry (the plan of 1,000 devices is some 700 KB)."""

MAX_DEPTH: Final = 50
"""Every JSON reader can follow so far; honest entries need 8."""

KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


SIGNED_KINDS: Final = frozenset({"site", "round_finished"})
"""Kinds whose entries are signed in the transaction that writes them, as entry 1 is whatever its
kind: their checkpoint is always there, so one that is missing was taken away."""


def is_signed(seq: int, kind: str) -> bool:
    """Does a checkpoint have to stand at that entry?"""
    return seq == 1 or kind in SIGNED_KINDS


class NotCanonical(ValueError):
    """A body that has no canonical form: NaN, a lone surrogate, a key that is no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One stored record. `at` is the real time of writing, `body` canonical JSON text."""

    seq: int
    at: str
    kind: str
    body: str
    prev: str
    hash: str


def canonical(value: object) -> str:
    """The one JSON text of a value: keys sorted, no spaces, letters unescaped, floats as Python
    writes them (the shortest text that reads back equal). Raises `NotCanonical`."""
    _check(value, MAX_DEPTH)
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise NotCanonical(str(error)) from error
    return text


def _check(value: object, depth: int) -> None:
    """`json.dumps` would quietly turn the key 1 into "1", and go as deep as the stack allows."""
    if depth == 0:
        raise NotCanonical(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise NotCanonical(f"a key that is no text: {key!r}")
            _check(inner, depth - 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check(inner, depth - 1)


def preimage(seq: int, at: str, kind: str, body: str, prev: str) -> bytes:
    """What is hashed: canonical JSON of the five fields. `body` is canonical already; the other
    texts need no escaping by their form (`INSTANT`, `KIND`, `DIGEST`)."""
    return f'{{"at":"{at}","body":{body},"kind":"{kind}","prev":"{prev}","seq":{seq}}}'.encode()


def seal(seq: int, at: str, kind: str, body: Mapping[str, object], prev: str) -> Entry:
    """A new entry after `prev`. Raises `NotCanonical`, and `ValueError` for a kind or a size that
    no entry may have."""
    if not KIND.fullmatch(kind):
        raise ValueError(f"not a kind of entry: {kind!r}")
    text = canonical(body)
    if len(text.encode()) > MAX_BODY_BYTES:
        raise ValueError(f"an entry of kind {kind} would exceed {MAX_BODY_BYTES} bytes")
    digest = sha256(preimage(seq, at, kind, text, prev)).hexdigest()
    return Entry(seq=seq, at=at, kind=kind, body=text, prev=prev, hash=digest)
