"""What an SNMP agent of the practice site answers from: values by object identifier.

The notation of types is that of snmprec files (`OID|tag|value`, one per line): 2 integer,
4 octets, 5 null, 6 object identifier, 64 address, 65 counter, 66 gauge, 67 time ticks, 68 opaque,
70 counter of 64 bits; a trailing `x` means that the value is written in hexadecimal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lab.embedded import snmp_ber as ber

Oid = ber.Oid

NUMBERS: Final[Mapping[str, int]] = {
    "2": ber.INTEGER,
    "65": ber.COUNTER32,
    "66": ber.GAUGE32,
    "67": ber.TIMETICKS,
    "70": ber.COUNTER64,
}
UNSIGNED_LIMIT: Final[Mapping[str, int]] = {"65": 2**32, "66": 2**32, "67": 2**32, "70": 2**64}
ANSWER_SIZE: Final = 1400
"""Bytes of variable bindings in one answer, so that a datagram fits an Ethernet frame."""
REPETITIONS: Final = 100
"""Rows that one GETBULK gives at most."""
ROOTS: Final = 3
"""The first arc of any object identifier is below this (X.660)."""


def oid_of(text: str) -> Oid:
    """The numbers of a dotted identifier, with or without a leading dot. Raises `ValueError`."""
    oid = tuple(int(arc) for arc in text.strip().lstrip(".").split("."))
    if len(oid) < 2 or oid[0] >= ROOTS or min(oid) < 0:
        raise ValueError(f"not an object identifier: {text!r}")
    return oid


def encode_value(tag: str, value: str) -> bytes:
    """A value in snmprec notation as it goes over the wire. Raises `ValueError`."""
    kind, is_hex = tag.removesuffix("x"), tag.endswith("x")
    if kind in NUMBERS:
        number = int(value, 16) if is_hex else int(value)
        if kind in UNSIGNED_LIMIT:
            number %= UNSIGNED_LIMIT[kind]
        return ber.encode_integer(number, NUMBERS[kind])
    if kind == "5":
        return ber.wrap(ber.NULL, b"")
    if kind == "6":
        return ber.encode_oid(oid_of(value))
    if kind == "64":
        octets = bytes.fromhex(value) if is_hex else bytes(int(one) for one in value.split("."))
        return ber.wrap(ber.IP_ADDRESS, octets)
    if kind in ("4", "68"):
        content = bytes.fromhex(value) if is_hex else value.encode()
        return ber.wrap(ber.OCTETS if kind == "4" else ber.OPAQUE, content)
    raise ValueError(f"no such type: {tag!r}")


@dataclass(slots=True)
class AgentData:
    """Mutable on purpose: a fault changes a value while the agent runs.

    `values` maps an identifier to its tag and value in snmprec notation. Change it through
    `set_value` and `remove`, which keep the order that GETNEXT needs.
    """

    values: dict[Oid, tuple[str, str]] = field(default_factory=dict)
    _order: list[Oid] = field(default_factory=list, repr=False)
    _encoded: dict[Oid, bytes] = field(default_factory=dict, repr=False)

    def set_value(self, oid: str, value: str | int, tag: str | None = None) -> None:
        """Put a value. Without a tag it keeps the type it has; a new one is an integer or text
        by what `value` is. Raises `ValueError` for a value that its type cannot hold."""
        key = oid_of(oid)
        known = self.values[key][0] if key in self.values else None
        if known is not None and known.endswith("x") and tag is None:
            known = known.removesuffix("x")
        chosen = tag or known or ("2" if isinstance(value, int) else "4")
        encoded = ber.encode_oid(key) + encode_value(chosen, str(value))
        if key not in self.values:
            self._order.clear()
        self.values[key] = (chosen, str(value))
        self._encoded[key] = ber.wrap(ber.SEQUENCE, encoded)

    def value(self, oid: str) -> str:
        """The value in snmprec notation. Raises `KeyError`."""
        return self.values[oid_of(oid)][1]

    def remove(self, oid: str) -> None:
        """Forget one value, as when a card is pulled. Unknown ones are no error."""
        key = oid_of(oid)
        self._order.clear()
        self._encoded.pop(key, None)
        self.values.pop(key, None)

    def become(self, other: AgentData) -> None:
        """Hold what `other` holds, as after a repair."""
        self.values = dict(other.values)
        self._encoded = dict(other._encoded)
        self._order.clear()

    def below(self, oid: str) -> list[str]:
        """Every identifier under that one, dotted."""
        root = oid_of(oid)
        return [".".join(map(str, known)) for known in self.values if known[: len(root)] == root]

    def binding(self, oid: Oid) -> bytes | None:
        """The encoded variable binding of exactly that identifier."""
        return self._encoded.get(oid)

    def following(self, oid: Oid, limit: int) -> list[Oid]:
        """Up to `limit` identifiers after `oid`, in order."""
        if not self._order:
            self._order = sorted(self.values)
        start = bisect_right(self._order, oid)
        return self._order[start : start + limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A parsed snmprec text, and the numbers of its lines that say nothing usable."""

    data: AgentData
    skipped: tuple[int, ...]


def parse_snmprec(text: str) -> Recording:
    """Read an snmprec text: unsorted and repeated identifiers (the first counts, as in
    snmpsim), leading dots, quoted texts, and lines that go on in the next line are understood;
    lines that have no identifier (masked with letters) are skipped and counted."""
    data, skipped = AgentData(), []
    for number, line in _logical_lines(text):
        oid, _, rest = line.partition("|")
        tag, _, value = rest.partition("|")
        try:
            if oid_of(oid) not in data.values:
                data.set_value(oid, _unquoted(value), tag)
        except ValueError:
            skipped.append(number)
    return Recording(data=data, skipped=tuple(skipped))


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines by number; one without two bars continues the text before it."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count("|") >= 2:
            lines.append((number, line.rstrip("\r")))
        elif lines and line:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]}\n{line}")
    return lines


def _unquoted(value: str) -> str:
    """A text that was recorded within quotation marks, without them."""
    bare = value.strip()
    return bare.strip('"') if bare.startswith('"') else value
