"""The one window: rail, top, pages, foot, and a side panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reception_app.parts.making import label
from reception_app.shell.foot import Foot
from reception_app.shell.rail import Place, Rail
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme


class Window(QMainWindow):
    """Shows one place at a time."""

    place_shown = Signal(str)
    palette_wanted = Signal()

    def __init__(self, places: Sequence[Place], theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._pages: dict[str, QWidget] = {}
        self.panel: QWidget | None = None
        self.may_close: Callable[[], bool] = lambda: True
        self._build(places)
        self.rail.place_chosen.connect(self.show_place)

    def _build(self, places: Sequence[Place]) -> None:
        # From the window inwards: to give a filled widget a new parent styles all in it again.
        shell = QWidget(self)
        shell.setObjectName("shell")
        self._shell = shell
        self.setCentralWidget(shell)
        self._where = label("", "strong", name="where")
        self._when = label("", "soft", name="when")
        for words in (self._where, self._when):
            words.setMinimumWidth(t.GIVES_WAY_PX)
        top = self._top(shell)
        self._scroll = self._pages_in_scroll(shell)
        self.foot = Foot(shell)
        self.rail = Rail(places, self.theme, shell)
        across = QHBoxLayout(shell)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        down = QVBoxLayout()
        down.setSpacing(0)
        down.addWidget(top)
        down.addWidget(self._scroll, 1)
        down.addWidget(self.foot)
        across.addWidget(self.rail)
        across.addLayout(down, 1)
        self.setMinimumSize(self.screen().availableSize().boundedTo(QSize(*t.WINDOW_MIN)))

    def _pages_in_scroll(self, shell: QWidget) -> QScrollArea:
        """With large text on a small screen a page scrolls; what is said below it stays in view."""
        scroll = QScrollArea(shell)
        scroll.setObjectName("shell_scroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stack = QStackedWidget(scroll)
        width, height = t.WINDOW_MIN
        self._stack.setMinimumSize(width - t.RAIL_PX, height - t.TOP_PX - t.FOOT_PX)
        scroll.setWidget(self._stack)
        return scroll

    def _top(self, shell: QWidget) -> QWidget:
        top = QWidget(shell)
        top.setProperty("kind", "top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        top.setFixedHeight(t.TOP_PX)
        line = QHBoxLayout(top)
        line.setContentsMargins(t.GAP_LARGE, 0, t.GAP_LARGE, 0)
        line.setSpacing(t.GAP)
        line.addWidget(self._where)
        line.addWidget(self._when)
        line.addStretch()
        find = QPushButton(self.tr("People, references, acts") + "     Ctrl+K")
        find.setObjectName("open_palette")
        find.setAccessibleName(self.tr("Find people, references and acts"))
        find.clicked.connect(self.palette_wanted)
        QShortcut(QKeySequence("Ctrl+K"), self).activated.connect(self.palette_wanted)
        line.addWidget(find)
        return top

    @property
    def pages_in(self) -> QWidget:
        """The parent to make pages with."""
        return self._stack

    def add_page(self, name: str, page: QWidget) -> None:
        """Put a page behind a place of the rail."""
        self._pages[name] = page
        self._stack.addWidget(page)

    def show_place(self, name: str) -> None:
        """Show a place and put the keyboard there."""
        page = self._pages[name]
        self.rail.choose(name)
        self._stack.setCurrentWidget(page)
        page.setFocus()
        self.place_shown.emit(name)

    def show_panel(self, panel: QWidget) -> None:
        """Lay a panel over the right of the place shown, in the stead of another."""
        if self.panel is not panel:
            self.close_panel()
            panel.setParent(self._shell)
            self.panel = panel
        self._place_panel()
        panel.show()
        panel.raise_()
        panel.setFocus()

    def _place_panel(self) -> None:
        if self.panel is None:
            return
        where = self._scroll.geometry()
        width = min(self.panel.width(), where.width())
        self.panel.setGeometry(where.right() + 1 - width, where.top(), width, where.height())

    def close_panel(self) -> None:
        """Close the panel over the place, and put the keyboard back there."""
        if self.panel is None:
            return
        self.panel.hide()
        self.panel.deleteLater()
        self.panel = None
        current = self._stack.currentWidget()
        if current is not None:
            current.setFocus()

    @property
    def shown(self) -> str:
        """The place shown."""
        current = self._stack.currentWidget()
        return next(name for name, page in self._pages.items() if page is current)

    def show_where(self, where: str, when: str) -> None:
        """Office and desk, date and time."""
        self._where.setText(where)
        self._when.setText(when)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place_panel()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if self.may_close():
            super().closeEvent(event)
        else:
            event.ignore()
