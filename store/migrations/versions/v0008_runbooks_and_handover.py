"""Runbooks that are walked, the handover of shifts, and what the contract wants each year.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = 27


def upgrade() -> None:
    """New tables only."""
    _create_runbook_run()
    _create_runbook_step()
    _create_matter()
    _create_handover()
    _create_handover_signature()
    _create_obligation()


def _create_runbook_run() -> None:
    op.create_table(
        "runbook_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runbook", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("incident", sa.Integer(), nullable=True),
        sa.Column("device", sa.String(length=80), nullable=True),
        sa.Column("site", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=True),
        sa.Column("since", sa.String(length=INSTANT), nullable=False),
        sa.Column("due_at", sa.String(length=INSTANT), nullable=True),
        sa.Column("began_at", sa.String(length=INSTANT), nullable=False),
        sa.Column("ended_at", sa.String(length=INSTANT), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("start_entry", sa.BigInteger(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident"], ["incident.id"], name=op.f("fk_runbook_run_incident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runbook_run")),
    )
    op.create_index(op.f("ix_runbook_run_incident"), "runbook_run", ["incident"])
    op.create_index(op.f("ix_runbook_run_state"), "runbook_run", ["state"])


def _create_runbook_step() -> None:
    op.create_table(
        "runbook_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=INSTANT), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("choice", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runbook_run.id"], name=op.f("fk_runbook_step_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runbook_step")),
    )
    op.create_index(op.f("ix_runbook_step_run"), "runbook_step", ["run"])


def _create_matter() -> None:
    op.create_table(
        "matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.String(length=INSTANT), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.String(length=INSTANT), nullable=True),
        sa.Column("clear_entry", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matter")),
    )
    op.create_index(op.f("ix_matter_cleared_at"), "matter", ["cleared_at"])


def _create_handover() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shift", sa.String(length=40), nullable=False),
        sa.Column("begins", sa.String(length=INSTANT), nullable=False),
        sa.Column("ends", sa.String(length=INSTANT), nullable=False),
        sa.Column("drafted_at", sa.String(length=INSTANT), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_shift"), "handover", ["shift"])


def _create_handover_signature() -> None:
    op.create_table(
        "handover_signature",
        sa.Column("handover", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=INSTANT), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover"], ["handover.id"], name=op.f("fk_handover_signature_handover")
        ),
        sa.PrimaryKeyConstraint("handover", "side", name=op.f("pk_handover_signature")),
    )


def _create_obligation() -> None:
    op.create_table(
        "obligation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("term", sa.String(length=10), nullable=False),
        sa.Column("done_on", sa.String(length=10), nullable=False),
        sa.Column("at", sa.String(length=INSTANT), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation")),
    )
    op.create_index(op.f("ix_obligation_name_term"), "obligation", ["name", "term"])
