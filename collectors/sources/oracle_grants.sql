-- Lineguard on Oracle 12.1 and newer: a login that can read what the checks M06 to M12 and M39 need,
-- and can do nothing else. To be run by a DBA in SQL*Plus, as SYS.
--
-- In a container database: connect to the container (PDB) that serves the hotline first
-- (ALTER SESSION SET CONTAINER = ...); the views and the alert log are those of that container.
-- On RAC: each instance is a device of its own, the grants are the same.
-- Never grant DBA. SELECT_CATALOG_ROLE would do as well, and allows far more than is needed.

ACCEPT lineguard_password CHAR PROMPT 'Password of the new login LINEGUARD: ' HIDE

CREATE USER lineguard IDENTIFIED BY "&lineguard_password";

GRANT CREATE SESSION TO lineguard;

-- M06: jobs
GRANT SELECT ON sys.dba_scheduler_jobs TO lineguard;
GRANT SELECT ON sys.dba_scheduler_job_run_details TO lineguard;
GRANT SELECT ON sys.dba_jobs TO lineguard;

-- M07 and M11: deadlocks and errors, from the alert log (documented from 12.2 on)
GRANT SELECT ON sys.v_$diag_alert_ext TO lineguard;

-- M08: blocked sessions, locked accounts and those about to expire
GRANT SELECT ON sys.v_$session TO lineguard;
GRANT SELECT ON sys.dba_users TO lineguard;

-- M09: connections
GRANT SELECT ON sys.v_$resource_limit TO lineguard;

-- M10 and M39: RMAN, archived logs, Data Guard. V_$PARAMETER for one value, for how long the control
-- file remembers what RMAN did.
GRANT SELECT ON sys.v_$database TO lineguard;
GRANT SELECT ON sys.v_$parameter TO lineguard;
GRANT SELECT ON sys.v_$rman_backup_job_details TO lineguard;
GRANT SELECT ON sys.v_$archive_dest_status TO lineguard;
GRANT SELECT ON sys.v_$archived_log TO lineguard;
GRANT SELECT ON sys.v_$dataguard_stats TO lineguard;

-- M12: tablespaces
GRANT SELECT ON sys.dba_tablespaces TO lineguard;
GRANT SELECT ON sys.dba_tablespace_usage_metrics TO lineguard;

UNDEFINE lineguard_password
