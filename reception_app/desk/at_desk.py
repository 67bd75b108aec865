"""What every screen is given: the runtime, where the desk stands, how to speak to the person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field

from reception_app.desk.runtime import Runtime
from reception_app.desk.saying import error_words
from reception_app.desk.undecided import not_yet_words
from reception_app.printing.paper import Paper
from reception_app.theme.tokens import Theme
from sync.command import Arguments
from sync.wire import Outcome
from visits.customers.search import SHOWN_MAX, Found, Vocabulary, find_customers
from visits.ids import OfficeId, StaffId

Say = Callable[[str, Callable[[], None] | None], None]


class AtDesk(Struct):
    """A desk with someone at it. `staff_id` is who was chosen at the start."""

    runtime: Runtime
    office_id: OfficeId
    office_name: str
    counter_name: str
    staff_id: StaffId
    theme: Theme
    say: Say
    paper: Paper
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    @property
    def desk_id(self) -> str:
        """This desk's id."""
        return self.runtime.desk.device

    def now(self) -> datetime:
        """Now, in UTC."""
        return self.runtime.now()

    def new_id(self) -> str:
        """A new id."""
        return self.runtime.new_id()

    def load_vocabulary(self) -> None:
        """Load the words of names for the misspelt, once for every search at this desk."""

        def keep(vocabulary: Vocabulary) -> None:
            self.vocabulary = vocabulary

        self.runtime.query(Vocabulary.of, keep, self.failed)

    def find_people(
        self, text: str, show: Callable[[tuple[Found, ...]], None], *, limit: int = SHOWN_MAX
    ) -> None:
        """The people most likely meant by what was typed, best first."""
        vocabulary = self.vocabulary
        self.runtime.query(
            lambda session: find_customers(session, text, vocabulary, limit=limit),
            show,
            self.failed,
        )

    def do(
        self,
        arguments: Arguments,
        words: str = "",
        *,
        undo: Arguments | Callable[[], None] | None = None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Run a command, say what was done, offer its undo."""

        def done(_: object) -> None:
            if words:
                self.say(words, self._back(undo))
            then()

        self.runtime.run(arguments, done, self.failed)

    def do_undoable(self, words: str, undo: Arguments) -> None:
        """Say what was done, with its undo."""
        self.say(words, self._back(undo))

    def ask(
        self,
        arguments: Arguments,
        words: str,
        *,
        undo: Arguments | Callable[[], None] | None = None,
        failed: Callable[[Exception], None],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask the centre first, then say what was done, and whether the centre knows it."""

        def done(outcome: Outcome | None) -> None:
            said = words if outcome is not None else f"{words} {not_yet_words()}"
            self.say(said, self._back(undo))
            then()

        self.runtime.ask(arguments, done, failed)

    def _back(self, undo: Arguments | Callable[[], None] | None) -> Callable[[], None] | None:
        if not isinstance(undo, Arguments):
            return undo
        return lambda: self.runtime.run(undo, lambda _: self.say("Undone.", None), self.failed)

    def failed(self, error: Exception) -> None:
        """Say what went wrong."""
        self.say(error_words(error), None)
