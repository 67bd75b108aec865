"""Histories that are kept play to their end, and nothing breaks but with their bug planted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation import regressions
from tests.simulation.history import history
from tests.simulation.planted import PLANTED, planted
from tests.simulation.regressions import Kept, all_kept, breaks_with_its_bug, keep

KEPT = all_kept()
OF_A_BUG = [kept for kept in KEPT if kept.bug]


@pytest.mark.parametrize("kept", KEPT, ids=[kept.file.stem for kept in KEPT])
def test_a_history_that_once_broke_keeps_every_promise(kept: Kept) -> None:
    told = kept.play()
    assert not told.broken, f"{told.broken}\nreplay with: {told.how_to_replay}"


@pytest.mark.parametrize("kept", OF_A_BUG, ids=[kept.file.stem for kept in OF_A_BUG])
def test_a_history_that_is_kept_for_a_bug_breaks_with_it(kept: Kept) -> None:
    sought_anew = "seek it anew with: python -m tests.simulation.regressions"
    assert breaks_with_its_bug(kept), sought_anew


def test_a_history_that_breaks_is_made_short_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regressions, "FOLDER", tmp_path / "kept")
    (one,) = [one for one in PLANTED if one.name == "a retry runs twice"]
    with planted(one):
        told = next(told for seed in range(1, 100) if (told := history(seed, steps=12)).broken)
        kept = keep(told)
        assert all_kept() == [kept]
        assert kept.play().broken
    assert kept.steps - len(kept.without) < told.steps
    assert not kept.play().broken
