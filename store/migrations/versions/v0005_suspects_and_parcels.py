"""What was seen abnormal and is not yet an incident; which message a page is packed in.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """One table and one column, both of working data."""
    op.create_table(
        "suspect",
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("cause", name=op.f("pk_suspect")),
    )
    op.add_column("page", sa.Column("parcel", sa.String(length=160), nullable=True))
