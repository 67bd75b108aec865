"""What a device may hold: the council's rows, its office's, and those of its office's teams."""

from __future__ import annotations

from tests.visits.council import DESK, DESK_ELSEWHERE, OFFICE, OTHER_OFFICE, TEAM, Council
from visits.registry import commands, tables
from visits.scopes import allowed


def test_w6_a_device_holds_what_its_office_and_its_teams_need(council: Council) -> None:
    council.an_officer(team_id="team-care", office_id=OTHER_OFFICE)
    with council.node.database.read() as session:
        assert allowed(session, DESK) == {"council", f"office:{OFFICE}", f"team:{TEAM}"}
        elsewhere = {"council", f"office:{OTHER_OFFICE}", "team:team-care"}
        assert allowed(session, DESK_ELSEWHERE) == elsewhere


def test_a_device_that_has_not_joined_holds_the_councils_rows_alone(council: Council) -> None:
    with council.node.database.read() as session:
        assert allowed(session, "a stranger") == {"council"}


def test_every_command_says_who_may_and_what_it_refuses() -> None:
    for definition in commands():
        assert definition.handler.__doc__, definition.name
        assert definition.arguments.__doc__, definition.name


def test_every_row_can_travel() -> None:
    for table in tables().sorted_tables:
        assert {"id", "scope"} <= set(table.columns.keys()), table.name
