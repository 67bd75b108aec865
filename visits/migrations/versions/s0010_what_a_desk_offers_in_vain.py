"""Since when a desk offers a command that is not decided, for those who run a centre."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add it; nothing is known to wait."""
    op.add_column("node_device", sa.Column("waits_since", sa.BigInteger(), nullable=True))
