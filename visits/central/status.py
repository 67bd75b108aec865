"""`reception-central status`: how a centre stands, in lines that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from sync.node import fact
from sync.service.state import Decisions, DeskSeen, decisions, desks, scopes, size_bytes
from sync.storage.database import Database
from visits.calendar.local_time import instant, local_date
from visits.central.opening import CannotOpen
from visits.central.withdrawing import device_names
from visits.migrations.steps import HEAD, schema_version
from visits.words import clock_time, minutes_words, short_date

MEBIBYTE = 1024 * 1024


def status(database: Database, *, now: datetime, unseen_after: timedelta) -> Iterator[str]:
    """The lines. Raises CannotOpen for a database that is not set up or of another version."""
    with database.read() as session:
        if schema_version(session) != HEAD:
            raise CannotOpen("The database is of another version. Run `reception-central migrate`.")
        midnight = instant(local_date(now), 0)
        yield f"Epoch {fact(session, 'epoch')}, schema {HEAD}"
        yield f"Size {size_bytes(session) / MEBIBYTE:,.1f} MiB"
        yield ""
        yield from _decided(decisions(session, since=midnight, now=now))
        yield ""
        yield "Scopes, with the number of their last change:"
        yield from _counted(scopes(session))
        yield ""
        yield from _desks(session, desks(session), now=now, unseen_after=unseen_after)


def _decided(today: Decisions) -> Iterator[str]:
    refused = sum(today.refused.values())
    yield f"Commands today: {today.accepted:,} accepted, {refused:,} refused"
    yield f"Commands a minute over the last hour: {today.a_minute:.1f}"
    if refused:
        yield "Refused today, by reason:"
        yield from _counted(dict(today.refused.most_common()))


def _counted(numbers: Mapping[str, int]) -> Iterator[str]:
    width = max((len(f"{n:,}") for n in numbers.values()), default=0)
    for name, number in numbers.items():
        yield f"  {number:>{width},}  {name}"


def _desks(
    session: Session, seen: tuple[DeskSeen, ...], *, now: datetime, unseen_after: timedelta
) -> Iterator[str]:
    names = _names(session)
    yield from _waiting(seen, names, now)
    unseen = [desk for desk in seen if now - desk.seen_at > unseen_after]
    behind = [desk for desk in seen if desk.behind]
    yield f"Desks seen: {len(seen):,}, of them not for {_hours(unseen_after)}: {len(unseen):,}"
    for desk in unseen:
        yield f"  {names.get(desk.device, desk.device)}, last seen {_moment(desk.seen_at)}"
    yield f"Desks behind when last seen: {len(behind):,}"
    for desk in behind:
        lags = ", ".join(f"{lag:,} in {scope}" for scope, lag in desk.behind.items())
        yield f"  {names.get(desk.device, desk.device)}: {lags}"


def _waiting(seen: tuple[DeskSeen, ...], names: Mapping[str, str], now: datetime) -> Iterator[str]:
    """Desks that offer what cannot be decided, the one that waits longest first."""
    waiting = sorted((desk.waits_since_at or now, desk.device) for desk in seen if desk.waits(now))
    yield f"Desks whose commands cannot be decided here: {len(waiting):,}"
    for since_at, device in waiting:
        yield f"  {names.get(device, device)}: since {_moment(since_at)}"


def _names(session: Session) -> dict[str, str]:
    return {device: f"{name} ({device})" for device, name in device_names(session).items()}


def _hours(span: timedelta) -> str:
    return minutes_words(round(span.total_seconds() / 60))


def _moment(at: datetime) -> str:
    return f"{clock_time(at)} on {short_date(local_date(at))}"
