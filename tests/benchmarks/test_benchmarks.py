"""The command measures every figure; how good they are is not asked here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks import beside_pouchdb
from tests.benchmarks.__main__ import NAMES
from tests.benchmarks.beside_pouchdb import NotInstalled
from tests.benchmarks.council import Council
from tests.benchmarks.figures import Figure, Pair, beside_its_floor, table
from tests.benchmarks.sizes import TINY


@pytest.mark.timeout(300)
def test_the_command_measures_every_figure_and_writes_them_down(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--tiny", "--report", "--json", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(file.read_text("utf-8"))["figures"]
    assert set(NAMES) == {figure["name"].partition(",")[0] for figure in figures}
    for figure in figures:
        assert {"name", "value", "unit", "floor", "ratio", "limit"} <= set(figure)
        assert figure["value"] > 0
        assert figure["name"] in done.stdout


def test_what_a_figure_is_taken_beside_and_is_not_here_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match=r"Node\.js .* npm install .*--prefix tests/benchmarks"):
        beside_pouchdb.measure(Council(tmp_path), tmp_path, TINY)


def test_a_ratio_is_judged_where_there_is_a_floor_and_the_value_where_there_is_none() -> None:
    beside = beside_its_floor("a", [Pair(6.0, 2.0), Pair(9.0, 3.0)], unit="ms", limit=2.0)
    assert (beside.ratio, beside.is_within) == (3.0, False)
    assert Figure(name="b", value=10.0, unit="ms", limit=16.0).is_within
    assert not Figure(name="c", value=17.0, unit="ms", limit=16.0).is_within
    assert "BEYOND" in table([beside])
