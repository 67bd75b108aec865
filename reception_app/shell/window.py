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
        self.rail = Rail(places, theme)
        self.foot = Foot()
        self._stack = QStackedWidget()
        self._where = label("", "strong", name="where")
        self._when = label("", "soft", name="when")
        self._build()
        self.rail.place_chosen.connect(self.show_place)

    def _build(self) -> None:
        shell = QWidget()
        shell.setObjectName("shell")
        across = QHBoxLayout(shell)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        down = QVBoxLayout()
        down.setSpacing(0)
        down.addWidget(self._top())
        down.addWidget(self._stack, 1)
        down.addWidget(self.foot)
        across.addWidget(self.rail)
        across.addLayout(down, 1)
        # With large text on a small screen the window is smaller than the work: then it scrolls.
        shell.setMinimumSize(*t.WINDOW_MIN)
        self._shell = shell
        scroll = QScrollArea()
        scroll.setObjectName("shell_scroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(shell)
        self.setCentralWidget(scroll)
        least = self.screen().availableSize().boundedTo(QSize(*t.WINDOW_MIN))
        self.setMinimumSize(least)

    def _top(self) -> QWidget:
        top = QWidget()
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
        where = self._stack.geometry()
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
