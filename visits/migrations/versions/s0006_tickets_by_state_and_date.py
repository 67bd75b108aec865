"""Tickets of a state are found by date as well: today's queue reads none of years ago."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the index anew, with the date in it."""
    op.drop_index("ticket_by_state", table_name="ticket")
    op.create_index("ticket_by_state", "ticket", ["office_id", "state", "number_on"])
