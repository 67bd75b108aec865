"""What a visit's state is called on screen: words, shape and pace say the same."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from visits.calendar.local_time import local_date
from visits.home_visits.queries import DayOfVisits, NoticeSent, VisitRow
from visits.home_visits.rules import Forecast, Promise, forecast
from visits.queue.rules import Pace
from visits.words import clock_time, long_date, minutes_words, short_date


class ShownVisit(Struct, frozen=True):
    """A visit with what is to be expected of it. There is no forecast of a past day."""

    visit: VisitRow
    forecast: Forecast | None
    state: str
    detail: str
    pace: Pace


def shown_day(day: DayOfVisits, *, now: datetime) -> tuple[ShownVisit, ...]:
    """Every visit of a day with its state in words."""
    if day.on_date < local_date(now):
        return tuple(_past(visit) for visit in day.visits)
    expected = forecast(day.visits, now=now)
    return tuple(_shown(visit, item) for visit, item in zip(day.visits, expected, strict=True))


def _past(visit: VisitRow) -> ShownVisit:
    if visit.state in ("finished", "no_answer"):
        return _over(visit, None)
    return ShownVisit(visit, None, "Not recorded", notice_words(visit.notice), Pace.NOT_DUE)


def _over(visit: VisitRow, item: Forecast | None) -> ShownVisit:
    at = f" {clock_time(visit.changed_at)}" if visit.changed_at else ""
    if visit.state == "no_answer":
        words = notice_words(visit.notice)
        return ShownVisit(visit, item, f"No answer{at}", words, Pace.NEARLY_LATE)
    return ShownVisit(visit, item, f"Finished{at}", id_words(visit), Pace.IN_GOOD_TIME)


def _shown(visit: VisitRow, item: Forecast) -> ShownVisit:
    if visit.state in ("finished", "no_answer"):
        return _over(visit, item)
    if visit.state == "with_resident":
        since = f"With resident, {clock_time(item.begins_at)}"
        return ShownVisit(visit, item, since, id_words(visit), Pace.IN_GOOD_TIME)
    return _to_come(visit, item)


def _to_come(visit: VisitRow, item: Forecast) -> ShownVisit:
    way = "On the way" if visit.state == "on_the_way" else "Planned"
    if item.promise is Promise.KEPT:
        pace = Pace.IN_GOOD_TIME if visit.state == "on_the_way" else Pace.NOT_DUE
        return ShownVisit(visit, item, way, _to_come_detail(visit), pace)
    if item.promise is Promise.BROKEN:
        return ShownVisit(visit, item, "After the window", _to_come_detail(visit), Pace.LATE)
    minutes = int((item.begins_at - visit.planned_at).total_seconds() // 60)
    words = f"{minutes_words(minutes)} late"
    return ShownVisit(visit, item, words, _to_come_detail(visit), Pace.NEARLY_LATE)


def expected_words(shown: ShownVisit) -> str:
    """When the officer comes, where that is later than agreed; else nothing."""
    if shown.forecast is None or shown.forecast.promise is Promise.KEPT:
        return ""
    if shown.visit.state not in ("planned", "on_the_way"):
        return ""
    about = f"Expected about {clock_time(shown.forecast.begins_at)}"
    if shown.forecast.promise is Promise.BROKEN:
        return f"{about}, after the window agreed."
    return f"{about}, {shown.state}."


def _to_come_detail(visit: VisitRow) -> str:
    parts = ["Provisional"] if visit.provisional else []
    parts += ["On the way"] if visit.state == "on_the_way" else []
    parts += [notice_words(visit.notice)] if visit.notice else []
    return " · ".join(parts)


def id_words(visit: VisitRow) -> str:
    """Whether the ID card was shown."""
    return "ID shown" if visit.id_shown else "ID not shown"


NOTICES = {"visit": "Notice", "delay": "Delay notice", "no_answer": "Card"}


def notice_words(notice: NoticeSent | None) -> str:
    """Whether the resident has the latest notice, and since when."""
    if notice is None:
        return ""
    name = NOTICES.get(notice.kind, "Notice")
    if notice.delivered_at is None:
        return f"{name} not handed over"
    if notice.kind == "visit":
        return f"{name} {notice.status} {short_date(local_date(notice.delivered_at))}"
    return f"{name} {notice.status} {clock_time(notice.delivered_at)}"


def date_words(on_date: date, today: date) -> str:
    """A date, and today, tomorrow or yesterday where it is so."""
    near = {0: ", today", 1: ", tomorrow", -1: ", yesterday"}.get((on_date - today).days, "")
    return f"{long_date(on_date)}{near}"
