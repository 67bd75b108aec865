"""Finds the person an appointment is for while their name is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from reception_app.appointments.person import PersonSearch
from reception_app.desk.at_desk import AtDesk
from visits.customers.search import Found


class Finding(QObject):
    """The same search as in reception; `chosen` is called with the person."""

    def __init__(
        self, at: AtDesk, search: PersonSearch, chosen: Callable[[Found], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._at = at
        self._search = search
        self._chosen = chosen
        search.text_changed.connect(self._on_text)
        search.entered.connect(self._on_entered)

    def _on_text(self, text: str) -> None:
        if not text.strip():
            return

        def show(people: Sequence[Found]) -> None:
            if self._search.search.text() == text:
                self._search.show_found(people)

        self._at.find_people(text, show)

    def _on_entered(self, text: str) -> None:
        """Enter in the search field: the person in the list, or the likeliest."""
        highlighted = self._search.highlighted()
        if highlighted is not None:
            self._chosen(highlighted)
            return
        if not text:
            self._search.ask()
            return

        def choose(people: Sequence[Found]) -> None:
            if people:
                self._chosen(people[0])
            else:
                self._search.show_found(())

        self._at.find_people(text, choose, limit=1)
