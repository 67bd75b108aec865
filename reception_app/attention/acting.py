"""What the ways out of a refusal do. Answers come on the window's thread."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from reception_app.appointments import booking
from reception_app.attention.cards import Card, Offer
from reception_app.attention.names import moment
from reception_app.attention.ways import NewId, Timed, at_another_time, the_same_again
from reception_app.desk.at_desk import AtDesk
from sync.command import Arguments
from sync.ids import Clock
from sync.wire import Outcome
from visits.appointments.commands import Book, Move
from visits.home_visits.commands import Agree, UndoAgree

Failed = Callable[[Exception], None]


class Acting:
    """Each act deals with its card only once its own command is kept."""

    def __init__(self, at: AtDesk) -> None:
        self._at = at

    def take(self, card: Card, offer: Offer, done: Callable[[Timed], None], failed: Failed) -> None:
        """Keep it at a free time, the centre asked first; `done` gets what was kept."""
        at, now = self._at, self._at.now()
        args = card.item.arguments
        assert isinstance(args, Timed)

        def other(session: Session) -> Timed:
            return at_another_time(session, args, offer.time, now=now, new_id=at.new_id)

        def ask(command: Timed) -> None:
            at.runtime.ask(command, lambda outcome: taken(command, outcome), failed)

        def taken(command: Timed, outcome: Outcome | None) -> None:
            words = _taken_words(command, offer, outcome)
            undo = self._undo_of(command, card)
            self._deal(card, lambda: (at.say(words, undo), done(command)), failed)

        at.runtime.query(other, ask, failed)

    def _undo_of(self, command: Timed, card: Card) -> Callable[[], None] | None:
        """What was made is taken back and its card comes back. A move has no undo here."""
        at = self._at
        back = _taken_back(command, new_id=at.new_id, now=at.now)
        if back is None:
            return None

        def undo() -> None:
            at.runtime.run(back(), lambda _: self._take_up(card, "Undone."), at.failed)

        return undo

    def try_again(self, card: Card, failed: Failed) -> None:
        """The same once more. When it is refused here already, `failed` is told and it stays."""
        at, item = self._at, card.item

        def act() -> Arguments:
            with at.runtime.node.database.read() as session:
                again = the_same_again(session, item.arguments, item.outcome, desk_id=at.desk_id)
            at.runtime.issue_now(again)
            self._dismiss(card)
            return again

        def tried(_: object) -> None:
            at.runtime.rows_changed.emit()
            at.say("Tried again. The centre decides when it has it.", None)

        at.runtime.write(act, tried, failed)

    def deal_with(self, card: Card, failed: Failed) -> None:
        """The person has dealt with it themselves; it can be undone."""
        undo = lambda: self._take_up(card, "Undone. It needs your decision again.")  # noqa: E731
        self._deal(card, lambda: self._at.say("Dealt with.", undo), failed)

    def _deal(self, card: Card, then: Callable[[], None], failed: Failed) -> None:
        def dealt(_: object) -> None:
            self._at.runtime.rows_changed.emit()
            then()

        self._at.runtime.write(lambda: self._dismiss(card), dealt, failed)

    def _dismiss(self, card: Card) -> None:
        for id in card.ids:
            self._at.runtime.desk.dismiss(id)

    def _take_up(self, card: Card, words: str) -> None:
        at = self._at

        def act() -> None:
            for id in card.ids:
                at.runtime.desk.undo_dismiss(id)

        def taken_up(_: object) -> None:
            at.runtime.rows_changed.emit()
            at.say(words, None)

        at.runtime.write(act, taken_up, at.failed)


def _taken_back(command: Timed, *, new_id: NewId, now: Clock) -> Callable[[], Arguments] | None:
    if isinstance(command, Agree):
        return lambda: UndoAgree(visit_id=command.visit_id)
    if isinstance(command, Move):
        return None
    return lambda: booking.cancel(
        command.appointment_id, command.starts_at, now=now(), new_id=new_id
    )


VERBS: dict[type[Arguments], str] = {Book: "Booked", Move: "Moved to", Agree: "Visit agreed"}


def _taken_words(command: Timed, offer: Offer, outcome: Outcome | None) -> str:
    verb = VERBS[type(command)]
    if outcome is None:
        verb += " provisionally until the centre confirms it"
    return f"{verb}: {moment(offer.time.starts_at)} with {offer.officer}."
