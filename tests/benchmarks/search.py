"""Search as you type among 250,000 people: from a key press to the rows in the model."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.benchmarks.council import Council, add_people
from tests.benchmarks.figures import Figure, at
from tests.benchmarks.morning import clock
from tests.benchmarks.sizes import Sizes
from visits.customers.names import search_tokens

LIMIT_MS = 20.0
SHOWN_WITHIN_S = 20.0
LETTERS_MAX = 24
NOBODY_ANSWERS = "http://127.0.0.1:9"

Person = tuple[str, str, str, str]
"""Full name, reference, postcode and phone number."""


def _plain(name: str) -> str:
    return " ".join(search_tokens(name))


def _misspelt(name: str) -> str:
    letters = list(_plain(name))
    middle = len(letters) // 3
    letters[middle], letters[middle + 1] = letters[middle + 1], letters[middle]
    return "".join(letters)


KINDS: dict[str, Callable[[Person], str]] = {
    "as written": lambda person: person[0],
    "without marks": lambda person: _plain(person[0]),
    "surname first": lambda person: " ".join(reversed(_plain(person[0]).split())),
    "misspelt": lambda person: _misspelt(person[0]),
    "reference": lambda person: person[1],
    "postcode": lambda person: person[2],
    "phone": lambda person: person[3],
}
"""What a person at the desk may type for someone, letter by letter."""


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """The p95 over every key of every kind, and each kind by itself."""
    mine = council.copy_to(scratch / "council")
    file = mine.desk("desk-1") / "desk.db"
    add_people(file, known=sizes.customers, customers=sizes.people_searched)
    with _reception(file, scratch) as typing:
        people = typing.people(sizes.searches_a_kind * len(KINDS))
        typing.type_out(_plain(people[0][0]))
        took = {
            kind: [
                milliseconds
                for person in people[number :: len(KINDS)]
                for milliseconds in typing.type_out(typed(person)[:LETTERS_MAX])
            ]
            for number, (kind, typed) in enumerate(KINDS.items())
        }
    keys = [one for some in took.values() for one in some]
    among = f"among {sizes.people_searched:,} people"
    return [
        _figure("search", keys, limit=LIMIT_MS, among=among),
        *(_figure(f"search, {kind}", some, limit=None, among="") for kind, some in took.items()),
    ]


def _figure(name: str, took: list[float], *, limit: float | None, among: str) -> Figure:
    note = f"p95 of {len(took)} keys; p50 {at(took, 50):.1f}, most {max(took):.1f} {among}"
    return Figure(
        name=name, value=round(at(took, 95), 2), unit="ms", limit=limit, note=note.strip()
    )


@contextmanager
def _reception(desk_file: Path, scratch: Path) -> Iterator[Typing]:
    """The page of reception in a window, with the words of the misspelt loaded."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from reception_app.desk.at_desk import AtDesk
    from reception_app.desk.runtime import Runtime, open_node
    from reception_app.main import tune_python
    from reception_app.printing.paper import Paper
    from reception_app.queue.view import ReceptionPage
    from reception_app.theme.applying import apply_theme
    from reception_app.theme.tokens import LIGHT
    from tests.centres import KEY, OFFICE, PERSON
    from visits.ids import StaffId

    app = QApplication(sys.argv[:1])
    apply_theme(app, LIGHT)
    node = open_node(desk_file, KEY)
    runtime = Runtime(node, central=lambda: NOBODY_ANSWERS, actor=lambda: PERSON, clock=clock)
    desk = AtDesk(
        runtime=runtime,
        office_id=OFFICE,
        office_name="Civic Centre",
        counter_name="Counter 3",
        staff_id=StaffId("sample-staff-04"),
        theme=LIGHT,
        say=lambda words, undo: None,
        paper=Paper(runtime, scratch / "documents"),
    )
    page = ReceptionPage(desk)
    page.resize(1352, 820)
    page.show()
    typing = Typing(app, page)
    tune_python()
    try:
        typing.load_words()
        yield typing
    finally:
        runtime.close()
        page.close()


class Typing:
    """Types into the search field and sees when the people found are in the list."""

    def __init__(self, app: Any, page: Any) -> None:
        self._app = app
        self._page = page
        self._answers = 0
        show_found = page.arrive.show_found

        def show(people: Any) -> None:
            show_found(people)
            self._answers += 1

        page.arrive.show_found = show

    def load_words(self) -> None:
        """As the app does once its window is on screen; comes back when they are there."""
        page = self._page
        before = page.at.vocabulary
        page.at.load_vocabulary()
        self._turn_until(lambda: page.at.vocabulary is not before)

    def people(self, count: int) -> list[Person]:
        """So many people of this desk, the same in every run."""
        with self._page.at.runtime.node.database.read() as session:
            rows = session.connection().exec_driver_sql(
                "SELECT full_name, reference, postcode, phone FROM customer "
                "JOIN customer_details ON customer_id = customer.id ORDER BY customer.id"
            )
            known = [tuple(row) for row in rows if row[0].isprintable() and len(row[0]) > 8]
        return random.Random(1).sample(known, count)

    def type_out(self, text: str) -> list[float]:
        """Milliseconds from each key to its rows, the next key after the rows of the last."""
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent

        edit = self._page.arrive.search
        edit.clear()
        took = []
        for letter in text:
            answered = self._answers
            key = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
            began = perf_counter()
            self._app.sendEvent(edit, key)
            self._turn_until(lambda answered=answered: self._answers > answered)
            took.append((perf_counter() - began) * 1_000)
        return took

    def _turn_until(self, is_so: Callable[[], bool]) -> None:
        from PySide6.QtCore import QEventLoop

        deadline = perf_counter() + SHOWN_WITHIN_S
        while not is_so():
            self._app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 1_000)
            if perf_counter() > deadline:
                raise TimeoutError("nothing was shown for what was typed")
