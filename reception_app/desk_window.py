"""The window of a desk: every place, panel and act put together. The only place that knows all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import sync_words
from reception_app.parts.making import action
from reception_app.queue.view import ReceptionPage
from reception_app.shell.rail import Place
from reception_app.shell.window import Window
from reception_app.start.where import Place as DeskPlace
from reception_app.theme.tokens import Theme
from sync.standing import Standing, standing
from visits.calendar.local_time import local_date
from visits.customers.search import Found, find_customers, person_by_id
from visits.ids import CustomerId
from visits.words import clock_time, long_date

if TYPE_CHECKING:
    from reception_app.shell.palette import Offer

# What the first window does not show is loaded where it is first needed, after it.

PLACES = (
    Place("reception", "Reception", "concierge-bell"),
    Place("appointments", "Appointments", "calendar"),
    Place("rooms", "Rooms", "door-open"),
    Place("visits", "Visits", "house"),
)
PAGES = {
    "appointments": ("reception_app.appointments.view", "AppointmentsPage"),
    "rooms": ("reception_app.rooms.view", "RoomsPage"),
    "visits": ("reception_app.home_visits.view", "VisitsPage"),
}
"""Where the page of each place is; loaded once the first window is on screen."""

BELONGS_TO = {
    "queue": "reception",
    "customers": "reception",
    "offices": "reception",
    "appointments": "appointments",
    "notices": "appointments",
    "rooms": "rooms",
    "home_visits": "visits",
}
"""The place whose badge counts a refused command, by the idea the command belongs to."""

SETTINGS_WORDS = "Settings: dark, text size, printers"
"""Found by what people look for, when they look for a setting."""
CLOCK_EVERY_MS = 5_000
CLOSE_AGAIN = timedelta(seconds=10)
PEOPLE_OFFERED_MAX = 8


class DeskWindow(QObject):
    """Wires the pages, the foot, the palette and the panels of one desk."""

    def __init__(self, at: AtDesk, place: DeskPlace) -> None:
        super().__init__()
        self.at = at
        self._place = place
        self.window = Window(PLACES, at.theme)
        self.setParent(self.window)
        self.window.setWindowTitle(self.tr("Council reception"))
        at.say = self.window.foot.say
        self._pages: dict[str, Any] = {}
        self.reception = ReceptionPage(at, self.window.pages_in)
        self._pages["reception"] = self.reception
        self.window.add_page("reception", self.reception)
        self.reception.book_wanted.connect(self._on_book_wanted)
        self.reception.room_wanted.connect(self._on_room_wanted)
        self._acts = self._make_acts()
        self._connect()
        self.window.may_close = self._may_close
        self._asked_to_close_at: datetime | None = None
        self._show_time()
        self.window.show_place("reception")
        self._has_begun = False

    def _connect(self) -> None:
        at, window = self.at, self.window
        window.palette_wanted.connect(self.open_palette)
        window.foot.sync_pressed.connect(self.open_attention)
        window.rail.settings_wanted.connect(self.open_settings)
        window.rail.place_chosen.disconnect(window.show_place)
        window.rail.place_chosen.connect(self.show_place)
        at.runtime.line_changed.connect(self._refresh_standing)
        at.runtime.rows_changed.connect(self._refresh_standing)
        self._clock = QTimer(self)
        self._clock.setInterval(CLOCK_EVERY_MS)
        self._clock.timeout.connect(self._show_time)
        self._clock.start()

    def _make_acts(self) -> tuple[QAction, ...]:
        made = [
            self._act("sync_now", self.tr("Send and fetch now"), "Ctrl+R", self._sync_now),
            self._act("attention", self.tr("Needs attention"), "F2", self.open_attention),
            self._act("settings", self.tr(SETTINGS_WORDS), "Ctrl+,", self.open_settings),
            self._act(
                "switch_person", self.tr("Someone else is here"), "Ctrl+U", self.choose_person
            ),
        ]
        if self._place.embedded is not None:
            made += [
                self._act("cut_line", self.tr("Stop the central service here"), "", self.cut_line),
                self._act("join_line", self.tr("Start the central service"), "", self.join_line),
            ]
        return tuple(made)

    def _act(self, name: str, words: str, key: str, act: Callable[[], None]) -> QAction:
        return action(self.window, name, words, key, act)

    def on_shown(self) -> None:
        """The queue is on screen: connect, then load what was left for later. Once is enough."""
        if self._has_begun:
            return
        self._has_begun = True
        from reception_app.attention.announcing import Announcing

        self._show_person()
        self._announcing = Announcing(self.at, self.window)
        self.at.runtime.start()
        self.build_rest()
        if not self.at.staff_id:
            self.choose_person()

    def _may_close(self) -> bool:
        """Somebody half entered is said first; pressed again soon after, the window closes."""
        now, asked = self.at.now(), self._asked_to_close_at
        # A clock that was put right meanwhile says nothing of how long it was.
        again = asked is not None and timedelta(0) <= now - asked < CLOSE_AGAIN
        if again or not self.reception.arrive.holds_something():
            return True
        self._asked_to_close_at = now
        self.show_place("reception")
        self.at.say(
            self.tr("Somebody is half entered here. Close again to leave without them."), None
        )
        return False

    # Places

    def build_rest(self) -> None:
        """Build one place that is not built yet, then come back for the next."""
        missing = next((name for name in PAGES if name not in self._pages), None)
        if missing is None:
            self.at.load_vocabulary()
            # The places live as long as the window: the collector need not look at them again.
            gc.freeze()
            return
        # Never on a worker: to make a class of Qt's while the window's thread runs crashes some
        # starts. What is typed meanwhile comes between the loading and the building.
        import_module(PAGES[missing][0])
        QTimer.singleShot(0, partial(self._build_next, missing))

    def _build_next(self, name: str) -> None:
        self.page(name)
        QTimer.singleShot(0, self.build_rest)

    def page(self, name: str) -> Any:
        """The page of a place, built when it is first needed."""
        if name not in self._pages:
            module, kind = PAGES[name]
            made = getattr(import_module(module), kind)(self.at, self.window.pages_in)
            self._pages[name] = made
            self.window.add_page(name, self._pages[name])
        return self._pages[name]

    def show_place(self, name: str) -> None:
        """Show a place."""
        self.page(name)
        self.window.show_place(name)

    def _on_book_wanted(self, arrival: object) -> None:
        # All that was chosen and typed goes along: reception is free for the next person.
        self.reception.arrive.start_again()
        self.show_place("appointments")
        self.page("appointments").begin(arrival)

    def _on_room_wanted(self, here: object) -> None:
        self.show_place("rooms")
        self.page("rooms").begin(here)

    def on_scanned(self, code: str) -> None:
        """A code was scanned, wherever the keyboard was."""
        self.show_place("reception")
        self.reception.enter(code)

    # The sync line

    def _refresh_standing(self, _: object = None) -> None:
        node = self.at.runtime.node

        def ask(session: Session) -> tuple[Standing, dict[str, int]]:
            from reception_app.attention.cards import decisions

            return standing(session), _by_place(decisions(session, node))

        self.at.runtime.query(ask, self._show_standing, self.at.failed)

    def _show_standing(self, found: tuple[Standing, dict[str, int]]) -> None:
        stands, by_place = found
        stands = replace(stands, needs_decision=sum(by_place.values()))
        self.window.foot.show_sync(*sync_words(stands, self.at.runtime.line_state))
        for place in PLACES:
            self.window.rail.set_badge(place.name, by_place.get(place.name, 0))

    def _sync_now(self) -> None:
        self.at.runtime.line.wake()

    def cut_line(self) -> None:
        """Stop the central service on this machine, as when the line is cut: a rehearsal."""
        embedded = self._place.embedded
        if embedded is None or not embedded.is_ours:
            self.at.say(self.tr("The desk that started the central service can stop it."), None)
            return
        self.at.runtime.work(embedded.stop, self._on_cut, self.at.failed)

    def _on_cut(self, _: object) -> None:
        self.at.say(self.tr("The central service is stopped. Work goes on here."), self.join_line)
        self._sync_now()

    def join_line(self) -> None:
        """Start the central service on this machine again."""
        embedded = self._place.embedded
        if embedded is not None:
            self.at.runtime.work(embedded.start, lambda _: self._sync_now(), self.at.failed)

    # Who, when, what

    def _show_time(self) -> None:
        now = self.at.now()
        self.window.show_where(
            " · ".join((self.at.office_name, self.at.counter_name, *self._sample_words())),
            f"{long_date(local_date(now))} · {clock_time(now)}",
        )

    def _sample_words(self) -> tuple[str, ...]:
        return (self.tr("sample, nobody is real"),) if self._place.is_sample else ()

    def _show_person(self) -> None:
        from visits.home_visits.queries import officer

        staff_id = self.at.staff_id
        self.at.runtime.query(
            lambda session: officer(session, staff_id),
            lambda found: self.window.rail.set_person(found.full_name if found else ""),
            self.at.failed,
        )

    def choose_person(self) -> None:
        """Someone else is at the desk now."""
        from reception_app.start.choosing import Choosing
        from visits.home_visits.queries import officers_of

        def choose(people: Any) -> None:
            question = Choosing(people)
            if question.exec() and question.chosen is not None:
                self.at.staff_id = question.chosen.staff_id
                self._place.remember_person(self.at.staff_id)
                self._show_person()

        office = self.at.office_id
        self.at.runtime.query(lambda session: officers_of(session, office), choose, self.at.failed)

    def open_attention(self) -> None:
        """What waits and what needs a decision, beside the work."""
        from reception_app.attention.view import AttentionPanel

        self._open_panel(AttentionPanel, self.at)

    def open_settings(self) -> None:
        """Settings, beside the work."""
        from reception_app.settings.view import SettingsPanel

        self._open_panel(SettingsPanel, self.at, self._place.folder)

    def _open_panel(self, kind: type[Any], *needs: object) -> None:
        if isinstance(self.window.panel, kind):
            self.window.close_panel()
            return
        panel = kind(*needs)
        panel.close_wanted.connect(self.window.close_panel)
        for signal, act in self._panel_wishes.items():
            if hasattr(panel, signal):
                getattr(panel, signal).connect(act)
        self.window.show_panel(panel)

    @property
    def _panel_wishes(self) -> dict[str, Callable[..., None]]:
        return {
            "theme_chosen": self.use_theme,
            "switch_wanted": self.choose_person,
            "counter_renamed": self._on_counter_renamed,
            "person_wanted": self._open_person,
            "ticket_wanted": self._open_ticket,
            "booked": self._open_appointment,
            "visit_agreed": self._open_visit,
        }

    def _on_counter_renamed(self, name: str) -> None:
        self.reception.counter.show_name(name)
        self._show_time()

    def use_theme(self, theme: Theme) -> None:
        """Show everything in a theme. What is painted by hand keeps its theme as an attribute."""
        self.window.theme = theme
        for painted in self.window.findChildren(QObject):
            for name in ("theme", "_theme"):
                if isinstance(getattr(painted, name, None), Theme):
                    setattr(painted, name, theme)
        self.window.update()

    def _open_person(self, customer_id: str) -> None:
        self.at.runtime.query(
            lambda session: person_by_id(session, CustomerId(customer_id)),
            lambda person: self._check_in(person) if person else None,
            self.at.failed,
        )

    def _open_ticket(self, ticket_id: str) -> None:
        self.show_place("reception")
        self.reception.waiting.choose(ticket_id)

    def open_palette(self) -> None:
        """Acts, people and references by a few letters."""
        from reception_app.shell.palette import Palette

        page = self._pages[self.window.shown]
        acts = [*page.findChildren(QAction), *self._acts]
        named = [act for act in acts if act.objectName() and act.text()]
        palette = Palette(named, self._find, self.window)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette.open()

    def _find(self, text: str, found: Callable[[Sequence[Offer]], None]) -> None:
        from reception_app.shell.palette import Offer
        from visits.appointments.queries import appointment_by_reference

        vocabulary = self.at.vocabulary

        def ask(session: Session) -> tuple[Any, tuple[Found, ...]]:
            reference = appointment_by_reference(session, text)
            people = find_customers(session, text, vocabulary, limit=PEOPLE_OFFERED_MAX)
            return reference, people

        def offer(answer: tuple[Any, tuple[Found, ...]]) -> None:
            reference, people = answer
            offers = [Offer(_person_words(p), partial(self._check_in, p)) for p in people]
            if reference is not None:
                words = f"Appointment {text.strip().upper()}"
                offers.insert(0, Offer(words, partial(self._open_appointment, reference)))
            found(offers)

        self.at.runtime.query(ask, offer, self.at.failed)

    def _check_in(self, person: Found) -> None:
        self.show_place("reception")
        self.reception.arrive.choose(person)

    def _open_appointment(self, appointment_id: object) -> None:
        self.show_place("appointments")
        self.page("appointments").open(appointment_id)

    def _open_visit(self, visit_id: str) -> None:
        self.show_place("visits")
        self.page("visits").open(visit_id)


def _person_words(person: Found) -> str:
    return " · ".join(
        part for part in (person.full_name, person.postcode, person.reference) if part
    )


def _by_place(items: Sequence[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in items:
        idea = item.envelope.name.partition(".")[0]
        place = BELONGS_TO.get(idea, "reception")
        counts[place] = counts.get(place, 0) + 1
    return counts
