"""V3: a database of an earlier version is brought to this one whole, with all that waits in it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Table, delete, insert, inspect, select

from sync.authority import Authority
from sync.desk import Desk
from sync.errors import OtherVersion
from sync.node import fact, packed
from sync.proof import Identity
from sync.storage.database import Database
from sync.storage.postgres import open_url
from sync.storage.sqlite import open_file, open_memory
from sync.tables import command_log, node_metadata
from tests.centres import MORNING, SetClock, new_ids, sync
from tests.databases import centre_database, postgresql_url
from tests.sync.statements import cut_everywhere
from tests.visits.central.desks import undecided
from tests.visits.council import OFFICE, Council
from visits.customers.records import Customer
from visits.customers.search import Vocabulary, find_customers
from visits.migrations.steps import HEAD, migrate, schema_version
from visits.offices.commands import JoinOffice
from visits.registry import commands, node_over, tables
from visits.scopes import allowed

MADE_BESIDE = ("room_held_once", "customer_details_by_phone")
"""Indexes that the records make by a statement of their own; so are the search index's tables."""
INDEX_BEFORE_ROW_NUMBERS = (
    *(f"DROP TRIGGER customer_{name}" for name in ("learnt", "relearnt", "forgotten")),
    "CREATE TABLE customer_search_entry (id INTEGER PRIMARY KEY, customer_id TEXT, words TEXT)",
    """CREATE TRIGGER customer_learnt AFTER INSERT ON customer BEGIN
        INSERT INTO customer_search_entry VALUES (7, new.id, new.name_folded);
        INSERT INTO customer_search (rowid, words) VALUES (7, new.name_folded); END""",
    *(
        f"CREATE TRIGGER customer_{name} AFTER {event} ON customer BEGIN SELECT 1; END"
        for name, event in (("relearnt", "UPDATE"), ("forgotten", "DELETE"))
    ),
)
HATHERSAGE = {
    "id": "customer-1",
    "scope": "council",
    "reference": "C000001",
    "full_name": "Dorothy Hathersage",
    "known_as": "",
    "postcode": "AB1 4QT",
    "language": "en",
    "access_needs": [],
    "name_folded": "dorothy hathersage ab1 4qt c000001",
}
KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def an_old_database(database: Database, *, device: str, state: str) -> list[dict[str, Any]]:
    """A copy as the first version made it, with a command in its log; gives the log's rows."""
    migrate(database, step="0001")
    envelope = commands().seal(
        JoinOffice(office_id=OFFICE, counter_name="Counter 1"),
        id="old-1",
        device=device,
        seq=1,
        actor="sian",
        issued_at=MORNING,
    )
    undo = [["desk", device, None]]
    row = {
        "position": 1,
        "id": "old-1",
        "device": device,
        "seq": 1,
        "name": envelope.name,
        "state": state,
        "envelope": packed(envelope),
        "outcome": '{"id":"old-1","state":"accepted"}' if state == "accepted" else None,
        "undo": msgspec.json.encode(undo).decode() if state == "pending" else None,
    }
    with database.write() as session:
        connection = session.connection()
        old = Table("node_command", MetaData(), autoload_with=connection)
        assert "decided_at" not in old.c
        connection.execute(insert(old).values(row))
        about = Table("node_about", MetaData(), autoload_with=connection)
        connection.execute(insert(about).values(name="epoch", value="epoch-1"))
    return [row]


def log_of(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        rows = session.execute(select(command_log).order_by(command_log.c.position)).mappings()
        return [dict(row) for row in rows]


@KINDS
def test_what_an_earlier_centre_decided_is_kept_and_it_goes_on(kind: str) -> None:
    with centre_database(kind) as database:
        before = an_old_database(database, device="desk-1", state="accepted")
        assert migrate(database)
        assert log_of(database) == [row | {"decided_at": None} for row in before]
        clock = SetClock()
        centre = Authority(node_over(database), allowed, clock)
        with database.read() as session:
            assert (schema_version(session), fact(session, "epoch")) == (HEAD, "epoch-1")
        Council(centre.node).found()
        assert len(log_of(database)) > 1
        assert not migrate(database)


def test_v2_what_waited_on_an_earlier_desk_is_decided_after_the_update() -> None:
    with centre_database("sqlite") as central:
        migrate(central)
        centre = Authority(node_over(central), allowed)
        centre.found("epoch-1")
        Council(centre.node).found()
        database = open_memory()
        an_old_database(database, device="desk-1", state="pending")
        migrate(database)
        clock = SetClock()
        desk = Desk(
            node_over(database),
            new_device=lambda: Identity("desk-1"),
            clock=clock,
            new_id=new_ids("d", clock),
        )
        assert undecided(desk) == 1
        sync(desk, centre)
        assert undecided(desk) == 0
        outcome = desk.outcome("old-1")
        assert outcome is not None and outcome.state == "accepted"
        database.close()


@KINDS
def test_the_steps_make_the_tables_that_the_code_speaks_of(kind: str) -> None:
    with centre_database(kind) as database:
        migrate(database)
        with database.read() as session:
            context = MigrationContext.configure(
                session.connection(), opts={"include_name": _is_ours}
            )
            assert compare_metadata(context, [node_metadata, tables()]) == []  # type: ignore[arg-type]


def _is_ours(name: str | None, kind: str, parents: Any) -> bool:
    if kind == "index":
        return name not in MADE_BESIDE
    return kind != "table" or name in {*node_metadata.tables, *tables().tables}


def test_v3_cut_in_the_middle_of_a_step_the_old_database_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from alembic import op

    with centre_database("postgresql") as database:
        before = an_old_database(database, device="desk-1", state="accepted")

        def cut(*names: Any, **more: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(op, "create_table", cut)
            with pytest.raises(KeyboardInterrupt):
                migrate(database)
        with database.read() as session:
            assert schema_version(session) == "0001"
            columns = {c["name"] for c in inspect(session.connection()).get_columns("node_command")}
        assert "decided_at" not in columns
        assert migrate(database)
        assert log_of(database) == [row | {"decided_at": None} for row in before]


def test_v3_cut_at_any_statement_what_waits_at_a_desk_stays_and_the_steps_are_taken_later(
    tmp_path: Path,
) -> None:
    database = open_file(tmp_path / "desk.db", key=bytes(32))
    before = an_old_database(database, device="desk-1", state="pending")

    def check() -> None:
        with database.read() as session:
            assert schema_version(session) == "0001"
            old = Table("node_command", MetaData(), autoload_with=session.connection())
            assert [dict(row) for row in session.execute(select(old)).mappings()] == before

    def step() -> None:
        migrate(database)

    assert cut_everywhere(database, step, check) > 30
    assert log_of(database) == [row | {"decided_at": None} for row in before]
    database.close()


def test_people_are_found_by_the_search_index_that_replaces_an_older_ones() -> None:
    database = open_memory()
    migrate(database, step="0011")
    with database.write() as session:
        connection = session.connection()
        for statement in INDEX_BEFORE_ROW_NUMBERS:
            connection.exec_driver_sql(statement)
        connection.execute(insert(Customer.__table__), HATHERSAGE)
    migrate(database)
    with database.write() as session:
        found = find_customers(session, "hath", Vocabulary())
        assert [person.reference for person in found] == ["C000001"]
        session.execute(delete(Customer))
        assert find_customers(session, "hath", Vocabulary()) == ()
        assert "customer_search_entry" not in inspect(session.connection()).get_table_names()
    database.close()


def test_two_processes_that_start_at_once_take_the_steps_once() -> None:
    with postgresql_url() as url:
        databases = [open_url(url) for _ in range(3)]
        failed: list[BaseException] = []

        def start(database: Database) -> None:
            try:
                migrate(database)
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failed.append(error)

        threads = [threading.Thread(target=start, args=(database,)) for database in databases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        for database in databases:
            assert not migrate(database)
            database.close()


def test_v1_a_database_of_a_later_version_is_left_alone() -> None:
    with centre_database("sqlite") as database:
        migrate(database)
        with pytest.raises(OtherVersion):
            migrate(database, step="0001")
