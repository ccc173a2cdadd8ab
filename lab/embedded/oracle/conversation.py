"""What is said to what is asked, message by message: login, statements, goodbye. No network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lab.embedded.oracle import calls, messages
from lab.embedded.oracle.calls import Asks, Function
from lab.embedded.oracle.login import Handshake
from lab.embedded.oracle.messages import OracleError, Table
from lab.embedded.oracle.wire import Reader, WireError

if TYPE_CHECKING:
    from lab.embedded.oracle.listener import OracleListener

FLOOD_ROWS: Final = 200
OLD_VALUE: Final = "AUTH_PASSWORD"
NEW_VALUE: Final = "AUTH_NEWPASSWORD"
"""Names of what a change of password sends."""
WRONG_PASSWORD: Final = OracleError(1017, "invalid username/password; logon denied")
NOT_LOGGED_IN: Final = OracleError(1012, "not logged on")
UNKNOWN_CALL: Final = OracleError(3115, "unsupported network datatype or representation")
INVALID_CURSOR: Final = OracleError(1001, "invalid cursor")
NOTHING_TO_DO: Final = (Function.PING, Function.COMMIT, Function.ROLLBACK)


class Left(Exception):
    """The other side is gone, or is to be sent away."""


class Endless(Exception):
    """In place of an answer: `head`, then `rows` again and again."""

    def __init__(self, head: bytes, rows: bytes) -> None:
        super().__init__()
        self.head = head
        self.rows = rows


@dataclass(slots=True)
class Cursor:
    """An open statement, and how many of its rows were sent."""

    sql: str
    table: Table | None = None
    sent: int = 0


class Conversation:
    """One session's. It remembers the login and the cursors."""

    def __init__(self, listener: OracleListener) -> None:
        self._listener = listener
        self._handshake: Handshake | None = None
        self._admitted = False
        self._cursors: dict[int, Cursor] = {}
        self._last = 0

    def reply_to(self, message: bytes) -> bytes:
        """The answer. Raises `WireError` for what is no message, and `Endless`."""
        reader = Reader(message)
        while (asked := reader.byte()) == Asks.PIGGYBACK:
            self._ride_along(reader)
        if asked == Asks.PROTOCOL:
            return messages.PROTOCOL
        if asked == Asks.DATA_TYPES:
            return messages.DATA_TYPES
        if asked != Asks.FUNCTION:
            raise WireError(f"message {asked}")
        function = reader.byte()
        reader.byte()  # sequence
        return self._call(function, reader)

    def _ride_along(self, reader: Reader) -> None:
        function = reader.byte()
        reader.byte()  # sequence
        if function == Function.CLOSE_CURSORS:
            for cursor in calls.closed_cursors(reader):
                self._cursors.pop(cursor, None)
        elif function == Function.END_TO_END:
            self._listener.modules.add(calls.end_to_end(reader))
        elif function == Function.SESSION_STATE:
            reader.number()
        else:
            raise WireError(f"piggyback {function}")

    def _call(self, function: int, reader: Reader) -> bytes:
        match function:
            case Function.LOGIN_FIRST:
                return self._greet()
            case Function.LOGIN_SECOND:
                return self._admit(calls.login(reader))
            case Function.LOGOFF:
                self._listener.left += 1
                return messages.STATUS
        if not self._admitted:
            return messages.outcome(NOT_LOGGED_IN)
        match function:
            case Function.EXECUTE:
                return self._execute(calls.execute(reader))
            case Function.REEXECUTE | Function.REEXECUTE_AND_FETCH:
                return self._again(calls.fetch(reader))
            case Function.FETCH:
                return self._fetch(calls.fetch(reader))
        return messages.outcome(None if function in NOTHING_TO_DO else UNKNOWN_CALL)

    # --- login ---

    def _greet(self) -> bytes:
        """An unknown name gets the same answer as a known one."""
        terms = self._listener.terms
        shaken = self._handshake = Handshake(terms.password)
        return messages.parameters(
            (
                ("AUTH_SESSKEY", shaken.session_key(), 0),
                ("AUTH_VFR_DATA", shaken.salt.hex().upper(), terms.verifier),
            )
        )

    def _admit(self, login: calls.Login) -> bytes:
        terms, shaken = self._listener.terms, self._handshake
        if shaken is None:
            return messages.outcome(NOT_LOGGED_IN)
        if self._admitted and NEW_VALUE in login.values:
            return self._change_password(login, shaken)
        try:
            proof = shaken.proof(login.values["AUTH_SESSKEY"], login.values["AUTH_PASSWORD"])
        except (KeyError, ValueError):
            raise WireError("no login") from None
        known = login.user.upper() == terms.user.upper()
        if proof is None or not known or self._listener.behaviour.refuse_logins:
            return messages.outcome(WRONG_PASSWORD)
        if terms.login_error is not None:
            return messages.outcome(terms.login_error)
        self._admitted = True
        self._listener.logins += 1
        return messages.admitted(proof, terms.service)

    def _change_password(self, login: calls.Login, shaken: Handshake) -> bytes:
        """`OCIPasswordChange`: the old one and the new one, both sealed with the session's key."""
        old, new = (shaken.told(login.values.get(key, "")) for key in (OLD_VALUE, NEW_VALUE))
        if old != self._listener.terms.password:
            return messages.outcome(WRONG_PASSWORD)
        self._listener.terms.password = new
        return messages.outcome(None)

    # --- statements ---

    def _execute(self, call: calls.Execute) -> bytes:
        if call.sql is None:
            return self._again(calls.Fetch(call.cursor, call.rows), describe=True)
        self._last += 1
        self._cursors[self._last] = Cursor(call.sql)
        return self._run(self._last, call.rows, describe=True)

    def _again(self, call: calls.Fetch, *, describe: bool = False) -> bytes:
        if call.cursor not in self._cursors:
            return messages.outcome(INVALID_CURSOR)
        return self._run(call.cursor, call.rows, describe=describe)

    def _run(self, number: int, rows: int, *, describe: bool) -> bytes:
        cursor = self._cursors[number]
        given = self._listener.answer(cursor.sql)
        if isinstance(given, OracleError):
            del self._cursors[number]
            return messages.outcome(given)
        cursor.table, cursor.sent = given, 0
        if given is None:
            return messages.outcome(cursor=number)
        head = messages.description(given.columns) if describe else b""
        if self._listener.floods:
            raise Endless(head + messages.rows(given), messages.some_row(given) * FLOOD_ROWS)
        return head + self._rows(number, rows)

    def _fetch(self, call: calls.Fetch) -> bytes:
        cursor = self._cursors.get(call.cursor)
        if cursor is None or cursor.table is None:
            return messages.outcome(INVALID_CURSOR)
        return self._rows(call.cursor, call.rows)

    def _rows(self, number: int, count: int) -> bytes:
        cursor = self._cursors[number]
        assert cursor.table is not None  # noqa: S101  (it was run, and is a query)
        part = messages.part(cursor.table, cursor.sent, count)
        cursor.sent += len(part.rows)
        ended = cursor.sent >= len(cursor.table.rows)
        end = messages.end_of_rows if ended else messages.rows_so_far
        return messages.rows(part) + end(number, cursor.sent)
