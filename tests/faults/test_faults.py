"""K1 to K6 upon real processes: what was acknowledged survives fifty faults, once."""

from __future__ import annotations

import pytest

from tests.faults.running import run


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("kind", "faults"), [("sqlite", 36), ("postgresql", 14)])
def test_nothing_acknowledged_is_lost_or_doubled_by_faults_of_real_processes(
    kind: str, faults: int
) -> None:
    said: list[str] = []
    told = run(kind, faults=faults, seed=3, say=said.append)
    assert sum(told.faults.values()) == faults, said
    assert told.acknowledged > faults
    assert told.refused < told.acknowledged / 2
