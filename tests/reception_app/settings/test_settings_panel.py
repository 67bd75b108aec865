"""Settings hold at once, are kept, and never lose what was typed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.folder import DeskFolder, Settings
from reception_app.printing.paper import Paper
from reception_app.printing.printers import Printers
from reception_app.settings.text_size import use_text_size
from reception_app.settings.view import SettingsPanel
from reception_app.theme.applying import apply_theme
from reception_app.theme.tokens import DARK, LIGHT
from tests.reception_app.conftest import Said
from tests.reception_app.printing.pdf_printer import LETTERS, TICKETS
from visits.offices.records import Desk

NewPanel = Callable[[], SettingsPanel]


@pytest.fixture
def folder(tmp_path: Path) -> DeskFolder:
    made = DeskFolder(tmp_path / "desk")
    made.make()
    return made


@pytest.fixture
def printers(tmp_path: Path) -> Iterator[Printers]:
    program = (sys.executable, "-m", "tests.reception_app.printing.pdf_printer", str(tmp_path))
    found = Printers(program)
    yield found
    found.close()


@pytest.fixture
def new_panel(
    at: AtDesk, folder: DeskFolder, printers: Printers, qtbot: QtBot, qapp: QApplication
) -> Iterator[NewPanel]:
    """Opens the settings and waits until they show all there is."""

    def make() -> SettingsPanel:
        panel = SettingsPanel(at, folder)
        qtbot.addWidget(panel)
        panel.show()
        qtbot.waitUntil(lambda: box(panel, "printer").count() > 2, timeout=30_000)
        return panel

    at.paper = Paper(at.runtime, folder.documents, printers=printers)
    yield make
    apply_theme(qapp, LIGHT)


def box(panel: SettingsPanel, name: str) -> QComboBox:
    return cast(QComboBox, panel.findChild(QComboBox, name))


def edit(panel: SettingsPanel, name: str) -> QLineEdit:
    return cast(QLineEdit, panel.findChild(QLineEdit, name))


def words(panel: SettingsPanel, name: str) -> str:
    return cast(QLabel, panel.findChild(QLabel, name)).text()


def press(qtbot: QtBot, panel: SettingsPanel, name: str) -> None:
    qtbot.mouseClick(panel.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def retype(qtbot: QtBot, panel: SettingsPanel, name: str, text: str) -> None:
    field = edit(panel, name)
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_a_theme_is_applied_at_once_and_kept(
    new_panel: NewPanel, at: AtDesk, folder: DeskFolder, qtbot: QtBot, qapp: QApplication
) -> None:
    panel = new_panel()
    with qtbot.waitSignal(panel.theme_chosen) as told:
        press(qtbot, panel, "theme_dark")
    assert told.args == [DARK]
    assert at.theme is DARK
    assert qapp.palette().window().color().name().upper() == DARK.canvas
    qtbot.waitUntil(lambda: folder.settings().theme == "dark")


def test_a_text_size_is_kept_for_the_next_start_and_says_so(
    new_panel: NewPanel, folder: DeskFolder, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    panel = new_panel()
    press(qtbot, panel, "text_size_150")
    assert words(panel, "text_size_words") == "Text will be 150 % when this app is next started."
    qtbot.waitUntil(lambda: folder.settings().text_percent == 150)
    use_text_size(folder.settings())
    assert os.environ["QT_SCALE_FACTOR"] == "1.5"
    monkeypatch.delenv("QT_SCALE_FACTOR")


@pytest.mark.parametrize("percent", [100, 0, -50, 99_999])
def test_a_text_size_that_is_not_offered_is_not_used(
    percent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    use_text_size(Settings(text_percent=percent))
    assert "QT_SCALE_FACTOR" not in os.environ


def test_saving_as_pdf_is_offered_first_and_printers_by_their_exact_names(
    new_panel: NewPanel,
) -> None:
    field = box(new_panel(), "printer")
    assert field.itemText(0) == "Save as PDF instead"
    assert LETTERS in [field.itemText(number) for number in range(field.count())]


def test_letters_and_tickets_get_printers_of_their_own(
    new_panel: NewPanel, at: AtDesk, folder: DeskFolder, qtbot: QtBot
) -> None:
    panel = new_panel()
    for name, printer in (("printer", LETTERS), ("ticket_printer", TICKETS)):
        field = box(panel, name)
        field.showPopup()
        field.view().setCurrentIndex(field.model().index(field.findData(printer), 0))
        qtbot.keyClick(field.view(), Qt.Key.Key_Return)
    assert (at.paper.printer, at.paper.ticket_printer) == (LETTERS, TICKETS)
    qtbot.waitUntil(lambda: folder.settings().ticket_printer == TICKETS)
    assert folder.settings().printer == LETTERS


def test_a_printer_that_has_gone_stays_chosen_and_is_told(new_panel: NewPanel, at: AtDesk) -> None:
    at.paper.printer = "Gone"
    panel = new_panel()
    assert box(panel, "printer").currentText() == "Gone (not found)"
    assert words(panel, "printer_problem") == (
        "The printer ‘Gone’ was not found. Choose another, or save as PDF."
    )
    assert at.paper.printer == "Gone"


def test_a_folder_for_pdfs_is_tried_before_it_is_kept(
    new_panel: NewPanel, at: AtDesk, folder: DeskFolder, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = new_panel()
    retype(qtbot, panel, "pdf_folder", str(tmp_path / "letters"))
    qtbot.waitUntil(lambda: folder.settings().pdf_folder == str(tmp_path / "letters"))
    assert at.paper.folder == tmp_path / "letters"
    assert folder.documents_for(folder.settings()) == tmp_path / "letters"


@pytest.mark.parametrize("below", ["file", "file/below"])
def test_a_folder_that_cannot_be_written_is_told_at_the_field_and_what_was_typed_stays(
    new_panel: NewPanel, at: AtDesk, folder: DeskFolder, qtbot: QtBot, tmp_path: Path, below: str
) -> None:
    (tmp_path / "file").write_text("")
    panel = new_panel()
    retype(qtbot, panel, "pdf_folder", str(tmp_path / below))
    qtbot.waitUntil(lambda: "it is not a folder" in words(panel, "pdf_folder_problem"))
    assert edit(panel, "pdf_folder").text() == str(tmp_path / below)
    assert at.paper.folder == folder.documents
    assert folder.settings().pdf_folder == ""


def test_a_half_path_is_told_at_the_field(new_panel: NewPanel, qtbot: QtBot) -> None:
    panel = new_panel()
    retype(qtbot, panel, "pdf_folder", "letters")
    qtbot.waitUntil(lambda: "whole path" in words(panel, "pdf_folder_problem"))


def counter_of(at: AtDesk) -> Callable[[Session], str]:
    return lambda session: session.get_one(Desk, at.desk_id).counter_name


def test_a_new_counter_name_shows_on_the_desk_s_row_and_can_be_undone(
    new_panel: NewPanel, at: AtDesk, folder: DeskFolder, qtbot: QtBot
) -> None:
    panel = new_panel()
    said = cast(Said, at.say)
    with qtbot.waitSignal(panel.counter_renamed) as renamed:
        retype(qtbot, panel, "counter_name", "Counter 9")
    assert renamed.args == ["Counter 9"]
    qtbot.waitUntil(lambda: said.undo is not None)
    with at.runtime.node.database.read() as session:
        assert counter_of(at)(session) == "Counter 9"
    qtbot.waitUntil(lambda: folder.settings().counter_name == "Counter 9")
    assert said.undo is not None
    said.undo()
    qtbot.waitUntil(lambda: folder.settings().counter_name == "desk-1")
    assert at.counter_name == "desk-1"


@pytest.mark.parametrize(("typed", "problem"), [(" ", "Give the counter a name"), ("x" * 41, "40")])
def test_a_counter_name_that_will_not_do_is_told_at_the_field(
    new_panel: NewPanel, at: AtDesk, qtbot: QtBot, typed: str, problem: str
) -> None:
    panel = new_panel()
    retype(qtbot, panel, "counter_name", typed)
    assert problem in words(panel, "counter_name_problem")
    assert at.counter_name == "desk-1"


def test_settings_that_cannot_be_kept_hold_and_the_person_is_told(
    new_panel: NewPanel, at: AtDesk, folder: DeskFolder, qtbot: QtBot
) -> None:
    panel = new_panel()
    (folder.path / "settings.new").mkdir()
    press(qtbot, panel, "theme_dark")
    said = cast(Said, at.say)
    qtbot.waitUntil(lambda: any("could not be kept" in words for words in said.words))
    assert at.theme is DARK


def test_settings_changed_one_upon_another_are_all_kept(
    new_panel: NewPanel, folder: DeskFolder, qtbot: QtBot
) -> None:
    panel = new_panel()
    press(qtbot, panel, "theme_dark")
    press(qtbot, panel, "text_size_200")
    press(qtbot, panel, "theme_high_contrast")
    qtbot.waitUntil(
        lambda: (folder.settings().theme, folder.settings().text_percent) == ("high contrast", 200)
    )


def test_esc_closes_the_panel_and_someone_else_may_be_named(
    new_panel: NewPanel, qtbot: QtBot
) -> None:
    panel = new_panel()
    qtbot.waitUntil(lambda: words(panel, "settings_person") == "At the desk: Amira Hassan")
    with qtbot.waitSignal(panel.switch_wanted):
        press(qtbot, panel, "button_switch_user")
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    with qtbot.waitSignal(panel.close_wanted):
        qtbot.keyClick(panel.focusWidget() or panel, Qt.Key.Key_Escape)


def test_everything_to_use_has_a_name_for_screen_readers(new_panel: NewPanel) -> None:
    panel = new_panel()
    for kind in (QComboBox, QLineEdit, QPushButton):
        for widget in panel.findChildren(kind):
            if widget.isVisible():
                assert widget.objectName()
                assert widget.accessibleName()


def test_closing_the_panel_at_once_leaves_nothing_behind_that_fails(
    at: AtDesk, folder: DeskFolder, printers: Printers, qtbot: QtBot
) -> None:
    at.paper = Paper(at.runtime, folder.documents, printers=printers)
    panel = SettingsPanel(at, folder)
    panel.deleteLater()
    answered: list[object] = []
    qtbot.waitUntil(lambda: not isValid(panel))
    at.runtime.work(lambda: None, answered.append, at.failed)
    qtbot.waitUntil(lambda: bool(answered), timeout=30_000)
    assert cast(Said, at.say).words == []
