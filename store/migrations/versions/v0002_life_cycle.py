"""The life cycle of incidents: owners, holds, silences, clocks, and whom to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = 27


def upgrade() -> None:
    """Columns that stay empty for what was there before, and new tables."""
    for name, kind in (
        ("owner", sa.String(length=80)),
        ("acknowledged_at", sa.String(length=INSTANT)),
        ("hold_until", sa.String(length=INSTANT)),
        ("closed_at", sa.String(length=INSTANT)),
        ("analysis", sa.BigInteger()),
        ("calm_since", sa.String(length=INSTANT)),
    ):
        op.add_column("incident", sa.Column(name, kind, nullable=True))
    _create_silence()
    _create_clock()
    _create_page()
    _create_override()
    _create_attempt()


def _create_silence() -> None:
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=True),
        sa.Column("device", sa.String(length=80), nullable=True),
        sa.Column("item", sa.String(length=40), nullable=True),
        sa.Column("begins", sa.String(length=INSTANT), nullable=False),
        sa.Column("ends", sa.String(length=INSTANT), nullable=False),
        sa.Column("ended_at", sa.String(length=INSTANT), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("end_entry", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index(op.f("ix_silence_ends"), "silence", ["ends"], unique=False)


def _create_clock() -> None:
    op.create_table(
        "clock",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.String(length=INSTANT), nullable=False),
        sa.Column("due_at", sa.String(length=INSTANT), nullable=False),
        sa.Column("warned_entry", sa.BigInteger(), nullable=True),
        sa.Column("breached_entry", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.String(length=INSTANT), nullable=True),
        sa.Column("stop_entry", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_clock_incident")),
        sa.PrimaryKeyConstraint("incident", "name", "started_at", name=op.f("pk_clock")),
    )
    op.create_index(op.f("ix_clock_stopped_at"), "clock", ["stopped_at"], unique=False)


def _create_page() -> None:
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=INSTANT), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tried_at", sa.String(length=INSTANT), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_page_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("key", name=op.f("uq_page_key")),
    )
    op.create_index(op.f("ix_page_incident"), "page", ["incident"], unique=False)
    op.create_index(op.f("ix_page_state_created_at"), "page", ["state", "created_at"], unique=False)


def _create_override() -> None:
    op.create_table(
        "override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("begins", sa.String(length=INSTANT), nullable=False),
        sa.Column("ends", sa.String(length=INSTANT), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override")),
    )
    op.create_index(op.f("ix_override_ends"), "override", ["ends"], unique=False)


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=INSTANT), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["page"], ["page.id"], name=op.f("fk_attempt_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_page"), "attempt", ["page"], unique=False)
