"""Whether an incident's clocks ran to its end is asked every minute, of every incident there ever
was: by its own index, because a storm gives hundreds of clocks the same end.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """One index."""
    op.create_index(op.f("ix_clock_incident_stopped_at"), "clock", ["incident", "stopped_at"])
