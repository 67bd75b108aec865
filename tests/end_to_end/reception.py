"""What a receptionist does all day, step by step on the screen: check in, call, book."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.end_to_end.desk import Desk, Screen

CHECKED_IN = re.compile(r"([A-Z]\d+) .*checked in\..*")
SAVED = re.compile(r"Saved as (.+\.pdf)\.")
SERVICE = "Housing options"


def check_in(desk: Desk, letters: str, service: str = SERVICE) -> str:
    """Check in the first person found for some letters; the ticket's number."""
    before = number_said(desk.see())
    desk.type(letters, into="search")
    desk.until(lambda seen: seen.rows.get("found"))
    desk.press("Enter")
    desk.until(lambda seen: seen["chosen_person"])
    desk.choose(service, of="service")
    desk.press("Enter")
    return number_said(desk.until(lambda seen: number_said(seen) not in ("", before)))


def number_said(seen: Screen) -> str:
    """The number of the ticket that the foot says was just given out."""
    found = CHECKED_IN.fullmatch(seen["said"])
    return found[1] if found else ""


def call_next(desk: Desk) -> str:
    """Press Call next at a free counter; the number of who was called there."""
    desk.until(lambda seen: seen.can("button_call_next"))
    desk.press("F5")
    return desk.until(lambda seen: seen["serving_since"].startswith("Called"))["serving_number"]


def both(first: Desk, second: Desk, keys: str) -> None:
    """Two people press the same key at the same time."""
    with ThreadPoolExecutor(2) as people:
        for pressed in [people.submit(desk.press, keys) for desk in (first, second)]:
            pressed.result()


def choose_time(desk: Desk, letters: str, service: str = SERVICE) -> Screen:
    """On the appointments page: the person, the service, the first free time; nothing booked."""
    desk.press("Alt+2")
    desk.until(lambda seen: seen.has("book_search"))
    desk.type(letters, into="book_search")
    desk.until(lambda seen: seen.rows.get("book_found"))
    desk.press("Enter")
    desk.until(lambda seen: seen["book_person"])
    desk.choose(service, of="book_service")
    desk.until(lambda seen: seen.can("button_first_free"))
    desk.press("F6")
    return desk.until(lambda seen: seen["choice_time"])


def book(desk: Desk) -> Screen:
    """Book the time chosen; the appointment as it then stands on the screen."""
    desk.press("Ctrl+Return")
    return desk.until(lambda seen: seen["sheet_reference"])


def save_confirmation(desk: Desk) -> Path:
    """Save the confirmation of the appointment on the screen."""
    desk.press("Ctrl+S")
    told = desk.until(lambda seen: SAVED.fullmatch(seen["sheet_told"]))["sheet_told"]
    found = SAVED.fullmatch(told)
    assert found is not None
    return Path(found[1])
