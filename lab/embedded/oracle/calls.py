"""TTC: what the client asks. Only the calls that a reading session makes are understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from lab.embedded.oracle.wire import Reader, WireError


class Asks(IntEnum):
    """The first byte of each message."""

    PROTOCOL = 1
    DATA_TYPES = 2
    FUNCTION = 3
    PIGGYBACK = 17


class Function(IntEnum):
    """Calls, and what may ride on them."""

    REEXECUTE = 4
    FETCH = 5
    LOGOFF = 9
    COMMIT = 14
    ROLLBACK = 15
    REEXECUTE_AND_FETCH = 78
    EXECUTE = 94
    CLOSE_CURSORS = 105
    LOGIN_SECOND = 115
    LOGIN_FIRST = 118
    END_TO_END = 135
    PING = 147
    SESSION_STATE = 176


@dataclass(frozen=True, slots=True)
class Login:
    """Either phase of a login."""

    user: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Execute:
    """Run a statement: a new one (`sql`), or the one of a cursor. `rows` to send at once."""

    cursor: int
    sql: str | None
    rows: int
    binds: int


@dataclass(frozen=True, slots=True)
class Fetch:
    """Send further rows of a cursor."""

    cursor: int
    rows: int


def login(reader: Reader) -> Login:
    """Raises `WireError`."""
    named = reader.byte()
    reader.numbers(2)  # length of the name, mode
    reader.byte()
    count = reader.number()
    reader.raw(2)
    user = _text(reader.data()) if named else ""
    values: dict[str, str] = {}
    for _ in range(count):
        name, value = _text(reader.counted()), _text(reader.counted())
        reader.number()  # flags
        values[name] = value
    return Login(user, values)


def execute(reader: Reader) -> Execute:
    """Raises `WireError`. Values of binds are left unread: nothing is asked with any here."""
    reader.number()  # options
    cursor = reader.number()
    _pointer(reader)  # the statement
    _pointer(reader)  # the vector of numbers
    reader.raw(2)
    reader.number()
    rows = reader.number()
    reader.number()
    reader.byte()
    binds = reader.number()
    reader.raw(5)
    _pointer(reader)  # defines
    reader.number()
    reader.raw(3)
    reader.number()
    _pointer(reader)
    reader.number()
    _pointer(reader)
    reader.byte()
    return Execute(cursor, None if cursor else _text(reader.data()), rows, binds)


def fetch(reader: Reader) -> Fetch:
    """Raises `WireError`."""
    cursor, rows = reader.numbers(2)
    return Fetch(cursor, rows)


def closed_cursors(reader: Reader) -> tuple[int, ...]:
    """The cursors that a piggyback closes. Raises `WireError`."""
    reader.byte()
    return reader.numbers(reader.number())


def end_to_end(reader: Reader) -> tuple[str, ...]:
    """The texts of a piggyback: client identifier, module, action, client information and
    operation, those that were set. Raises `WireError`."""
    reader.raw(2)
    reader.number()  # which were set
    lengths = [_pointer(reader) for _ in range(3)]
    _pointer(reader)
    _pointer(reader)
    lengths.append(_pointer(reader))
    _pointer(reader)
    _pointer(reader)
    lengths.append(_pointer(reader))
    return tuple(_text(reader.data()) for length in lengths if length)


def _pointer(reader: Reader) -> int:
    """Whether something follows further on, and how long it is."""
    reader.byte()
    return reader.number()


def _text(coded: bytes) -> str:
    try:
        return coded.decode()
    except UnicodeDecodeError:
        raise WireError("not UTF-8") from None
