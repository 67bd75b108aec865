"""An appointment as its confirmation on paper. Loads the paper's libraries: import it late."""

from __future__ import annotations

from visits.appointments.queries import AppointmentSheet
from visits.calendar.local_time import local_date
from visits.codes import CodeKind, write_code
from visits.documents.confirmation import Confirmation, confirmation


def confirmation_of(found: AppointmentSheet) -> Confirmation:
    """What the confirmation of an appointment says."""
    return Confirmation(
        # The council has no name of its own in the settings yet; its office signs.
        council=found.office,
        customer=found.customer,
        service=found.service,
        starts_at=found.starts_at,
        duration_minutes=found.duration_minutes,
        officer=found.officer,
        office=found.office,
        address=found.office_address,
        phone=found.office_phone,
        bring=found.bring,
        reference=found.reference,
        code=write_code(
            CodeKind.APPOINTMENT, found.appointment_id, expires_on=local_date(found.starts_at)
        ),
        provisional=found.provisional,
        large_print=found.large_print,
    )


def confirmation_pdf(found: AppointmentSheet) -> bytes:
    """The confirmation as PDF."""
    return confirmation(confirmation_of(found))
