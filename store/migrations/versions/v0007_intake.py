"""What arrives unasked: messages, their counts, and when somebody listened.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = 27


def upgrade() -> None:
    """Three tables."""
    op.create_table(
        "received",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.String(length=INSTANT), nullable=False),
        sa.Column("receiver", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=45), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received")),
    )
    op.create_index(op.f("ix_received_at"), "received", ["at"])
    op.create_table(
        "intake_count",
        sa.Column("hour", sa.String(length=INSTANT), nullable=False),
        sa.Column("receiver", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "receiver", "outcome", name=op.f("pk_intake_count")),
    )
    op.create_table(
        "intake_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receiver", sa.String(length=12), nullable=False),
        sa.Column("began_at", sa.String(length=INSTANT), nullable=False),
        sa.Column("seen_at", sa.String(length=INSTANT), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_run")),
    )
    op.create_index(op.f("ix_intake_run_receiver_seen_at"), "intake_run", ["receiver", "seen_at"])
