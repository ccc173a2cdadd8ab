"""Oracle's own forms of a number, a date, a timestamp and a text, and columns of them.

Sources: Oracle Call Interface manual, "NUMBER", "DATE" and "TIMESTAMP" (external data types).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Final

from lab.embedded.oracle.wire import WireError, data

Value = str | int | float | Decimal | datetime | None


class Kind(IntEnum):
    """Type numbers of TTC."""

    VARCHAR2 = 1
    NUMBER = 2
    DATE = 12
    TIMESTAMP = 180


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer; `size` in bytes. Scale -127 with precision 0: any NUMBER."""

    name: str
    kind: Kind
    size: int
    precision: int = 0
    scale: int = 0


def text(name: str, size: int = 4_000) -> Column:
    return Column(name, Kind.VARCHAR2, size)


def number(name: str) -> Column:
    return Column(name, Kind.NUMBER, 22, 0, -127)


def date(name: str) -> Column:
    return Column(name, Kind.DATE, 7)


def timestamp(name: str) -> Column:
    return Column(name, Kind.TIMESTAMP, 11, 0, 6)


def encoded(value: Value, kind: Kind) -> bytes:
    """A value as a row has it. Raises `WireError` for one that is not of its column's kind."""
    if value is None:
        return b"\0"
    if kind is Kind.VARCHAR2 and isinstance(value, str):
        return data(value.encode())
    if kind is Kind.NUMBER and isinstance(value, int | float | Decimal):
        return data(number_bytes(Decimal(str(value))))
    if isinstance(value, datetime) and kind in (Kind.DATE, Kind.TIMESTAMP):
        return data(moment_bytes(value, fraction=kind is Kind.TIMESTAMP))
    raise WireError(f"{type(value).__name__} in a column of {kind.name}")


# --- NUMBER: an exponent of 100 with the sign, then digits of base 100 -------------------------

ZERO: Final = b"\x80"
POSITIVE: Final = 0x80
BIAS: Final = 193
"""Added to the exponent of 100 of the first digit; negative numbers have it complemented."""
DIGITS: Final = 20
NEGATIVE_END: Final = 102
NEGATIVE_BASE: Final = 101


def number_bytes(value: Decimal) -> bytes:
    """Up to 38 decimal digits; those beyond are cut off. Raises `WireError` when it does not fit
    (1e-130 to 1e126) or is no number."""
    if not value.is_finite():
        raise WireError("not a number")
    if value == 0:
        return ZERO
    sign, exponent, digits = _base_100(value)
    if not -65 <= exponent <= 62:
        raise WireError("out of range")
    if not sign:
        return bytes([exponent + BIAS, *(one + 1 for one in digits)])
    end = [NEGATIVE_END] if len(digits) < DIGITS else []
    return bytes([~(exponent + BIAS) & 0xFF, *(NEGATIVE_BASE - one for one in digits), *end])


def _base_100(value: Decimal) -> tuple[bool, int, list[int]]:
    """Sign, the exponent of 100 of the first digit, and the digits without trailing zeros."""
    sign, figures, exponent = value.normalize().as_tuple()
    written = "".join(map(str, figures))
    assert isinstance(exponent, int)  # noqa: S101  (it is finite)
    if exponent % 2:
        written, exponent = written + "0", exponent - 1
    if len(written) % 2:
        written = "0" + written
    digits = [int(written[at : at + 2]) for at in range(0, len(written), 2)][:DIGITS]
    first = exponent // 2 + len(written) // 2 - 1
    while digits[-1] == 0:
        digits.pop()
    return bool(sign), first, digits


def number_of(coded: bytes) -> Decimal:
    """The number that `number_bytes` wrote. Raises `WireError`."""
    if coded == ZERO:
        return Decimal(0)
    if len(coded) < 2:
        raise WireError("no digits")
    positive = bool(coded[0] & POSITIVE)
    first = (coded[0] if positive else ~coded[0] & 0xFF) - BIAS
    shown = coded[1:] if positive else coded[1:].removesuffix(bytes([NEGATIVE_END]))
    digits = [one - 1 if positive else NEGATIVE_BASE - one for one in shown]
    if any(not 0 <= one <= 99 for one in digits):
        raise WireError("no digit of base 100")
    figures = "".join(f"{one:02d}" for one in digits)
    exponent = 2 * (first - len(digits) + 1)
    return Decimal(("" if positive else "-") + figures + f"E{exponent}")


# --- DATE and TIMESTAMP: century and year in excess of 100, time in excess of 1 ----------------


def moment_bytes(at: datetime, *, fraction: bool) -> bytes:
    """Seven bytes, and four of nanoseconds with `fraction`. The zone is not part of them."""
    whole = bytes(
        [
            at.year // 100 + 100, at.year % 100 + 100, at.month, at.day,
            at.hour + 1, at.minute + 1, at.second + 1,
        ]
    )  # fmt: skip
    return whole + (at.microsecond * 1000).to_bytes(4, "big") if fraction else whole


def moment_of(coded: bytes) -> datetime:
    """The naive time that `moment_bytes` wrote. Raises `WireError`."""
    if len(coded) not in (7, 11):
        raise WireError("neither a DATE nor a TIMESTAMP")
    century, year, month, day, hour, minute, second = coded[:7]
    if not 100 <= year <= 199:
        raise WireError("a year before Christ, or none")
    micro = int.from_bytes(coded[7:], "big") // 1000
    try:
        return datetime(  # noqa: DTZ001  (Oracle's have no zone)
            (century - 100) * 100 + year - 100, month, day, hour - 1, minute - 1, second - 1, micro
        )
    except ValueError as wrong:
        raise WireError(str(wrong)) from None
