"""The entry of a card in the search index goes by the card's row number, and has no table more."""

from alembic import op

from visits.customers import search_index

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index anew, where there is one."""
    if op.get_bind().dialect.name == "sqlite":
        search_index.rebuild(op.get_bind())
