"""The settings panel: look, paper, the desk's name, who is here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QButtonGroup, QPushButton, QWidget

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.folder import DeskFolder, Settings
from reception_app.parts.making import ActButton, action, field, label, row, show_problem
from reception_app.parts.panel import SidePanel
from reception_app.printing.errors import FolderNotWritable, PaperProblem
from reception_app.printing.save_pdf import check_folder
from reception_app.settings.keeping import Keeping
from reception_app.settings.paper import FolderChoice, PrinterChoice
from reception_app.settings.text_size import TEXT_PERCENTS
from reception_app.theme import tokens as t
from reception_app.theme.applying import apply_theme
from reception_app.theme.tokens import THEMES
from visits.home_visits.queries import Officer, officer
from visits.offices.commands import JoinOffice

COUNTER_CHARACTERS_MAX = 40


class SettingsPanel(SidePanel):
    """Each setting is kept as it is changed; there is nothing to confirm."""

    theme_chosen = Signal(object)
    switch_wanted = Signal()
    counter_renamed = Signal(str)

    def __init__(self, at: AtDesk, folder: DeskFolder, parent: QWidget | None = None) -> None:
        super().__init__("settings", QApplication.translate("SettingsPanel", "Settings"), parent)
        self.at = at
        self._folder = folder
        self._settings = Settings()
        self._printers: tuple[str, ...] | None = None
        self._keeping = Keeping(at.runtime, folder, lambda words: at.say(words, None))
        self._build()
        self._keeping.read(self.while_open(self._show), at.failed)
        shown = self.while_open(self._show_printers)
        at.runtime.work(self._found_printers, shown, at.failed)

    def _build(self) -> None:
        self._build_look()
        self._build_paper()
        self._build_desk()
        self.column.addStretch()
        self.setFocusProxy(self._themes.buttons()[0])

    def _build_look(self) -> None:
        self.column.addWidget(label(self.tr("Colours"), "label"))
        self._themes = self._choices(
            [(name, "theme_" + name.replace(" ", "_"), _capital(name)) for name in THEMES],
            self._on_theme,
        )
        self._section()
        self.column.addWidget(label(self.tr("Text size"), "label"))
        sizes = [(str(size), f"text_size_{size}", f"{size} %") for size in TEXT_PERCENTS]
        self._sizes = self._choices(sizes, self._on_size)
        self._size_words = label("", "soft", name="text_size_words", wraps=True)
        self.column.addWidget(self._size_words)
        self._section()

    def _choices(self, choices: Sequence[tuple[str, str, str]], chosen: object) -> QButtonGroup:
        group = QButtonGroup(self)
        buttons = []
        for value, name, words in choices:
            button = QPushButton(words)
            button.setObjectName(name)
            button.setProperty("kind", "choice")
            button.setProperty("value", value)
            button.setAccessibleName(words)
            button.setCheckable(True)
            button.clicked.connect(partial(chosen, value))  # type: ignore[call-overload]
            group.addButton(button)
            buttons.append(button)
        self.column.addLayout(row(*buttons))
        return group

    def _build_paper(self) -> None:
        self._letters = PrinterChoice("printer", self.tr("Printer for letters"))
        self._tickets = PrinterChoice("ticket_printer", self.tr("Printer for tickets"))
        self._pdf_folder = FolderChoice()
        self._letters.chosen.connect(self._on_printer)
        self._tickets.chosen.connect(self._on_ticket_printer)
        self._pdf_folder.chosen.connect(self._on_folder)
        for part in (self._letters, self._tickets, self._pdf_folder):
            self.column.addWidget(part)
            self.column.addSpacing(t.GAP_SMALL)
        self._section()

    def _build_desk(self) -> None:
        column, self._counter, self._counter_wrong = field(
            self.tr("Name of this counter"), "counter_name"
        )
        self._counter.setText(self.at.counter_name)
        self._counter.editingFinished.connect(self._on_counter)
        self.column.addLayout(column)
        self._section()
        self._person = label("", "", name="settings_person", wraps=True)
        self.column.addWidget(self._person)
        self.switch_act = action(
            self, "switch_user", self.tr("Someone else is here"), "", self.switch_wanted.emit
        )
        self.column.addWidget(ActButton(self.switch_act))
        self.show_person()

    def _section(self) -> None:
        self.column.addSpacing(t.GAP_SMALL)

    def show_person(self) -> None:
        """Who is at the desk now."""
        staff_id = self.at.staff_id
        self.at.runtime.query(
            lambda session: officer(session, staff_id),
            self.while_open(self._show_person),
            self.at.failed,
        )

    def _show_person(self, found: Officer | None) -> None:
        words = self.tr("At the desk: {0}")
        self._person.setText(words.replace("{0}", found.full_name if found else ""))

    def _show(self, settings: Settings) -> None:
        self._settings = settings
        _check(self._themes, self.at.theme.name)
        _check(self._sizes, str(settings.text_percent))
        self._show_printers(self._printers)
        self._pdf_folder.show_folder(self.at.paper.folder)

    def _found_printers(self) -> tuple[str, ...] | None:
        try:
            return self.at.paper.printers.names()
        except PaperProblem:
            return None

    def _show_printers(self, names: tuple[str, ...] | None) -> None:
        self._printers = names
        self._letters.show_printers(names, self.at.paper.printer)
        self._tickets.show_printers(names, self.at.paper.ticket_printer)

    def _change(self, **changed: object) -> None:
        self._keeping.change(self.at.failed, **changed)

    def _on_theme(self, name: str, _: bool = False) -> None:
        theme = THEMES[name]
        self.at.theme = theme
        apply_theme(cast(QApplication, QApplication.instance()), theme)
        self._change(theme=name)
        self.theme_chosen.emit(theme)

    def _on_size(self, percent: str, _: bool = False) -> None:
        self._change(text_percent=int(percent))
        words = self.tr("Text will be {0} % when this app is next started.")
        self._size_words.setText(words.replace("{0}", percent))

    def _on_printer(self, name: str) -> None:
        self.at.paper.printer = name
        self._change(printer=name)

    def _on_ticket_printer(self, name: str) -> None:
        self.at.paper.ticket_printer = name
        self._change(ticket_printer=name)

    def _on_folder(self, text: str) -> None:
        folder = Path(text).expanduser() if text else self._folder.documents

        def check() -> str | None:
            if not folder.is_absolute():
                return self.tr("Give the whole path, from the drive or the root on.")
            try:
                check_folder(folder)
            except FolderNotWritable as problem:
                return str(problem)
            return None

        def checked(problem: str | None) -> None:
            self._on_folder_checked(folder, text, problem)

        self.at.runtime.work(check, self.while_open(checked), self.at.failed)

    def _on_folder_checked(self, folder: Path, text: str, problem: str | None) -> None:
        if problem:
            self._pdf_folder.show_problem(problem)
            return
        self.at.paper.folder = folder
        self._pdf_folder.show_folder(folder)
        self._change(pdf_folder=str(folder) if text else "")

    def _on_counter(self) -> None:
        name, before = self._counter.text().strip(), self.at.counter_name
        problem = self._counter_problem(name)
        show_problem(self._counter, self._counter_wrong, problem)
        if problem or name == before:
            return
        self._rename(name)
        words = self.tr("This counter is now ‘{0}’.").replace("{0}", name)
        self.at.do(self._join(name), words, undo=lambda: self._undo_rename(before))

    def _counter_problem(self, name: str) -> str | None:
        if not name:
            return self.tr("Give the counter a name, such as Counter 3.")
        if len(name) > COUNTER_CHARACTERS_MAX:
            words = self.tr("The name must be {0} characters or less.")
            return words.replace("{0}", str(COUNTER_CHARACTERS_MAX))
        return None

    def _undo_rename(self, before: str) -> None:
        self._rename(before)
        self.at.do(self._join(before), self.tr("Undone."))

    def _rename(self, name: str) -> None:
        self.at.counter_name = name
        self._change(counter_name=name)
        self.counter_renamed.emit(name)

    def _join(self, name: str) -> JoinOffice:
        return JoinOffice(office_id=self.at.office_id, counter_name=name)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _check(group: QButtonGroup, value: str) -> None:
    for button in group.buttons():
        button.setChecked(button.property("value") == value)
