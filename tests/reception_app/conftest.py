"""Desks of the sample council for tests of the app, at a fixed moment of a Tuesday morning.

`at` is a desk that is alone: nothing answers at its centre's address. `served_at` has a centre.
"""

from __future__ import annotations

import gc
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.runtime import Runtime, open_node
from reception_app.printing.paper import Paper
from reception_app.theme.applying import apply_theme
from reception_app.theme.tokens import LIGHT
from tests import centres
from tests.centres import KEY, OFFICE, SetClock
from visits.ids import StaffId

NOBODY_ANSWERS = "http://127.0.0.1:9"
OFFICER = StaffId("sample-staff-00")


@dataclass
class Said:
    """What a desk said to its person, newest last, and the way back it offered."""

    words: list[str] = field(default_factory=list)
    undo: Callable[[], None] | None = None

    def __call__(self, words: str, undo: Callable[[], None] | None) -> None:
        self.words.append(words)
        self.undo = undo


@pytest.fixture(autouse=True)
def collected_on_the_window_s_thread() -> Iterator[None]:
    """As in the app: no worker thread collects widgets (see `reception_app.desk.collecting`)."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Closed databases to copy: `centre`, and desks `desk-1` and `desk-2` of one office."""
    folder = tmp_path_factory.mktemp("sample")
    files = {name: folder / f"{name}.db" for name in ("centre", "desk-1", "desk-2")}
    centres.build_centre(files["centre"])
    centre = centres.open_centre(files["centre"])
    for name in ("desk-1", "desk-2"):
        centres.build_desk(files[name], centre, name=name)
    centre.node.database.close()
    return files


@pytest.fixture
def clock() -> SetClock:
    """The clock of the desks in a test."""
    return SetClock()


@pytest.fixture
def centre_address(sample_files: dict[str, Path], tmp_path: Path) -> Iterator[str]:
    """A running centre of the sample council."""
    centre = centres.open_centre(centres.copied(sample_files["centre"], tmp_path))
    with centres.served(centre) as address:
        yield address
    centre.node.database.close()


@pytest.fixture
def new_at(
    qapp: QApplication, sample_files: dict[str, Path], tmp_path: Path, clock: SetClock
) -> Iterator[Callable[..., AtDesk]]:
    """Makes desks with someone at them: `new_at("desk-1", central=...)`."""
    apply_theme(qapp, LIGHT)
    opened: list[Runtime] = []

    def make(name: str = "desk-1", *, central: str = NOBODY_ANSWERS) -> AtDesk:
        node = open_node(centres.copied(sample_files[name], tmp_path / name), KEY)
        runtime = Runtime(node, central=lambda: central, actor=lambda: OFFICER, clock=clock)
        opened.append(runtime)
        return AtDesk(
            runtime=runtime,
            office_id=OFFICE,
            office_name="Civic Centre",
            counter_name=name,
            staff_id=OFFICER,
            theme=LIGHT,
            say=Said(),
            paper=Paper(runtime, tmp_path / "documents"),
        )

    yield make
    for runtime in opened:
        runtime.close()


@pytest.fixture
def at(new_at: Callable[..., AtDesk]) -> AtDesk:
    """A desk that nothing answers, as when the line is cut."""
    return new_at("desk-1")


@pytest.fixture
def served_at(new_at: Callable[..., AtDesk], centre_address: str) -> AtDesk:
    """A desk with a running centre; its line has not been started yet."""
    return new_at("desk-1", central=centre_address)


@pytest.fixture
def decided_in_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Desks wait for the centre on a slow machine too: what it decides is looked at, not when."""
    monkeypatch.setattr("reception_app.desk.runtime.ASK_BUDGET_S", 10.0)
