"""When a command was decided and when a desk was last seen, for those who run a centre."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add both; what was decided before has no time."""
    op.add_column("node_command", sa.Column("decided_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "node_device",
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device"),
    )
