"""A refused command as a card: what, when, by whom, what was typed, why not, the ways out."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from reception_app.attention.cards import Card, Offer
from reception_app.parts.making import clear, label, row
from reception_app.theme import tokens as t
from visits.calendar.local_time import local_date
from visits.words import MONTHS, WEEKDAYS, clock_time

TWO_LINES_PX = 56
OFFICER_CHARACTERS_MAX = 36


class CardView(QFrame):
    """Says what the person chose; does nothing itself."""

    offer_taken = Signal(object, object)
    again_wanted = Signal(object)
    dealt_with = Signal(object)
    person_wanted = Signal(str)
    ticket_wanted = Signal(str)

    def __init__(self, card: Card, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "warning")
        self.setObjectName(f"card_{card.id}")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        self._column.setSpacing(t.GAP_SMALL)
        self._problem_words = ""
        self._is_held = False
        self.card = card
        self._fill(card)

    def show_card(self, card: Card) -> None:
        """Show it as it is now; nothing moves when nothing changed."""
        if card != self.card:
            self.card = card
            self._fill(card)

    def show_problem(self, problem: str) -> None:
        """Why the way just tried was none, beside the ways."""
        self._problem_words = problem
        self._is_held = False
        self._show_trying()

    def hold(self) -> None:
        """A way is being tried: nothing else can be pressed meanwhile."""
        self._problem_words = ""
        self._is_held = True
        self._show_trying()

    def _show_trying(self) -> None:
        self._problem.setText(self._problem_words)
        self._problem.setVisible(bool(self._problem_words))
        for button in self.findChildren(QPushButton):
            button.setEnabled(not self._is_held)

    def _fill(self, card: Card) -> None:
        clear(self._column)
        self.setAccessibleName(card.headline)
        self._problem = free_text("", "error", "card_problem")
        for part in (
            free_text(card.headline, "strong", "card_headline"),
            free_text(card.by, "soft", "card_by"),
            free_text(card.why, "error", "card_why"),
            *(free_text(f"{name}: {value}", "", "card_typed") for name, value in card.typed),
        ):
            self._column.addWidget(part)
        if card.tell:
            self._column.addWidget(free_text(card.tell, "strong", "card_tell"))
        self._add_offers(card)
        self._column.addWidget(self._problem)
        self._add_acts(card)
        self._show_trying()

    def _add_offers(self, card: Card) -> None:
        if card.offers is None:
            return
        words = card.offered if card.offers else self.tr("No time is free within 7 days.")
        self._column.addWidget(free_text(words, "", "card_offers"))
        for number, offer in enumerate(card.offers):
            button = self._button(f"offer_{number}", _offer_words(offer), OfferButton)
            button.setProperty("kind", "" if number else "primary")
            button.clicked.connect(partial(self._take, offer))
            self._column.addWidget(button)

    def _take(self, offer: Offer, _: bool = False) -> None:
        self.offer_taken.emit(self.card, offer)

    def _add_acts(self, card: Card) -> None:
        acts = []
        if card.can_try_again:
            again = self._button("try_again", self.tr("Try again"))
            again.clicked.connect(lambda: self.again_wanted.emit(self.card))
            acts.append(again)
        if card.customer_id is not None:
            person = self._button("open_person", self.tr("Open the person"))
            person.clicked.connect(lambda: self.person_wanted.emit(self.card.customer_id))
            acts.append(person)
        if card.ticket_id is not None:
            ticket = self._button("open_ticket", self.tr("Open the ticket"))
            ticket.clicked.connect(lambda: self.ticket_wanted.emit(self.card.ticket_id))
            acts.append(ticket)
        dealt = self._button("dealt_with", self.tr("I have dealt with this"))
        dealt.clicked.connect(lambda: self.dealt_with.emit(self.card))
        acts.append(dealt)
        for first in range(0, len(acts), 2):
            self._column.addLayout(row(*acts[first : first + 2]))

    def _button(self, name: str, words: str, kind: type[QPushButton] = QPushButton) -> QPushButton:
        button = kind(words)
        button.setObjectName(name)
        button.setAccessibleName(words.replace("\n", " "))
        button.setAccessibleDescription(self.card.headline)
        return button


class OfferButton(QPushButton):
    """A button of two lines."""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width(), TWO_LINES_PX)


def free_text(words: str, kind: str, name: str) -> QLabel:
    """A label for what a person may have typed."""
    made = label(words, kind, name=name, wraps=True)
    # A word without end must not make the panel wider; it can be selected and read whole.
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def _offer_words(offer: Offer) -> str:
    day, officer = local_date(offer.time.starts_at), offer.officer[:OFFICER_CHARACTERS_MAX]
    date = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return f"{date} at {clock_time(offer.time.starts_at)}\nwith {officer}"
