"""Changes one setting at a time, kept whole or not at all, off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from reception_app.desk.folder import DeskFolder, Settings
from reception_app.desk.runtime import Runtime


class Keeping:
    """Reads and changes the settings of a desk's folder."""

    def __init__(self, runtime: Runtime, folder: DeskFolder, told: Callable[[str], None]) -> None:
        self._runtime = runtime
        self._folder = folder
        self._told = told

    def read(self, then: Callable[[Settings], None], failed: Callable[[Exception], None]) -> None:
        """What is remembered now."""
        self._runtime.work(self._folder.settings, then, failed)

    def change(self, failed: Callable[[Exception], None], **changed: Any) -> None:
        """Remember changed settings; when they cannot be kept the person is told."""
        # The worker takes one act at a time, so no change is read before another is written.
        self._runtime.work(lambda: self._kept(changed), self._tell, failed)

    def _kept(self, changed: dict[str, Any]) -> str:
        settings: Settings = msgspec.structs.replace(self._folder.settings(), **changed)
        try:
            self._folder.remember(settings)
        except OSError as error:
            return (
                f"The setting holds until this app is closed: it could not be kept in "
                f"{self._folder.path} ({error.strerror}). Tell the service desk."
            )
        return ""

    def _tell(self, words: str) -> None:
        if words:
            self._told(words)
