"""Alembic's way in: it is given an open connection by `visits.migrations.steps`."""

from alembic import context

from sync.tables import node_metadata
from visits.registry import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[node_metadata, tables()],
    transactional_ddl=True,
)
context.run_migrations()
