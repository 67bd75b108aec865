"""Cells that are drawn once and shown as pictures until they say something else.

A table is painted many times for each change of its words. Each drawing goes through some thirty
calls between Qt and Python, and at each of them a busy worker may get in between.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

KEPT_MAX = 300
"""Pictures of a table; of a whole screen of rows, several times over."""

Draw = Callable[[QPainter, QStyleOptionViewItem], None]


class KeptCells:
    """The pictures of one kind of cell."""

    def __init__(self) -> None:
        self._pictures: dict[Hashable, QPixmap] = {}

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, says: Hashable, draw: Draw
    ) -> None:
        """Paint a cell; `says` is all that its looks depend on beside its size and choice."""
        scale = painter.device().devicePixelRatioF()
        if not scale.is_integer():
            # Between whole pixels a picture would be blurred where letters are not.
            draw(painter, option)
            return
        painter.drawPixmap(option.rect.topLeft(), self.picture(option, says, scale, draw))

    def picture(
        self, option: QStyleOptionViewItem, says: Hashable, scale: float, draw: Draw
    ) -> QPixmap:
        """The picture of a cell of this size, drawn now if it is not kept."""
        place = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        key = (says, place.width(), place.height(), chosen, scale)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._drawn(option, place.size(), scale, draw)
            if len(self._pictures) >= KEPT_MAX:
                self._pictures.clear()
            self._pictures[key] = picture
        return picture

    def _drawn(
        self, option: QStyleOptionViewItem, size: QSize, scale: float, draw: Draw
    ) -> QPixmap:
        picture = QPixmap(size * scale)
        picture.setDevicePixelRatio(scale)
        inside = QStyleOptionViewItem(option)
        inside.rect = QRect(0, 0, size.width(), size.height())
        painter = QPainter(picture)
        draw(painter, inside)
        painter.end()
        return picture
