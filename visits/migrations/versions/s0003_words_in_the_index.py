"""The entry of a card in the search index has its folded words: a search reads it, not the card."""

from alembic import op

from visits.customers import search_index

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the index anew, where there is one."""
    if op.get_bind().dialect.name == "sqlite":
        search_index.rebuild(op.get_bind())
