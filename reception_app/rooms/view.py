"""Rooms: who asked to talk in private, which room fits, hold and release."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import error_words
from reception_app.desk.undecided import not_yet_words
from reception_app.parts.page import Page
from reception_app.rooms.asked import AskedColumn
from reception_app.rooms.room_list import RoomList
from reception_app.theme import tokens as t
from sync.errors import Refusal
from sync.wire import Outcome
from visits.ids import RoomUseId, TicketId
from visits.queue.queries import AtCounter, QueueRow
from visits.rooms.commands import AskForRoom, HoldRoom, ReleaseRoom, UndoHold, UndoRelease
from visits.rooms.queries import AskedForRoom, RoomRow, asked_for_rooms, person_for_room, rooms_of
from visits.rooms.rules import features_needed
from visits.words import clock_time

SECOND_MS = 1_000
Found = tuple[tuple[RoomRow, ...], tuple[AskedForRoom, ...], AskedForRoom | None]
"""The rooms, who asked for one, and the person for whom the page was opened."""


class RoomsPage(Page):
    """People at the left, rooms at the right, Hold as the one big act."""

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        super().__init__(at, parent)
        self.setObjectName("rooms")
        self._begun_id: TicketId | None = None
        self._is_looking = False
        self._without_ticket = False
        self._asking = False
        self._for: TicketId | None = None
        self.asked = AskedColumn(at.theme, at.now, self)
        self.rooms = RoomList(at.theme, at.now, self)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE)
        columns.setSpacing(t.GAP)
        columns.addWidget(self.asked)
        columns.addWidget(self.rooms, 1)
        self.setFocusProxy(self.asked.table)
        self.asked.table.activated.connect(lambda _: self.rooms.hold_act.trigger())
        self.asked.chosen_changed.connect(self._on_chosen)
        self.asked.without_ticket_wanted.connect(self._on_without_ticket)
        self.asked.no_longer_wanted.connect(self._on_no_longer)
        self.rooms.hold_wanted.connect(self._on_hold)
        self.rooms.release_wanted.connect(self._on_release)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._on_second)
        self._second.start()

    def begin(self, person: AtCounter | QueueRow | AskedForRoom) -> None:
        """Look for a room for the ticket of somebody at a counter or in the queue.

        Until the rows of this ticket have come, no room is offered to anybody.
        """
        self._begun_id = person.ticket_id
        self._without_ticket = False
        self._for = None
        self.rooms.show_problem("")
        self._look_for(person.number)
        self.asked.choose(None)
        self.refresh()

    def refresh(self) -> None:
        """Ask for the rooms and for who wants one."""
        office, begun, now = self.at.office_id, self._begun_id, self.at.now()

        def ask(session: Session) -> Found:
            person = person_for_room(session, begun) if begun else None
            return rooms_of(session, office), asked_for_rooms(session, office, now=now), person

        def show(found: Found) -> None:
            # Rows asked for before the page was opened for somebody know nothing of them.
            if self._begun_id in (begun, None):
                self._show(found)

        self.at.runtime.query(ask, show, self.at.failed)

    def _look_for(self, number: str | None) -> None:
        self._is_looking = number is not None
        self.rooms.show_looking(number)

    def _show(self, found: Found) -> None:
        rooms, asked, begun = found
        if self._begun_id is None:
            begun = None
        has = {room.ticket_id: room for room in rooms if room.ticket_id is not None}
        self.rooms.show_rooms(rooms)
        if begun is not None and begun.ticket_id in has:
            self._already_has(begun, has[begun.ticket_id])
            begun = None
        listed = {person.ticket_id for person in asked}
        extra = (begun,) if begun is not None and begun.ticket_id not in listed else ()
        self.asked.show_asked((*extra, *asked))
        if begun is not None and (self._is_looking or self._for != begun.ticket_id):
            self.asked.choose(begun.ticket_id)
        elif self._may_choose_first() and asked:
            self.asked.choose(asked[0].ticket_id)
        self._is_looking = False
        self._on_chosen()
        self.rooms.show_looking(None)

    def _may_choose_first(self) -> bool:
        is_shown_a_problem = not self.rooms.problem.isHidden()
        return self.asked.chosen() is None and not self._without_ticket and not is_shown_a_problem

    def _already_has(self, person: AskedForRoom, room: RoomRow) -> None:
        self._begun_id = None
        self.asked.choose(None)
        self.rooms.choose(room.room_id)
        self.rooms.show_problem(
            self.tr("{number} has {room} already. Release it first to give them another.").format(
                number=person.number, room=room.name
            )
        )

    def _on_second(self) -> None:
        if self.isVisible():
            self.asked.tick()
            self.rooms.tick()

    def _on_chosen(self) -> None:
        if self._is_looking:
            # A list that gets the keyboard chooses its first row by itself: nobody meant it.
            return
        person = self.asked.chosen()
        if person is None:
            self._for = None
            self.rooms.show_whom("" if self._without_ticket else None)
            return
        self._without_ticket = False
        self.rooms.show_whom(self.tr("for {number}").format(number=person.number))
        if self._for != person.ticket_id:
            self._for = person.ticket_id
            if person.ticket_id != self._begun_id:
                self._begun_id = None
            self.rooms.need(features_needed(person.needs))

    def _on_without_ticket(self) -> None:
        """A conversation without a ticket: nobody is chosen, the officer holds the room."""
        self._without_ticket = True
        self._begun_id = None
        self._look_for(None)
        self.asked.choose(None)
        self.rooms.show_problem("")
        self.rooms.need(frozenset())
        self._on_chosen()
        self.rooms.table.setFocus()

    def _on_no_longer(self, person: AskedForRoom) -> None:
        self._begun_id = None
        self.at.do(
            AskForRoom(ticket_id=person.ticket_id, wants_private=False),
            self.tr("{number} needs no room.").format(number=person.number),
            undo=AskForRoom(ticket_id=person.ticket_id, wants_private=True),
        )

    def _on_hold(self, room: RoomRow) -> None:
        """Ask the centre first: two desks cannot hold one room."""
        if self._asking:
            return
        self._asking = True
        self.rooms.show_problem("")
        person = self.asked.chosen()
        command = HoldRoom(
            room_use_id=RoomUseId(self.at.new_id()),
            room_id=room.room_id,
            from_at=self.at.now(),
            minutes_planned=self.rooms.minutes_planned,
            ticket_id=person.ticket_id if person else None,
            staff_id=self.at.staff_id,
        )

        def failed(error: Exception) -> None:
            self._asking = False
            self._on_not_held(error, room)

        def done(outcome: Outcome | None) -> None:
            self._asking = False
            self._on_held(command, room, person, outcome)

        self.at.runtime.ask(command, done, failed)

    def _on_held(
        self, command: HoldRoom, room: RoomRow, person: AskedForRoom | None, outcome: Outcome | None
    ) -> None:
        whom = person.number if person else self.tr("a conversation without a ticket")
        words = self.tr("{room} held for {whom}.").format(room=room.name, whom=whom)
        if outcome is None:
            words += f" {not_yet_words()}"
        begun = person if person is not None and person.ticket_id == self._begun_id else None
        self._begun_id = None
        self._without_ticket = False
        self.at.say(words, lambda: self._undo_hold(command.room_use_id, begun))

    def _undo_hold(self, room_use_id: RoomUseId, begun: AskedForRoom | None) -> None:
        """Whoever the room was looked for without having asked stands here again."""

        def again() -> None:
            if begun is not None:
                self.begin(begun)

        self.at.do(UndoHold(room_use_id=room_use_id), self.tr("Undone."), then=again)

    def _on_not_held(self, error: Exception, room: RoomRow) -> None:
        if not isinstance(error, Refusal) or error.reason not in WORDS_OF_REFUSAL:
            self.rooms.show_problem(error_words(error))
            return
        office = self.at.office_id

        def say(rooms: tuple[RoomRow, ...]) -> None:
            self.rooms.show_rooms(rooms)
            now = next((r for r in rooms if r.room_id == room.room_id), room)
            words = WORDS_OF_REFUSAL[error.reason].format(**_refused(error, now))
            self.rooms.show_problem(f"{words} {self._way_out(error.reason)}".strip())

        self.at.runtime.query(lambda session: rooms_of(session, office), say, self.at.failed)

    def _way_out(self, reason: str) -> str:
        if reason != "room_taken":
            return ""
        next_room = self.rooms.choose_next_that_fits()
        if next_room is None:
            return self.tr("No other free room fits.")
        return self.tr("The next room that fits is {room}.").format(room=next_room.name)

    def _on_release(self, room: RoomRow) -> None:
        if room.room_use_id is None:
            return
        self.rooms.show_problem("")
        self.at.do(
            ReleaseRoom(room_use_id=room.room_use_id, at=self.at.now()),
            self.tr("{room} is free again.").format(room=room.name),
            undo=UndoRelease(room_use_id=room.room_use_id),
        )


WORDS_OF_REFUSAL = {
    "room_taken": "{room} was taken a moment before, for {who}, since {since}.",
    "has_a_room": "This person has {room} already.",
}


def _refused(error: Refusal, now: RoomRow) -> dict[str, Any]:
    """What the words of a refusal need: who holds the room as this desk knows it by now."""
    since = error.data.get("from_at")
    known = not now.is_free
    return {
        "room": error.data.get("room") or now.name,
        "who": now.held_by if known else error.data.get("ticket_number") or "another desk",
        "since": clock_time(datetime.fromisoformat(since)) if since else "",
    }
