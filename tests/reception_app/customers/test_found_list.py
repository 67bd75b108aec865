"""The list of people found, worked from the search field above it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from reception_app.customers.found_list import FoundList
from reception_app.desk.at_desk import AtDesk
from visits.customers.search import Found, Vocabulary, find_customers


@pytest.fixture
def people(at: AtDesk) -> tuple[Found, ...]:
    with at.runtime.node.database.read() as session:
        return find_customers(session, "j", Vocabulary(), limit=3)


@pytest.fixture
def search(qtbot: QtBot) -> Iterator[QLineEdit]:
    around = QWidget()
    qtbot.addWidget(around)
    column = QVBoxLayout(around)
    edit = QLineEdit()
    column.addWidget(edit)
    column.addWidget(FoundList("found", nobody="Nobody. Go to Reception."))
    around.findChild(FoundList).work_from(edit)
    around.show()
    yield edit


def the_list(search: QLineEdit) -> FoundList:
    return search.parentWidget().findChild(FoundList)


def test_the_arrows_of_the_search_field_move_through_the_people_and_stop_at_both_ends(
    search: QLineEdit, people: tuple[Found, ...], qtbot: QtBot
) -> None:
    found = the_list(search)
    found.show_people(people, typed="j")
    seen = [found.highlighted()]
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(search, key)
        seen.append(found.highlighted())
    first, second, last = people
    assert seen == [first, first, second, last, last]


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier),
    ],
)
def test_either_enter_key_is_heard(
    search: QLineEdit, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    with qtbot.waitSignal(the_list(search).entered):
        qtbot.keyClick(search, key, modifier)


def test_letters_still_go_to_the_search_field(search: QLineEdit, qtbot: QtBot) -> None:
    qtbot.keyClicks(search, "jones")
    assert search.text() == "jones"


def test_nobody_found_says_what_to_do_at_this_place(search: QLineEdit) -> None:
    found = the_list(search)
    found.show_people((), typed="qqq")
    assert found.item(0).text() == "Nobody. Go to Reception."
    assert (found.people, found.highlighted()) == ((), None)
