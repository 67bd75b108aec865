"""Empty centres on both databases, filled by files alone, at a fixed moment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import visits.central.main as central
from tests.databases import postgresql_url
from visits.central.opening import open_database
from visits.imports.plan import Plan
from visits.imports.running import run_import
from visits.record import Record
from visits.registry import node_over

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
EXAMPLES = Path(central.__file__).parents[2] / "resources" / "import"
BEFORE_CUSTOMERS = ("offices", "services", "rooms", "closures", "staff")


class EmptyCentre:
    """A centre by its command line, and what its database holds."""

    def __init__(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.folder = folder
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, str]:
        """One command; its exit code and all that it said."""
        self._capsys.readouterr()
        code = central.main([*words, "--database", self.url])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def take(self, kind: str, content: str | bytes, *more: str) -> str:
        """Take in a list with this content, and say what was said."""
        data = content.encode() if isinstance(content, str) else content
        path = self.folder / f"{kind}.csv"
        path.write_bytes(data)
        return self.run("import", kind, str(path), *more)[1]

    def examples(self, *kinds: str) -> None:
        """Take in the shipped example of each kind."""
        for kind in kinds:
            code, said = self.run("import", kind, str(EXAMPLES / f"{kind}.csv"))
            assert code == 0 and "0 refused" in said, said

    def rows(self, kind: type[Record], **where: Any) -> list[Any]:
        """Rows of a table, by their references or ids."""
        by = "reference" if hasattr(kind, "reference") else "id"
        database = open_database(self.url, key_file=None)
        with database.read() as session:
            found = session.execute(select(kind.__table__).filter_by(**where).order_by(by)).all()
        database.close()
        return list(found)

    def plan(self, kind: str, content: str | bytes, *, dry_run: bool = False) -> Plan:
        """Take in a list without its command line, for what the plan says."""
        data = content.encode() if isinstance(content, str) else content
        database = open_database(self.url, key_file=None)
        number = iter(range(10**6))
        plan = run_import(
            node_over(database),
            kind,
            data,
            dry_run=dry_run,
            new_id=lambda: f"new-{kind}-{len(data)}-{next(number)}",
            now=NOW,
            folder=self.folder,
        )
        database.close()
        return plan


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line's clock stands at the fixed moment."""
    monkeypatch.setattr(central, "_now", lambda: NOW)


@pytest.fixture(scope="session")
def set_up_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite centre as `init` leaves it, to copy: setting one up takes longer than a test."""
    path = tmp_path_factory.mktemp("centre") / "centre.db"
    assert central.main(["init", "--database", f"sqlite:///{path}"]) == 0
    return path


@pytest.fixture
def lite(
    tmp_path: Path, set_up_file: Path, capsys: pytest.CaptureFixture[str], noon: None
) -> EmptyCentre:
    """A centre set up without sample data, on SQLite."""
    for kind in (".db", ".key"):
        shutil.copy(set_up_file.with_suffix(kind), tmp_path / f"centre{kind}")
    return EmptyCentre(f"sqlite:///{tmp_path}/centre.db", tmp_path, capsys)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, noon: None) -> Iterator[EmptyCentre]:
    """The same on both databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("lite")
        return
    with postgresql_url() as url:
        centre = EmptyCentre(url, tmp_path, request.getfixturevalue("capsys"))
        assert centre.run("init")[0] == 0
        yield centre


@pytest.fixture
def with_offices(lite: EmptyCentre) -> EmptyCentre:
    """A centre with the example offices."""
    lite.examples("offices")
    return lite


@pytest.fixture
def with_people(empty: EmptyCentre) -> EmptyCentre:
    """A centre with all that appointments need, from the examples."""
    empty.examples(*BEFORE_CUSTOMERS, "customers")
    return empty
