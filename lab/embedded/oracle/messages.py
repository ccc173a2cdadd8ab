"""TTC: what the server says. The layouts are those of field version 7 (12.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from lab.embedded.oracle.values import Column, Kind, Value, encoded
from lab.embedded.oracle.wire import counted, data, signed, unsigned

FIELD_VERSION: Final = 7
"""12.1: short metadata, short executions, no fast login."""
FIELD_VERSION_AT: Final = 7
CAPABILITIES: Final = 53
RUNTIME: Final = bytes([2, 1, 0, 0, 0, 0, 4])
AL32UTF8: Final = 873
AL16UTF16: Final = 2_000
IMPLICIT_FORM: Final = 1
NULL_ALLOWED: Final = 1
BANNER: Final = b"Lineguard practice listener\0"
NO_MORE_ROWS: Final = 1403
SHORT_ERROR: Final = 65_535
VERSION: Final = 12 << 24 | 1 << 20 | 2 << 8
"""12.1.0.2 as AUTH_VERSION_NO has it before 18c."""


class Says(IntEnum):
    """The first byte of each message."""

    PROTOCOL = 1
    DATA_TYPES = 2
    ERROR = 4
    ROW_HEADER = 6
    ROW = 7
    PARAMETERS = 8
    STATUS = 9
    DESCRIBE = 16


@dataclass(frozen=True, slots=True)
class OracleError:
    """An ORA- error; `position` is that in the statement, from 0."""

    number: int
    words: str
    position: int = 0

    @property
    def text(self) -> str:
        """As the server writes it."""
        return f"ORA-{self.number:05d}: {self.words}"


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a query."""

    columns: tuple[Column, ...]
    rows: tuple[Sequence[Value], ...]


PROTOCOL: Final = b"".join(
    (
        bytes([Says.PROTOCOL, 6, 0]),
        BANNER,
        struct.pack("<HBH", AL32UTF8, 1, 0),
        struct.pack(">H", 11) + bytes(9) + struct.pack(">H", AL16UTF16),
        data(bytes(FIELD_VERSION if at == FIELD_VERSION_AT else 0 for at in range(CAPABILITIES))),
        data(RUNTIME),
    )
)
DATA_TYPES: Final = bytes([Says.DATA_TYPES, 0, 0])
STATUS: Final = bytes([Says.STATUS]) + unsigned(0) + unsigned(0)


def parameters(pairs: Iterable[tuple[str, str, int]]) -> bytes:
    """Names, values and flags, as the login has them."""
    told = tuple(pairs)
    each = (
        counted(name.encode()) + counted(value.encode()) + unsigned(flags)
        for name, value, flags in told
    )
    return bytes([Says.PARAMETERS]) + unsigned(len(told)) + b"".join(each) + STATUS


def admitted(proof: str, service: str) -> bytes:
    """The end of a login that succeeded."""
    return parameters(
        (name, value, 0)
        for name, value in (
            ("AUTH_VERSION_STRING", "- Production"),
            ("AUTH_VERSION_NO", str(VERSION)),
            ("AUTH_SESSION_ID", "77"),
            ("AUTH_SERIAL_NUM", "1"),
            ("AUTH_SC_DBUNIQUE_NAME", service),
            ("AUTH_SC_SERVICE_NAME", service),
            ("AUTH_SC_INSTANCE_NAME", service),
            ("AUTH_MAX_OPEN_CURSORS", "300"),
            ("AUTH_SVR_RESPONSE", proof),
        )
    )


def outcome(error: OracleError | None = None, *, cursor: int = 0, rows: int = 0) -> bytes:
    """How a call ended: every answer's last message. No error is number 0."""
    number = error.number if error else 0
    position = error.position if error else 0
    parts = (
        bytes([Says.ERROR]),
        unsigned(0) * 3,  # call status, sequence, current row
        unsigned(number if number <= SHORT_ERROR else 0),
        unsigned(0) * 2,  # array element errors
        unsigned(cursor),
        signed(position),
        bytes(6),  # kind of statement, flags, warnings
        unsigned(0) * 2 + b"\0" + unsigned(0) * 2,  # row id
        unsigned(0) + bytes(2) + unsigned(0) * 3,  # system error ... logical row id
        unsigned(0) * 3,  # batch errors: none
        unsigned(number),
        unsigned(rows),
    )
    words = data(f"{error.text}\n".encode()) if error else b""
    return b"".join(parts) + words


def end_of_rows(cursor: int, rows: int) -> bytes:
    """All rows were sent: 1403, with its words."""
    return outcome(OracleError(NO_MORE_ROWS, "no data found"), cursor=cursor, rows=rows)


def rows_so_far(cursor: int, rows: int) -> bytes:
    """There are more rows."""
    return outcome(cursor=cursor, rows=rows)


def description(columns: Sequence[Column]) -> bytes:
    """The columns of a query."""
    head = bytes([Says.DESCRIBE]) + data(bytes(23)) + unsigned(4_000) + unsigned(len(columns))
    each = (_column(place, column) for place, column in enumerate(columns, 1))
    return head + b"\0" + b"".join(each) + unsigned(0) * 6


def _column(place: int, column: Column) -> bytes:
    is_text = column.kind is Kind.VARCHAR2
    name = column.name.encode()
    parts = (
        bytes([column.kind, 0, column.precision & 0xFF, column.scale & 0xFF]),
        unsigned(column.size),
        unsigned(0) * 4,  # array elements, flags, object id, version
        unsigned(AL32UTF8 if is_text else 0),
        bytes([IMPLICIT_FORM if is_text else 0]),
        unsigned(column.size if is_text else 0),
        bytes([NULL_ALLOWED, len(name)]),
        counted(name),
        unsigned(0) * 2,  # schema, type name
        unsigned(place),
        unsigned(0),
    )
    return b"".join(parts)


def rows(table: Table) -> bytes:
    """Rows after their header; nothing at all when there are none."""
    if not table.rows:
        return b""
    header = bytes([Says.ROW_HEADER, 0]) + unsigned(1) + unsigned(0) * 5
    return header + b"".join(row(table.columns, one) for one in table.rows)


def row(columns: Sequence[Column], values: Sequence[Value]) -> bytes:
    """One row."""
    coded = (encoded(value, one.kind) for value, one in zip(values, columns, strict=True))
    return bytes([Says.ROW]) + b"".join(coded)


def some_row(table: Table) -> bytes:
    """A row of these columns without any value."""
    return row(table.columns, [None] * len(table.columns))


def part(table: Table, begin: int, count: int) -> Table:
    """Some of its rows."""
    return replace(table, rows=table.rows[begin : begin + count])
