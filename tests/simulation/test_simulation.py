"""Many histories, each a seed: whatever happens, in the end all is well."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.simulation.history import History, history

SEEDS = 200
SEEDS_A_TEST = 5
TRIVIALLY_REFUSED_MAX = 0.4
HISTORIES: dict[int, History] = {}


def told(seed: int) -> str:
    """How to see again what broke."""
    one = HISTORIES[seed]
    return f"seed {seed} broke: {one.broken}\nreplay with: {one.how_to_replay}"


@pytest.mark.parametrize("first", range(1, SEEDS + 1, SEEDS_A_TEST))
def test_u5_after_any_bad_luck_all_are_equal_and_nothing_is_lost_or_done_twice(first: int) -> None:
    tally = Counter[str]()
    for seed in range(first, first + SEEDS_A_TEST):
        desks = 3 if seed % 5 == 0 else 2
        HISTORIES[seed] = history(seed, desks=desks)
        assert not HISTORIES[seed].broken, told(seed)
        tally += HISTORIES[seed].tally.counts
    assert tally["acts refused here"] / tally["acts"] < TRIVIALLY_REFUSED_MAX
    assert tally["tries refused here"] / tally["tries"] < 0.6
    assert tally["decided accepted"] > tally["decided refused"]


def test_one_seed_is_one_history_to_the_byte() -> None:
    first, second = history(7), history(7)
    assert not first.broken
    assert first.trace == second.trace


def test_a_history_is_the_same_in_another_process_with_another_hash_seed() -> None:
    traces = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", "11", "--steps", "20", "--trace"],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    without_time = [text.splitlines()[:-1] for text in traces]
    assert without_time[0] == without_time[1]
    assert len(without_time[0]) > 20
