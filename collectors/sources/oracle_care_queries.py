"""What is asked of an Oracle database about its backups, its alert log, its space and its standbys.

Sources: Oracle Database Reference, the views named below. Ages are worked out by the database, so
that no clock and no time zone of another machine comes in.
"""

from __future__ import annotations

from typing import Final

# --- M10, M39 --------------------------------------------------------------------------------

RMAN_HISTORY: Final = """
SELECT d.database_role,
       (SELECT TO_NUMBER(p.value) FROM v$parameter p
         WHERE p.name = 'control_file_record_keep_time') AS keep_days
  FROM v$database d
"""
"""PRIMARY or a kind of standby, and for how many days the control file keeps what RMAN did
(CONTROL_FILE_RECORD_KEEP_TIME; it may keep more, and 0 promises nothing)."""

RMAN_JOBS: Final = """
SELECT input_type, status, began_s, ended_s
  FROM (SELECT j.input_type, j.status, ROUND((SYSDATE - j.start_time) * 86400) AS began_s,
               ROUND((SYSDATE - j.end_time) * 86400) AS ended_s,
               ROW_NUMBER() OVER (PARTITION BY j.input_type ORDER BY j.start_time DESC) AS place
          FROM v$rman_backup_job_details j
         WHERE j.start_time > SYSDATE - 31)
 WHERE place <= 20 ORDER BY began_s FETCH FIRST 501 ROWS ONLY
"""
"""V$RMAN_BACKUP_JOB_DETAILS: the newest twenty jobs of each kind in 31 days. INPUT_TYPE is DB FULL,
DB INCR, ARCHIVELOG, RECVR AREA, DATAFILE FULL, DATAFILE INCR, CONTROLFILE, SPFILE; STATUS is
RUNNING, COMPLETED (each also WITH WARNINGS, WITH ERRORS) or FAILED. END_TIME is also set while a
job runs. DB INCR does not tell its level."""

RMAN_WINDOW_DAYS: Final = 31
"""As in `RMAN_JOBS`."""

ARCHIVE_MODE: Final = "SELECT log_mode FROM v$database"
"""ARCHIVELOG, NOARCHIVELOG or MANUAL."""

ARCHIVE_DESTINATIONS: Final = """
SELECT NVL(dest_name, 'destination ' || dest_id) AS dest, type, status,
       NVL(db_unique_name, ' ') AS standby, NVL(gap_status, ' ') AS gap,
       NVL(SUBSTR(error, 1, 200), ' ') AS message
  FROM v$archive_dest_status WHERE status <> 'INACTIVE' ORDER BY dest_id
"""
"""V$ARCHIVE_DEST_STATUS: TYPE is LOCAL, CROSS-INSTANCE or that of a standby (PHYSICAL, LOGICAL,
SNAPSHOT, ...); STATUS is VALID, or what is wrong (ERROR, DEFERRED, DISABLED, FULL, BAD PARAM, ...);
GAP_STATUS is NO GAP or what is missing over there."""

LOGS_WITHOUT_BACKUP: Final = """
SELECT COUNT(*) AS logs, NVL(ROUND((SYSDATE - MIN(completion_time)) * 86400), 0) AS oldest_s
  FROM v$archived_log
 WHERE archived = 'YES' AND deleted = 'NO' AND standby_dest = 'NO' AND backup_count = 0
"""
"""V$ARCHIVED_LOG: archived logs that are still on disk and in no backup. A job "database plus
archived logs" backs them up without a job of their own, so that counting jobs would not do."""

DATABASE_ROLE: Final = "SELECT database_role FROM v$database"

DATAGUARD_LAGS: Final = """
SELECT name, NVL(value, ' ') AS value, NVL(time_computed, ' ') AS computed,
       NVL(datum_time, ' ') AS datum
  FROM v$dataguard_stats WHERE name IN ('transport lag', 'apply lag') ORDER BY name
"""
"""V$DATAGUARD_STATS, on a standby only. VALUE is `+00 00:00:00` (days, time); both times are texts
of the standby's own clock (MM/DD/YYYY HH24:MI:SS). Where DATUM_TIME stands still the standby
receives nothing, whatever VALUE says."""

# --- M11 -------------------------------------------------------------------------------------

ALERT_ERRORS: Final = """
SELECT CAST(originating_timestamp AT TIME ZONE 'UTC' AS TIMESTAMP) AS logged,
       message_type, message_level, SUBSTR(message_text, 1, 300) AS message
  FROM v$diag_alert_ext
 WHERE originating_timestamp > SYSTIMESTAMP - INTERVAL '8' DAY
   AND TRIM(component_id) = 'rdbms' AND message_text NOT LIKE '%ORA-00060%'
   AND (message_type IN (2, 3) OR message_level IN (1, 2) OR message_text LIKE '%ORA-%')
 ORDER BY originating_timestamp DESC FETCH FIRST 500 ROWS ONLY
"""
"""V$DIAG_ALERT_EXT, newest first: MESSAGE_TYPE 2 is an incident, 3 an error; MESSAGE_LEVEL 1 is
critical, 2 severe. Deadlocks are left to M07. Eight days, so that the looks of two weeks
overlap."""

ALERT_WINDOW_DAYS: Final = 8
ALERT_ROWS: Final = 500
"""As in `ALERT_ERRORS`: as many rows are as many as were asked for, and maybe not all."""

# --- M12 -------------------------------------------------------------------------------------

TABLESPACES: Final = """
SELECT t.tablespace_name, t.contents, t.status, m.used_percent,
       m.used_space * t.block_size AS used_bytes, m.tablespace_size * t.block_size AS most_bytes
  FROM dba_tablespaces t
  LEFT JOIN dba_tablespace_usage_metrics m ON m.tablespace_name = t.tablespace_name
 ORDER BY t.tablespace_name FETCH FIRST 501 ROWS ONLY
"""
"""DBA_TABLESPACE_USAGE_METRICS: USED_PERCENT is of the most that the data files may grow to; sizes
are in blocks. It has no row for what is offline. CONTENTS is PERMANENT, TEMPORARY, UNDO or LOST
WRITE PROTECTION; STATUS is ONLINE, OFFLINE or READ ONLY."""

CARE_QUERIES: Final = (
    RMAN_HISTORY, RMAN_JOBS, ARCHIVE_MODE, ARCHIVE_DESTINATIONS, LOGS_WITHOUT_BACKUP,
    DATABASE_ROLE, DATAGUARD_LAGS, ALERT_ERRORS, TABLESPACES,
)  # fmt: skip
"""The part of the allow-list that stands here."""
