"""What someone has come about, and what helps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QMenu, QPushButton, QVBoxLayout, QWidget

from reception_app.parts.making import clear, label
from reception_app.theme import tokens as t
from visits.customers.needs import NEEDS, words
from visits.queue.queries import ServiceChoice


class Errand(QWidget):
    """The service, the access needs, a private room, a priority need. Enter says: check in."""

    entered = Signal()
    service_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services: tuple[ServiceChoice, ...] = ()
        self._needs: list[str] = []
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(t.GAP_SMALL)
        about = label(self.tr("What is it about?"), "label")
        self.service = QComboBox(self)
        self.service.setObjectName("service")
        self.service.setAccessibleName(self.tr("What is it about?"))
        self.service.installEventFilter(self)
        self.service.currentIndexChanged.connect(
            lambda _: self.service_changed.emit(self.service_id or "")
        )
        about.setBuddy(self.service)
        column.addWidget(about)
        column.addWidget(self.service)
        self.wait = label("", "soft", name="wait_now", wraps=True)
        self.wait.hide()
        column.addWidget(self.wait)
        column.addWidget(label(self.tr("Anything that helps?"), "label"))
        self._chips = QVBoxLayout()
        self._chips.setSpacing(t.GRID)
        column.addLayout(self._chips)
        column.addWidget(self._needs_menu())
        self.private = QCheckBox(self.tr("Would like to talk in private"))
        self.private.setObjectName("wants_private")
        self.priority = QCheckBox(self.tr("Cannot wait: priority need"))
        self.priority.setObjectName("priority")
        column.addWidget(self.private)
        column.addWidget(self.priority)
        for part in (self.private, self.priority):
            part.installEventFilter(self)

    def _needs_menu(self) -> QPushButton:
        button = QPushButton(self.tr("Add a need"))
        button.setObjectName("add_need")
        button.setProperty("kind", "link")
        menu = QMenu(button)
        for need, text in NEEDS.items():
            menu.addAction(text, lambda need=need: self._toggle(need))
        button.setMenu(menu)
        button.installEventFilter(self)
        return button

    def show_services(self, services: Sequence[ServiceChoice]) -> None:
        """The services to choose from; what was chosen stays chosen."""
        if tuple(services) == self._services:
            return
        kept = self.service_id
        self._services = tuple(services)
        self.service.clear()
        for service in services:
            self.service.addItem(service.name, service.service_id)
        self.choose_service(kept)
        self.service.setPlaceholderText(self.tr("Choose a service"))

    @property
    def service_id(self) -> str | None:
        """The service chosen."""
        chosen: str | None = self.service.currentData()
        return chosen

    def choose_service(self, service_id: str | None) -> None:
        """This is what it is about; None for nothing yet."""
        self.service.setCurrentIndex(self.service.findData(service_id) if service_id else -1)

    @property
    def needs(self) -> tuple[str, ...]:
        """The needs noted."""
        return tuple(self._needs)

    def show_needs(self, needs: Iterable[str]) -> None:
        """These are the needs; each can be taken away again."""
        self._needs = list(needs)
        clear(self._chips)
        for need in self._needs:
            self._chips.addWidget(self._chip(need))

    def show_wait(self, words_: str) -> None:
        """How long a wait is to be expected; nothing while that is not known."""
        self.wait.setText(words_)
        self.wait.setVisible(bool(words_))

    def clear(self) -> None:
        """Empty for the next person."""
        self.choose_service(None)
        self.show_needs(())
        self.private.setChecked(False)
        self.priority.setChecked(False)

    def _toggle(self, need: str) -> None:
        without = [other for other in self._needs if other != need]
        self.show_needs(without if need in self._needs else [*self._needs, need])

    def _chip(self, need: str) -> QPushButton:
        chip = QPushButton(f"{words(need)}  ×")
        chip.setObjectName(f"need_{need}")
        chip.setProperty("kind", "chip")
        chip.setAccessibleName(self.tr("Take away") + f" {words(need)}")
        chip.clicked.connect(lambda: self._toggle(need))
        chip.installEventFilter(self)
        return chip

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter:
                self.entered.emit()
                return True
        return super().eventFilter(watched, event)
