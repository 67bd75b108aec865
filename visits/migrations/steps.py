"""Brings a database to the schema of this version, in one transaction, or leaves it as it was.

Alembic is loaded only when there is a step to take: a desk that is up to date starts quickly.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from sync.errors import OtherVersion
from sync.storage.database import Database

HEAD = "0012"


def migrate(database: Database, *, step: str = HEAD) -> bool:
    """Take the steps that are missing, up to one. Says whether there were any.

    Raises OtherVersion when the database was made by a newer version.
    """
    with database.read() as session:
        version = schema_version(session)
    if version == step:
        return False
    if version is not None and version > step:
        raise OtherVersion(f"the database has schema {version}, this version knows {step}")
    with database.write() as session:
        _upgrade(session.connection(), step)
    return True


def schema_version(session: Session) -> str | None:
    """The step a database stands at; None for an empty one."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    version: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _upgrade(connection: Connection, step: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, step)
