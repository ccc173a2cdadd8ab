"""The tables. One metadata for SQLite and PostgreSQL; `store/migrations/` builds the same.

Times are `Instant`: RFC 3339 text in UTC with microseconds, which sorts as it reads and is the
same on both databases. Documents are canonical JSON text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

from store.stored import INSTANT_LENGTH, parse_instant

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as `2026-11-21T03:00:00.000000Z`. A naive one is refused; a stored
    text that is none raises `RecordDamaged`."""

    impl = String(INSTANT_LENGTH)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401
        return None if value is None else parse_instant(value)


def instant_text(value: datetime) -> str:
    """The stored form of a time. Raises `ValueError` for a naive one."""
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be stored: {value!r}")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


Number = BigInteger().with_variant(Integer(), "sqlite")
"""An entry's number as a key: on SQLite the rowid itself, so that reading in order is reading the
table from front to back."""

# --- the logbook: append-only ---------------------------------------------------------------

entry = Table(
    "entry",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("signature", String(128), nullable=False),
)

# --- maintenance: projections of the logbook that can be asked quickly ----------------------

slot = Table(
    "slot",
    metadata,
    Column("id", String(120), primary_key=True),  # M01/usm-1/2026-11-20
    Column("item", String(40), nullable=False),
    Column("device", String(80), nullable=False),
    Column("site", String(40), nullable=False),
    Column("period", String(1), nullable=False),
    Column("opens", Instant, nullable=False),
    Column("closes", Instant, nullable=False),
    Column("busy_hour", Boolean, nullable=False),
    Column("plan_entry", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),  # due, done, missed
    Column("result", String(16)),  # checks.verdict.State
    Column("result_entry", BigInteger),
    Column("done_at", Instant),
    Column("attempted_at", Instant),  # when an attempt that saw nothing was last recorded
    Column("attempt", Text),  # why it saw nothing: canonical JSON {"en", "zh"}
    Index(None, "state", "closes"),
)

round_run = Table(
    "round_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slot_time", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", String(20)),  # finished, interrupted, not_observed
    Column("start_entry", BigInteger, nullable=False),
    Column("end_entry", BigInteger),
)

memory = Table(
    "memory",
    metadata,
    Column("device", String(80), primary_key=True),
    Column("topic", String(120), primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

look = Table(
    "look",  # the watch's timetable: when each device was last looked at, for each purpose
    metadata,
    Column("device", String(80), primary_key=True),
    Column("purpose", String(20), primary_key=True),  # contact, state, findings
    Column("last_at", Instant, nullable=False),
    Column("outcome", String(16), nullable=False),
)

coverage = Table(
    "coverage",  # who looked at what, when: spans of unbroken observation
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String(80), nullable=False),
    Column("observer", String(80), nullable=False),
    Column("begins", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("contact", String(16), nullable=False),  # reached, or a Trouble
    Index(None, "device", "ends"),
)

password_change = Table(
    "password_change",  # one per change of one login's password; holds no password
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", String(80), nullable=False),
    Column("login", String(20), nullable=False),
    Column("secret", String(80), nullable=False),  # the name of the secret
    Column("how", String(20), nullable=False),
    Column("stage", String(16), nullable=False),  # maintenance.password_stages.Stage
    Column("began_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("first_entry", BigInteger, nullable=False),
    Column("last_entry", BigInteger, nullable=False),
    Index(None, "device", "login"),
)

# --- incidents ------------------------------------------------------------------------------

incident = Table(
    "incident",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("cause", String(200), nullable=False),  # the key of the root cause
    Column("state", String(16), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("device", String(80)),
    Column("site", String(40)),
    Column("item", String(40)),
    Column("check", String(40)),
    Column("sentence", Text, nullable=False),  # canonical JSON {"en", "zh"}
    Column("findings", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("merged_into", Integer),  # the incident that turned out to be the root cause
    Column("suppresses", Text, nullable=False),  # canonical JSON list of devices or checks
    Column("owner", String(80)),  # who acknowledged it
    Column("acknowledged_at", Instant),
    Column("hold_until", Instant),
    Column("closed_at", Instant),
    Column("analysis", BigInteger),  # the entry that holds its fault analysis
    Column("calm_since", Instant),  # working data: since when a flapping one is seen to be well
    Index(None, "cause", "state"),
)

transition = Table(
    "transition",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("from_state", String(16)),
    Column("to_state", String(16), nullable=False),
    Column("why", Text, nullable=False),  # canonical JSON {"en", "zh"}
    Column("actor", String(80), nullable=False),
    Column("entry", BigInteger, nullable=False),
)

suspect = Table(
    "suspect",  # working data: what was seen abnormal, but not yet often enough to be an incident
    metadata,
    Column("cause", String(200), primary_key=True),
    Column("device", String(80), nullable=False),
    Column("item", String(40), nullable=False),
    Column("seen", Integer, nullable=False),  # how often without a break
    Column("since", Instant, nullable=False),
)

silence = Table(
    "silence",  # planned work: what is found meanwhile is recorded and pages nobody
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String(40)),  # what is silent: all of these that are set must fit
    Column("device", String(80)),
    Column("item", String(40)),
    Column("begins", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("ended_at", Instant),  # ended by a person before its time
    Column("why", Text, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("end_entry", BigInteger),
    Index(None, "ends"),
)

clock = Table(
    "clock",  # a time limit of the contract that ran on an incident, once per opening of it
    metadata,
    Column("incident", Integer, ForeignKey("incident.id"), primary_key=True),
    Column("name", String(20), primary_key=True),
    Column("started_at", Instant, primary_key=True),
    Column("due_at", Instant, nullable=False),  # moves when planned work holds the clock
    Column("warned_entry", BigInteger),
    Column("breached_entry", BigInteger),
    Column("stopped_at", Instant),
    Column("stop_entry", BigInteger),
    Index(None, "incident", "stopped_at"),
    Index(None, "stopped_at"),
)

page = Table(
    "page",  # somebody is to be told something: an outbox, each row decided once
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(160), nullable=False, unique=True),  # lets a receiver drop repeats
    Column("incident", Integer, ForeignKey("incident.id"), index=True),  # none for a test
    Column("person", String(80), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("step", Integer, nullable=False),  # of the escalation; 0 first
    Column("severity", String(10), nullable=False),
    Column("text", Text, nullable=False),  # canonical JSON {"en", "zh"}
    Column("created_at", Instant, nullable=False),
    Column("state", String(12), nullable=False),  # waiting, sent, failed, withdrawn
    Column("tried_at", Instant),
    Column("tries", Integer, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("parcel", String(160)),  # working data: the key of the message that it is packed in
    Index(None, "state", "created_at"),
)

override = Table(
    "override",  # somebody holds a post instead of whoever the rota names
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", String(20), nullable=False),
    Column("person", String(80), nullable=False),
    Column("begins", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("why", Text, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("entry", BigInteger, nullable=False),
    Index(None, "ends"),
)

attempt = Table(
    "attempt",  # what was tried to tell somebody
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page", Integer, ForeignKey("page.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("channel", String(40), nullable=False),
    Column("outcome", String(12), nullable=False),  # sent, failed
    Column("entry", BigInteger, nullable=False),
)

# --- what arrives unasked: working data ------------------------------------------------------

received = Table(
    "received",  # messages as they came, until their time is over
    metadata,
    Column("id", Number, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("receiver", String(12), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("source", String(45), nullable=False),
    Column("device", String(80), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("key", String(120), nullable=False),
    Column("over", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Index(None, "at"),
)

intake_count = Table(
    "intake_count",  # what became of everything that arrived, by the hour
    metadata,
    Column("hour", Instant, primary_key=True),
    Column("receiver", String(12), primary_key=True),
    Column("outcome", String(20), primary_key=True),
    Column("count", BigInteger, nullable=False),
)

intake_run = Table(
    "intake_run",  # spans in which a receiver listened
    metadata,
    Column("id", Integer, primary_key=True),
    Column("receiver", String(12), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index(None, "receiver", "seen_at"),
)

heartbeat = Table(
    "heartbeat",  # who last gave a sign of life; working data. `self:` names are our own
    metadata,
    Column("name", String(60), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row, of a sign that we give to others
)

counted = Table(
    "counted",  # what counts towards a breach of the contract, each thing once
    metadata,
    Column("id", Integer, primary_key=True),
    Column("counter", String(20), nullable=False),
    Column("period", String(10), nullable=False),  # 2026-11, 2026-W47
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False),
    Column("opened_at", Instant, nullable=False),  # which opening of the incident
    Column("how", String(10), nullable=False),  # unplanned, planned
    Column("at", Instant, nullable=False),  # from when on it counts
    Column("entry", BigInteger, nullable=False),
    Index(None, "counter", "incident", "opened_at", unique=True),
    Index(None, "counter", "period"),
)

# --- the ticket mirror ----------------------------------------------------------------------

ticket = Table(
    "ticket",  # which ticket is whose; all behind `entry` is working data: how it was last seen
    metadata,
    Column("incident", Integer, ForeignKey("incident.id"), primary_key=True),
    Column("key", String(60), nullable=False, unique=True),  # ours; it stands in the ticket
    Column("ref", String(60), nullable=False),  # the service's
    Column("entry", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("going", Text, nullable=False),  # canonical JSON list: the states we are putting it to
    Column("owner", String(80)),  # by the service's name
    Column("seen", String(60), nullable=False),  # the newest comment that was taken over
    Column("looked_at", Instant),
    Column("trouble", Text),  # canonical JSON {"en", "zh"}
)

ticket_task = Table(
    "ticket_task",  # what is to be done in the ticket service: an outbox, one row per operation
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident", Integer, ForeignKey("incident.id"), nullable=False),
    Column("operation", String(12), nullable=False),  # create, step, answer
    Column("transition", Integer, ForeignKey("transition.id"), unique=True),  # none for answer
    Column("text", Text, nullable=False),  # canonical JSON {"en", "zh"}
    Column("state", String(12), nullable=False),  # waiting, done, came (from the ticket itself)
    Column("created_at", Instant, nullable=False),
    Column("tried_at", Instant),
    Column("tries", Integer, nullable=False),  # counted before it is tried
    Column("trouble", Text),  # canonical JSON {"en", "zh"}
    Index(None, "state", "id"),
    Index(None, "incident", "state"),
)

ticket_service = Table(
    "ticket_service",  # one row: how far transitions were taken over, and how the service is
    metadata,
    Column("id", Integer, primary_key=True),
    Column("cursor", Integer, nullable=False),  # the last transition that was looked at
    Column("answered_at", Instant),
    Column("failing_since", Instant),
    Column("tried_at", Instant),
    Column("tries", Integer, nullable=False),
    Column("trouble", Text),  # canonical JSON {"en", "zh"}
)

# --- runbooks, handover, obligations ----------------------------------------------------------

runbook_run = Table(
    "runbook_run",  # a runbook that somebody walks, at its present step
    metadata,
    Column("id", Integer, primary_key=True),
    Column("runbook", String(80), nullable=False),
    Column("digest", String(64), nullable=False),  # the evidence that holds its text
    Column("incident", Integer, ForeignKey("incident.id"), index=True),
    Column("device", String(80)),
    Column("site", String(40)),
    Column("state", String(10), nullable=False),  # running, finished, given_up
    Column("step", String(12)),  # none when it is over
    Column("since", Instant, nullable=False),  # when that step became the present one
    Column("due_at", Instant),  # of a wait
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("actor", String(80), nullable=False),  # who began it
    Column("start_entry", BigInteger, nullable=False),
    Column("last_entry", BigInteger, nullable=False),
    Index(None, "state"),
)

runbook_step = Table(
    "runbook_step",  # what was done in it, by whom
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, ForeignKey("runbook_run.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("step", String(12), nullable=False),
    Column("outcome", String(12), nullable=False),  # runbooks.running.Outcome
    Column("choice", String(200)),
    Column("note", Text, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("entry", BigInteger, nullable=False),
)

matter = Table(
    "matter",  # something urgent that every shift is told of until it is cleared
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("cleared_at", Instant),
    Column("clear_entry", BigInteger),
    Index(None, "cleared_at"),
)

handover = Table(
    "handover",  # the record of a shift, to be signed by both sides
    metadata,
    Column("id", Integer, primary_key=True),
    Column("shift", String(40), nullable=False, index=True),  # 2026-11-20T08:00
    Column("begins", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("digest", String(64), nullable=False),  # the evidence that holds its facts
    Column("actor", String(80), nullable=False),
    Column("entry", BigInteger, nullable=False),
)

handover_signature = Table(
    "handover_signature",
    metadata,
    Column("handover", Integer, ForeignKey("handover.id"), primary_key=True),
    Column("side", String(10), primary_key=True),  # outgoing, incoming
    Column("person", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("entry", BigInteger, nullable=False),
)

obligation = Table(
    "obligation",  # a drill, a training or a report that was done, with its evidence
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("term", String(10), nullable=False),  # 2026 or 2026-Q4
    Column("done_on", String(10), nullable=False),  # the day in Shanghai
    Column("at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("digest", String(64), nullable=False),  # the file in the evidence archive
    Column("actor", String(80), nullable=False),
    Column("entry", BigInteger, nullable=False),
    Index(None, "name", "term"),
)
