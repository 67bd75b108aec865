"""What waits at desks that nobody above answers: its numbers are its own, its traces go with it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from sync.authority import Authority
from sync.desk import Desk
from sync.ids import IdSource
from sync.rebase import run_waiting, undo_waiting
from sync.storage.sqlite import open_memory
from tests.centres import SetClock
from tests.devices import named
from tests.rounds import drive
from tests.visits.council import COUNCIL_TAX, DESK, OFFICE, OFFICER, OTHER_DESK, Council
from visits.calendar.local_time import local_date
from visits.central.opening import authority_over
from visits.customers.commands import AddCustomer
from visits.ids import CustomerId, StretchId, TicketId
from visits.migrations.steps import migrate
from visits.queue.commands import CheckIn
from visits.queue.queries import number_for
from visits.queue.records import Ticket
from visits.registry import node_over

NAMES = st.lists(
    st.sampled_from(("Dorothy", "Hathersage", "Łukasz", "Ó Briain", "Zoë", "Ng")),
    min_size=1,
    max_size=3,
)


@dataclass
class Office:
    """A centre, and two desks of one office that have met it once."""

    centre: Authority
    desks: tuple[Desk, Desk]
    clock: SetClock

    def join_lines(self) -> None:
        """Every desk has a round, and another for what the others did."""
        for desk in (*self.desks, *self.desks):
            drive(desk, self.centre.answer)

    def close(self) -> None:
        """Let go of the databases."""
        for node in (self.centre.node, *(desk.node for desk in self.desks)):
            node.database.close()


def an_office() -> Office:
    clock = SetClock()
    centre = authority_over(open_memory(), clock=clock)
    centre.found("epoch-1")
    Council(centre.node).found()
    office = Office(centre, (_a_desk(DESK, clock), _a_desk(OTHER_DESK, clock)), clock)
    office.join_lines()
    return office


def _a_desk(name: str, clock: SetClock) -> Desk:
    database = open_memory()
    migrate(database)
    new_id = IdSource(clock, random.Random(name).getrandbits)
    return Desk(node_over(database), new_device=named(name, new_id), clock=clock, new_id=new_id)


def _check_in(desk: Desk, clock: SetClock) -> CheckIn:
    """As the arrive column does: the number is the desk's next."""
    with desk.node.database.read() as session:
        so_far = session.scalar(select(func.count()).select_from(Ticket))
    new_id = IdSource(clock, random.Random(f"{desk.device} {so_far} {clock()}").getrandbits)
    today = local_date(clock())
    with desk.node.database.read() as session:
        number = number_for(session, desk.device, today)
    return CheckIn(
        ticket_id=TicketId(new_id()),
        stretch_id=StretchId(new_id()),
        office_id=OFFICE,
        number=number,
        number_on=today,
        service_id=COUNCIL_TAX,
        arrived_at=clock(),
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(("first", "second", "joined", "a day")), max_size=14))
def test_i4_desks_that_hear_nothing_of_each_other_give_no_number_or_id_twice(
    moments: list[str],
) -> None:
    office = an_office()
    first, second = office.desks
    issued: list[str] = []
    for moment in moments:
        office.clock.now += timedelta(days=1) if moment == "a day" else timedelta(seconds=1)
        if moment == "joined":
            office.join_lines()
        elif moment != "a day":
            desk = first if moment == "first" else second
            issued.append(desk.issue(_check_in(desk, office.clock), actor=OFFICER).id)
    office.join_lines()
    with office.centre.node.database.read() as session:
        given_out = session.connection().exec_driver_sql("SELECT number_on, number FROM ticket")
        numbers = Counter((row[0], row[1]) for row in given_out)
    office.close()
    assert len(set(issued)) == len(issued) == numbers.total()
    assert set(numbers.values()) <= {1}


@settings(max_examples=25, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=5))
def test_m2_the_search_index_follows_what_waits_out_and_in_again(people: list[list[str]]) -> None:
    office = an_office()
    desk = office.desks[0]
    before = words_of(desk)
    for number, names in enumerate(people):
        desk.issue(_a_person(number, " ".join(names)), actor=OFFICER)
    with_them = words_of(desk)
    assert with_them != before
    with desk.node.database.write() as session:
        undo_waiting(desk.node, session)
    assert words_of(desk) == before
    with desk.node.database.write() as session:
        run_waiting(desk.node, session)
    assert words_of(desk) == with_them
    office.join_lines()
    assert words_of(desk) == words_of(office.desks[1])
    office.close()


def words_of(desk: Desk) -> Counter[tuple[str, int, int]]:
    """Every word of the index, with how many cards have it and how often."""
    with desk.node.database.read() as session:
        found = session.connection().exec_driver_sql("SELECT term, doc, cnt FROM customer_word")
        return Counter((row[0], row[1], row[2]) for row in found)


def _a_person(number: int, name: str) -> AddCustomer:
    return AddCustomer(
        customer_id=CustomerId(f"person-{number}"),
        details_id=f"details-{number}",
        office_id=OFFICE,
        reference=f"P{number:04}",
        full_name=name,
        on_date=date(2026, 11, 24),
        phone=f"01632 960 {number:03}",
    )
