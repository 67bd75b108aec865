"""What a copy shows under Needs attention."""

from __future__ import annotations

from sync.node import Node
from sync.standing import attention


def refusals_shown(node: Node) -> set[str]:
    """The commands that stand refused there."""
    with node.database.read() as session:
        return {each.envelope.id for each in attention(node, session)}
