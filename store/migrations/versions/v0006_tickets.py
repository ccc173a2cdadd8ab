"""The ticket mirror.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Which ticket is whose, what is to be done there, and how the service is."""
    op.create_table(
        "ticket",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("going", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("seen", sa.String(length=60), nullable=False),
        sa.Column("looked_at", sa.String(length=27), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.id"], name=op.f("fk_ticket_incident_incident")
        ),
        sa.PrimaryKeyConstraint("incident", name=op.f("pk_ticket")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_key")),
    )
    op.create_table(
        "ticket_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(length=12), nullable=False),
        sa.Column("transition", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("tried_at", sa.String(length=27), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.id"], name=op.f("fk_ticket_task_incident_incident")
        ),
        sa.ForeignKeyConstraint(
            ["transition"], ["transition.id"], name=op.f("fk_ticket_task_transition_transition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_task")),
        sa.UniqueConstraint("transition", name=op.f("uq_ticket_task_transition")),
    )
    op.create_index(op.f("ix_ticket_task_incident_state"), "ticket_task", ["incident", "state"])
    op.create_index(op.f("ix_ticket_task_state_id"), "ticket_task", ["state", "id"])
    op.create_table(
        "ticket_service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.Column("failing_since", sa.String(length=27), nullable=True),
        sa.Column("tried_at", sa.String(length=27), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_service")),
    )
