"""The settings of paper: which printer for what, and where PDFs go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from reception_app.parts.making import label, row, show_problem
from reception_app.theme import tokens as t

CHOOSE_PX = 96


class PrinterChoice(QWidget):
    """A printer by its exact name, or none: then documents are saved."""

    chosen = Signal(str)

    def __init__(self, name: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(t.GRID)
        above = label(words, "label")
        self.box = QComboBox()
        self.box.setObjectName(name)
        self.box.setAccessibleName(words)
        above.setBuddy(self.box)
        self._wrong = label("", "error", name=f"{name}_problem", wraps=True)
        self._wrong.hide()
        for part in (above, self.box, self._wrong):
            column.addWidget(part)
        self.box.activated.connect(self._on_activated)

    def show_printers(self, names: Sequence[str] | None, chosen: str) -> None:
        """The printers there are (None while that is not known), and the one chosen."""
        self.box.clear()
        self.box.addItem(self.tr("Save as PDF instead"), "")
        for name in names or ():
            self.box.addItem(name, name)
        gone = names is not None and bool(chosen) and chosen not in names
        if chosen and self.box.findData(chosen) < 0:
            self.box.addItem(f"{chosen} ({self.tr('not found')})" if gone else chosen, chosen)
        self.box.setCurrentIndex(self.box.findData(chosen))
        self._show_gone(chosen if gone else "")

    def _show_gone(self, name: str) -> None:
        words = self.tr("The printer ‘{0}’ was not found. Choose another, or save as PDF.")
        self._wrong.setText(words.replace("{0}", name) if name else "")
        self._wrong.setVisible(bool(name))
        self.box.setAccessibleDescription(self._wrong.text())

    def _on_activated(self, number: int) -> None:
        self._show_gone("")
        self.chosen.emit(self.box.itemData(number))


class FolderChoice(QWidget):
    """The folder for PDFs, typed or chosen."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = self.tr("Folder for PDFs")
        self.edit = QLineEdit()
        self.edit.setObjectName("pdf_folder")
        self.edit.setAccessibleName(words)
        self._choose = QPushButton(self.tr("Choose"))
        self._choose.setObjectName("choose_pdf_folder")
        self._choose.setAccessibleName(self.tr("Choose the folder for PDFs"))
        self._choose.setFixedWidth(CHOOSE_PX)
        self._wrong = label("", "error", name="pdf_folder_problem", wraps=True)
        self._wrong.hide()
        above = label(words, "label")
        above.setBuddy(self.edit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(t.GRID)
        column.addWidget(above)
        column.addLayout(row(self.edit, self._choose))
        column.addWidget(self._wrong)
        self._known = ""
        self.edit.editingFinished.connect(self._on_typed)
        self._choose.clicked.connect(self._on_choose)

    def show_folder(self, folder: Path) -> None:
        """The folder in use."""
        self._known = str(folder)
        self.edit.setText(self._known)
        self.show_problem(None)

    def show_problem(self, problem: str | None) -> None:
        """Why documents cannot be saved there; what was typed stays."""
        show_problem(self.edit, self._wrong, problem)

    def _on_typed(self) -> None:
        text = self.edit.text().strip()
        if text != self._known:
            self._known = text
            self.chosen.emit(text)

    def _on_choose(self) -> None:
        found = QFileDialog.getExistingDirectory(self, self.tr("Folder for PDFs"), self.edit.text())
        if found:
            self.edit.setText(found)
            self._on_typed()
