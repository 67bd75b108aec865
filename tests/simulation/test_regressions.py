"""Histories that are kept play to their end, and nothing breaks."""

from __future__ import annotations

import pytest

from tests.simulation.planted import PLANTED
from tests.simulation.regressions import KEPT, Kept


@pytest.mark.parametrize("kept", KEPT, ids=[kept.reaches[:40] for kept in KEPT])
def test_a_history_that_once_broke_keeps_every_promise(kept: Kept) -> None:
    told = kept.play()
    assert not told.broken, f"{told.broken}\nreplay with: {told.how_to_replay}"


def test_a_history_is_kept_for_a_bug_that_is_known() -> None:
    assert {kept.bug for kept in KEPT} - {""} <= {one.name for one in PLANTED}
