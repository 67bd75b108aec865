"""What an import does when the centre says no, and when another import runs."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from sync.command import Context, Registry
from sync.errors import Refusal
from sync.node import Node
from tests.visits.imports.conftest import NOW, EmptyCentre
from visits.central.issuing import issue_as_centre
from visits.central.opening import open_database
from visits.customers.records import Customer
from visits.imports.columns import headings, plain_heading
from visits.imports.commands import TakeIn, take_in
from visits.imports.kinds import KINDS
from visits.imports.plan import Plan, Verdict
from visits.imports.reporting import LINES_SHOWN_MAX, report
from visits.imports.running import run_import
from visits.record import Record
from visits.registry import node_over

HEADER = "Reference,Full name\n"
ROWS = [f"S{number},Ann {number}\n" for number in range(2500)]


def numbered(prefix: str) -> Callable[[], str]:
    made = iter(range(10**6))
    return lambda: f"{prefix}-{next(made)}"


def test_another_import_at_the_same_time_stops_this_one_and_nobody_is_there_twice(
    empty: EmptyCentre,
) -> None:
    database = open_database(empty.url, key_file=None)
    node = node_over(database)
    new_id = numbered("first")
    begun: list[Plan] = []

    def new_id_while_another_runs() -> str:
        made = new_id()
        if made == "first-1200":
            data = (HEADER + "".join(ROWS[1100:1300])).encode()
            other = numbered("second")
            begun.append(run_import(node, "customers", data, dry_run=False, new_id=other, now=NOW))
        return made

    data = (HEADER + "".join(ROWS)).encode()
    plan = run_import(
        node, "customers", data, dry_run=False, new_id=new_id_while_another_runs, now=NOW
    )
    assert begun[0].stopped is None
    assert plan.stopped is not None and "Another import ran at the same time" in plan.stopped
    assert plan.stopped in report(plan)[-1]
    again = run_import(node, "customers", data, dry_run=False, new_id=numbered("third"), now=NOW)
    database.close()
    assert again.stopped is None
    references = [row.reference for row in empty.rows(Customer)]
    assert sorted(references) == sorted({row.split(",")[0] for row in ROWS})


def test_a_batch_that_the_centre_refuses_is_said_with_its_lines(lite: EmptyCentre) -> None:
    database = open_database(lite.url, key_file=None)
    registry = Registry()

    @registry.command("imports.take_in", TakeIn)
    def take_in_but_one(session: Session, args: TakeIn, context: Context) -> None:
        if any(card["reference"] == "S600" for card in args.tables["customer"]):
            raise Refusal("wrong_row")
        take_in(session, args, context)

    node = Node.over(database, registry, Record.metadata)
    data = (HEADER + "".join(ROWS)).encode()
    plan = run_import(node, "customers", data, dry_run=False, new_id=numbered("new"), now=NOW)
    database.close()
    assert plan.stopped is not None
    assert "The centre refused the batch of lines 502 to 1001: wrong_row." in plan.stopped
    assert plan.counts[Verdict.ADDED] == len(lite.rows(Customer)) == 500


def test_a_centre_takes_rows_from_nobody_else(lite: EmptyCentre) -> None:
    from sync.decide import decide

    database = open_database(lite.url, key_file=None)
    node = node_over(database)
    envelope = node.registry.seal(
        TakeIn(tables={}, removed={"customer": ["x"]}),
        id="c",
        device="desk-1",
        seq=1,
        actor="x",
        issued_at=NOW,
    )
    assert decide(node, envelope).reason == "not_of_the_staff"
    for removed, reason in (
        ({"customer": [str(n) for n in range(1001)]}, "too_many"),
        ({"node_command": ["x"]}, "unknown_table"),
    ):
        wrong = TakeIn(tables={}, removed=removed)
        outcome = issue_as_centre(node, wrong, new_id=numbered(reason), now=NOW)
        assert outcome.reason == reason
    database.close()


def test_a_thousand_refused_rows_are_listed_to_a_limit_and_the_rest_counted(
    lite: EmptyCentre,
) -> None:
    said = lite.take("customers", HEADER + "".join(f"S{n},\n" for n in range(1000)), "--dry-run")
    lines = said.splitlines()
    assert sum("Full name: is empty" in line for line in lines) == LINES_SHOWN_MAX + 1
    assert "  and 500 more rows" in lines
    assert "    500 times: Full name: is empty" in lines


def test_no_heading_means_two_things() -> None:
    for kind in KINDS.values():
        for column in kind.columns:
            for name in (column.label, column.key, *column.also):
                assert headings(kind.columns)[plain_heading(name)] == (column, 0), (
                    column.key,
                    name,
                )
            for number, part in enumerate(column.parts, start=1):
                for name in part:
                    assert headings(kind.columns)[plain_heading(name)] == (column, number), name
