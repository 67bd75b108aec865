"""The panel of an appointment that is booked: what was agreed, its state, and what may be done."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from reception_app.appointments.scrolling import scrolling
from reception_app.parts.making import ActButton, action, label, set_tone, surface
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.appointments.queries import AppointmentSheet
from visits.calendar.local_time import local_date
from visits.ids import AppointmentId, StaffId
from visits.words import long_date, name_shown, time_range

STATES: dict[str, tuple[str, str]] = {
    "booked": ("●", "Confirmed"),
    "arrived": ("●", "Arrived"),
    "finished": ("✓", "Finished"),
    "cancelled": ("■", "Cancelled"),
}
PROVISIONAL = ("▲", "Provisional")
WHY_PROVISIONAL = (
    "The centre has not been reached yet. If somebody took the time meanwhile, "
    "this comes back under Needs attention."
)
WHY_STILL_TAKEN = (
    "The centre has not been reached yet. Until then other desks do not know, "
    "and the time stays taken."
)
WIDE_PLACES = ((0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 1, 1), (2, 0, 1, 2))
NARROW_PLACES = tuple((number, 0, 1, 2) for number in range(4))
"""Row, column and spans of the acts: save, move, cancel, book another."""
OUT_OF_DATE = "The paper handed out before is out of date: print it again."

Agreed = tuple[datetime, StaffId]
"""What makes a paper out of date when it changes: when it is, and with whom."""


def state_words(state: str, *, provisional: bool) -> str:
    """A state with its shape: what is undecided says that it is provisional."""
    shape, words = STATES.get(state, ("", state))
    if provisional:
        words = PROVISIONAL[1] if state == "booked" else f"{words}, {PROVISIONAL[1].lower()}"
        shape = PROVISIONAL[0]
    return f"{shape} {words}".strip()


def state_tone(state: str, *, provisional: bool) -> str:
    """Which colour of a theme a state has; its words and shape say the same."""
    if provisional:
        return "nearly_late"
    return {"booked": "in_good_time", "arrived": "in_good_time"}.get(state, "soft_ink")


def state_colour(theme: Theme, state: str, *, provisional: bool) -> str:
    """The colour of a state, for what is painted by hand."""
    colour: str = getattr(theme, state_tone(state, provisional=provisional))
    return colour


class SheetPanel(QFrame):
    """What, when, where, with whom, the reference, the state; print, save, move, cancel."""

    act_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("appointment")
        self.found: AppointmentSheet | None = None
        self._papers: dict[AppointmentId, Agreed] = {}
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        self._reference = label("", "heading", name="sheet_reference")
        self._state = label("", "strong", name="sheet_state")
        column.addWidget(self._reference)
        column.addWidget(self._state)
        self.out_of_date = label(OUT_OF_DATE, "error", name="sheet_out_of_date", wraps=True)
        self.out_of_date.hide()
        column.addWidget(self.out_of_date)
        area, above = scrolling(self)
        column.addWidget(area, 1)
        card, inner = surface("sunk")
        self._when = label("", "strong", name="sheet_when", wraps=True)
        self._person = label("", "strong", name="sheet_person", wraps=True)
        self._what = label("", "", name="sheet_what", wraps=True)
        self._where = label("", "soft", name="sheet_where", wraps=True)
        self._note = label("", "", name="sheet_note", wraps=True)
        for part in (self._when, self._person, self._what, self._note, self._where):
            inner.addWidget(part)
        above.addWidget(card)
        self._why = label(WHY_PROVISIONAL, "soft", name="sheet_why", wraps=True)
        above.addWidget(self._why)
        self.told = label("", "", name="sheet_told", wraps=True)
        self.told.hide()
        above.addWidget(self.told)
        above.addStretch()
        self._build_acts(column)

    def _build_acts(self, column: QVBoxLayout) -> None:
        grid = QGridLayout()
        grid.setSpacing(t.GAP_SMALL)
        self.save_act = self._act("save_confirmation", self.tr("Save as PDF"), "Ctrl+S")
        self.move_act = self._act("move_appointment", self.tr("Move"), "F7")
        self.cancel_act = self._act("cancel_appointment", self.tr("Cancel"), "Shift+F8")
        self.cancel_act.setToolTip(self.tr("Cancel the appointment"))
        self.another_act = self._act("book_another", self.tr("Book another"), "F9")
        acts = self.save_act, self.move_act, self.cancel_act, self.another_act
        self._act_buttons = tuple(ActButton(act) for act in acts)
        self._grid = grid
        self.set_narrow(False)
        column.addLayout(grid)
        self.print_act = self._act("print_confirmation", self.tr("Print"), "Ctrl+P")
        self.print_act.setToolTip(self.tr("Print the confirmation"))
        column.addWidget(ActButton(self.print_act, "big"))

    def _act(self, name: str, words: str, key: str) -> QAction:
        return action(self, name, words, key, lambda: self.act_wanted.emit(name))

    def set_narrow(self, narrow: bool) -> None:
        """Give way where the window is small: every act has a row of its own then."""
        places = NARROW_PLACES if narrow else WIDE_PLACES
        for button, place in zip(self._act_buttons, places, strict=True):
            self._grid.removeWidget(button)
            self._grid.addWidget(button, *place)

    def show_sheet(self, found: AppointmentSheet, *, now: datetime) -> None:
        """An appointment as it stands now."""
        if self.found is None or _told_of(self.found) != _told_of(found):
            self.tell("")
        self.found = found
        self._show_out_of_date()
        self._reference.setText(found.reference)
        state = state_words(found.state, provisional=found.provisional)
        self._state.setText(state)
        set_tone(self._state, state_tone(found.state, provisional=found.provisional))
        on_date = long_date(local_date(found.starts_at))
        self._when.setText(f"{on_date}\n{time_range(found.starts_at, found.ends_at)}")
        self._person.setText(name_shown(found.customer, customer_id=found.customer_id))
        self._what.setText(f"{found.service}\nWith {found.officer}")
        self._note.setText(found.note)
        self._note.setVisible(bool(found.note))
        self._where.setText(f"{found.office}\n{found.office_address}")
        self._why.setText(WHY_PROVISIONAL if found.state == "booked" else WHY_STILL_TAKEN)
        self._why.setVisible(found.provisional)
        self._allow(found, now)

    def _allow(self, found: AppointmentSheet, now: datetime) -> None:
        booked = found.state == "booked"
        self.print_act.setEnabled(booked)
        self.save_act.setEnabled(booked)
        self.cancel_act.setEnabled(booked)
        self.move_act.setEnabled(booked)

    def know_paper(self, found: AppointmentSheet) -> None:
        """A paper that says this has been handed out, unless a newer one is known."""
        self._papers.setdefault(found.appointment_id, _agreed(found))
        self._show_out_of_date()

    def tell_handed_over(self, found: AppointmentSheet, words: str) -> None:
        """A paper that says this is printed or saved; told while this is what is shown."""
        self._papers[found.appointment_id] = _agreed(found)
        if self.found is not None and _told_of(self.found) == _told_of(found):
            self.tell(words)
        self._show_out_of_date()

    def _show_out_of_date(self) -> None:
        found = self.found
        paper = self._papers.get(found.appointment_id) if found is not None else None
        self.out_of_date.setVisible(
            found is not None
            and found.state == "booked"
            and paper is not None
            and paper != _agreed(found)
        )

    def tell(self, words: str) -> None:
        """What became of the paper, beside the act."""
        self.told.setText(words)
        self.told.setVisible(bool(words))


def _agreed(found: AppointmentSheet) -> Agreed:
    return found.starts_at, found.staff_id


def _told_of(found: AppointmentSheet) -> tuple[AppointmentId, str, Agreed]:
    """What was told of a paper holds while this stays."""
    return found.appointment_id, found.state, _agreed(found)
