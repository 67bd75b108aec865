"""The schema of every node, step by step, with Alembic. Desks and centres take the same steps."""
