"""What may happen to a ticket: every act from every state, its clocks, its history, its undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.errors import Refusal
from tests.visits.council import DESK, HOUSING, OFFICER, OTHER_DESK, Council
from visits.appointments.records import Appointment
from visits.ids import ServiceId, StretchId, TicketId
from visits.queue import commands as acts
from visits.queue.records import Stretch, Ticket
from visits.queue.rules import TRANSITIONS

KINDS: dict[str, type[acts.TicketAct]] = {
    "call": acts.Call,
    "start_serving": acts.Serve,
    "hold": acts.Hold,
    "return_to_queue": acts.Return,
    "no_show": acts.NoShow,
    "leave": acts.Leave,
    "finish": acts.Finish,
    "transfer": acts.Transfer,
}
STATES = ("waiting", "called", "serving", "on_hold", "no_show", "left", "finished")
WAYS = {
    "waiting": (),
    "called": ("call",),
    "serving": ("call", "start_serving"),
    "on_hold": ("call", "hold"),
    "no_show": ("call", "no_show"),
    "left": ("leave",),
    "finished": ("call", "finish"),
}


@dataclass(slots=True)
class Visit:
    """A person's ticket, and the acts on it one after the other."""

    council: Council
    ticket_id: TicketId

    def act(
        self, name: str, *, desk: str = DESK, minutes: float = 1, reason: str = ""
    ) -> StretchId:
        self.council.later(minutes=minutes)
        command = self.to_come(name, reason=reason)
        self.council.do(command, desk=desk)
        return command.stretch_id

    def to_come(self, name: str, *, reason: str = "") -> acts.TicketAct:
        more = {"service_id": HOUSING} if name == "transfer" else {}
        return KINDS[name](
            ticket_id=self.ticket_id,
            stretch_id=self.council.stretch_id(),
            at=self.council.now,
            staff_id=OFFICER,
            reason=reason,
            **more,
        )

    def undo(self, stretch_id: StretchId) -> acts.Undo:
        return acts.Undo(ticket_id=self.ticket_id, stretch_id=stretch_id, at=self.council.now)

    @property
    def ticket(self) -> Ticket:
        return self.council.row(Ticket, self.ticket_id)

    @property
    def history(self) -> list[Stretch]:
        """The stretches that count, in their order, from the first to the open one."""
        stretches = {s.id: s for s in self.council.rows(Stretch) if s.ticket_id == self.ticket_id}
        found = [stretches[self.ticket.stretch_id]]
        while found[0].before_id is not None:
            found.insert(0, stretches[found[0].before_id])
        return found


@pytest.fixture
def visit(council: Council) -> Visit:
    return a_visit(council)


def a_visit(council: Council, state: str = "waiting", **ticket: object) -> Visit:
    visit = Visit(council, council.a_ticket(waiting_minutes=12, **ticket))
    for name in WAYS[state]:
        visit.act(name)
    return visit


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", KINDS)
def test_an_act_leads_where_the_table_says_or_is_refused(
    council: Council, state: str, name: str
) -> None:
    visit = a_visit(council, state)
    leads_to = TRANSITIONS.get((state, name))
    if leads_to is None:
        refusal = council.refusal(visit.to_come(name))
        assert refusal.reason == "not_from_here"
        assert refusal.data == {"number": visit.ticket.number, "state": state}
        return
    before = council.row(Stretch, visit.ticket.stretch_id)
    stretch_id = visit.act(name, reason="They cannot wait")
    opened = council.row(Stretch, stretch_id)
    assert (visit.ticket.state, visit.ticket.stretch_id) == (leads_to, stretch_id)
    assert (opened.state, opened.from_at, opened.to_at) == (leads_to, council.now, None)
    assert (opened.before_id, opened.reason) == (before.id, "They cannot wait")
    assert council.row(Stretch, before.id).to_at == council.now


@pytest.mark.parametrize(("state", "name"), TRANSITIONS)
def test_every_act_can_be_undone_to_exactly_what_was(
    council: Council, state: str, name: str
) -> None:
    appointment_id = council.an_appointment(in_minutes=-2)
    visit = a_visit(council, state, appointment_id=appointment_id)
    before = council.everything()
    stretch_id = visit.act(name)
    council.later(minutes=1)
    council.do(visit.undo(stretch_id))
    struck_out = council.row(Stretch, stretch_id)
    assert (struck_out.undone, struck_out.to_at) == (True, council.now)
    after = council.everything()
    after["stretch"] = [row for row in after["stretch"] if row["id"] != stretch_id]
    assert after == before


@pytest.mark.parametrize("state", ["called", "serving"])
def test_another_desk_is_told_who_has_been_called(council: Council, state: str) -> None:
    visit = a_visit(council, state)
    refusal = council.refusal(visit.to_come("call"), desk=OTHER_DESK)
    assert refusal.reason == "already_called"
    assert refusal.data == {"number": visit.ticket.number, "desk_id": DESK}


@pytest.mark.parametrize("state", ["called", "serving"])
@pytest.mark.parametrize("second", ["waiting", "on_hold", "no_show"])
def test_a_counter_has_one_person_at_a_time(council: Council, state: str, second: str) -> None:
    waiting = a_visit(council, second)
    here = a_visit(council, state)
    refusal = council.refusal(waiting.to_come("call"))
    assert refusal.reason == "counter_busy"
    assert refusal.data == {"number": here.ticket.number}
    waiting.act("call", desk=OTHER_DESK)
    assert waiting.ticket.desk_id == OTHER_DESK


def test_a_person_called_elsewhere_is_not_served_at_a_counter_that_is_busy(
    council: Council,
) -> None:
    called = a_visit(council)
    called.act("call", desk=OTHER_DESK)
    here = a_visit(council, "serving")
    refusal = council.refusal(called.to_come("start_serving"))
    assert (refusal.reason, refusal.data["number"]) == ("counter_busy", here.ticket.number)


def test_the_next_can_be_called_as_soon_as_a_counter_is_free(council: Council) -> None:
    here, waiting = a_visit(council, "serving"), a_visit(council)
    here.act("finish")
    waiting.act("call")
    assert waiting.ticket.state == "called"


def test_two_desks_calling_one_person_at_once_make_one_call(council: Council) -> None:
    visit = a_visit(council)
    first, second = visit.to_come("call"), visit.to_come("call")
    council.do(first, desk=DESK)
    assert council.refusal(second, desk=OTHER_DESK).reason == "already_called"
    assert visit.ticket.desk_id == DESK


def test_the_wait_ends_at_the_first_call_and_recalls_never_rewrite_it(visit: Visit) -> None:
    visit.act("call")
    first_called_at = visit.council.now
    for name in ("call", "no_show", "call", "hold", "return_to_queue", "call", "transfer", "call"):
        visit.act(name, minutes=3)
        assert visit.ticket.first_called_at == first_called_at


def test_undoing_a_recall_keeps_the_wait_that_the_first_call_ended(visit: Visit) -> None:
    visit.act("call")
    first_called_at = visit.council.now
    for minutes in (0, 3):  # a recall in the same moment, and one later
        recall = visit.act("call", minutes=minutes)
        visit.council.do(visit.undo(recall))
        assert visit.ticket.first_called_at == first_called_at


def test_undoing_the_first_call_lets_the_wait_go_on(visit: Visit) -> None:
    visit.council.do(visit.undo(visit.act("call")))
    assert visit.ticket.first_called_at is None
    visit.act("call", minutes=5)
    assert visit.ticket.first_called_at == visit.council.now


def test_hold_and_return_keep_the_arrival_that_the_order_goes_by(visit: Visit) -> None:
    arrived_at, clock_from_at = visit.ticket.arrived_at, visit.ticket.clock_from_at
    visit.act("hold", minutes=2)
    visit.act("return_to_queue", minutes=9)
    assert (visit.ticket.arrived_at, visit.ticket.clock_from_at) == (arrived_at, clock_from_at)
    assert visit.ticket.first_called_at is None


def test_a_transfer_keeps_the_number_and_asks_for_the_new_service(council: Council) -> None:
    visit = a_visit(council, "serving", number="A07")
    visit.act("transfer")
    ticket = visit.ticket
    assert (ticket.number, ticket.service_id, ticket.desk_id) == ("A07", HOUSING, None)
    assert council.row(Stretch, ticket.stretch_id).service_id == HOUSING


def test_a_transfer_to_a_service_that_is_not_there_is_refused(visit: Visit) -> None:
    command = acts.Transfer(
        ticket_id=visit.ticket_id,
        stretch_id=visit.council.stretch_id(),
        at=visit.council.now,
        service_id=ServiceId("service-none"),
    )
    assert visit.council.refusal(command).data == {"what": "service"}


def test_finishing_a_ticket_finishes_its_appointment_and_undo_restores_it(council: Council) -> None:
    appointment_id = council.an_appointment(in_minutes=-2)
    visit = a_visit(council, "serving", appointment_id=appointment_id)
    stretch_id = visit.act("finish")
    assert council.row(Appointment, appointment_id).state == "finished"
    council.do(visit.undo(stretch_id))
    assert council.row(Appointment, appointment_id).state == "arrived"


def test_undo_after_something_else_happened_is_refused(visit: Visit) -> None:
    called = visit.act("call")
    visit.act("start_serving")
    refusal = visit.council.refusal(visit.undo(called))
    assert (refusal.reason, refusal.data["number"]) == ("built_upon", visit.ticket.number)


def test_what_was_undone_is_not_undone_again(visit: Visit) -> None:
    called = visit.act("call")
    visit.council.do(visit.undo(called))
    assert visit.council.refusal(visit.undo(called)).reason == "built_upon"


def test_a_check_in_is_not_undone_as_an_act_is(visit: Visit) -> None:
    refusal = visit.council.refusal(visit.undo(StretchId(visit.ticket.stretch_id)))
    assert refusal.reason == "built_upon"


def test_undo_of_what_is_not_there_is_refused(council: Council) -> None:
    visit, other = a_visit(council), a_visit(council)
    called = other.act("call")
    assert council.refusal(visit.undo(called)).data == {"what": "stretch"}
    assert council.refusal(visit.undo(StretchId("none"))).data == {"what": "stretch"}
    gone = Visit(council, TicketId("ticket-none"))
    assert council.refusal(gone.undo(called)).data == {"what": "ticket"}


@pytest.mark.parametrize("name", ["finish", "hold", "return_to_queue", "transfer", "no_show"])
def test_undo_brings_nobody_back_to_a_counter_that_has_taken_another(
    council: Council, name: str
) -> None:
    first, second = a_visit(council, "called"), a_visit(council)
    stretch_id = first.act(name)
    second.act("call")
    refusal = council.refusal(first.undo(stretch_id))
    assert (refusal.reason, refusal.data["number"]) == ("counter_busy", second.ticket.number)


def test_an_act_names_a_stretch_that_is_new(visit: Visit) -> None:
    again = acts.Call(
        ticket_id=visit.ticket_id,
        stretch_id=StretchId(visit.ticket.stretch_id),
        at=visit.council.now,
    )
    assert visit.council.refusal(again).reason == "id_taken"


@pytest.mark.parametrize("name", KINDS)
def test_an_act_on_a_ticket_that_is_not_there_is_refused(council: Council, name: str) -> None:
    refusal = council.refusal(Visit(council, TicketId("ticket-none")).to_come(name))
    assert (refusal.reason, refusal.data["what"]) == ("not_found", "ticket")


def test_t2_a_desk_whose_clock_is_behind_makes_no_negative_time(visit: Visit) -> None:
    council = visit.council
    called = visit.act("call")
    council.later(minutes=-30)
    stretch_id = visit.act("finish", minutes=0)
    council.do(visit.undo(stretch_id))
    assert [s.to_at for s in council.rows(Stretch) if s.to_at and s.to_at < s.from_at] == []
    assert council.row(Stretch, called).to_at is None


steps = st.lists(
    st.tuples(
        st.sampled_from([*KINDS, "undo"]),
        st.sampled_from([DESK, OTHER_DESK]),
        st.integers(min_value=-5, max_value=30),
    ),
    max_size=12,
)


@given(steps)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_stretches_add_up_to_the_time_between_arrival_and_end(
    desk_council: Council, steps: list[tuple[str, str, int]]
) -> None:
    visit = a_visit(desk_council)
    latest = StretchId(visit.ticket.stretch_id)
    for name, desk, minutes in steps:
        desk_council.later(minutes=minutes)
        command = visit.undo(latest) if name == "undo" else visit.to_come(name)
        try:
            desk_council.do(command, desk=desk)
        except Refusal:
            continue
        if isinstance(command, acts.TicketAct):
            latest = command.stretch_id
    history = visit.history
    assert not any(stretch.undone for stretch in history)
    assert history[0].from_at == visit.ticket.arrived_at
    for earlier, later in zip(history, history[1:], strict=False):
        assert earlier.to_at == later.from_at
    assert history[-1].to_at is None
    lengths = [s.to_at - s.from_at for s in history[:-1] if s.to_at]
    assert all(length >= timedelta(0) for length in lengths)
    assert sum(lengths, timedelta(0)) == history[-1].from_at - visit.ticket.arrived_at
    calls = [stretch.from_at for stretch in history if stretch.state == "called"]
    assert visit.ticket.first_called_at == (calls[0] if calls else None)
    if visit.ticket.state in ("called", "serving"):
        desk_council.do(visit.to_come("finish"))
