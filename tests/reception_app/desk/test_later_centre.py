"""A centre of a later version: what this desk cannot hold is refused whole, and work goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import sync_words
from sync.authority import Authority
from sync.standing import standing
from sync.tables import command_log, scope_counter
from sync.upstream.line import Health
from sync.wire import Change, ChangesPage, SnapshotPart, digest_of, encode
from tests import centres
from tests.centres import OFFICE, served
from visits.customers.records import Customer
from visits.offices.commands import JoinOffice

NewAt = Callable[..., AtDesk]
Alter = Callable[[Any], Any]
PASS = {"id": "p1", "scope": "council", "colour": "green"}


class Later(Authority, frozen=True):
    """A centre whose answers are altered as a later version might."""

    alter: Alter = lambda answer: answer

    def answer(self, request: Any) -> Any:
        """The answer, altered."""
        return self.alter(Authority.answer(self, request))


def later(centre: Authority, alter: Alter) -> Later:
    return Later(centre.node, centre.allowed, alter=alter)


def with_row(row: tuple[str, str, Any]) -> Alter:
    """Every page brings this row as the council's next change."""

    def alter(answer: Any) -> Any:
        if not isinstance(answer, ChangesPage):
            return answer
        number = answer.heads["council"] + 1
        new = Change(scope="council", number=number, command_id="later", rows=[row])
        heads = answer.heads | {"council": number}
        return msgspec.structs.replace(answer, changes=[*answer.changes, new], heads=heads)

    return alter


def with_snapshot_of(name: str, column: str) -> Alter:
    """The desk is given a scope it does not hold, whose rows are of a later version."""

    def alter(answer: Any) -> Any:
        if isinstance(answer, ChangesPage):
            return msgspec.structs.replace(answer, heads=answer.heads | {"office:new": 1})
        if isinstance(answer, SnapshotPart):
            row = {"id": "p1", "scope": "office:new", column: "green"}
            return office_new({name: [row]})
        return answer

    return alter


def office_new(tables: dict[str, Any]) -> SnapshotPart:
    """A snapshot in one part."""
    rows = encode(tables)
    return SnapshotPart(
        epoch="epoch-1",
        scope="office:new",
        number=1,
        digest=digest_of(rows),
        tables=msgspec.Raw(rows),
    )


def granted(alter: Alter) -> Alter:
    """Let the new scope's snapshot be read, whatever the centre says of it."""

    def all_of_it(answer: Any) -> Any:
        if getattr(answer, "code", "") == "scope_not_allowed":
            answer = office_new({})
        return alter(answer)

    return all_of_it


ALTERED: dict[str, Alter] = {
    "a page with a table it does not know": with_row(("visitor_pass", "p1", PASS)),
    "a page with a column it does not know": with_row(("office", "p1", PASS)),
    "a deletion in a table it does not know": with_row(("visitor_pass", "p1", None)),
    "a snapshot with a table it does not know": granted(with_snapshot_of("visitor_pass", "x")),
    "a snapshot with a column it does not know": granted(with_snapshot_of("office", "x")),
}


@pytest.fixture
def centre(sample_files: dict[str, Path], tmp_path: Path) -> Iterator[Authority]:
    centre = centres.open_centre(centres.copied(sample_files["centre"], tmp_path / "centre"))
    yield centre
    centre.node.database.close()


def holds(at: AtDesk) -> tuple[Any, ...]:
    with at.runtime.node.database.read() as session:
        people = session.scalar(select(func.count()).select_from(Customer))
        cursor = session.execute(select(scope_counter).order_by(scope_counter.c.scope)).all()
        return people, tuple(map(tuple, cursor))


@pytest.mark.parametrize("what", ALTERED)
def test_what_a_later_centre_sends_is_refused_whole_and_said_and_nothing_is_lost(
    new_at: NewAt, centre: Authority, qtbot: QtBot, what: str
) -> None:
    with served(later(centre, ALTERED[what])) as address:
        port = int(address.rpartition(":")[2])
        at = new_at("desk-1", central=address)
        before = holds(at)
        at.runtime.start()
        qtbot.waitUntil(
            lambda: at.runtime.line_state.health is Health.UPDATE_NEEDED, timeout=20_000
        )
        done: list[Any] = []
        command = JoinOffice(office_id=OFFICE, counter_name="While an update is needed")
        at.runtime.run(command, done.append, at.failed)
        qtbot.waitUntil(lambda: bool(done), timeout=20_000)
        with at.runtime.node.database.read() as session:
            stands = standing(session)
            kept = session.scalar(
                select(func.count())
                .select_from(command_log)
                .where(command_log.c.id == done[0].id, command_log.c.state == "pending")
            )
        assert kept == 1
        assert holds(at) == before
        assert (
            "Update needed: tell the service desk" in sync_words(stands, at.runtime.line_state)[1]
        )
    with served(centre, port=port):
        qtbot.waitUntil(at.runtime.is_up, timeout=20_000)
        with at.runtime.node.database.read() as session:
            assert standing(session).waiting == 0
