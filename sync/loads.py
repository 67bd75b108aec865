"""The scopes that are coming to a node in parts, as its sync rounds drive them."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from sync.errors import UnreadableAnswer
from sync.held import is_of_rows
from sync.loading import Load, add_part, begin, coming, forget, go_on_at, load_of
from sync.node import Node
from sync.rebase import cursor_of, drop_scope, held, run_waiting, something_waits, undo_waiting
from sync.wire import SnapshotPart


class Loads(Struct, frozen=True):
    """One thread at a time may call it, as its desk."""

    node: Node

    def of(self, scope: str) -> Load | None:
        """How far a scope has come; None when it is to be begun."""
        with self.node.database.read() as session:
            return load_of(session, scope)

    def is_new(self, scope: str) -> bool:
        """Whether no rows of a scope are held from before."""
        with self.node.database.read() as session:
            return scope not in held(session)

    def take(self, part: SnapshotPart) -> Load:
        """Keep a part durably; says how far its scope has come.

        What a relay holds is not run before all of it is here, so it does not show.
        Raises UnreadableAnswer or OtherVersion, with nothing changed.
        """
        with self.node.database.write() as session:
            if part.after is None:
                is_new = part.scope not in held(session)
                begin(session, part, is_shown=is_new and is_of_rows(part.scope))
            load = load_of(session, part.scope)
            if load is None:
                raise UnreadableAnswer("the part has no beginning")
            if part.number < load.number:
                # What changed between the two is in neither: an answer of before, come late.
                raise UnreadableAnswer("the part is older than the first one")
            self._add(session, part, load)
            go_on_at(session, part.scope, part.next)
        return replace(load, next=part.next, read_upto=max(load.read_upto, part.number))

    def _add(self, session: Session, part: SnapshotPart, load: Load) -> None:
        stands_upon = load.is_shown and something_waits(session)
        if stands_upon:
            undo_waiting(self.node, session)
        add_part(self.node, session, part, load)
        if stands_upon:
            run_waiting(self.node, session)

    def coming(self) -> set[str]:
        """Every scope on its way."""
        with self.node.database.read() as session:
            return coming(session)

    def add(self, part: SnapshotPart) -> None:
        """Keep a part that came out of its turn, unless it is older than the first one or another
        than who gives the others gave it.

        Raises UnreadableAnswer or OtherVersion, with nothing changed.
        """
        with self.node.database.write() as session:
            load = load_of(session, part.scope)
            if load is None or part.number < load.number:
                return
            if (load.epoch, load.given_by) != (part.epoch, part.given_by):
                return
            self._add(session, part, load)

    def begin_again(self, scope: str) -> None:
        """What has come of a scope is of no use any more."""
        with self.node.database.write() as session:
            undo_waiting(self.node, session)
            self._forget(session, scope)
            run_waiting(self.node, session)

    def forget_all(self, session: Session) -> None:
        """As `begin_again`, of all of them."""
        undo_waiting(self.node, session)
        for scope in sorted(coming(session)):
            self._forget(session, scope)
        run_waiting(self.node, session)

    def forget_needless(self, session: Session) -> None:
        """A whole round has ended: of a scope that is here, nothing more is awaited.

        It was begun anew, and then another upstream still had all that had come since.
        """
        for scope in sorted(coming(session) & cursor_of(session).keys()):
            forget(session, scope)

    def _forget(self, session: Session, scope: str) -> None:
        load = load_of(session, scope)
        if load is not None and load.is_shown:
            drop_scope(self.node, session, scope)
        forget(session, scope)
