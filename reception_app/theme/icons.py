"""Icons from one open set, in the colour of the text beside them."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from reception_app.theme.tokens import ICON_PX

SHARPNESS = 3


def icon(name: str, colour: str) -> QIcon:
    """The icon `name` from resources/icons, drawn in a colour."""
    svg = resources.path("icons", f"{name}.svg").read_text("utf-8")
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))
    pixmap = QPixmap(QSize(ICON_PX, ICON_PX) * SHARPNESS)
    pixmap.fill("transparent")
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(SHARPNESS)
    return QIcon(pixmap)
