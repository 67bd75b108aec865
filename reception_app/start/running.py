"""A desk from its folder to its closed window: open, take a seat, show, run, close."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.collecting import Collecting
from reception_app.desk.embedded import CentreDidNotStart
from reception_app.desk.folder import DeskFolder, FolderInUse, FolderNotUsable
from reception_app.desk.log_file import crash_told_in, log_kept_in
from reception_app.desk.rescue import offer_rescued
from reception_app.desk.runtime import Runtime
from reception_app.desk.saying import STOPPED, error_words
from reception_app.desk_window import DeskWindow
from reception_app.printing.paper import Paper
from reception_app.settings.text_size import use_text_size
from reception_app.shell.scanner import Scanner
from reception_app.start.asking import WhoseService
from reception_app.start.opening import (
    CANNOT_OPEN,
    SAMPLE_PERSON,
    NoOffices,
    open_place,
    set_up_own_centre,
    take_seat,
)
from reception_app.start.preparing import Abandoned, Preparing
from reception_app.start.where import (
    Place,
    default_folder,
    own_place,
    remember_central,
    sample_place,
)
from reception_app.theme.applying import apply_theme
from reception_app.theme.tokens import LIGHT, THEMES
from sync.errors import DatabaseUnreadable, OtherVersion, Refusal, StorageFailed, Withdrawn
from sync.upstream.line import Health, LineState
from visits.calendar.local_time import local, local_date
from visits.ids import StaffId
from visits.offices.queries import Seat

WINDOW_PX = (1440, 900)
WINDOW_AWAITED_MS = 300
"""After so long the window opens, queue or no queue."""
AFTER_QUEUE_MS = 150
QUEUE_AWAITED_MS = 2_000
"""After so long the rest begins, queue or no queue."""


class _Sitting(Struct):
    """Who is at the desk, for the commands issued here."""

    at: AtDesk | None = None

    def actor(self) -> str:
        return self.at.staff_id if self.at is not None else "setting up"


def run_desk(
    *,
    data: Path | None,
    central: str | None,
    sample: bool,
    customers: int | None,
    without_screen: bool,
) -> int:
    """Run a desk until its window is closed. The exit code is 0 when it ended well."""
    if without_screen:
        from reception_app.start.no_screen import leave_out_what_is_by_design

        leave_out_what_is_by_design()
    try:
        place = _place(data, central, sample=sample)
    except (FolderInUse, FolderNotUsable) as error:
        QApplication(sys.argv[:1])
        return _tell(str(error), without_screen=without_screen)
    use_text_size(place.settings)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("council-reception")
    apply_theme(app, THEMES.get(place.settings.theme, LIGHT))
    preparing = Preparing()
    try:
        with log_kept_in(place.folder.log_file) as log, crash_told_in(log):
            return _open_and_run(app, place, preparing, customers, without_screen=without_screen)
    except Abandoned:
        return 0
    except Exception as error:
        return _tell(_why(error, place), without_screen=without_screen)
    finally:
        preparing.done()
        place.lock.unlock()


def _place(data: Path | None, central: str | None, *, sample: bool) -> Place:
    folder = data or default_folder()
    if not sample:
        return own_place(folder.resolve(), central=central)
    root = folder if data else folder / "sample"
    return sample_place(root.resolve(), today=local_date(datetime.now(UTC)))


def _why(error: Exception, place: Place) -> str:
    """What stands in the way of starting, in words. Raises what is a bug."""
    if type(error) in CANNOT_OPEN:
        return CANNOT_OPEN[type(error)](place.folder.path)
    if isinstance(error, CentreDidNotStart):
        return f"The central service on this computer did not start. It said: {error}"
    if isinstance(error, NoOffices):
        return str(error)
    if isinstance(error, DatabaseUnreadable):
        place.folder.damage_mark.touch()
        return f"{STOPPED[Health.DAMAGED]}."
    if isinstance(error, (OtherVersion, Refusal, StorageFailed)):
        return error_words(error)
    raise error


def _tell(sentence: str, *, without_screen: bool) -> int:
    print(sentence, file=sys.stderr)
    if not without_screen:
        QMessageBox.warning(None, "Council reception", sentence)
    return 1


def _open_and_run(
    app: QApplication,
    place: Place,
    preparing: Preparing,
    customers: int | None,
    *,
    without_screen: bool,
) -> int:
    _ask_whose_service(place)
    set_up_own_centre(place, preparing, customers=customers)
    opened = open_place(place, preparing, now=local(datetime.now(UTC)))
    sitting = _Sitting()
    runtime = Runtime(opened.node, central=place.address_finder(), actor=sitting.actor)
    runtime.line_changed.connect(partial(_note_damage, place.folder))
    runtime.line_changed.connect(partial(_end_if_withdrawn, app))
    collecting = Collecting(app)
    try:
        at = _at_desk(place, runtime, take_seat(place, runtime, preparing))
        sitting.at = at
        desk = DeskWindow(at, place)
        _show(app, desk, preparing)
        if opened.rescue is not None:
            at.say(offer_rescued(runtime.desk, opened.rescue), None)
        if without_screen:
            from reception_app.start.no_screen import do_main_job

            return do_main_job(desk, place.folder.path / "without-screen")
        return _worked(app, runtime, desk)
    finally:
        runtime.close()
        if place.embedded is not None:
            place.embedded.let_go()
        collecting.stop()


def _worked(app: QApplication, runtime: Runtime, desk: DeskWindow) -> int:
    """Until the window is closed. Raises Withdrawn when the council withdraws this computer."""
    code = app.exec()
    if runtime.line_state.health is Health.WITHDRAWN:
        # What it still shows of people is not for whoever has it now.
        desk.window.hide()
        raise Withdrawn
    return code


def _end_if_withdrawn(app: QApplication, line: LineState) -> None:
    if line.health is Health.WITHDRAWN:
        app.quit()


def _note_damage(folder: DeskFolder, line: LineState) -> None:
    if line.health is Health.DAMAGED:
        folder.damage_mark.touch()


def _ask_whose_service(place: Place) -> None:
    if place.is_sample or place.settings.central:
        return
    question = WhoseService()
    if question.exec() != QDialog.DialogCode.Accepted:
        raise Abandoned
    remember_central(place, question.central)


def _at_desk(place: Place, runtime: Runtime, seat: Seat) -> AtDesk:
    settings = place.settings
    kept = StaffId(settings.staff_id)
    return AtDesk(
        runtime=runtime,
        office_id=seat.office_id,
        office_name=seat.office,
        counter_name=seat.counter_name,
        staff_id=SAMPLE_PERSON if place.is_sample and not kept else kept,
        theme=THEMES.get(settings.theme, LIGHT),
        say=lambda words, undo: None,
        paper=Paper(
            runtime,
            place.folder.documents_for(settings),
            settings.printer,
            ticket_printer=settings.ticket_printer,
        ),
    )


def _show(app: QApplication, desk: DeskWindow, preparing: Preparing) -> None:
    preparing.done()
    Scanner(app).scanned.connect(desk.on_scanned)
    # Opened with the queue in it: an empty window would be painted first, and all of it again.
    open_window = partial(_open_window, app, desk)
    desk.reception.queue_shown.connect(open_window, Qt.ConnectionType.SingleShotConnection)
    QTimer.singleShot(WINDOW_AWAITED_MS, open_window)
    desk.reception.refresh_if_stale()
    # After the event that paints the queue and a first key, which nothing else is to delay.
    desk.reception.queue_shown.connect(
        lambda: QTimer.singleShot(AFTER_QUEUE_MS, desk.on_shown),
        Qt.ConnectionType.SingleShotConnection,
    )
    QTimer.singleShot(QUEUE_AWAITED_MS, desk.on_shown)


def _open_window(app: QApplication, desk: DeskWindow) -> None:
    if desk.window.isVisible():
        return
    available = desk.window.screen().availableSize()
    drawn_into_memory = app.platformName() == "offscreen"
    fits = available.width() > WINDOW_PX[0] and available.height() > WINDOW_PX[1]
    if fits or drawn_into_memory:
        desk.window.resize(*WINDOW_PX)
        desk.window.show()
    else:
        desk.window.resize(available)
        desk.window.showMaximized()
