"""Everything that is ever asked of an Oracle database, 12.1 and newer: SELECTs on its dictionary.

The role needs what `oracle_grants.sql` grants, nothing else. Sources: Oracle Database Reference,
the views named below (V$ views are granted by the names of what they stand for, V_$). Texts are
shortened by the server; times with a zone are given in UTC, since the driver drops the zone.
No query here has been run on a real Oracle database by us: docs/oracle.md says what was proven.
"""

from __future__ import annotations

from typing import Final

from collectors.sources.oracle_care_queries import CARE_QUERIES

ROWS_LIMIT: Final = 500
"""Rows taken of one answer; the queries ask for one more, to know that there are more."""

READ_ONLY: Final = "SET TRANSACTION READ ONLY"
"""The session's first statement: nothing after it can write."""

# What M10 to M12 and M39 ask stands in `oracle_care_queries`.

# --- M06 -----------------------------------------------------------------------------------

SCHEDULER_JOBS: Final = """
SELECT owner || '.' || job_name AS job, enabled, state, failure_count,
       CASE WHEN enabled = 'TRUE' AND state = 'SCHEDULED'
                 AND next_run_date < SYSTIMESTAMP - INTERVAL '1' HOUR
            THEN 1 ELSE 0 END AS overdue
  FROM dba_scheduler_jobs ORDER BY owner, job_name FETCH FIRST 501 ROWS ONLY
"""
"""DBA_SCHEDULER_JOBS. ENABLED is TRUE or FALSE; STATE is SCHEDULED, RUNNING, DISABLED, BROKEN,
FAILED (a job that is to run once), RETRY SCHEDULED, SUCCEEDED and others. Overdue: its next run
lies an hour in the past and has not begun."""

SCHEDULER_FAILURES: Final = """
SELECT d.owner || '.' || d.job_name AS job, d.status, d.error# AS error,
       SUBSTR(d.additional_info, 1, 200) AS info,
       CAST(d.log_date AT TIME ZONE 'UTC' AS TIMESTAMP) AS logged
  FROM dba_scheduler_job_run_details d
 WHERE d.status <> 'SUCCEEDED' AND d.log_date > SYSTIMESTAMP - INTERVAL '1' DAY
   AND NOT EXISTS (SELECT 1 FROM dba_scheduler_job_run_details later
                    WHERE later.owner = d.owner AND later.job_name = d.job_name
                      AND later.status = 'SUCCEEDED' AND later.log_date > d.log_date)
 ORDER BY d.log_date DESC FETCH FIRST 501 ROWS ONLY
"""
"""DBA_SCHEDULER_JOB_RUN_DETAILS: runs of the last day that FAILED or were STOPPED and that no
later run of the same job has made good."""

QUEUE_JOBS: Final = """
SELECT job, log_user, broken, failures,
       CASE WHEN broken = 'N' AND this_date IS NULL AND next_date < SYSDATE - 1 / 24
            THEN 1 ELSE 0 END AS overdue
  FROM dba_jobs ORDER BY job FETCH FIRST 501 ROWS ONLY
"""
"""DBA_JOBS, the job queue of DBMS_JOB. FAILURES counts since the last success; after 16 the
queue marks the job BROKEN (Y) and starts it no more. THIS_DATE is set while it runs."""

# --- M07 -----------------------------------------------------------------------------------

ALERT_LOG: Final = """
SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) AS now,
       (SELECT COUNT(*) FROM v$diag_alert_ext WHERE ROWNUM = 1) AS lines
  FROM dual
"""
"""The database's own clock, and whether the alert log shows this session any line at all (1 or
0). V$DIAG_ALERT_EXT is documented from 12.2 on, and each container has its own."""

DEADLOCKS: Final = """
SELECT CAST(originating_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP) AS logged,
       SUBSTR(message_text, 1, 200) AS message
  FROM v$diag_alert_ext
 WHERE originating_timestamp > SYSTIMESTAMP - INTERVAL '2' DAY
   AND TRIM(component_id) = 'rdbms' AND message_text LIKE '%ORA-00060%'
 ORDER BY originating_timestamp DESC FETCH FIRST 500 ROWS ONLY
"""
"""Lines of the alert log about a deadlock ("ORA-00060: Deadlock detected"), newest first. Two
days, so that the looks of two days overlap; more than 500 would change no verdict. The view
reads the XML log: slow where that is large."""

DEADLOCK_WINDOW_DAYS: Final = 2
"""As in `DEADLOCKS`."""

# --- M08 -----------------------------------------------------------------------------------

BLOCKED: Final = """
SELECT s.sid, NVL(s.username, ' ') AS username, NVL(SUBSTR(s.machine, 1, 60), ' ') AS machine,
       NVL(SUBSTR(s.program, 1, 60), ' ') AS program,
       NVL(s.status, ' ') || ': ' || NVL(s.event, ' ') AS state,
       NVL(s.seconds_in_wait, 0) AS waited,
       CASE WHEN s.blocking_session_status <> 'VALID' THEN NULL
            WHEN s.blocking_instance = TO_NUMBER(SYS_CONTEXT('USERENV', 'INSTANCE'))
            THEN s.blocking_session ELSE -s.blocking_session END AS blocker,
       NVL(s.sql_id, ' ') AS statement
  FROM v$session s
 WHERE (s.blocking_session_status = 'VALID' AND s.type = 'USER')
    OR s.sid IN (SELECT b.blocking_session FROM v$session b
                  WHERE b.blocking_session_status = 'VALID' AND b.type = 'USER')
 ORDER BY s.sid FETCH FIRST 501 ROWS ONLY
"""
"""V$SESSION: user sessions that wait for another, and those that they wait for. The blocker's
number is negative when that session is on another instance (RAC). Texts are never empty, since
an empty text is NULL to Oracle."""

LOCKED_ACCOUNTS: Final = """
SELECT username, account_status FROM dba_users
 WHERE oracle_maintained = 'N' AND authentication_type <> 'NONE'
   AND (account_status LIKE '%LOCKED%' OR account_status = 'EXPIRED')
 ORDER BY username FETCH FIRST 501 ROWS ONLY
"""
"""DBA_USERS: accounts that cannot log in, without those that Oracle itself brought and those that
own a schema only (AUTHENTICATION_TYPE NONE, 18c). EXPIRED(GRACE) still can."""

ACCOUNT_EXPIRY: Final = """
SELECT username, ROUND((expiry_date - SYSDATE) * 86400) AS seconds FROM dba_users
 WHERE oracle_maintained = 'N' AND authentication_type = 'PASSWORD'
   AND account_status IN ('OPEN', 'EXPIRED(GRACE)') AND expiry_date < SYSDATE + 90
 ORDER BY expiry_date, username FETCH FIRST 501 ROWS ONLY
"""
"""DBA_USERS: accounts that still can log in and whose password expires within 90 days, or whose
grace ends then."""

# --- M09 -----------------------------------------------------------------------------------

CONNECTIONS: Final = """
SELECT COUNT(*) AS users FROM v$session
 WHERE type = 'USER' AND sid <> TO_NUMBER(SYS_CONTEXT('USERENV', 'SID'))
"""
"""User sessions without this one."""

RESOURCE_LIMITS: Final = """
SELECT resource_name, current_utilization, TRIM(limit_value) AS most
  FROM v$resource_limit WHERE resource_name IN ('processes', 'sessions') ORDER BY resource_name
"""
"""V$RESOURCE_LIMIT: what is in use of both, background processes included, and the most there can
be, as text: a number or UNLIMITED."""

QUERIES: Final = (
    SCHEDULER_JOBS, SCHEDULER_FAILURES, QUEUE_JOBS, ALERT_LOG, DEADLOCKS, BLOCKED,
    LOCKED_ACCOUNTS, ACCOUNT_EXPIRY, CONNECTIONS, RESOURCE_LIMITS, *CARE_QUERIES,
)  # fmt: skip
"""The allow-list."""

GRANTED: Final[dict[str, str]] = {
    "v$session": "v_$session",
    "v$resource_limit": "v_$resource_limit",
    "v$diag_alert_ext": "v_$diag_alert_ext",
    "v$database": "v_$database",
    "v$parameter": "v_$parameter",
    "v$rman_backup_job_details": "v_$rman_backup_job_details",
    "v$archive_dest_status": "v_$archive_dest_status",
    "v$archived_log": "v_$archived_log",
    "v$dataguard_stats": "v_$dataguard_stats",
    "dba_scheduler_jobs": "dba_scheduler_jobs",
    "dba_scheduler_job_run_details": "dba_scheduler_job_run_details",
    "dba_jobs": "dba_jobs",
    "dba_users": "dba_users",
    "dba_tablespaces": "dba_tablespaces",
    "dba_tablespace_usage_metrics": "dba_tablespace_usage_metrics",
}
"""What each object that is read is called in a GRANT (SYS owns all)."""


def grants_for(sql: str) -> tuple[str, ...]:
    """The objects that a role must be allowed to read for this statement, as a GRANT names them."""
    words = set(sql.lower().replace("(", " ").replace(")", " ").split())
    return tuple(granted for name, granted in GRANTED.items() if name in words)
