"""Documents that could not be printed or saved, with the ways on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QFrame, QPushButton, QVBoxLayout, QWidget

from reception_app.desk.at_desk import AtDesk
from reception_app.parts.making import clear, label, row, surface
from reception_app.printing.paper import Kept
from reception_app.theme import tokens as t
from visits.words import clock_time


class KeptPapers(QWidget):
    """Hidden while there are none."""

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("kept_papers")
        self._at = at
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, t.GAP, 0, 0)
        self._column.setSpacing(t.GAP_SMALL)
        at.paper.kept_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is kept now."""
        clear(self._column)
        kept = self._at.paper.kept
        self.setVisible(bool(kept))
        if kept:
            self._column.addWidget(label(self.tr("Not printed or saved"), "heading"))
        for paper in kept:
            self._column.addWidget(self._card(paper))

    def _card(self, paper: Kept) -> QFrame:
        card, column = surface("warning")
        column.addWidget(label(f"{paper.name}, {clock_time(paper.at)}", "strong", wraps=True))
        column.addWidget(label(paper.why, "error", name=f"paper_{paper.number}_why", wraps=True))
        again = self._button(paper, "again", self.tr("Try again"))
        again.clicked.connect(partial(self._print_again, paper))
        save = self._button(paper, "save", self.tr("Save as PDF in a folder"))
        save.clicked.connect(partial(self._choose_folder, paper))
        let_go = self._button(paper, "let_go", self.tr("It is no longer needed"))
        let_go.clicked.connect(partial(self._let_go, paper))
        column.addLayout(row(again, save))
        column.addWidget(let_go)
        return card

    def _button(self, paper: Kept, act: str, words: str) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(f"paper_{paper.number}_{act}")
        button.setAccessibleName(f"{words}: {paper.name}")
        return button

    def _print_again(self, paper: Kept, _: bool = False) -> None:
        self._at.paper.print_again(paper, self._told, self._at.failed)

    def _choose_folder(self, paper: Kept, _: bool = False) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Save as PDF in a folder"))
        if folder:
            self._at.paper.save_in(paper, Path(folder), self._told, self._at.failed)

    def _let_go(self, paper: Kept, _: bool = False) -> None:
        self._at.paper.let_go(paper)

    def _told(self, words: str) -> None:
        self._at.say(words, None)
