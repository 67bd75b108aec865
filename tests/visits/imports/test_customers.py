"""People from a council's list: what goes in, what is refused, what a second run does."""

from __future__ import annotations

from datetime import date

import pytest

from sync.tables import change, command_log
from tests.visits.imports.conftest import NOW, EmptyCentre
from visits.central.issuing import issue_as_centre
from visits.central.opening import open_database
from visits.customers.commands import NoteNeeds
from visits.customers.records import Customer, CustomerDetails
from visits.ids import CustomerId
from visits.imports.plan import Verdict
from visits.offices.records import Office
from visits.registry import node_over

HEADER = "Reference,Full name,Date of birth,Postcode,Phone,Email,Address,Access needs,Office\n"


def a_row(reference: str = "S1", **given: str) -> str:
    cells = {
        "name": "Ann Lee",
        "born": "",
        "postcode": "",
        "phone": "",
        "email": "",
        "address": "",
        "needs": "",
        "office": "Harbour House",
    } | given
    return ",".join([reference, *cells.values()]) + "\n"


def test_the_example_list_goes_in_whole_and_a_second_time_changes_nothing(
    empty: EmptyCentre,
) -> None:
    empty.examples("offices", "customers")
    people = empty.rows(Customer)
    assert [p.reference for p in people] == ["S20001", "S20002", "S20003", "S20004"]
    assert people[0].access_needs == ["hearing_loop", "large_print"]
    assert people[2].access_needs == ["interpreter_ar", "easy_words"]
    assert people[2].born_on == date(1990, 2, 1)
    assert people[3].full_name == 'Rosalind "Roz" O\'Brien-Nwosu'
    before = empty.rows(CustomerDetails)
    assert [d.address.count("\n") for d in before if d.phone == "01632 960 701"] == [2]
    empty.examples("customers")
    assert empty.rows(Customer) == people
    assert empty.rows(CustomerDetails) == before


def test_a_dry_run_says_what_would_happen_and_writes_nothing(empty: EmptyCentre) -> None:
    empty.examples("offices")
    empty.take("customers", HEADER + a_row("S1") + a_row("S2", phone="01632 960 001"))
    before = _everything(empty)
    listed = HEADER + a_row("S1") + a_row("S2", phone="01632 960 002") + a_row("S3")
    said = empty.take("customers", listed + a_row("S4", born="30/02/1990"), "--dry-run")
    assert "1 would be added" in said
    assert "1 would be changed" in said
    assert "1 would be left as is" in said
    assert "1 would be refused" in said
    assert "line 3: Phone" in said
    assert "line 5: Date of birth: that day is not in the calendar" in said
    assert "nothing was written" in said
    assert _everything(empty) == before


def _everything(centre: EmptyCentre) -> list[object]:
    database = open_database(centre.url, key_file=None)
    with database.read() as session:
        tables = [*node_over(database).metadata.sorted_tables, command_log, change]
        found = [session.execute(table.select()).all() for table in tables]
    database.close()
    return found


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (a_row(""), "line 3: Reference: is empty"),
        (a_row("S2", name=""), "line 3: Full name: is empty"),
        (a_row("S2", name="A" * 500), "line 3: Full name: full name must be 200 characters"),
        (a_row("S2", name="A\0B"), "line 3: Full name: full name must not include"),
        (a_row("S2\0"), "line 3: Reference: has a character that cannot be kept"),
        (a_row("S" * 41), "line 3: Reference: must be 40 characters or less"),
        (a_row("S2", born="3/27/1985"), "line 3: Date of birth: has no month 27"),
        (a_row("S2", born="27/3/85"), "line 3: Date of birth: write the year with 4 figures"),
        (a_row("S2", born="31/11/1985"), "line 3: Date of birth: that day is not in the calendar"),
        (a_row("S2", born="25/11/2026"), "line 3: Date of birth: must be today or in the past"),
        (a_row("S2", born="31132"), "line 3: Date of birth: write the date as day/month/year"),
        (a_row("S2", postcode="AB1"), "line 3: Postcode: enter a full UK postcode"),
        (a_row("S2", phone="=01632"), "line 3: Phone: enter a phone number"),
        (a_row("S2", email="ann at home"), "line 3: Email: enter an email address"),
        (a_row("S2", address="x" * 501), "line 3: Address: must be 500 characters or less"),
        (a_row("S2", needs="Magic"), "line 3: Access needs: use these words"),
        (a_row("S2", office="Moon base"), "line 3: Office: no office here has this name"),
        (a_row("S1"), "line 3: Reference: line 2 has the same"),
        (a_row("S2,extra"), "line 3: The row: it has 10 cells and the header has 9"),
        ("S2,Bo Lee\n", "line 3: The row: it has 2 cells and the header has 9"),
        ('S2,"Bo\nLee",,,,,,,Harbour House\n', "lines 3 to 4: Full name: full name must not"),
    ],
)
def test_a_row_that_cannot_go_in_is_named_and_the_rest_goes_in(
    with_offices: EmptyCentre, row: str, line: str
) -> None:
    said = with_offices.take("customers", HEADER + a_row("S1") + row + a_row("S9", name="Cy Fox"))
    assert line in said
    assert "1 refused" in said and "2 added" in said
    assert [p.reference for p in with_offices.rows(Customer)] == ["S1", "S9"]


@pytest.mark.parametrize(
    "name",
    [
        "=HYPERLINK(1)",
        "+Ann",
        "@Ann",
        "😀 Ann",
        "محمد علي الحسن",
        "A" * 200,
        "O'Brien",
        "Ó\u00a0Dálaigh",
        "Nguyễn Thị Minh Khai",
    ],
)
def test_names_of_every_kind_are_kept_as_they_are_written(empty: EmptyCentre, name: str) -> None:
    empty.examples("offices")
    empty.take("customers", HEADER + a_row("S1", name=name))
    assert [p.full_name for p in empty.rows(Customer)] == [name]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("01/02/2026", date(2026, 2, 1)),
        ("1/2/2026", date(2026, 2, 1)),
        ("2026-02-01", date(2026, 2, 1)),
        ("1.2.2026", date(2026, 2, 1)),
        ("1 February 2026", date(2026, 2, 1)),
        ("1st Feb 2026", date(2026, 2, 1)),
        ("01/02/2026 00:00:00", date(2026, 2, 1)),
        ("2026-02-01T00:00:00", date(2026, 2, 1)),
        ("29/02/2024", date(2024, 2, 29)),
    ],
)
def test_dates_are_read_day_first(with_offices: EmptyCentre, written: str, meant: date) -> None:
    with_offices.take("customers", HEADER + a_row(born=written))
    assert [p.born_on for p in with_offices.rows(Customer)] == [meant]


@pytest.mark.parametrize(
    ("written", "kept", "found"),
    [
        ("1632960001", "01632960001", "01632960001"),
        ("7700 900982", "07700 900982", "07700900982"),
        ("+44 1632 960001", "+44 1632 960001", "01632960001"),
        ("01632 960 001", "01632 960 001", "01632960001"),
        ("+1 202 555 0100", "+1 202 555 0100", "12025550100"),
    ],
)
def test_a_phone_number_gets_back_the_zero_that_a_spreadsheet_took(
    with_offices: EmptyCentre, written: str, kept: str, found: str
) -> None:
    with_offices.take("customers", HEADER + a_row(phone=written))
    [details] = with_offices.rows(CustomerDetails)
    assert (details.phone, details.phone_folded) == (kept, found)


def test_cells_that_say_they_know_nothing_are_empty_but_nobodys_name_is(
    with_offices: EmptyCentre,
) -> None:
    with_offices.take(
        "customers",
        HEADER
        + a_row(name="Null", born="n/a", postcode="Unknown", phone="-", email="None", needs="none"),
    )
    [person] = with_offices.rows(Customer)
    assert (person.full_name, person.born_on, person.postcode) == ("Null", None, "")
    assert person.access_needs == []


def test_empty_rows_and_trailing_separators_are_no_rows(with_offices: EmptyCentre) -> None:
    said = with_offices.take("customers", HEADER + a_row().strip() + ",,,\n\n" + ",,,,,,,,\n" * 40)
    assert "read 1 row " in said and "1 added" in said


def test_an_empty_cell_leaves_what_is_there_and_needs_are_never_taken_away(
    empty: EmptyCentre,
) -> None:
    empty.examples("offices")
    listed = HEADER + a_row(phone="01632 960 001", needs="Large print")
    empty.take("customers", listed)
    [person] = empty.rows(Customer)
    database = open_database(empty.url, key_file=None)
    noted = NoteNeeds(
        customer_id=CustomerId(person.id), access_needs=["large_print", "hearing_loop"]
    )
    issue_as_centre(node_over(database), noted, new_id=lambda: "noted", now=NOW)
    database.close()
    assert "0 changed" in empty.take("customers", HEADER + a_row(phone="", needs="Large print"))
    assert empty.rows(Customer)[0].access_needs == ["large_print", "hearing_loop"]
    assert empty.rows(CustomerDetails)[0].phone == "01632 960 001"


def test_a_changed_row_changes_the_same_person_and_how_they_are_found(empty: EmptyCentre) -> None:
    empty.examples("offices")
    empty.take("customers", HEADER + a_row(phone="01632 960 001"))
    [before] = empty.rows(Customer)
    said = empty.take("customers", HEADER + a_row(name="Ann Ó Sé", phone="+44 1632 960002"))
    assert "line 2: Full name, Phone" in said
    [after] = empty.rows(Customer)
    assert after.id == before.id
    assert after.name_folded == "ann o se s1"
    [details] = empty.rows(CustomerDetails)
    assert details.phone_folded == "01632960002"


def test_another_office_gets_details_of_its_own_and_the_first_keeps_its(empty: EmptyCentre) -> None:
    empty.examples("offices")
    empty.take("customers", HEADER + a_row(phone="01632 960 001"))
    said = empty.take("customers", HEADER + a_row(phone="01632 960 001", office="Hillside Hub"))
    assert "line 2: Office, Phone" in said
    offices = {f"office:{office.id}" for office in empty.rows(Office)}
    assert {details.scope for details in empty.rows(CustomerDetails)} == offices


def test_with_several_offices_contact_details_need_one(with_offices: EmptyCentre) -> None:
    said = with_offices.take("customers", HEADER + a_row(phone="01632 960 001", office=""))
    assert "line 2: Office: is needed" in said


def test_with_one_office_it_need_not_be_named(lite: EmptyCentre) -> None:
    lite.take("offices", "Name,Address,Nation\nTown Hall,1 High Street,Wales\n")
    lite.take("customers", HEADER + a_row(phone="01632 960 001", office=""))
    [office] = lite.rows(Office)
    assert [d.scope for d in lite.rows(CustomerDetails)] == [f"office:{office.id}"]


def test_what_is_said_names_no_person(with_offices: EmptyCentre) -> None:
    secret = a_row("S77", name="Zebedee\0Quux", phone="zebedee", email="quux", needs="quux")
    said = with_offices.take("customers", HEADER + secret + a_row("S77", name="Zebedee Quux"))
    assert "refused" in said
    for word in ("zebedee", "quux", "s77"):
        assert word not in said.lower()


def test_many_rows_go_up_in_batches_and_every_line_is_accounted_for(empty: EmptyCentre) -> None:
    empty.examples("offices")
    rows = "".join(
        a_row(f"S{n}", name="" if n % 400 == 0 else f"Ann {n}", phone="01632 960 001")
        for n in range(1, 1602)
    )
    plan = empty.plan("customers", HEADER + rows)
    assert plan.counts == {Verdict.ADDED: 1597, Verdict.REFUSED: 4}
    assert [row.lines.first for row in plan.refused] == [401, 801, 1201, 1601]
    assert len(empty.rows(Customer)) == len(empty.rows(CustomerDetails)) == 1597
