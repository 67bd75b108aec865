"""The main job without a screen can be done at any hour, and again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication

from reception_app.start.no_screen import do_main_job
from reception_app.theme.tokens import LIGHT
from tests import centres
from tests.screens.stage import PERSON, Stage, a_stage
from visits.calendar.local_time import local_date
from visits.ids import ServiceId, StretchId, TicketId
from visits.queue.commands import CheckIn
from visits.queue.records import Ticket

SATURDAY_EVENING = datetime(2026, 11, 28, 17, 50, tzinfo=UTC)
"""No time is free any more before the week ends."""


def test_on_the_last_evening_of_a_week_the_first_free_time_is_booked_in_the_next(
    qapp: QApplication, sample_files: dict[str, Path], tmp_path: Path
) -> None:
    with a_stage(qapp, tmp_path, sample_files, LIGHT) as stage:
        stage.clock.now = SATURDAY_EVENING
        somebody_waits(stage)
        for number in (1, 2):
            assert do_main_job(stage.desk, tmp_path / "job") == 0
            opened = stage.desk.page("appointments").opened
            assert local_date(opened.starts_at) > local_date(SATURDAY_EVENING)
            assert len(list((tmp_path / "job").glob("Appointment *.pdf"))) == number
            stage.desk.show_place("reception")


def somebody_waits(stage: Stage) -> None:
    """Somebody has come to the other desk."""
    desk = stage.other.runtime.desk
    with desk.node.database.read() as session:
        service_id = session.query(Ticket.service_id).limit(1).scalar()
    command = CheckIn(
        ticket_id=TicketId("evening-ticket"),
        stretch_id=StretchId("evening-stretch"),
        office_id=centres.OFFICE,
        number="Z01",
        number_on=local_date(SATURDAY_EVENING),
        service_id=ServiceId(service_id),
        arrived_at=SATURDAY_EVENING,
    )
    desk.issue(command, actor=PERSON)
    centres.sync(desk, stage.authority)
    stage.desk.at.runtime.line.wake()
    stage.wait(lambda: stage.desk.reception.counter.next_call is not None)
