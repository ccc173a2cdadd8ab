"""What went wrong with an Oracle database, in one sentence: from the driver's and the server's
error numbers.

Sources: python-oracledb, `errors.py` (DPY-); Oracle Database Error Messages (ORA-). The driver's
words never hold the password; only the first line that the server wrote is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import oracledb

from collectors.parsers.plain import plain
from collectors.readings import Trouble
from collectors.sources.oracle_queries import grants_for
from inventory.model import Device, Oracle
from phrases import Phrase, say

Cause = BaseException
Said = tuple[Trouble, Phrase]

CALL_TIMED_OUT: Final = "DPY-4024"
LATE_RECOVERY: Final = "recovering from previous socket timeout"
"""The driver interrupted a statement, and the server did not answer that either."""
CONNECT_FAILED: Final = "DPY-6005"
NO_SUCH_SERVICE: Final = ("DPY-6001", "DPY-6003", "ORA-12514", "ORA-12505")
TOO_OLD: Final = "DPY-3010"
OLD_VERIFIER: Final = "DPY-3015"
LISTENER_REFUSED: Final = "DPY-6000"
WRONG_PASSWORD: Final = ("ORA-01017", "ORA-01005")
LOCKED: Final = "ORA-28000"
EXPIRED: Final = "ORA-28001"
NO_SESSION_GRANT: Final = "ORA-01045"
FULL: Final = ("ORA-00018", "ORA-00020", "ORA-12516", "ORA-12519", "ORA-12520")
NOT_OPEN: Final = ("ORA-01033", "ORA-01034", "ORA-01035", "ORA-01090", "ORA-12528")
MISSING_GRANT: Final = ("ORA-00942", "ORA-01031")
CODE: Final = re.compile(r"(?:DPY|ORA|TNS)-[0-9]{4,5}")
HELP: Final = "Help: "
"""Begins the driver's link to its manual."""


def code_of(cause: Cause) -> str:
    """`ORA-01017`, `DPY-4024`; empty for an exception that is no database error. Of a connection
    that failed it is the reason's, where that has one."""
    said = cause.args[0] if cause.args else None
    code = getattr(said, "full_code", "") if isinstance(cause, oracledb.Error) else ""
    if code == CONNECT_FAILED and (inner := CODE.match(words_of(cause))):
        return inner[0]
    return code if isinstance(code, str) else ""


def words_of(cause: Cause) -> str:
    """The first line that tells something: of a connection that failed, the driver puts the reason
    behind its own words."""
    lines = [line for line in str(cause).splitlines() if line and not line.startswith(HELP)]
    if len(lines) > 1 and lines[0].startswith(CONNECT_FAILED):
        lines.pop(0)
    return plain(lines[0]) if lines else plain(type(cause).__name__)


def survives(cause: Cause) -> bool:
    """Did the server refuse the one statement, and keep the session?"""
    return code_of(cause).startswith("ORA-")


def is_time_out(cause: Cause) -> bool:
    """Did the driver give up waiting?"""
    return code_of(cause) == CALL_TIMED_OUT or LATE_RECOVERY in str(cause)


def login_failed(device: Device, access: Oracle, cause: Cause) -> Said:
    """Why there is no session."""
    code = code_of(cause)
    if is_time_out(cause):
        return Trouble.TIMED_OUT, login_too_slow(device, access)
    if code == CONNECT_FAILED:
        return Trouble.UNREACHABLE, say(
            "{device}: no connection to Oracle at {host} port {port}",
            device=device.name, host=device.address, port=access.port,
        )  # fmt: skip
    for codes, said in LOGIN_REFUSALS.items():
        if code in codes:
            return said(device, access)
    if code.startswith("ORA-") or code == LISTENER_REFUSED:
        return Trouble.REFUSED, say(
            "{device}: Oracle refused the login of {user}: {words}",
            device=device.name, user=access.user, words=words_of(cause),
        )  # fmt: skip
    return Trouble.GARBLED, say(
        "{device}: what answers there does not speak Oracle's protocol properly: {words}",
        device=device.name,
        words=words_of(cause),
    )


def login_too_slow(device: Device, access: Oracle) -> Phrase:
    """The server took the connection, and was not done in time."""
    return say(
        "{device}: the Oracle login was not done within {limit:g} s",
        device=device.name,
        limit=access.timeout_s,
    )


def question_failed(device: Device, access: Oracle, sql: str, cause: Cause) -> Said:
    """Why one statement has no answer."""
    code, words = code_of(cause), words_of(cause)
    if code in MISSING_GRANT:
        return Trouble.REFUSED, _missing_grant(device, access, sql, words)
    if code.startswith("ORA-"):
        return Trouble.UNSUPPORTED, say(
            "{device}: Oracle gave no answer: {words}", device=device.name, words=words
        )
    return Trouble.GARBLED, say(
        "{device}: the answer from Oracle broke off or cannot be read: {words}",
        device=device.name,
        words=words,
    )


def _missing_grant(device: Device, access: Oracle, sql: str, words: str) -> Phrase:
    grants = "; ".join(f"GRANT SELECT ON sys.{one} TO {access.user}" for one in grants_for(sql))
    return say(
        "{device}: Oracle lets {user} not read this ({words}); the DBA grants it with: {grants}",
        device=device.name, user=access.user, words=words, grants=grants,
    )  # fmt: skip


def _wrong_password(device: Device, access: Oracle) -> Said:
    return Trouble.REFUSED, say(
        "{device}: Oracle refused the login of {user}: wrong name or password",
        device=device.name, user=access.user,
    )  # fmt: skip


def _locked(device: Device, access: Oracle) -> Said:
    return Trouble.REFUSED, say(
        "{device}: the Oracle account {user} is locked; the DBA opens it with: "
        "ALTER USER {user} ACCOUNT UNLOCK",
        device=device.name, user=access.user,
    )  # fmt: skip


def _expired(device: Device, access: Oracle) -> Said:
    return Trouble.REFUSED, say(
        "{device}: the password of the Oracle account {user} has expired",
        device=device.name, user=access.user,
    )  # fmt: skip


def _no_session_grant(device: Device, access: Oracle) -> Said:
    return Trouble.REFUSED, say(
        "{device}: {user} may not log in to Oracle; the DBA grants it with: "
        "GRANT CREATE SESSION TO {user}",
        device=device.name, user=access.user,
    )  # fmt: skip


def _no_such_service(device: Device, access: Oracle) -> Said:
    return Trouble.REFUSED, say(
        "{device}: the Oracle listener knows no service {service} "
        "(the database is not open, or the name in the estate is wrong)",
        device=device.name, service=access.service,
    )  # fmt: skip


def _not_open(device: Device, access: Oracle) -> Said:
    return Trouble.REFUSED, say("{device}: the Oracle database is not open", device=device.name)


def _full(device: Device, access: Oracle) -> Said:
    return Trouble.REFUSED, say(
        "{device}: Oracle takes no more sessions: processes or sessions are at their limit",
        device=device.name,
    )


def _too_old(device: Device, access: Oracle) -> Said:
    return Trouble.UNSUPPORTED, say(
        "{device}: this Oracle is older than 12.1 (11g or before), which only the driver's thick "
        "mode with Oracle Instant Client can ask; Lineguard asks in thin mode",
        device=device.name,
    )


def _old_verifier(device: Device, access: Oracle) -> Said:
    return Trouble.UNSUPPORTED, say(
        "{device}: Oracle keeps only the 10G form of the password of {user}, which is not used "
        "any more; the DBA sets the password anew (11G or 12C form)",
        device=device.name, user=access.user,
    )  # fmt: skip


LOGIN_REFUSALS: Final[Mapping[tuple[str, ...], Callable[[Device, Oracle], Said]]] = {
    WRONG_PASSWORD: _wrong_password,
    (LOCKED,): _locked,
    (EXPIRED,): _expired,
    (NO_SESSION_GRANT,): _no_session_grant,
    NO_SUCH_SERVICE: _no_such_service,
    NOT_OPEN: _not_open,
    FULL: _full,
    (TOO_OLD,): _too_old,
    (OLD_VERIFIER,): _old_verifier,
}
