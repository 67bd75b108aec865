"""Many histories, each a seed: whatever happens, in the end all is well."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.simulation.history import STEPS, History, history
from tests.simulation.mix import WHOLE_EVERY, kind_of, mixed
from tests.simulation.regressions import keep
from visits.registry import commands

SEEDS = 2_000
SEEDS_A_TEST = 50
REFUSED_HERE_MAX = 0.4
"""Of what people try, at their own desk already: for no reason but that it was drawn, or because
somebody else was first."""
SELDOM = 2
"""Commands that are accepted less often than once in a hundred histories."""
OF_A_RELAY = {"accepted offices.relay"}


def told(one: History) -> str:
    """What broke, made short and kept among the regressions, and how to see it again."""
    said = f"seed {one.seed} broke: {one.broken}\nreplay with: {one.how_to_replay}"
    # It is on the screen though it should take too long to make it short.
    print(said, flush=True)
    with contextlib.suppress(OSError):
        said += f"\nkept, made short, in {keep(one).file}"
    return said


@pytest.mark.parametrize("first", range(1, SEEDS + 1, SEEDS_A_TEST))
def test_u5_after_any_bad_luck_all_are_equal_and_nothing_is_lost_or_done_twice(first: int) -> None:
    tally = Counter[str]()
    for seed in range(first, first + SEEDS_A_TEST):
        one = mixed(seed)
        assert not one.broken, told(one)
        tally += one.tally.counts
    refused_here = tally["tries refused here"] + tally["tries lost here"]
    assert refused_here / tally["tries"] < REFUSED_HERE_MAX
    assert tally["decided accepted"] > tally["decided refused"] > 0
    assert tally["relay held"] > 0
    assert tally["acts past a change of the hour"] > 0


def test_desks_wait_for_what_their_relay_hears_at_the_centre_and_for_what_it_does_not() -> None:
    tally = Counter[str]()
    for seed in range(1, 9):
        tally += history(seed, relay=True).tally.counts
    assert tally["relay rounds waited for"] > 0 < tally["relay rounds not waited for"]


def test_all_but_few_commands_of_a_desk_are_accepted_in_some_history() -> None:
    left = {f"accepted {definition.name}" for definition in commands()} - OF_A_RELAY
    for seed in range(WHOLE_EVERY, SEEDS + 1, WHOLE_EVERY):
        left -= mixed(seed).tally.counts.keys()
        if len(left) <= SELDOM:
            break
    assert len(left) <= SELDOM, left


def test_a_relay_that_is_alone_refuses_in_some_history() -> None:
    of_a_relay = (seed for seed in range(1, SEEDS + 1) if kind_of(seed).relay)
    assert any(mixed(seed).tally["relay refused"] for seed in of_a_relay)


def test_every_kind_of_history_is_among_those_played() -> None:
    kinds = Counter(kind_of(seed) for seed in range(1, SEEDS + 1))
    whole = Counter(kind.relay for kind in kinds.elements() if kind.steps == STEPS)
    assert whole[False] > SEEDS / 30
    assert whole[True] > SEEDS / 100
    assert {kind.desks for kind in kinds if not kind.relay} == {2, 3}
    assert sum(kinds[kind] for kind in kinds if kind.relay) >= SEEDS / 4


@pytest.mark.parametrize("relay", [False, True])
def test_one_seed_is_one_history_to_the_byte(relay: bool) -> None:
    for seed in (7, 8):
        first, between, second = (history(n, relay=relay) for n in (seed, seed + 50, seed))
        assert not first.broken
        assert first.trace == second.trace != between.trace


@pytest.mark.parametrize("options", [["--steps", "20"], ["--relay", "--desks", "3"]])
def test_a_history_is_the_same_in_another_process_with_another_hash_seed(
    options: list[str],
) -> None:
    traces = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", "11", *options, "--trace"],
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
