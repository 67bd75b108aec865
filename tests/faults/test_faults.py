"""K1 to K6 upon real processes: what was acknowledged survives fifty faults, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.upstream.line import Health
from tests.faults.checks import check_settled
from tests.faults.kinds import (
    FAULTS,
    FAULTS_OF_A_SERVER,
    freeze_for_a_minute,
    freeze_one_for_a_minute,
)
from tests.faults.office import an_office
from tests.faults.running import run

TAKES_A_MINUTE = freeze_one_for_a_minute.__name__
"""It has a test of its own."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "faults"), [("sqlite", 36), ("postgresql", 14)])
def test_nothing_acknowledged_is_lost_or_doubled_by_faults_of_real_processes(
    kind: str, faults: int
) -> None:
    said: list[str] = []
    told = run(kind, faults=faults, seed=3, say=said.append)
    assert sum(told.faults.values()) == faults, said
    kinds = FAULTS | (FAULTS_OF_A_SERVER if kind == "postgresql" else {})
    assert {each.__name__ for each in kinds} - told.faults.keys() <= {TAKES_A_MINUTE}
    assert told.acknowledged > faults
    assert told.refused < told.acknowledged / 2


@pytest.mark.timeout(300)
def test_u7_a_centre_that_is_frozen_for_a_minute_is_known_to_be_away_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    with an_office("sqlite", tmp_path) as office:
        for desk in office.desks:
            while desk.how_it_stands()["line"] != Health.UP:
                pass
        freeze_for_a_minute(office, office.centre)
        office.settle()
        office.close()
        assert check_settled(office)["acknowledged"] > 0
