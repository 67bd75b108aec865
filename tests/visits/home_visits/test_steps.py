"""The steps of a visit: on the way, delayed, arrived, finished, no answer, and each undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.visits.council import OFFICER, Council
from tests.visits.home_visits.agreed import a_visit
from visits.home_visits.commands import (
    Arrive,
    Delay,
    FinishVisit,
    NoAnswer,
    SetOff,
    StepArguments,
    UndoStep,
)
from visits.home_visits.queries import VisitRow, day_of_visits
from visits.home_visits.records import HomeVisit, VisitStep
from visits.ids import NoticeId, VisitId
from visits.notices.commands import HandOver
from visits.notices.records import Notice

ACTS: dict[str, tuple[type[StepArguments], dict[str, Any]]] = {
    "set_off": (SetOff, {}),
    "delay": (Delay, {"minutes": 15, "notice_id": NoticeId("told")}),
    "arrive": (Arrive, {"id_shown": True}),
    "finish": (FinishVisit, {}),
    "no_answer": (NoAnswer, {"notice_id": NoticeId("card-left")}),
}


def step(council: Council, visit_id: VisitId, act: str, **given: Any) -> StepArguments:
    kind, standard = ACTS[act]
    at = {"visit_id": visit_id, "step_id": council.new_id("step"), "at": council.now}
    return kind(**at | standard | given)


def a_visit_in(council: Council, *acts: str) -> VisitId:
    visit_id = a_visit(council)
    for act in acts:
        council.do(step(council, visit_id, act))
    return visit_id


def seen(council: Council) -> VisitRow:
    with council.node.database.read() as session:
        (visit,) = day_of_visits(session, OFFICER, council.today)
    return visit


@pytest.mark.parametrize(
    ("before", "act", "state"),
    [
        ((), "set_off", "on_the_way"),
        ((), "delay", "planned"),
        ((), "arrive", "with_resident"),
        ((), "no_answer", "no_answer"),
        (("set_off",), "delay", "on_the_way"),
        (("set_off",), "arrive", "with_resident"),
        (("set_off",), "no_answer", "no_answer"),
        (("set_off", "arrive"), "finish", "finished"),
    ],
)
def test_each_step_leads_on_and_its_undo_leads_back(
    council: Council, before: tuple[str, ...], act: str, state: str
) -> None:
    visit_id = a_visit_in(council, *before)
    was = council.row(HomeVisit, visit_id)
    notices = len(council.rows(Notice))
    taken = step(council, visit_id, act)
    council.do(taken)
    assert council.row(HomeVisit, visit_id).state == state
    council.do(UndoStep(visit_id=visit_id, step_id=taken.step_id))
    now = council.row(HomeVisit, visit_id)
    assert (now.state, now.delay_minutes, now.id_shown, now.step_id) == (
        was.state,
        was.delay_minutes,
        was.id_shown,
        was.step_id,
    )
    assert len(council.rows(Notice)) == notices
    assert council.row(VisitStep, taken.step_id).undone


@pytest.mark.parametrize(
    ("before", "act"),
    [
        ((), "finish"),
        (("set_off",), "set_off"),
        (("arrive",), "set_off"),
        (("arrive",), "delay"),
        (("arrive",), "no_answer"),
        (("arrive", "finish"), "arrive"),
        (("no_answer",), "finish"),
    ],
)
def test_a_step_that_is_not_possible_from_here_is_refused(
    council: Council, before: tuple[str, ...], act: str
) -> None:
    visit_id = a_visit_in(council, *before)
    refusal = council.refusal(step(council, visit_id, act, **_other_notice(council, act)))
    assert refusal.reason == "not_from_here"


def _other_notice(council: Council, act: str) -> dict[str, Any]:
    has_notice = "notice_id" in ACTS[act][1]
    return {"notice_id": NoticeId(council.new_id("notice"))} if has_notice else {}


@pytest.mark.parametrize("act", ACTS)
def test_a_step_on_an_unknown_visit_is_refused(council: Council, act: str) -> None:
    assert council.refusal(step(council, VisitId("gone"), act)).reason == "not_found"


def test_a_step_with_a_used_id_is_refused(council: Council) -> None:
    visit_id = a_visit(council)
    council.do(step(council, visit_id, "set_off", step_id="step"))
    assert council.refusal(step(council, visit_id, "arrive", step_id="step")).reason == "id_taken"


def test_a_delay_writes_a_notice_to_the_resident(council: Council) -> None:
    a_visit_in(council, "set_off", "delay")
    visit = seen(council)
    assert visit.delay_minutes == 15
    assert visit.notice is not None
    assert (visit.notice.kind, visit.notice.status) == ("delay", "recorded")


def test_a_second_delay_counts_in_all_and_not_on_top(council: Council) -> None:
    visit_id = a_visit_in(council, "delay")
    later = step(council, visit_id, "delay", minutes=40, notice_id=NoticeId("second"))
    council.do(later)
    assert seen(council).delay_minutes == 40
    council.do(UndoStep(visit_id=visit_id, step_id=later.step_id))
    assert seen(council).delay_minutes == 15


@pytest.mark.parametrize("minutes", [0, -10, 241])
def test_a_delay_of_no_minutes_or_half_a_day_is_refused(council: Council, minutes: int) -> None:
    refusal = council.refusal(step(council, a_visit(council), "delay", minutes=minutes))
    assert (refusal.reason, refusal.data["limit"]) == ("minutes_out_of_range", 240)


def test_an_undone_delay_takes_its_notice_back_unless_the_resident_has_it(council: Council) -> None:
    visit_id = a_visit(council)
    taken = step(council, visit_id, "delay")
    council.do(taken)
    council.do(HandOver(notice_id=NoticeId("told"), way="printed", at=council.now))
    council.do(UndoStep(visit_id=visit_id, step_id=taken.step_id))
    assert [n.kind for n in council.rows(Notice)] == ["visit", "delay"]
    assert council.row(HomeVisit, visit_id).delay_minutes == 0


@pytest.mark.parametrize("id_shown", [True, False])
def test_arriving_records_whether_the_id_was_shown(council: Council, id_shown: bool) -> None:
    visit_id = a_visit(council)
    council.do(step(council, visit_id, "arrive", id_shown=id_shown))
    assert seen(council).id_shown is id_shown


def test_m4_only_the_latest_step_can_be_undone(council: Council) -> None:
    visit_id = a_visit(council)
    first = step(council, visit_id, "set_off")
    council.do(first)
    council.do(step(council, visit_id, "arrive"))
    refusal = council.refusal(UndoStep(visit_id=visit_id, step_id=first.step_id))
    assert refusal.reason == "built_upon"


def test_undoing_an_unknown_step_or_that_of_another_visit_is_refused(council: Council) -> None:
    visit_id = a_visit(council)
    assert council.refusal(UndoStep(visit_id=visit_id, step_id="gone")).reason == "not_found"
    council.do(step(council, visit_id, "set_off", step_id="step"))
    other = a_visit(council, minute=16 * 60)
    assert council.refusal(UndoStep(visit_id=other, step_id="step")).reason == "not_found"
