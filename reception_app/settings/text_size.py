"""How large text is. Qt takes the factor once, before the app begins."""

from __future__ import annotations

import os

from reception_app.desk.folder import Settings

TEXT_PERCENTS = (100, 125, 150, 200)


def use_text_size(settings: Settings) -> None:
    """Set the factor for the app about to begin. One that the person set outside stays."""
    if settings.text_percent in TEXT_PERCENTS and settings.text_percent != 100:
        os.environ.setdefault("QT_SCALE_FACTOR", str(settings.text_percent / 100))
