"""The council's people from a list: teams, cards, photos, hours and breaks."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from tests.visits.imports.conftest import EXAMPLES, EmptyCentre
from visits.offices.records import Service
from visits.staff.records import StaffBreak, StaffMember, Team, WorkingHours

HEADER = (
    "Reference,Full name,Role,Team,Team phone,Office,Services,Card number,Phone,"
    "Working hours,Break,Photo\n"
)


def a_row(reference: str = "P1", **given: str) -> str:
    cells = {
        "name": "Ann Lee",
        "role": "Officer",
        "team": "Housing",
        "team_phone": "",
        "office": "Harbour House",
        "services": "",
        "card": "",
        "phone": "",
        "hours": "",
        "break_": "",
        "photo": "",
    } | given
    return ",".join([reference, *(f'"{cell}"' for cell in cells.values())]) + "\n"


@pytest.fixture
def ready(empty: EmptyCentre) -> EmptyCentre:
    empty.examples("offices", "services")
    return empty


def test_the_example_list_goes_in_and_again_changes_nothing(ready: EmptyCentre) -> None:
    ready.examples("staff")
    tables = (StaffMember, Team, WorkingHours, StaffBreak)
    before = [ready.rows(table) for table in tables]
    assert [len(rows) for rows in before] == [3, 2, 11, 11]
    assert {team.name: team.phone for team in before[1]} == {
        "Housing team": "01632 960 330",
        "Customer services team": "01632 960 340",
    }
    said = ready.take("staff", (EXAMPLES / "staff.csv").read_bytes())
    assert "3 left as is" in said
    assert [ready.rows(table) for table in tables] == before


def test_services_are_found_though_their_names_have_commas(ready: EmptyCentre) -> None:
    services = "Council tax, waste,  recycling and streets, Blue Badge"
    ready.take("staff", HEADER + a_row(services=services))
    names = {row.id: row.name for row in ready.rows(Service)}
    [officer] = ready.rows(StaffMember)
    assert [names[service] for service in officer.service_ids] == [
        "Council tax",
        "Waste, recycling and streets",
        "Blue Badge",
    ]


def test_breaks_are_on_the_days_that_an_officer_works(ready: EmptyCentre) -> None:
    ready.take("staff", HEADER + a_row(hours="Mon-Tue 9am-5pm", break_="12pm-12:30pm"))
    assert {row.weekday for row in ready.rows(StaffBreak)} == {0, 1}
    said = ready.take("staff", HEADER + a_row(hours="Tue-Wed 9am-5pm", break_="1pm-1:30pm"))
    assert "line 2: Break, Working hours" in said
    assert {(row.weekday, row.starts_minute) for row in ready.rows(StaffBreak)} == {
        (1, 780),
        (2, 780),
    }
    ready.take("staff", HEADER + a_row(break_="none"))
    assert ready.rows(StaffBreak) == []
    assert {row.weekday for row in ready.rows(WorkingHours)} == {1, 2}


def test_a_team_is_made_once_and_keeps_the_first_number_given(ready: EmptyCentre) -> None:
    said = ready.take(
        "staff",
        HEADER
        + a_row("P1")
        + a_row("P2", team=" HOUSING ", team_phone="01632 960 330")
        + a_row("P3", team_phone="01632 960 331"),
    )
    assert "line 4: Team phone: line 3 gives another number for this team" in said
    assert "2 added" in said
    assert [(team.name, team.phone) for team in ready.rows(Team)] == [("Housing", "01632 960 330")]


def test_an_officer_who_changes_team_is_still_the_same_officer(ready: EmptyCentre) -> None:
    ready.take("staff", HEADER + a_row(phone="01632 960 401"))
    [before] = ready.rows(StaffMember)
    said = ready.take("staff", HEADER + a_row(team="Benefits", name="Ann Lee-Fox"))
    assert "line 2: Full name, Team" in said
    [after] = ready.rows(StaffMember)
    assert (after.id, after.phone) == (before.id, "01632 960 401")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (a_row("P2", card="501"), "line 3: Card number: another officer has it"),
        (a_row("P1"), "line 3: Reference: line 2 has the same"),
        (a_row("P2", services="Tarot"), "line 3: Services: names a service that is not here"),
        (a_row("P2", office=""), "line 3: Office: is empty"),
        (a_row("P2", hours="9am-5pm"), "line 3: Working hours: write hours like Mon-Fri"),
        (a_row("P2", photo="../ann.png"), "line 3: Photo: must be in the folder of the list"),
        (a_row("P2", photo="/etc/hostname"), "line 3: Photo: must be in the folder of the list"),
        (a_row("P2", photo="nobody.png"), "line 3: Photo: no such file beside the list"),
        (a_row("P2", photo="staff.csv"), "line 3: Photo: is not a PNG or JPEG picture"),
    ],
)
def test_an_officer_who_cannot_go_in_is_named_by_line(
    with_offices: EmptyCentre, row: str, line: str
) -> None:
    said = with_offices.take("staff", HEADER + a_row("P1", card="501") + row)
    assert line in said
    assert [officer.card_number for officer in with_offices.rows(StaffMember)] == ["501"]


def test_a_photo_beside_the_list_is_made_small_and_upright(ready: EmptyCentre) -> None:
    (ready.folder / "photos").mkdir()
    picture = Image.new("RGB", (1600, 1200), "#3A4A5A")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "somewhere"
    picture.save(ready.folder / "photos" / "ann.jpg", exif=exif)
    listed = HEADER + a_row(photo="photos/ann.jpg")
    ready.take("staff", listed)
    [officer] = ready.rows(StaffMember)
    data = base64.b64decode(officer.photo)
    kept = Image.open(io.BytesIO(data))
    assert (kept.format, kept.size) == ("PNG", (225, 300))
    assert b"somewhere" not in data
    assert "1 left as is" in ready.take("staff", listed)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(
    with_offices: EmptyCentre,
) -> None:
    Image.new("1", (12_000, 12_000)).save(with_offices.folder / "huge.png")
    said = with_offices.take("staff", HEADER + a_row(photo="huge.png"))
    assert "line 2: Photo: has too many pixels" in said
