"""The simulation bites: every planted bug is found, and within few histories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulation.guard import ReachedOut
from tests.simulation.history import history
from tests.simulation.planted import PLANTED, Planted, planted
from tests.simulation.planted_seeds import first_broken, named, told_by
from tests.simulation.reference import Broken

SEEDS_TO_FIND_IN = 1_000
SEEN = tuple(f"{kind.__name__}: " for kind in (Broken, ReachedOut))
"""A promise is seen to be broken. Any other error may be the plant's own, where the code that it
replaces has another form by now."""
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


@pytest.mark.timeout(400)
@pytest.mark.parametrize("one", PLANTED, ids=[one.name for one in PLANTED])
def test_a_planted_bug_is_found(
    one: Planted, record_property: Callable[[str, object], None]
) -> None:
    # The history that found it last is tried first; when that no longer does, all are.
    before = told_by(PAGE.read_text("utf-8")).get(one.name, 1)
    told = first_broken(one, (before, *range(1, SEEDS_TO_FIND_IN + 1)))
    assert told, f"not found in {SEEDS_TO_FIND_IN} histories; it breaks {one.breaks}"
    assert told.broken.startswith(SEEN), f"it is planted wrongly: {told.broken}"
    record_property("seeds", told.seed)
    print(f"{one.name} ({one.breaks}): {told.seed} seeds; {told.broken[:100]}")


def test_the_page_on_reliability_names_every_planted_bug_once() -> None:
    assert sorted(named(PAGE.read_text("utf-8"))) == sorted(one.name for one in PLANTED)


def test_nothing_stays_of_a_planted_bug() -> None:
    for one in PLANTED:
        with planted(one):
            pass
    told = history(1)
    assert not told.broken, told.how_to_replay
