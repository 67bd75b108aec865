"""The simulation bites: every planted bug is found, and within few histories."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.history import history
from tests.simulation.planted import PLANTED, Planted, planted

SEEDS_TO_FIND_IN = 150


@pytest.mark.timeout(300)
@pytest.mark.parametrize("one", PLANTED, ids=[one.name for one in PLANTED])
def test_a_planted_bug_is_found(
    one: Planted, record_property: Callable[[str, object], None]
) -> None:
    with planted(one):
        for seed in range(1, SEEDS_TO_FIND_IN + 1):
            told = history(seed)
            if told.broken:
                record_property("seeds", seed)
                print(f"{one.name} ({one.breaks}): {seed} seeds; {told.broken[:100]}")
                return
    pytest.fail(f"{one.name}: not found in {SEEDS_TO_FIND_IN} histories; it breaks {one.breaks}")


def test_nothing_stays_of_a_planted_bug() -> None:
    for one in PLANTED:
        with planted(one):
            pass
    told = history(1)
    assert not told.broken, told.how_to_replay
