"""What holds for every test of a run."""

from __future__ import annotations

import gc
import os
import uuid

import pytest

from tests import databases


def pytest_configure() -> None:
    """Name the run, before its workers are started."""
    os.environ.setdefault(databases.RUN, uuid.uuid4().hex[:12])


def pytest_unconfigure(config: pytest.Config) -> None:
    """A run leaves no server behind, however its workers ended."""
    if not hasattr(config, "workerinput"):
        databases.stop_shared_server()


def pytest_collection_finish() -> None:
    """All that is loaded by now stays: no collection of garbage need look through it again.

    The tests of the app collect after each; with the whole run loaded that took longer than most.
    """
    gc.collect()
    gc.freeze()
