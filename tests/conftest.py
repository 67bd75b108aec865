"""What holds for every test of a run."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """All that is loaded by now stays: no collection of garbage need look through it again.

    The tests of the app collect after each; with the whole run loaded that took longer than most.
    """
    gc.collect()
    gc.freeze()
