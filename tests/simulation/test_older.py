"""The desk of two versions ago is that of the last two steps that brought tables or columns."""

from __future__ import annotations

import re
from pathlib import Path

from tests.simulation.older import TABLES_SINCE
from visits.migrations import versions
from visits.registry import tables

BRINGS = re.compile(r'op\.(?:create_table|add_column)\(\s*"(\w+)"')
VERSIONS_BEHIND = 2


def test_v1_the_older_desk_lacks_what_the_last_two_versions_brought() -> None:
    domain = {table.name for table in tables().sorted_tables if not table.name.startswith("node_")}
    folder = Path(versions.__file__).parent
    brought = [
        set(BRINGS.findall(step.read_text("utf-8"))) & domain
        for step in sorted(folder.glob("s[0-9]*.py"))
    ]
    last = [names for names in brought if names][-VERSIONS_BEHIND:]
    assert set().union(*last) == TABLES_SINCE, "look at tests/simulation/older.py"
