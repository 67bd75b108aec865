"""The end of a desk: its threads end, what was begun is kept, and nothing comes afterwards."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.runtime import CLOSE_TIMEOUT_S, Runtime, open_node
from sync.rebase import run_waiting, undo_waiting
from sync.standing import standing
from tests import centres
from tests.centres import KEY, OFFICE
from tests.reception_app.conftest import NOBODY_ANSWERS, OFFICER
from tests.sync.test_rounds import noting_runs
from visits.offices.commands import JoinOffice

NewAt = Callable[..., AtDesk]


def a_runtime(sample_files: dict[str, Path], folder: Path, central: str) -> Runtime:
    path = folder / "desk-1.db"
    if not path.exists():
        centres.copied(sample_files["desk-1"], folder)
    return Runtime(open_node(path, KEY), central=lambda: central, actor=lambda: OFFICER)


def desk_threads() -> list[str]:
    names = ("line", "pokes", "writer", "reader", "asker", "worker")
    return [t.name for t in threading.enumerate() if t.name.startswith(names)]


def test_closing_ends_every_thread_at_once(
    new_at: NewAt, centre_address: str, qtbot: QtBot
) -> None:
    at = new_at("desk-1", central=centre_address)
    at.runtime.start()
    qtbot.waitUntil(at.runtime.line.hears, timeout=10_000)
    began = time.monotonic()
    at.runtime.close()
    took_s = time.monotonic() - began
    qtbot.waitUntil(lambda: desk_threads() == [])
    assert took_s < CLOSE_TIMEOUT_S


def test_what_a_person_did_just_before_the_end_is_kept(
    qapp: Any, sample_files: dict[str, Path], tmp_path: Path
) -> None:
    runtime = a_runtime(sample_files, tmp_path, NOBODY_ANSWERS)
    runtime.start()
    came: list[Any] = []
    for number in range(20):
        command = JoinOffice(office_id=OFFICE, counter_name=f"Counter {number}")
        runtime.run(command, came.append, came.append)
    runtime.ask(JoinOffice(office_id=OFFICE, counter_name="Asked"), came.append, came.append)
    runtime.close()
    again = a_runtime(sample_files, tmp_path, NOBODY_ANSWERS)
    with again.node.database.read() as session:
        assert standing(session).waiting == 21
    again.close()


def test_r6_what_follows_an_act_happens_once_however_often_the_act_is_run_again(
    qapp: Any, sample_files: dict[str, Path], tmp_path: Path, centre_address: str, qtbot: QtBot
) -> None:
    """Words, sounds and paper follow from what a desk is told of its act, and from nothing else."""
    centres.copied(sample_files["desk-1"], tmp_path)
    central = [NOBODY_ANSWERS]
    node = open_node(tmp_path / "desk-1.db", KEY)
    runtime = Runtime(node, central=lambda: central[0], actor=lambda: OFFICER)
    ran: list[str] = []
    joins = node.registry.of("offices.join", 1)
    node.registry._by_name["offices.join", 1] = noting_runs(joins, ran)
    done: list[Any] = []
    failed: list[Any] = []
    runtime.start()
    runtime.run(JoinOffice(office_id=OFFICE, counter_name="Once"), done.append, failed.append)
    qtbot.waitUntil(lambda: len(done) == 1)
    for _ in range(3):
        with node.database.write() as session:
            undo_waiting(node, session)
            run_waiting(node, session)
    central[0] = centre_address
    runtime.line.wake()
    qtbot.waitUntil(lambda: waiting_at(runtime) == 0, timeout=20_000)
    qtbot.wait(50)
    runtime.close()
    assert len(ran) >= 4
    assert (len(done), failed) == (1, [])


def waiting_at(runtime: Runtime) -> int:
    with runtime.node.database.read() as session:
        return standing(session).waiting


def test_nothing_comes_back_once_the_desk_is_closed(
    qapp: Any, sample_files: dict[str, Path], tmp_path: Path, qtbot: QtBot
) -> None:
    runtime = a_runtime(sample_files, tmp_path, NOBODY_ANSWERS)
    runtime.start()
    came: list[Any] = []
    runtime.rows_changed.connect(lambda: came.append("rows"))
    runtime.line_changed.connect(came.append)
    is_reading, may_end = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        is_reading.set()
        may_end.wait(10)

    runtime.query(slow, came.append, came.append)
    assert is_reading.wait(5)
    threading.Timer(0.2, may_end.set).start()
    runtime.close()
    runtime.query(slow, came.append, came.append)
    runtime.run(JoinOffice(office_id=OFFICE, counter_name="Late"), came.append, came.append)
    runtime.close()
    came.clear()
    qtbot.wait(50)
    assert came == []


def test_a_printer_that_hangs_does_not_hold_up_the_end(
    qapp: Any,
    sample_files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    monkeypatch.setattr("reception_app.desk.runtime.CLOSE_TIMEOUT_S", 0.3)
    runtime = a_runtime(sample_files, tmp_path, NOBODY_ANSWERS)
    hangs, let_go = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        let_go.wait(10)

    runtime.work(hang, lambda _: None, lambda _: None)
    assert hangs.wait(5)
    runtime.run(JoinOffice(office_id=OFFICE, counter_name="Kept"), lambda _: None, lambda _: None)
    began = time.monotonic()
    runtime.close()
    took_s = time.monotonic() - began
    let_go.set()
    qtbot.waitUntil(lambda: desk_threads() == [])
    assert took_s < 2
    runtime.node.database.close()
    again = a_runtime(sample_files, tmp_path, NOBODY_ANSWERS)
    with again.node.database.read() as session:
        assert standing(session).waiting == 1
    again.close()


def test_desks_come_and_go_in_mid_work_without_harm(
    qapp: Any, sample_files: dict[str, Path], tmp_path: Path, centre_address: str, qtbot: QtBot
) -> None:
    """Many short lives, each ended while rounds, pokes, queries and acts are under way."""
    for life in range(15):
        runtime = a_runtime(sample_files, tmp_path, centre_address)
        seen: list[Any] = []
        runtime.rows_changed.connect(lambda seen=seen: seen.append("rows"))
        runtime.line_changed.connect(seen.append)
        runtime.start()
        for _ in range(3):
            command = JoinOffice(office_id=OFFICE, counter_name=f"Life {life}")
            runtime.run(command, seen.append, seen.append)
            runtime.query(standing, seen.append, seen.append)
        qtbot.wait(life * 7)
        runtime.close()
        runtime.deleteLater()
        del runtime
        gc.collect()
    qtbot.waitUntil(lambda: desk_threads() == [])


def test_an_act_that_breaks_is_told_as_broken_and_the_next_one_works(
    at: AtDesk, qtbot: QtBot
) -> None:
    failures: list[Exception] = []
    with qtbot.waitSignal(at.runtime.broke):
        at.runtime.query(lambda session: 1 // 0, lambda _: None, failures.append)
    assert isinstance(failures[0], ZeroDivisionError)
    done: list[Any] = []
    at.runtime.query(lambda session: 7, done.append, failures.append)
    qtbot.waitUntil(lambda: done == [7])
