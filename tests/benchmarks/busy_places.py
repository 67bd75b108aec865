"""What a busy hour does at the other places: book a time, hold a room and give it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QMetaObject, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

Step = tuple[str, Callable[[], bool]]
"""What is awaited, and whether it is so."""
SERVICE = "sample-service-housing"
MOMENTS = 10
"""So many looks at a place that nothing is done at."""


def press(widget: QWidget, letter: str, key: Qt.Key | None = None) -> None:
    """A key goes down and up again, each an event of its own."""
    code = key if key is not None else Qt.Key(ord(letter.upper()))
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, code, Qt.KeyboardModifier.NoModifier, letter)
        QCoreApplication.postEvent(widget, event)


def soon(target: QObject, does: str) -> None:
    """Let it do something as an event of its own."""
    QMetaObject.invokeMethod(target, does, Qt.ConnectionType.QueuedConnection)


def book(page: Any, typed: str) -> Iterator[Step]:
    """Book the first free time for someone, and begin again."""
    page.begin()
    person = page.who.person
    for letter in typed:
        press(person.search, letter)
        yield "typing a name to book", lambda: True
    yield "people to book for", lambda: len(person.people_found) > 0
    press(person.search, "\r", Qt.Key.Key_Return)
    yield "a person to book for", lambda: person.chosen is not None
    page.who.choose_service(SERVICE)
    yield "a week of free times", lambda: len(page.calendar.model.rows) > 0
    soon(page.who.first_free_act, "trigger")
    yield "a time chosen", lambda: page.chosen is not None
    soon(page.choice.book_act, "trigger")
    yield "a time booked", lambda: page.opened is not None


def hold_a_room(page: Any, _: str) -> Iterator[Step]:
    """Hold a room for a conversation without a ticket, and release it."""
    rooms = page.rooms
    yield "rooms", lambda: len(rooms.model.rows) > 0
    soon(page.asked.without_act, "trigger")
    yield "a room to hold", rooms.hold_act.isEnabled
    room_id = rooms.chosen().room_id

    def is_free() -> bool:
        return bool(rooms.model.row(rooms.model.number_of(room_id)).is_free)

    soon(rooms.hold_act, "trigger")
    yield "a room held", lambda: not is_free()
    rooms.choose(room_id)
    soon(rooms.release_act, "trigger")
    yield "a room released", is_free


def look(page: Any, _: str) -> Iterator[Step]:
    """Be at a place for some moments."""
    for _ in range(MOMENTS):
        yield "looking at a place", lambda: True


AT_PLACE: dict[str, Callable[[Any, str], Iterator[Step]]] = {
    "appointments": book,
    "rooms": hold_a_room,
    "visits": look,
}
