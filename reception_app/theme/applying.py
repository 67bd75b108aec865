"""Puts a theme on the application: fonts, palette, style sheet."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

import resources
from reception_app.theme import tokens as t
from reception_app.theme.style import style_sheet
from reception_app.theme.tokens import Theme

FONT_FILES = ("NotoSans-Regular.ttf", "NotoSans-SemiBold.ttf", "NotoSansArabic-Regular.ttf")
FAMILY = "Noto Sans"


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Fusion on every platform, with our palette and style sheet."""
    if not app.property("fonts_loaded"):
        for name in FONT_FILES:
            QFontDatabase.addApplicationFont(str(resources.path("fonts", name)))
        app.setProperty("fonts_loaded", True)
        font = QFont(FAMILY)
        font.setPixelSize(t.TEXT_PX)
        app.setFont(font)
    app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet(theme))


def palette(theme: Theme) -> QPalette:
    """The palette of a theme, for what the style sheet does not reach."""
    roles = {
        QPalette.ColorRole.Window: theme.canvas,
        QPalette.ColorRole.WindowText: theme.ink,
        QPalette.ColorRole.Base: theme.surface,
        QPalette.ColorRole.AlternateBase: theme.sunk,
        QPalette.ColorRole.Text: theme.ink,
        QPalette.ColorRole.Button: theme.surface,
        QPalette.ColorRole.ButtonText: theme.ink,
        QPalette.ColorRole.Highlight: theme.wash,
        QPalette.ColorRole.HighlightedText: theme.ink,
        QPalette.ColorRole.PlaceholderText: theme.soft_ink,
        QPalette.ColorRole.ToolTipBase: theme.surface,
        QPalette.ColorRole.ToolTipText: theme.ink,
        QPalette.ColorRole.Link: theme.accent,
    }
    made = QPalette()
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    return made
