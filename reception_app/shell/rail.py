"""The rail at the left: the places of the app, and who is at the desk."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QLabel, QToolButton, QVBoxLayout, QWidget

from reception_app.parts.making import label
from reception_app.theme import tokens as t
from reception_app.theme.icons import icon
from reception_app.theme.tokens import Theme

BADGE_PX = 18


class Place(Struct, frozen=True):
    """A place of the app: its name in code, on the rail, and its icon."""

    name: str
    words: str
    icon: str


class Rail(QWidget):
    """Icon and word for each place, with a badge where something needs a decision."""

    place_chosen = Signal(str)
    settings_wanted = Signal()

    def __init__(self, places: Sequence[Place], theme: Theme, parent: QWidget | None = None):
        super().__init__(parent)
        self.setProperty("kind", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(t.RAIL_PX)
        self._buttons: dict[str, QToolButton] = {}
        self._badges: dict[str, QLabel] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, t.GAP_SMALL, 0, t.GAP_SMALL)
        column.setSpacing(t.GRID)
        group = QButtonGroup(self)
        for number, place in enumerate(places, start=1):
            button = self._button(place, theme, number)
            group.addButton(button)
            column.addWidget(button)
        column.addStretch()
        column.addWidget(self._settings_button())
        self._person = label("", "on_rail", name="rail_person", wraps=True)
        self._person.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._person)

    def _settings_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("open_settings")
        button.setProperty("kind", "place")
        button.setText(self.tr("Settings"))
        button.setAccessibleName(self.tr("Settings"))
        button.setToolTip(self.tr("Settings") + " (Ctrl+,)")
        button.setFixedSize(t.RAIL_PX, t.CONTROL_PX)
        button.clicked.connect(self.settings_wanted)
        return button

    def _button(self, place: Place, theme: Theme, number: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"place_{place.name}")
        button.setProperty("kind", "place")
        button.setAccessibleName(place.words)
        button.setText(place.words)
        button.setToolTip(f"{place.words} (Alt+{number})")
        button.setIcon(icon(place.icon, theme.on_rail))
        button.setIconSize(QSize(t.ICON_PX, t.ICON_PX))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setCheckable(True)
        button.setFixedSize(t.RAIL_PX, t.BIG_ACT_PX)
        button.clicked.connect(lambda: self.place_chosen.emit(place.name))
        shortcut = QShortcut(QKeySequence(f"Alt+{number}"), self)
        shortcut.activated.connect(button.click)
        badge = label("", "badge")
        badge.setParent(button)
        badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        badge.setGeometry(t.RAIL_PX // 2 + t.GRID, t.GRID, BADGE_PX, BADGE_PX)
        badge.hide()
        self._buttons[place.name] = button
        self._badges[place.name] = badge
        return button

    def choose(self, name: str) -> None:
        """Mark a place as the one shown."""
        self._buttons[name].setChecked(True)

    def set_badge(self, name: str, count: int) -> None:
        """Show how many things need a decision at a place; none for 0."""
        badge, button = self._badges[name], self._buttons[name]
        badge.setText(str(count) if count < 100 else "99")
        badge.setVisible(count > 0)
        words = button.text()
        button.setAccessibleName(f"{words}, {count} to decide" if count else words)

    def set_person(self, name: str) -> None:
        """Who is at the desk."""
        self._person.setText(name)
        self._person.setAccessibleName(f"At the desk: {name}")
