"""What is asked of PostgreSQL, 13 and newer, about its archive, standbys, sizes and accounts.

The role needs CONNECT and membership of pg_monitor. Sources: PostgreSQL manual, pg_stat_archiver,
pg_stat_replication, pg_stat_wal_receiver, pg_replication_slots, pg_ls_archive_statusdir, pg_roles.
"""

from __future__ import annotations

from typing import Final

ARCHIVER: Final = """
SELECT current_setting('archive_mode'), pg_is_in_recovery(),
       coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false),
       coalesce(last_failed_wal, '')::text, failed_count::bigint,
       coalesce(extract(epoch FROM now() - last_failed_time), 0)::float8,
       pg_has_role('pg_monitor', 'USAGE')
  FROM pg_stat_archiver
"""
"""Is WAL archived (`off`, `on`, `always`), and did the newest attempt fail? On a standby only
`always` archives."""

ARCHIVE_WAITING: Final = """
SELECT count(*)::int, coalesce(extract(epoch FROM now() - min(modification)), 0)::float8
  FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'
"""
"""WAL segments that are finished and not yet archived, and for how long the oldest has waited. An
idle server finishes none, so that "nothing archived for long" alone would say nothing."""

RECEIVER: Final = """
SELECT pg_is_in_recovery(), pg_has_role('pg_read_all_stats', 'USAGE'),
       coalesce((SELECT status FROM pg_stat_wal_receiver LIMIT 1), '')::text,
       (SELECT extract(epoch FROM now() - last_msg_receipt_time)
          FROM pg_stat_wal_receiver LIMIT 1)::float8,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8,
       extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8
"""
"""A standby's own view: the state of its receiver, seconds since the last message, bytes that have
come and are not replayed, seconds since the last transaction that was. That grows on an idle
primary: where everything that came is replayed, the standby is not behind."""

FOLLOWERS: Final = """
SELECT coalesce(nullif(application_name, ''), client_addr::text, 'pid ' || pid)::text,
       coalesce(state, '')::text,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                            ELSE pg_current_wal_lsn() END, replay_lsn)::float8,
       extract(epoch FROM replay_lag)::float8, coalesce(replay_lsn::text, '')
  FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup' ORDER BY 1 LIMIT 501
"""
"""Standbys of this server, and other followers such as archivers of WAL. replay_lag is NULL while
nothing happens, and does not grow while a standby replays nothing: then its replay_lsn stands
still. `backup` is a base backup that is being taken."""

SLOTS: Final = """
SELECT slot_name::text, active, coalesce(wal_status, '')::text,
       coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                                     ELSE pg_current_wal_lsn() END, restart_lsn), 0)::float8
  FROM pg_replication_slots WHERE NOT temporary ORDER BY 1 LIMIT 501
"""
"""wal_status: reserved, extended, unreserved, lost (13 and newer)."""

DATABASE_SIZES: Final = """
SELECT datname::text, pg_database_size(oid)::bigint
  FROM pg_database WHERE datallowconn ORDER BY datname LIMIT 501
"""

TABLESPACE_SIZES: Final = """
SELECT spcname::text, pg_tablespace_size(oid)::bigint
  FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global') ORDER BY spcname LIMIT 501
"""
"""Those beside the data folder; the two others lie within it."""

ACCOUNT_EXPIRY: Final = """
SELECT rolname::text, extract(epoch FROM rolvaliduntil - now())::float8
  FROM pg_roles
 WHERE rolcanlogin AND rolname !~ '^pg_' AND isfinite(rolvaliduntil)
   AND rolvaliduntil >= now() AND rolvaliduntil < now() + interval '90 days'
 ORDER BY rolvaliduntil, rolname LIMIT 501
"""
"""Login roles whose password expires within 90 days."""

CARE_QUERIES: Final = (
    ARCHIVER, ARCHIVE_WAITING, RECEIVER, FOLLOWERS, SLOTS, DATABASE_SIZES, TABLESPACE_SIZES,
    ACCOUNT_EXPIRY,
)  # fmt: skip
"""The part of the allow-list that stands here."""
