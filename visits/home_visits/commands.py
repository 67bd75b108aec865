"""The steps of a home visit, and planning one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.home_visits.records import HomeVisit, VisitStep
from visits.ids import CustomerId, NoticeId, StaffId, VisitId
from visits.notices.commands import record_notice
from visits.scopes import of_team
from visits.staff.records import StaffMember

COMMANDS = Registry()
DELAY_MINUTES_MAX = 240
VISIT_MINUTES_MAX = 480

STEPS: dict[tuple[str, str], str] = {
    ("planned", "set_off"): "on_the_way",
    ("planned", "delay"): "planned",
    ("on_the_way", "delay"): "on_the_way",
    ("planned", "arrive"): "with_resident",
    ("on_the_way", "arrive"): "with_resident",
    ("planned", "no_answer"): "no_answer",
    ("on_the_way", "no_answer"): "no_answer",
    ("with_resident", "finish"): "finished",
}
"""What may happen in which state of a visit, and the state it leads to."""


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
    """Anyone at a desk. Writes the notice to the resident (charter: the name in advance).

    Refused: `id_taken`, `not_found`, `in_the_past`, `window_backwards`, `outside_window`,
    `minutes_out_of_range`.
    """
    if session.get(HomeVisit, args.visit_id) is not None:
        raise Refusal("id_taken")
    officer = session.get(StaffMember, args.staff_id)
    if officer is None:
        raise Refusal("not_found", what="staff")
    _check_times(args)
    scope = of_team(officer.team_id)
    session.add(
        HomeVisit(
            id=args.visit_id,
            scope=scope,
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
    )
    record_notice(
        session,
        notice_id=args.notice_id,
        scope=scope,
        kind="visit",
        about_id=args.visit_id,
        customer_id=args.customer_id,
        caused_at=args.agreed_at,
    )


def _check_times(args: Agree) -> None:
    if args.window_ends_at <= args.window_starts_at:
        raise Refusal("window_backwards")
    if args.window_starts_at < args.agreed_at:
        raise Refusal("in_the_past")
    if not args.window_starts_at <= args.planned_at <= args.window_ends_at:
        raise Refusal("outside_window")
    if not 5 <= args.duration_minutes <= VISIT_MINUTES_MAX:
        raise Refusal("minutes_out_of_range", limit=VISIT_MINUTES_MAX)


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


@COMMANDS.command("home_visits.set_off", SetOff)
def set_off(session: Session, args: SetOff, context: Context) -> None:
    """The officer or a desk for them. See `_step` for refusals."""
    _step(session, args, "set_off")


@COMMANDS.command("home_visits.delay", Delay)
def delay(session: Session, args: Delay, context: Context) -> None:
    """The officer or a desk (charter: you are told of a delay).

    Refused: `minutes_out_of_range`; see `_step`.
    """
    if not 1 <= args.minutes <= DELAY_MINUTES_MAX:
        raise Refusal("minutes_out_of_range", limit=DELAY_MINUTES_MAX)
    visit = _step(session, args, "delay", delay_minutes=args.minutes)
    record_notice(
        session,
        notice_id=args.notice_id,
        scope=visit.scope,
        kind="delay",
        about_id=visit.id,
        customer_id=CustomerId(visit.customer_id),
        caused_at=args.at,
    )


@COMMANDS.command("home_visits.arrive", Arrive)
def arrive(session: Session, args: Arrive, context: Context) -> None:
    """The officer (charter: an ID card, and a chance to check it). See `_step`."""
    _step(session, args, "arrive", id_shown=args.id_shown)


@COMMANDS.command("home_visits.finish", FinishVisit)
def finish_visit(session: Session, args: FinishVisit, context: Context) -> None:
    """The officer. See `_step` for refusals."""
    _step(session, args, "finish")


@COMMANDS.command("home_visits.no_answer", NoAnswer)
def no_answer(session: Session, args: NoAnswer, context: Context) -> None:
    """The officer; a notice says that we called. See `_step` for refusals."""
    visit = _step(session, args, "no_answer")
    record_notice(
        session,
        notice_id=args.notice_id,
        scope=visit.scope,
        kind="no_answer",
        about_id=visit.id,
        customer_id=CustomerId(visit.customer_id),
        caused_at=args.at,
    )


class UndoStep(Arguments, frozen=True):
    """Take back the latest step of a visit."""

    visit_id: VisitId
    step_id: str


@COMMANDS.command("home_visits.undo_step", UndoStep)
def undo_step(session: Session, args: UndoStep, context: Context) -> None:
    """The officer or a desk. Refused: `not_found`, `built_upon`."""
    visit = session.get(HomeVisit, args.visit_id)
    step = session.get(VisitStep, args.step_id)
    if visit is None or step is None or step.visit_id != visit.id:
        raise Refusal("not_found", what="step")
    if visit.step_id != step.id:
        raise Refusal("built_upon")
    visit.state = step.state_before
    visit.delay_minutes = step.delay_before_minutes
    if step.act == "arrive":
        visit.id_shown = False
    step.undone = True
    visit.step_id = step.before_id


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
    if session.get(VisitStep, args.step_id) is not None:
        raise Refusal("id_taken")
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
