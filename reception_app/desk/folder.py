"""The folder a desk keeps its data in, and who has it open.

Two processes never open one desk database: the second is told who has it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct
from PySide6.QtCore import QLockFile

LOCK_STALE_MS = 0
"""A lock is stale only when its process is gone, never because it is old."""


class FolderInUse(Exception):
    """Another program has this desk open; the text says which."""


class FolderNotUsable(Exception):
    """The folder cannot be made or written; the text says what to do."""


class Settings(Struct, frozen=True):
    """What a desk remembers of its set-up. Nothing personal.

    `printer` is for letters; an empty printer saves to `pdf_folder`, an empty folder means the
    desk's own. `text_percent` holds from the next start.
    """

    central: str = ""
    sample: bool = False
    office_id: str = ""
    counter_name: str = ""
    staff_id: str = ""
    theme: str = "light"
    printer: str = ""
    ticket_printer: str = ""
    pdf_folder: str = ""
    text_percent: int = 100


class DeskFolder(Struct, frozen=True):
    """The paths of a desk."""

    path: Path

    @property
    def database(self) -> Path:
        """The encrypted database."""
        return self.path / "desk.db"

    @property
    def key_file(self) -> Path:
        """The key of a sample desk; a real desk's key is never in a file."""
        return self.path / "sample.key"

    @property
    def damage_mark(self) -> Path:
        """There when the database was found damaged at work: the next start begins anew."""
        return self.path / "damaged"

    @property
    def log_file(self) -> Path:
        """What this desk did, without anybody's name."""
        return self.path / "desk.log"

    @property
    def documents(self) -> Path:
        """Where documents are saved when nothing else was chosen."""
        return self.path / "documents"

    def documents_for(self, settings: Settings) -> Path:
        """Where documents are saved."""
        return Path(settings.pdf_folder) if settings.pdf_folder else self.documents

    def make(self) -> None:
        """Make the folder. Raises FolderNotUsable."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".writable"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise FolderNotUsable(
                f"The folder {self.path} cannot be written ({error.strerror}). "
                "Choose another with --data."
            ) from error

    def lock(self) -> QLockFile:
        """Hold the folder for this process. Raises FolderInUse."""
        lock = QLockFile(str(self.path / "desk.lock"))
        lock.setStaleLockTime(LOCK_STALE_MS)
        if lock.tryLock(0):
            return lock
        raise FolderInUse(
            f"This desk is open already{_by_whom(lock)}. "
            "Go to that window, or give this one a folder of its own with --data."
        )

    def settings(self) -> Settings:
        """What was remembered; the defaults when nothing or nothing readable is there."""
        try:
            return msgspec.json.decode((self.path / "settings.json").read_bytes(), type=Settings)
        except (OSError, msgspec.DecodeError):
            return Settings()

    def remember(self, settings: Settings) -> None:
        """Keep settings, whole or not at all. Raises OSError."""
        target = self.path / "settings.json"
        new = target.with_suffix(".new")
        with new.open("wb") as file:
            file.write(msgspec.json.encode(settings))
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)


def _by_whom(lock: QLockFile) -> str:
    """Who holds a lock; nothing when they have let go meanwhile."""
    process, host, name = lock.getLockInfo()
    return f": {name or 'a program'}, process {process}, on {host}" if process else ""
