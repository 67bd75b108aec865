"""The tables of the node itself, beside the records it replicates.

They live in a MetaData of their own: they are never journalled and never travel as rows.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
)

node_metadata = MetaData()

about = Table(
    "node_about",
    node_metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about this copy: its epoch, its device id, when it last heard from upstream."""

command_log = Table(
    "node_command",
    node_metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    Column("device", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("outcome", Text),
    Column("undo", Text),
    Column("decided_at", BigInteger),
    Index("node_command_by_device", "device", "seq", unique=True),
    Index("node_command_by_state", "state", "position"),
)
"""Every command this node decided, or issued and waits for, in its local order.

`undo` holds the before-images of what a waiting command changed here, as JSON. `decided_at` is for
the operators of an authority: milliseconds by its clock; nothing is decided by it.
"""

POSITIONS_A_TURN = 10
POSITIONS = Sequence(
    "node_command_position", metadata=node_metadata, increment=POSITIONS_A_TURN, start=1
)
"""Where turns that are decided at once begin in the log, on PostgreSQL."""

held_undo = Table(
    "node_held_undo",
    node_metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("images", Text, nullable=False),
)
"""Before-images of what the held commands changed here, in the order they ran (see `held`)."""

scope_counter = Table(
    "node_scope",
    node_metadata,
    Column("scope", String, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("sum", BigInteger),
)
"""At an authority the last change number given in a scope; at a desk its cursor.

`sum`: of its rows as they are upstream at that number (see `sums`), where it was told.
"""

change = Table(
    "node_change",
    node_metadata,
    Column("scope", String, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("command_id", String, nullable=False),
    Column("rows", Text, nullable=False),
)
"""What one command changed in one scope: after-images, as JSON, under one gapless number."""

loading = Table(
    "node_loading",
    node_metadata,
    Column("scope", String, primary_key=True),
    Column("epoch", String, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("read_upto", BigInteger, nullable=False),
    Column("given_by", String, nullable=False),
    Column("next_table", String),
    Column("next_id", String),
    Column("is_shown", Boolean, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("rows_expected", BigInteger, nullable=False),
)
"""Scopes whose snapshot is coming in parts (see `loading`); without `next_table` all have come."""

loading_part = Table(
    "node_loading_part",
    node_metadata,
    Column("scope", String, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("tables", LargeBinary, nullable=False),
)
"""What has come and does not show yet: parts as they travelled, or what of them something stands in
the way of; deflated."""

device = Table(
    "node_device",
    node_metadata,
    Column("device", String, primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("waits_since", BigInteger),
)
"""At an authority, when a desk last asked and the cursor it then had; written down now and then.

`waits_since`: since when it offers a command that cannot be decided; with its last sight.
"""
