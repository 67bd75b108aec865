"""Notices: written with their cause, then printed or saved at a desk."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.ids import NoticeId
from visits.notices.records import Notice
from visits.record import check_new
from visits.scopes import OFFICES, TEAMS

COMMANDS = Registry()
WAYS = ("printed", "saved")


class About(Protocol):
    """What a notice may be about: a row of a person's, such as an appointment or a visit."""

    @property
    def id(self) -> str:
        """Which row it is."""

    @property
    def scope(self) -> str:
        """Whose desks may read it, and the notice with it."""

    @property
    def customer_id(self) -> str:
        """Who is told."""


def record_notice(
    session: Session, about: About, *, notice_id: NoticeId, kind: str, caused_at: datetime
) -> None:
    """Write a notice to a row's person in the transaction of its cause.

    Raises Refusal `id_taken`.
    """
    check_new(session, (Notice, notice_id))
    session.add(
        Notice(
            id=notice_id,
            scope=about.scope,
            kind=kind,
            about_id=about.id,
            customer_id=about.customer_id,
            channel="paper",
            status="recorded",
            caused_at=caused_at,
            delivered_at=None,
        )
    )


class HandOver(Arguments, frozen=True):
    """A notice was sent to the printer or saved. `way` is `printed` or `saved`."""

    notice_id: NoticeId
    way: str
    at: datetime


@COMMANDS.command("notices.hand_over", HandOver, alone_in=(OFFICES, TEAMS))
def hand_over(session: Session, args: HandOver, context: Context) -> None:
    """Anyone at a desk. Refused: `not_found`, `unknown_way`."""
    notice = session.get(Notice, args.notice_id)
    if notice is None:
        raise Refusal("not_found")
    if args.way not in WAYS:
        raise Refusal("unknown_way")
    notice.status = args.way
    notice.channel = "paper"
    notice.delivered_at = args.at
