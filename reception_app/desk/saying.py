"""What to say of the line and of refusals: facts in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reception_app.shell.foot import SyncState
from sync.errors import (
    DatabaseUnreadable,
    HandlerBroke,
    OtherVersion,
    Refusal,
    StorageFailed,
    SyncError,
)
from sync.standing import Standing
from sync.upstream.line import Health, LineState
from visits.calendar.local_time import local_date
from visits.words import clock_time, long_date, minutes_words

SHOWN_AS_NOW_MINUTES = 1
CLOCK_OFF_FROM = timedelta(minutes=2)
"""A clock that is off by less changes no figure a person would notice."""
STOPPED = {
    Health.STALE_COPY: "This desk's data is an old copy: tell the service desk",
    Health.NOT_KEPT: "This computer cannot keep what the centre sends. Free some disk space",
    Health.DAMAGED: "This desk's data is damaged: close this app and open it again",
    Health.WITHDRAWN: "The council has withdrawn this computer: tell the service desk",
}

REFUSALS: dict[str, str] = {
    "already_called": "{number} was called to another counter a moment before.",
    "already_arrived": "This person has checked in for this appointment already.",
    "appointment_cancelled": "This appointment was cancelled.",
    "already_released": "The room was released already.",
    "bank_holiday": "That day is a bank holiday.",
    "bug": "The app could not do this because of a fault. Nothing was changed. "
    "Tell the service desk.",
    "built_upon": "It cannot be undone now, because something else has happened since.",
    "counter_busy": "{number} is at this counter. Finish with them or put them on hold first.",
    "has_a_room": "This person has a room already.",
    "id_taken": "This was done already.",
    "in_break": "The officer has a break then.",
    "in_the_past": "That time has passed.",
    "malformed": "The centre could not read what this desk sent. Tell the service desk.",
    "minutes_out_of_range": "The minutes must be between 1 and {limit}.",
    "no_letter_left": "This office has as many desks as there are letters.",
    "not_allowed": "Only the central service may do this.",
    "not_a_relay": "This is a desk. An office's relay says itself where it is.",
    "not_an_address": "A relay's address begins with http:// or https://.",
    "not_found": "It is no longer there.",
    "not_this_office": "The relay is another office's.",
    "not_from_here": "That is not possible now, because things have moved on.",
    "not_on_the_grid": "Appointments begin every 5 minutes.",
    "not_over": "That day is not over yet.",
    "not_of_the_staff": "The person this desk works for is not on the council's staff list any "
    "more. Choose who is at the desk under Settings, then try again.",
    "note_too_long": "The note must be {limit} characters or less.",
    "number_taken": "Ticket number {number} is taken already.",
    "office_closed": "The office is closed that day.",
    "on_leave": "The officer is on leave then.",
    "other_office": "This appointment is at another office.",
    "outside_officer_hours": "The officer does not work then.",
    "outside_opening_hours": "The office is not open then.",
    "outside_window": "The time planned must be within the window agreed.",
    "room_taken": "Somebody else has the room.",
    "scope_not_allowed": "This desk may not read that.",
    "slot_taken": "Somebody else has just taken that time.",
    "still_open": "They have a ticket, an appointment or a visit that is not over.",
    "time_changed": "It has another time now than it had when this was done.",
    "too_far_ahead": "That is further ahead than appointments are booked.",
    "too_large": "That is too long to be sent to the centre. Shorten what was typed.",
    "too_many": "That is more than {limit} at once.",
    "unknown_command": "The centre does not know this act yet. It needs an update.",
    "unknown_table": "The centre does not know this kind of list. It needs an update.",
    "unknown_way": "The centre does not know this way of handing over. It needs an update.",
    "window_backwards": "The window must end after it begins.",
    "wrong_field": "{problem}.",
    "wrong_row": "A row of the list cannot be read. Tell the service desk.",
    "wrong_service": "This officer does not give this service.",
}


def refusal_words(reason: str, data: Mapping[str, Any]) -> str:
    """Why a rule said no, as a sentence. An unknown reason is named, for the service desk."""
    words = REFUSALS.get(reason)
    if words is None:
        return f"The centre said no ({reason}). Tell the service desk."
    try:
        return words.format(**data)
    except KeyError:
        return words.partition("{")[0].strip() or reason


def error_words(error: Exception) -> str:
    """What went wrong and what to do next, as a sentence for the person at the desk."""
    if isinstance(error, Refusal):
        return refusal_words(error.reason, error.data)
    if isinstance(error, StorageFailed):
        return {
            "disk_full": "This computer's disk is full, so it was not kept. Free some space "
            "and try again. What you typed is still here.",
            "read_only": "The desk's folder cannot be written, so it was not kept. "
            "Tell the service desk. What you typed is still here.",
            "disk_failed": "This computer's disk did not take it, so it was not kept. "
            "Tell the service desk. What you typed is still here.",
        }.get(error.cause, "The desk's database is busy. Try again. What you typed is still here.")
    if isinstance(error, DatabaseUnreadable):
        return "The desk's database is damaged. Tell the service desk; do not delete anything."
    if isinstance(error, HandlerBroke):
        return REFUSALS["bug"]
    if isinstance(error, OtherVersion):
        return "This desk needs an update. Work goes on; tell the service desk."
    if isinstance(error, SyncError):
        return "The centre did not answer. Try again."
    return str(error) or "The app could not do this because of a fault. Nothing was changed."


def sync_words(standing: Standing, line: LineState) -> tuple[SyncState, str]:
    """The sync line for where the desk stands."""
    waiting = _waiting(standing.waiting)
    loaded = standing.loaded_percent
    also_waiting = f", {waiting} waiting" if standing.waiting else ""
    if loaded is not None:
        also_waiting += f", {loaded} % loaded"
    if line.health in (Health.DOWN, Health.NOT_UNDERSTOOD):
        since = f"Working offline since {clock_time(line.since_at)}"
        if line.health is Health.NOT_UNDERSTOOD:
            since = f"The centre's answers make no sense since {clock_time(line.since_at)}"
        return SyncState.OFFLINE, since + also_waiting
    if line.health is Health.UPDATE_NEEDED:
        kept = f", {waiting} kept" if standing.waiting else ""
        return SyncState.STOPPED, f"Update needed: tell the service desk{kept}"
    if line.health in STOPPED:
        return SyncState.STOPPED, STOPPED[line.health]
    if standing.needs_decision:
        return SyncState.NEEDS_DECISION, f"{_waiting(standing.needs_decision)} need" + (
            "s your decision" if standing.needs_decision == 1 else " your decision"
        )
    if loaded is not None and line.health is not Health.OFFICE:
        return SyncState.SENDING, f"Loading people and records: {loaded} %"
    if line.health is Health.STARTING:
        return SyncState.SENDING, "Connecting"
    if line.health is Health.OFFICE:
        since = f"This office only since {clock_time(line.since_at)}"
        return SyncState.OFFLINE, since + also_waiting
    if abs(line.clock_behind) >= CLOCK_OFF_FROM:
        return SyncState.NEEDS_DECISION, _clock_words(line.clock_behind)
    if standing.waiting:
        return SyncState.SENDING, f"Sending {waiting}"
    done = f", {clock_time(standing.complete_at)}" if standing.complete_at else ""
    return SyncState.UP_TO_DATE, f"Up to date{done}"


def _clock_words(behind: timedelta) -> str:
    minutes = round(abs(behind) / timedelta(minutes=1))
    hours = round(minutes / 60)
    off = f"{minutes} minutes" if minutes < 60 else "1 hour" if hours == 1 else f"{hours} hours"
    which = "slow" if behind > timedelta(0) else "fast"
    return f"This computer's clock is {off} {which}: tell the service desk"


def standing_lines(standing: Standing, line: LineState, *, now: datetime) -> tuple[str, ...]:
    """When the centre was last met, and how old what this desk shows is."""
    if standing.loaded_percent is not None:
        return (
            f"{standing.loaded_percent} % of the council's people and records are here. "
            "Today's queue came first; not everybody can be found yet.",
        )
    if standing.complete_at is None:
        return ("This desk has not been in touch with the centre yet.",)
    met = f"Last in touch with the centre at {_when(standing.complete_at, now)}."
    minutes = int((now - standing.complete_at).total_seconds() // 60)
    if line.health is Health.UP and minutes < SHOWN_AS_NOW_MINUTES:
        return (met, "The queue shown is up to date.")
    if line.health is Health.OFFICE:
        return (
            met,
            "The desks of this office share one queue meanwhile. "
            "What other offices did since is not shown.",
        )
    age = f"{minutes_words(minutes)} ago" if minutes > 0 else "less than a minute ago"
    return (met, f"What other desks did is shown as it was {age}. What you do here shows at once.")


def _when(at: datetime, now: datetime) -> str:
    if local_date(at) == local_date(now):
        return clock_time(at)
    return f"{clock_time(at)} on {long_date(local_date(at))}"


def _waiting(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"
