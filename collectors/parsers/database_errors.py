"""How the logs of databases mark what went wrong."""

from __future__ import annotations

from typing import Final

ERROR_PATTERNS: Final = (
    "ERROR:  ", "FATAL:  ", "PANIC:  ", "错误:  ", ",ERROR,", ",FATAL,", ",PANIC,",
    '"error_severity":"ERROR"', '"error_severity":"FATAL"', '"error_severity":"PANIC"',
)  # fmt: skip
"""How PostgreSQL marks what went wrong: in its plain log (a severity, a colon and two blanks; also
as zh_CN has it, where 错误 ends all three), in csvlog and in jsonlog (15 and newer)."""
GRAVE: Final = ("PANIC:  ", "比致命错误还过分的错误:  ", ",PANIC,", '"error_severity":"PANIC"')
"""The whole server went down."""
LEFT_TO_M07: Final = ("deadlock detected", "检测到死锁", "ORA-00060")
ORACLE_PATTERNS: Final = ("ORA-",)
"""How Oracle's alert log marks an error (alert_SID.log, as text)."""
ORACLE_GRAVE: Final = ("ORA-00600", "ORA-07445", "ORA-00257", "ORA-01578")
"""Internal error, crash of a process, archiver stuck, corrupt block."""
