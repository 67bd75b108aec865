"""Which folder a desk works in, which key opens it, and where its centre is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QLockFile

from reception_app.desk.embedded import CentreDidNotStart, EmbeddedCentre
from reception_app.desk.folder import DeskFolder, FolderInUse, Settings
from reception_app.desk.keys import KeyringKeys, KeyStore, SampleKeys
from sync.errors import LineDown

APP_NAME = "council-reception"
SAMPLE_CUSTOMERS = 5_000
SAMPLE_DESKS_MAX = 20


class Place(Struct):
    """A desk's folder, held by this process, and all that belongs to it."""

    folder: DeskFolder
    lock: QLockFile
    keys: KeyStore
    settings: Settings
    embedded: EmbeddedCentre | None

    @property
    def is_sample(self) -> bool:
        """Whether its people are invented."""
        return self.settings.sample

    def remember_person(self, staff_id: str) -> None:
        """Who was last at this desk."""
        self.settings = replace(self.folder.settings(), staff_id=staff_id)
        self.folder.remember(self.settings)

    def address_finder(self) -> Callable[[], str]:
        """Says where the centre is; starts the desk's own service when it is asked first."""
        if self.embedded is None:
            return lambda: self.settings.central
        return _Starting(self.embedded)


class _Starting:
    """Starts the embedded centre once; one that was stopped on purpose stays stopped."""

    def __init__(self, embedded: EmbeddedCentre) -> None:
        self._embedded = embedded
        self._started = False

    def __call__(self) -> str:
        if not self._started:
            try:
                self._embedded.start()
            except CentreDidNotStart as error:
                raise LineDown("the desk's own centre did not start") from error
            self._started = True
        address = self._embedded.address()
        if address is None:
            raise LineDown("the desk's own centre has no address")
        return address


def default_folder() -> Path:
    """Where a desk keeps its data when nothing was said."""
    from platformdirs import user_data_path

    return user_data_path(APP_NAME, appauthor=False)


def sample_place(root: Path, *, today: date) -> Place:
    """The first desk of the sample council that nobody has open. Nothing is asked.

    A council is made for each day, so that its morning is always this morning; one whose service
    still runs is joined. Raises FolderInUse or FolderNotUsable.
    """
    council = _running(root) or root / f"{today:%Y-%m-%d}"
    embedded = EmbeddedCentre(council / "centre")
    for number in range(1, SAMPLE_DESKS_MAX + 1):
        folder = DeskFolder(council / f"desk-{number}")
        folder.make()
        try:
            lock = folder.lock()
        except FolderInUse:
            continue
        settings = folder.settings()
        if not settings.sample:
            settings = Settings(sample=True, counter_name=f"Counter {number + 2}")
            folder.remember(settings)
        return Place(folder, lock, SampleKeys(), settings, embedded)
    raise FolderInUse(f"All {SAMPLE_DESKS_MAX} desks of the sample are open already.")


def _running(root: Path) -> Path | None:
    for council in sorted(root.glob("????-??-??"), reverse=True):
        if EmbeddedCentre(council / "centre").is_up():
            return council
    return None


def own_place(path: Path, *, central: str | None) -> Place:
    """A real desk's folder. Raises FolderInUse or FolderNotUsable."""
    folder = DeskFolder(path)
    folder.make()
    lock = folder.lock()
    settings = folder.settings()
    if central and central != settings.central:
        settings = _with_central(settings, central)
        folder.remember(settings)
    embedded = EmbeddedCentre(path / "centre") if settings.central == EMBEDDED else None
    return Place(folder, lock, KeyringKeys(), settings, embedded)


EMBEDDED = "embedded"
"""What a desk's settings hold for its centre when it has one of its own on this machine."""


def _with_central(settings: Settings, central: str) -> Settings:
    return replace(settings, central=central.rstrip("/"))


def remember_central(place: Place, central: str) -> None:
    """Keep whose service this desk belongs to."""
    place.settings = _with_central(place.settings, central)
    place.folder.remember(place.settings)
    if central == EMBEDDED:
        place.embedded = EmbeddedCentre(place.folder.path / "centre")
