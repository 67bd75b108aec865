"""Files as office programs write them are read; what is no list is refused whole, in words."""

from __future__ import annotations

import pytest

from sync.storage.sqlite import open_file
from tests.visits.imports.conftest import EmptyCentre
from visits.customers.records import Customer
from visits.migrations.steps import migrate

HEADER = "Reference,Full name,Office\n"
ROW = "S1,Zoë Müller,Harbour House\n"


def names(centre: EmptyCentre) -> list[str]:
    return [row.full_name for row in centre.rows(Customer)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ((HEADER + ROW).encode(), "UTF-8 with commas"),
        ((HEADER + ROW).encode("utf-8-sig"), "UTF-8 with commas"),
        ((HEADER + ROW).encode("windows-1252"), "Windows-1252 with commas"),
        ((HEADER + ROW).replace(",", ";").encode(), "UTF-8 with semicolons"),
        ((HEADER + ROW).replace(",", "\t").encode("windows-1252"), "Windows-1252 with tabs"),
        (b"sep=;\r\n" + (HEADER + ROW).replace(",", ";").encode(), "UTF-8 with semicolons"),
        ((HEADER + ROW).replace("\n", "\r\n").encode(), "UTF-8 with commas"),
        ((HEADER + ROW).replace("\n", "\r").encode(), "UTF-8 with commas"),
        (("\n\n" + HEADER + ROW).encode(), "UTF-8 with commas"),
    ],
)
def test_encodings_and_separators_are_found(
    with_offices: EmptyCentre, data: bytes, says: str
) -> None:
    said = with_offices.take("customers", data)
    assert says in said
    assert names(with_offices) == ["Zoë Müller"]


def test_capitals_with_a_curly_apostrophe_are_still_windows_1252(with_offices: EmptyCentre) -> None:
    said = with_offices.take(
        "customers", (HEADER + "S1,JOSÉ’S SØN ÅSE,Harbour House\n").encode("windows-1252")
    )
    assert "Windows-1252" in said
    assert names(with_offices) == ["JOSÉ’S SØN ÅSE"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "The file is empty"),
        (b" \r\n\r\n", "The file is empty"),
        (b"PK\x03\x04" + bytes(200), "a spreadsheet"),
        (b"%PDF-1.7\n", "a PDF"),
        ((HEADER + ROW).encode("utf-16"), "UTF-16"),
        (bytes(range(256)) * 4, "not text"),
        ((HEADER + ROW * 20).encode() + b"\xc3", "damaged at line 22"),
        (b"\xef\xbb\xbf" + (HEADER + ROW).encode("windows-1252"), "damaged at line 2"),
        ((HEADER + "S1,\x81,Harbour House\n").encode("latin-1"), "see line 2"),
        ((HEADER + 'S1,"Ann Lee,Harbour House\nS2,Bo Lee,Harbour House\n').encode(), "line 2"),
        (
            (HEADER + 'S1,"Ann\n' + "S2,Bo Lee,Harbour House\n" * 9000).encode(),
            "at or after line 2",
        ),
        (HEADER.encode(), "no rows below its header"),
        (("Reference,Office\n" + "S1,Harbour House\n").encode(), "no column for: Full name"),
        ((HEADER.strip() + ",Name\n" + ROW.strip() + ",x\n").encode(), "Columns 2 and 4 both give"),
        (b"," * 300 + b"Reference,Full name\nS1,Ann\n", "more than 200 cells"),
    ],
)
def test_what_cannot_be_read_as_a_list_is_refused_whole(
    with_offices: EmptyCentre, data: bytes, why: str
) -> None:
    path = with_offices.folder / "people.csv"
    path.write_bytes(data)
    code, said = with_offices.run("import", "customers", str(path))
    assert code == 1
    assert said.startswith("Nothing was taken in.")
    assert why in said
    assert with_offices.rows(Customer) == []


def test_a_list_without_a_header_is_refused_and_its_first_person_not_shown(
    with_offices: EmptyCentre,
) -> None:
    said = with_offices.take("customers", "S1,Zoë Müller,Harbour House\nS2,Bo Lee,Harbour House\n")
    assert "The first row does not name the columns" in said
    assert "Zoë" not in said and "S1" not in said


def test_a_first_row_that_happens_to_hold_a_heading_shows_no_other_cell(
    with_offices: EmptyCentre,
) -> None:
    said = with_offices.take("customers", "S1,Zoë Müller,Town\nS2,Bo Lee,Hillside\n")
    assert "no column for: Reference, Full name" in said
    assert "Headings not understood: column 1, 2." in said
    assert "Zoë" not in said


def test_headings_are_known_by_other_names_and_unknown_ones_are_reported(
    with_offices: EmptyCentre,
) -> None:
    said = with_offices.take(
        "customers",
        "CUSTOMER_NUMBER,Forename, SURNAME ,D.O.B.,Post Code,Shoe size,Site\n"
        "0042,Ann,Lee,01/02/1990,ab14qt,7,harbour  HOUSE\n",
    )
    assert "Not used, because the heading is not known: column 6 “Shoe size”." in said
    [ann] = with_offices.rows(Customer)
    assert (ann.reference, ann.full_name, ann.postcode) == ("0042", "Ann Lee", "AB1 4QT")
    assert ann.born_on.isoformat() == "1990-02-01"


def test_a_file_that_is_not_there_is_named(with_offices: EmptyCentre) -> None:
    code, said = with_offices.run("import", "customers", "nowhere.csv")
    assert code == 1
    assert "nowhere.csv cannot be read" in said


def test_a_centre_that_is_not_set_up_takes_nothing_in(with_offices: EmptyCentre) -> None:
    other = f"sqlite:///{with_offices.folder}/other.db"
    (with_offices.folder / "other.key").write_text("ab" * 32)
    empty = open_file(with_offices.folder / "other.db", key=bytes.fromhex("ab" * 32))
    migrate(empty)
    empty.close()
    path = with_offices.folder / "people.csv"
    path.write_text(HEADER + ROW, encoding="utf-8")
    with_offices.url = other
    code, said = with_offices.run("import", "customers", str(path))
    assert code == 1
    assert "not set up" in said
