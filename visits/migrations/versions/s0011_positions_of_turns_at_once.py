"""Where turns that are decided at once begin in the log of a centre over PostgreSQL."""

from alembic import op

revision = "0011"
down_revision = "0010"

POSITIONS_A_TURN = 10


def upgrade() -> None:
    """Go on behind what was decided before."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"CREATE SEQUENCE node_command_position INCREMENT BY {POSITIONS_A_TURN}")
    last = "SELECT coalesce(max(position), 0) + 1 FROM node_command"
    op.execute(f"SELECT setval('node_command_position', ({last}))")
