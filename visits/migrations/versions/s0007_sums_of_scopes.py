"""What the rows of a scope come to, so that a copy that differs is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the sum; a centre counts those of its scopes when it next begins."""
    op.add_column("node_scope", sa.Column("sum", sa.BigInteger(), nullable=True))
