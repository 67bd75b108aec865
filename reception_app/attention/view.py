"""The panel behind the sync line: where this desk stands, what needs a decision, what waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from reception_app.attention.acting import Acting
from reception_app.attention.card_view import CardView, free_text
from reception_app.attention.cards import Card, Line, Offer, Shown, shown
from reception_app.attention.kept_papers import KeptPapers
from reception_app.attention.service_details import service_details
from reception_app.attention.ways import Timed
from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import error_words, standing_lines, sync_words
from reception_app.parts.making import ActButton, action, label, row
from reception_app.parts.panel import SidePanel
from reception_app.shell.foot import SHAPES
from reception_app.theme import tokens as t
from visits.home_visits.commands import Agree

GATHER_MS = 25
TICK_MS = 15_000
"""How often the age of what is shown is told anew."""


class AttentionPanel(SidePanel):
    """Refreshes itself while it is open."""

    person_wanted = Signal(str)
    ticket_wanted = Signal(str)
    booked = Signal(str)
    visit_agreed = Signal(str)

    def __init__(self, at: AtDesk, parent: QWidget | None = None) -> None:
        heading = QCoreApplication.translate("AttentionPanel", "Needs attention")
        super().__init__("attention", heading, parent)
        self.at = at
        self.shown: Shown | None = None
        self._acting = Acting(at)
        self._cards: dict[str, CardView] = {}
        self._line_labels: list[QLabel] = []
        self._build()
        self._gather = _timer(self, GATHER_MS, self.refresh, once=True)
        self._tick = _timer(self, TICK_MS, self.refresh, once=False)
        self._tick.start()
        at.runtime.rows_changed.connect(self._on_stale)
        at.runtime.line_changed.connect(self._on_stale)

    def _build(self) -> None:
        self._state = label("", "strong", name="standing", wraps=True)
        self._details = label("", "soft", name="standing_details", wraps=True)
        self.try_now_act = action(
            self, "try_now", self.tr("Try now"), "", self.at.runtime.line.wake
        )
        self.copy_act = action(
            self, "copy_details", self.tr("Copy details for the service desk"), "", self._on_copy
        )
        self.column.addWidget(self._state)
        self.column.addWidget(self._details)
        self.column.addLayout(row(ActButton(self.try_now_act), ActButton(self.copy_act)))
        self._card_column = self._section(self.tr("Needs your decision"))
        self._nothing = label("", "soft", name="cards_words", wraps=True)
        self.column.addWidget(self._nothing)
        self._papers = KeptPapers(self.at)
        self.column.addWidget(self._papers)
        self._lines = self._section(self.tr("Waiting to be sent"))
        self._more = label("", "soft", name="waiting_words", wraps=True)
        self.column.addWidget(self._more)
        self.column.addStretch()
        self.setFocusProxy(self.findChild(ActButton, "button_try_now"))

    def _section(self, heading: str) -> QVBoxLayout:
        self.column.addSpacing(t.GAP)
        self.column.addWidget(label(heading, "heading"))
        inside = QVBoxLayout()
        inside.setSpacing(t.GAP_SMALL)
        self.column.addLayout(inside)
        return inside

    def refresh(self) -> None:
        """Ask for what is shown."""
        node, office, now = self.at.runtime.node, self.at.office_id, self.at.now()
        self.at.runtime.query(
            lambda session: shown(session, node, office_id=office, now=now),
            self.while_open(self._show),
            self.at.failed,
        )

    def _on_stale(self) -> None:
        if self.isVisible() and not self._gather.isActive():
            self._gather.start()

    def _show(self, found: Shown) -> None:
        self.shown = found
        line = self.at.runtime.line_state
        state, words = sync_words(found.standing, line)
        self._state.setText(f"{SHAPES[state]} {words}")
        self._state.setAccessibleName(words)
        self._details.setText("\n".join(standing_lines(found.standing, line, now=self.at.now())))
        self._show_cards(found.cards)
        self._nothing.setText(self._cards_words(found))
        self._nothing.setVisible(bool(self._nothing.text()))
        self._show_lines(found.waiting)
        self._more.setText(self._waiting_words(found))
        self._more.setVisible(bool(self._more.text()))

    def _show_cards(self, cards: Sequence[Card]) -> None:
        focused = self._take_out_gone({card.id for card in cards})
        for number, card in enumerate(cards):
            if card.id in self._cards:
                self._cards[card.id].show_card(card)
            else:
                self._cards[card.id] = self._new_card(card)
                self._card_column.insertWidget(number, self._cards[card.id])
        if focused:
            # The keyboard was in a card that is gone: it stays in the panel.
            self.setFocus()

    def _take_out_gone(self, wanted: set[str]) -> bool:
        focused = False
        for id in self._cards.keys() - wanted:
            gone = self._cards.pop(id)
            focused = focused or gone.isAncestorOf(self.focusWidget() or self)
            self._card_column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        return focused

    def _new_card(self, card: Card) -> CardView:
        view = CardView(card)
        view.offer_taken.connect(self._on_offer_taken)
        view.again_wanted.connect(self._on_again_wanted)
        view.dealt_with.connect(self._on_dealt_with)
        view.person_wanted.connect(self.person_wanted)
        view.ticket_wanted.connect(self.ticket_wanted)
        return view

    def _cards_words(self, found: Shown) -> str:
        if not found.cards:
            return self.tr("Nothing. What the centre could not accept would stand here.")
        more = found.cards_in_all - len(found.cards)
        return self.tr("and {0} more").replace("{0}", str(more)) if more else ""

    def _show_lines(self, lines: Sequence[Line]) -> None:
        while len(self._line_labels) < len(lines):
            made = free_text("", "", f"waiting_{len(self._line_labels)}")
            self._line_labels.append(made)
            self._lines.addWidget(made)
        for number, made in enumerate(self._line_labels):
            made.setVisible(number < len(lines))
            if number < len(lines):
                made.setText(f"{lines[number].when}  {lines[number].words}")

    def _waiting_words(self, found: Shown) -> str:
        if not found.standing.waiting and found.cards:
            return self.tr("Nothing more.")
        if not found.standing.waiting:
            return self.tr("Nothing. All that was done here is at the centre.")
        more = found.standing.waiting - len(found.waiting)
        return self.tr("and {0} more").replace("{0}", str(more)) if more > 0 else ""

    def _on_offer_taken(self, card: Card, offer: Offer) -> None:
        self._cards[card.id].hold()
        done = self.while_open(self._on_kept)
        self._acting.take(card, offer, done, self._failed_at(card))

    def _on_kept(self, command: Timed) -> None:
        if isinstance(command, Agree):
            self.visit_agreed.emit(command.visit_id)
        else:
            self.booked.emit(command.appointment_id)

    def _on_again_wanted(self, card: Card) -> None:
        self._cards[card.id].hold()
        self._acting.try_again(card, self._failed_at(card))

    def _on_dealt_with(self, card: Card) -> None:
        self._cards[card.id].hold()
        self._acting.deal_with(card, self._failed_at(card))

    def _failed_at(self, card: Card) -> Callable[..., None]:
        def failed(error: Exception) -> None:
            if card.id in self._cards:
                self._cards[card.id].show_problem(error_words(error))
            self.refresh()

        return self.while_open(failed)

    def _on_copy(self) -> None:
        if self.shown is None:
            return
        QGuiApplication.clipboard().setText(
            service_details(
                device=self.at.desk_id,
                standing=self.shown.standing,
                line=self.at.runtime.line_state,
                items=self.shown.items,
            )
        )
        self.at.say(self.tr("Details copied. They name no person."), None)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.refresh()


def _timer(
    parent: AttentionPanel, interval_ms: int, act: Callable[[], None], *, once: bool
) -> QTimer:
    made = QTimer(parent)
    made.setSingleShot(once)
    made.setInterval(interval_ms)
    made.timeout.connect(act)
    return made
