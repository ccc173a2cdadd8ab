"""Everything that is ever asked of a PostgreSQL server, 13 and newer: SELECTs on its catalogues.

The role needs CONNECT and membership of pg_monitor (for the jobs also the scheduler's tables).
Sources: PostgreSQL manual, "The Cumulative Statistics System", pg_locks, pg_roles; the columns of
pg_cron and pgAgent as their projects document them. Texts are shortened by the server.
"""

from __future__ import annotations

from typing import Final

from collectors.sources.postgres_care_queries import CARE_QUERIES

ROWS_LIMIT: Final = 500
"""Rows taken of one answer; the queries ask for one more, to know that there are more."""

CONNECTIONS: Final = """
SELECT count(*) FILTER (WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::int,
       current_setting('max_connections')::int
       - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true)::int, 0),
       pg_has_role('pg_read_all_stats', 'USAGE')
  FROM pg_stat_activity
"""
"""User sessions without this one; places for ordinary users (reserved_connections: 16 and newer);
may the role see everybody's sessions? Without that the count would be far too low."""

DEADLOCKS: Final = """
SELECT datname::text, deadlocks::bigint, stats_reset
  FROM pg_stat_database WHERE datname IS NOT NULL ORDER BY datname LIMIT 501
"""
"""Cumulative since stats_reset, per database."""

BLOCKED: Final = """
WITH waiting AS MATERIALIZED (
  SELECT pid, pg_blocking_pids(pid) AS blockers FROM pg_stat_activity
   WHERE wait_event_type = 'Lock')
SELECT a.pid, coalesce(a.usename, '')::text, coalesce(a.datname, '')::text,
       left(a.application_name, 60), coalesce(a.state, ''),
       coalesce(extract(epoch FROM clock_timestamp() - a.query_start), 0)::float,
       coalesce(w.blockers, '{}'), left(coalesce(a.query, ''), 200)
  FROM pg_stat_activity a LEFT JOIN waiting w USING (pid)
 WHERE cardinality(w.blockers) > 0 OR a.pid IN (SELECT unnest(blockers) FROM waiting)
 ORDER BY a.pid LIMIT 501
"""
"""Sessions that wait for a lock and those that they wait for. pg_blocking_pids takes the lock
manager's locks, so it is only asked about sessions that wait for a lock at all."""

SEES_ALL: Final = "SELECT pg_has_role('pg_read_all_stats', 'USAGE')"

LOCKED_ACCOUNTS: Final = """
SELECT rolname::text FROM pg_roles
 WHERE rolcanlogin AND rolname !~ '^pg_' AND (rolvaliduntil < now() OR rolconnlimit = 0)
 ORDER BY rolname LIMIT 501
"""
"""Login roles that cannot log in: their password has expired, or they may have no connection.
A role that was set NOLOGIN looks like any group role and cannot be told from one."""

SCHEDULERS: Final = """
SELECT n.nspname::text, c.relname::text, row_security_active(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE (n.nspname, c.relname) IN (('cron', 'job'), ('cron', 'job_run_details'),
                                  ('pgagent', 'pga_job'), ('pgagent', 'pga_joblog'))
 ORDER BY 1, 2
"""
"""Which job tables there are, and whether row security hides rows of them from this role: pg_cron
shows a role only its own jobs."""

CRON_JOBS: Final = """
SELECT coalesce(j.jobname, 'job ' || j.jobid)::text, j.active,
       j.active AND split_part(j.schedule, ' ', 3) = '*' AND split_part(j.schedule, ' ', 4) = '*'
       AND split_part(j.schedule, ' ', 5) = '*'
       AND coalesce(max(d.start_time), '-infinity') < now() - interval '25 hours'
  FROM cron.job j LEFT JOIN cron.job_run_details d USING (jobid)
 GROUP BY j.jobid, j.jobname, j.active, j.schedule ORDER BY 1 LIMIT 501
"""
"""Name, active, overdue: a job that is to run every day and did not begin for 25 hours."""

CRON_FAILURES: Final = """
SELECT coalesce(j.jobname, 'job ' || j.jobid)::text, left(coalesce(d.return_message, ''), 200),
       d.start_time
  FROM cron.job_run_details d JOIN cron.job j USING (jobid)
 WHERE d.status = 'failed' AND d.start_time > now() - interval '1 day'
   AND NOT EXISTS (SELECT FROM cron.job_run_details later WHERE later.jobid = d.jobid
                    AND later.status = 'succeeded' AND later.start_time > d.start_time)
 ORDER BY d.start_time DESC LIMIT 501
"""
"""Failed runs of the last day that no later run of the same job has made good."""

PGAGENT_JOBS: Final = """
SELECT left(jobname, 100), jobenabled,
       jobenabled AND coalesce(jobnextrun < now() - interval '1 hour', false)
  FROM pgagent.pga_job ORDER BY 1 LIMIT 501
"""
"""Name, enabled, overdue: its next run lies an hour in the past."""

PGAGENT_FAILURES: Final = """
SELECT left(j.jobname, 100),
       CASE l.jlgstatus WHEN 'd' THEN 'aborted' ELSE 'failed' END, l.jlgstart
  FROM pgagent.pga_joblog l JOIN pgagent.pga_job j ON j.jobid = l.jlgjobid
 WHERE l.jlgstatus IN ('f', 'd') AND l.jlgstart > now() - interval '1 day'
   AND NOT EXISTS (SELECT FROM pgagent.pga_joblog later WHERE later.jlgjobid = l.jlgjobid
                    AND later.jlgstatus = 's' AND later.jlgstart > l.jlgstart)
 ORDER BY l.jlgstart DESC LIMIT 501
"""
"""As for pg_cron. jlgstatus: r running, s succeeded, f failed, i no steps, d aborted."""

QUERIES: Final = (
    CONNECTIONS, DEADLOCKS, BLOCKED, SEES_ALL, LOCKED_ACCOUNTS, SCHEDULERS,
    CRON_JOBS, CRON_FAILURES, PGAGENT_JOBS, PGAGENT_FAILURES, *CARE_QUERIES,
)  # fmt: skip
"""The allow-list."""
