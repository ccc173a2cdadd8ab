"""The practice database: roles, the hotline's table, and stand-ins for the job schedulers.

pg_cron and pgAgent are not in the pip-installed server. The tables and views here have the names
and columns of theirs, and nothing runs the jobs: a healthy run is always half an hour old, however
long the practice site has been up, until a fault puts a failed one beside it.
"""

from __future__ import annotations

from typing import Final

MONITOR: Final = "inspect"
APPLICATIONS: Final = ("hotline_app", "cti_app")
CROWD: Final = "hotline_crowd"
"""The role of the connections that a fault opens by the hundred. Its password is verified with
one round of SCRAM (`scram_iterations`, PostgreSQL 16), else they would cost seconds."""

ROLES: Final = f"""
DO $$ BEGIN
  CREATE ROLE {MONITOR} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN
  CREATE ROLE {CROWD} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN
  CREATE ROLE {APPLICATIONS[0]} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN
  CREATE ROLE {APPLICATIONS[1]} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT pg_monitor TO {MONITOR};
"""

SCHEMA: Final = "hotline"

HOTLINE: Final = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS hotline.work_order (
  id int PRIMARY KEY, state text NOT NULL DEFAULT 'open', touched int NOT NULL DEFAULT 0);
INSERT INTO hotline.work_order (id) SELECT generate_series(1, 100) ON CONFLICT DO NOTHING;
GRANT USAGE ON SCHEMA hotline TO {", ".join(APPLICATIONS)};
GRANT SELECT, INSERT, UPDATE ON hotline.work_order TO {", ".join(APPLICATIONS)};
"""

PG_CRON: Final = """
CREATE SCHEMA IF NOT EXISTS cron;
CREATE TABLE IF NOT EXISTS cron.job (
  jobid bigint PRIMARY KEY, schedule text NOT NULL, command text NOT NULL,
  nodename text NOT NULL DEFAULT 'localhost', nodeport int NOT NULL DEFAULT 5432,
  database text NOT NULL DEFAULT 'postgres', username text NOT NULL DEFAULT 'hotline_app',
  active boolean NOT NULL DEFAULT true, jobname text);
CREATE TABLE IF NOT EXISTS cron.practice_run (
  runid bigint GENERATED ALWAYS AS IDENTITY (START 1000) PRIMARY KEY, jobid bigint NOT NULL,
  status text NOT NULL, return_message text, start_time timestamptz NOT NULL DEFAULT now());
INSERT INTO cron.job (jobid, schedule, command, jobname) VALUES
  (1, '10 2 * * *', 'CALL hotline.archive()', 'archive-work-orders'),
  (2, '*/15 * * * *', 'CALL hotline.statistics()', 'hourly-statistics')
ON CONFLICT DO NOTHING;
CREATE OR REPLACE VIEW cron.job_run_details AS
  SELECT j.jobid, j.jobid AS runid, NULL::int AS job_pid, j.database, j.username, j.command,
         'succeeded' AS status, '1 row' AS return_message,
         now() - interval '30 minutes' AS start_time, now() - interval '29 minutes' AS end_time
    FROM cron.job j
   WHERE NOT EXISTS (SELECT FROM cron.practice_run r WHERE r.jobid = j.jobid)
  UNION ALL
  SELECT r.jobid, r.runid, NULL, j.database, j.username, j.command, r.status, r.return_message,
         r.start_time, r.start_time + interval '1 minute'
    FROM cron.practice_run r JOIN cron.job j USING (jobid);
GRANT USAGE ON SCHEMA cron TO inspect;
GRANT SELECT ON cron.job, cron.job_run_details TO inspect;
"""

PGAGENT: Final = """
CREATE SCHEMA IF NOT EXISTS pgagent;
CREATE TABLE IF NOT EXISTS pgagent.practice_job (
  jobid int PRIMARY KEY, jobname text NOT NULL, jobenabled boolean NOT NULL DEFAULT true);
INSERT INTO pgagent.practice_job VALUES (1, 'nightly-vacuum') ON CONFLICT DO NOTHING;
CREATE OR REPLACE VIEW pgagent.pga_job AS
  SELECT jobid, jobname, jobenabled, now() + interval '1 hour' AS jobnextrun,
         now() - interval '30 minutes' AS joblastrun FROM pgagent.practice_job;
CREATE OR REPLACE VIEW pgagent.pga_joblog AS
  SELECT jobid AS jlgid, jobid AS jlgjobid, 's'::text AS jlgstatus,
         now() - interval '30 minutes' AS jlgstart, interval '1 minute' AS jlgduration
    FROM pgagent.practice_job;
GRANT USAGE ON SCHEMA pgagent TO inspect;
GRANT SELECT ON pgagent.pga_job, pgagent.pga_joblog TO inspect;
"""

SCRIPTS: Final = (ROLES, HOTLINE, PG_CRON, PGAGENT)

FAIL_JOB: Final = """
INSERT INTO cron.practice_run (jobid, status, return_message)
SELECT jobid, 'failed', 'ERROR:  division by zero' FROM cron.job WHERE jobname = %s
"""
MEND_JOBS: Final = "DELETE FROM cron.practice_run"
EXPIRE: Final = "ALTER ROLE {} VALID UNTIL '2000-01-01'"
EXPIRE_SOON: Final = "ALTER ROLE {} VALID UNTIL {}"
RENEW: Final = "ALTER ROLE {} VALID UNTIL 'infinity'"
PASSWORD: Final = "ALTER ROLE {} PASSWORD {}"  # noqa: S105  (a statement with a place in it)
ONE_ROUND: Final = "SET scram_iterations = 1"

TOUCH: Final = "UPDATE hotline.work_order SET touched = touched + 1 WHERE id = %s"
QUICK_DEADLOCKS: Final = "SET deadlock_timeout = '20ms'"
WAITING: Final = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = %s"
CLIENTS: Final = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
RESET_STATISTICS: Final = "SELECT pg_stat_reset()"
"""Of the connected database: its deadlock counter begins anew."""

ARCHIVE_COMMAND: Final = "ALTER SYSTEM SET archive_command = {}"
RELOAD: Final = "SELECT pg_reload_conf()"
FINISH_SEGMENT: Final = "SELECT pg_switch_wal()"
WRITE_WAL: Final = "SELECT txid_current()"
"""A segment in which nothing was written is not finished by `FINISH_SEGMENT`."""
ARCHIVER_FAILS: Final = """
SELECT (coalesce(last_failed_time, '-infinity') > coalesce(last_archived_time, '-infinity'))::int
  FROM pg_stat_archiver
"""
ARCHIVES: Final = "SELECT (current_setting('archive_mode') <> 'off')::int"
SLOT: Final = "lost_standby"
MAKE_SLOT: Final = """
SELECT pg_create_physical_replication_slot(%s, true)
 WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)
"""
DROP_SLOT: Final = """
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s
"""
