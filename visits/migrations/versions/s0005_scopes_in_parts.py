"""Scopes that come in parts, and the rows of one scope in the order of their ids."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = (
    "appointment",
    "bank_holiday",
    "closure",
    "customer",
    "customer_details",
    "desk",
    "home_visit",
    "leave",
    "node_held",
    "notice",
    "office",
    "opening_hours",
    "relay",
    "room",
    "room_use",
    "service",
    "staff_break",
    "staff_member",
    "staff_time",
    "stretch",
    "team",
    "ticket",
    "visit_step",
    "working_hours",
)


def upgrade() -> None:
    """Add the tables, empty, and put one index in another's place."""
    op.create_table(
        "node_loading",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("epoch", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("read_upto", sa.BigInteger(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("next_table", sa.String(), nullable=True),
        sa.Column("next_id", sa.String(), nullable=True),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_expected", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "node_loading_part",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tables", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "position"),
    )
    for table in TABLES:
        op.drop_index(f"ix_{table}_scope", table)
        op.create_index(f"{table}_by_scope", table, ["scope", "id"])
