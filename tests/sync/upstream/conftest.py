"""A centre in memory for tests of the way to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.authority import Authority
from sync.storage.sqlite import open_memory
from tests.sync import shelf


@pytest.fixture
def lite_centre() -> Iterator[Authority]:
    """A centre of the shelves on SQLite."""
    database = open_memory()
    yield shelf.a_centre(database)
    database.close()
