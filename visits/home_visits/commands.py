"""The steps of a home visit, and planning one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.customers.records import Customer
from visits.home_visits.planning import nearest_starts, why_not_then
from visits.home_visits.records import HomeVisit, VisitStep
from visits.home_visits.rules import DELAY_MINUTES_MAX, STEPS
from visits.ids import CustomerId, NoticeId, StaffId, VisitId
from visits.notices.commands import record_notice
from visits.notices.records import Notice
from visits.record import check_new, is_there
from visits.scopes import TEAMS, is_archive, of_team
from visits.staff import time
from visits.staff.records import StaffMember

COMMANDS = Registry()
VISIT_MINUTES_MIN, VISIT_MINUTES_MAX = 5, 480
TEXT_CHARACTERS_MAX = {"who_to_see": 200, "address": 300, "reason": 300}
BRING_ITEMS_MAX, BRING_CHARACTERS_MAX = 12, 100
EMPTY = {
    "who_to_see": "Enter who the officer will see",
    "address": "Enter the address to visit",
    "reason": "Enter why the visit is made",
}
NOTICE_OF_STEP = {"delay": "delay", "no_answer": "no_answer"}
"""The kind of notice that a step writes."""


class Agree(Arguments, frozen=True):
    """A visit agreed with a resident: a window, an officer, a reason."""

    visit_id: VisitId
    notice_id: NoticeId
    reference: str
    staff_id: StaffId
    customer_id: CustomerId
    who_to_see: str
    address: str
    reason: str
    window_starts_at: datetime
    window_ends_at: datetime
    planned_at: datetime
    duration_minutes: int
    agreed_at: datetime
    bring: list[str] = []
    details_withheld: bool = False


@COMMANDS.command("home_visits.agree", Agree)
def agree(session: Session, args: Agree, context: Context) -> None:
    """Anyone at a desk. Takes the officer's time from `planned_at` for the duration, so that two
    visits, or a visit and an appointment, never share it. Writes the notice to the resident
    (charter: the name in advance).

    Refused: `id_taken`, `not_found`, `wrong_field` with `field` and `problem`, `in_the_past`,
    `window_backwards`, `outside_window`, `minutes_out_of_range`; when the officer is not free
    `slot_taken`, `on_leave`, `in_break`, `outside_officer_hours`, `bank_holiday`,
    `too_far_ahead` or `not_on_the_grid`, with `nearest`: free starts of that officer.
    """
    check_new(session, (HomeVisit, args.visit_id))
    officer = session.get(StaffMember, args.staff_id)
    if officer is None:
        raise Refusal("not_found", what="staff")
    if not is_there(session, (Customer, args.customer_id)):
        raise Refusal("not_found", what="customer")
    _check_texts(args)
    _check_times(args)
    _check_free(session, args)
    ends_at = args.planned_at + timedelta(minutes=args.duration_minutes)
    time.claim(session, args.staff_id, args.planned_at, ends_at)
    visit = HomeVisit(
        id=args.visit_id,
        scope=of_team(officer.team_id),
        reference=args.reference,
        team_id=officer.team_id,
        staff_id=args.staff_id,
        customer_id=args.customer_id,
        who_to_see=args.who_to_see,
        address=args.address,
        reason=args.reason,
        bring=list(args.bring),
        window_starts_at=args.window_starts_at,
        window_ends_at=args.window_ends_at,
        planned_at=args.planned_at,
        duration_minutes=args.duration_minutes,
        state="planned",
        delay_minutes=0,
        id_shown=False,
        details_withheld=args.details_withheld,
        step_id=None,
    )
    session.add(visit)
    record_notice(session, visit, notice_id=args.notice_id, kind="visit", caused_at=args.agreed_at)


def _check_texts(args: Agree) -> None:
    for field, limit in TEXT_CHARACTERS_MAX.items():
        text = getattr(args, field).strip()
        if not text:
            raise Refusal("wrong_field", field=field, problem=EMPTY[field])
        if len(text) > limit:
            raise Refusal("wrong_field", field=field, problem=f"Use {limit} characters or less")
    if len(args.bring) > BRING_ITEMS_MAX or any(len(b) > BRING_CHARACTERS_MAX for b in args.bring):
        problem = (
            f"Name {BRING_ITEMS_MAX} things or less, each in {BRING_CHARACTERS_MAX} characters"
        )
        raise Refusal("wrong_field", field="bring", problem=problem)


def _check_times(args: Agree) -> None:
    if args.window_ends_at <= args.window_starts_at:
        raise Refusal("window_backwards")
    if args.window_starts_at < args.agreed_at:
        raise Refusal("in_the_past")
    if not args.window_starts_at <= args.planned_at <= args.window_ends_at:
        raise Refusal("outside_window")
    if not VISIT_MINUTES_MIN <= args.duration_minutes <= VISIT_MINUTES_MAX:
        raise Refusal("minutes_out_of_range", limit=VISIT_MINUTES_MAX)


def _check_free(session: Session, args: Agree) -> None:
    problem = why_not_then(
        session,
        args.planned_at,
        staff_id=args.staff_id,
        duration_minutes=args.duration_minutes,
        now=args.agreed_at,
    )
    if problem is None:
        return
    near = nearest_starts(
        session,
        args.planned_at,
        staff_id=args.staff_id,
        duration_minutes=args.duration_minutes,
        now=args.agreed_at,
    )
    raise Refusal(problem.value, nearest=[at.isoformat() for at in near])


class UndoAgree(Arguments, frozen=True):
    """Take an agreed visit back, as if it had never been agreed."""

    visit_id: VisitId


@COMMANDS.command("home_visits.undo_agree", UndoAgree)
def undo_agree(session: Session, args: UndoAgree, context: Context) -> None:
    """Anyone at a desk. The officer's time is free again.

    Refused: `not_found`; `built_upon` when a step was taken or the resident was told.
    """
    visit = session.get(HomeVisit, args.visit_id)
    # What is put away is kept for as long as the law asks.
    if visit is None or is_archive(visit.scope):
        raise Refusal("not_found", what="visit")
    notices = list(session.scalars(select(Notice).where(Notice.about_id == visit.id)))
    if visit.step_id is not None or any(notice.status != "recorded" for notice in notices):
        raise Refusal("built_upon")
    ends_at = visit.planned_at + timedelta(minutes=visit.duration_minutes)
    time.free(session, StaffId(visit.staff_id), visit.planned_at, ends_at)
    for row in (visit, *notices):
        session.delete(row)


class StepArguments(Arguments, frozen=True):
    """A step on a visit. `step_id` names the row that records it."""

    visit_id: VisitId
    step_id: str
    at: datetime


class SetOff(StepArguments, frozen=True, kw_only=True):
    """The officer is on the way."""


class Delay(StepArguments, frozen=True, kw_only=True):
    """The officer will be later than planned, by `minutes` in all; the resident is told."""

    minutes: int
    notice_id: NoticeId


class Arrive(StepArguments, frozen=True, kw_only=True):
    """The officer has arrived and shown the card, or could not."""

    id_shown: bool


class FinishVisit(StepArguments, frozen=True, kw_only=True):
    """The visit is over and the officer has left."""


class NoAnswer(StepArguments, frozen=True, kw_only=True):
    """Nobody answered the door. `notice_id` is the card left."""

    notice_id: NoticeId


@COMMANDS.command("home_visits.set_off", SetOff, alone_in=(TEAMS,))
def set_off(session: Session, args: SetOff, context: Context) -> None:
    """The officer or a desk for them. See `_step` for refusals."""
    _step(session, args, "set_off")


@COMMANDS.command("home_visits.delay", Delay, alone_in=(TEAMS,))
def delay(session: Session, args: Delay, context: Context) -> None:
    """The officer or a desk (charter: you are told of a delay).

    Refused: `minutes_out_of_range`; see `_step`.
    """
    if not 1 <= args.minutes <= DELAY_MINUTES_MAX:
        raise Refusal("minutes_out_of_range", limit=DELAY_MINUTES_MAX)
    visit = _step(session, args, "delay", delay_minutes=args.minutes)
    record_notice(session, visit, notice_id=args.notice_id, kind="delay", caused_at=args.at)


@COMMANDS.command("home_visits.arrive", Arrive, alone_in=(TEAMS,))
def arrive(session: Session, args: Arrive, context: Context) -> None:
    """The officer (charter: an ID card, and a chance to check it). See `_step`."""
    _step(session, args, "arrive", id_shown=args.id_shown)


@COMMANDS.command("home_visits.finish", FinishVisit, alone_in=(TEAMS,))
def finish_visit(session: Session, args: FinishVisit, context: Context) -> None:
    """The officer. See `_step` for refusals."""
    _step(session, args, "finish")


@COMMANDS.command("home_visits.no_answer", NoAnswer, alone_in=(TEAMS,))
def no_answer(session: Session, args: NoAnswer, context: Context) -> None:
    """The officer; a notice says that we called. See `_step` for refusals."""
    visit = _step(session, args, "no_answer")
    record_notice(session, visit, notice_id=args.notice_id, kind="no_answer", caused_at=args.at)


class UndoStep(Arguments, frozen=True):
    """Take back the latest step of a visit."""

    visit_id: VisitId
    step_id: str


@COMMANDS.command("home_visits.undo_step", UndoStep, alone_in=(TEAMS,))
def undo_step(session: Session, args: UndoStep, context: Context) -> None:
    """The officer or a desk. A notice that the step wrote goes too, unless it was handed over.

    Refused: `not_found`, `built_upon`.
    """
    visit = session.get(HomeVisit, args.visit_id)
    step = session.get(VisitStep, args.step_id)
    if visit is None or step is None or step.visit_id != visit.id or is_archive(visit.scope):
        raise Refusal("not_found", what="step")
    if visit.step_id != step.id:
        raise Refusal("built_upon")
    visit.state = step.state_before
    visit.delay_minutes = step.delay_before_minutes
    if step.act == "arrive":
        visit.id_shown = False
    step.undone = True
    visit.step_id = step.before_id
    _withdraw_notice(session, step)


def _withdraw_notice(session: Session, step: VisitStep) -> None:
    kind = NOTICE_OF_STEP.get(step.act)
    if kind is None:
        return
    written = session.scalars(
        select(Notice).where(
            Notice.about_id == step.visit_id,
            Notice.kind == kind,
            Notice.caused_at == step.at,
            Notice.status == "recorded",
        )
    )
    for notice in written:
        session.delete(notice)


def _step(
    session: Session,
    args: StepArguments,
    act: str,
    *,
    delay_minutes: int | None = None,
    id_shown: bool | None = None,
) -> HomeVisit:
    """Record a step and turn the visit. Refused: `not_found`, `id_taken`, `not_from_here`."""
    visit = session.get(HomeVisit, args.visit_id)
    if visit is None:
        raise Refusal("not_found", what="visit")
    state = STEPS.get((visit.state, act))
    if state is None:
        raise Refusal("not_from_here", state=visit.state)
    check_new(session, (VisitStep, args.step_id))
    delay_after = visit.delay_minutes if delay_minutes is None else delay_minutes
    session.add(
        VisitStep(
            id=args.step_id,
            scope=visit.scope,
            visit_id=visit.id,
            act=act,
            state_before=visit.state,
            at=args.at,
            staff_id=visit.staff_id,
            delay_minutes=delay_after,
            delay_before_minutes=visit.delay_minutes,
            id_shown=bool(id_shown),
            undone=False,
            before_id=visit.step_id,
        )
    )
    visit.step_id = args.step_id
    visit.state = state
    visit.delay_minutes = delay_after
    if id_shown is not None:
        visit.id_shown = id_shown
    return visit
