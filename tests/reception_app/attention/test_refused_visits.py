"""A visit whose officer was given to others meanwhile comes back with the officer's free times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from reception_app.attention.view import AttentionPanel
from reception_app.desk.at_desk import AtDesk
from tests.centres import OFFICE
from tests.reception_app.attention.conftest import LINE_TIMEOUT_MS, TwoDesks, asked
from tests.reception_app.attention.test_attention_panel import cards, press, the_one_refused, words
from tests.reception_app.conftest import Said
from visits.calendar.local_time import local_date
from visits.home_visits.commands import Agree
from visits.home_visits.planning import free_starts
from visits.home_visits.queries import officers_of
from visits.home_visits.records import HomeVisit
from visits.ids import CustomerId, NoticeId, StaffId, VisitId
from visits.words import clock_time

MINUTES = 45
LENGTH = timedelta(hours=2)


def a_free_start(at: AtDesk) -> tuple[StaffId, datetime]:
    """An officer of the office, and when they are free tomorrow."""
    on_date = local_date(at.now()) + timedelta(days=1)
    for officer in asked(at, lambda session: officers_of(session, OFFICE)):
        starts = asked(
            at,
            lambda session, of=officer.staff_id: free_starts(
                session, on_date, staff_id=of, duration_minutes=MINUTES, now=at.now()
            ),
        )
        if len(starts) > 8:
            return officer.staff_id, starts[4]
    raise AssertionError("nobody is free tomorrow")


def an_agreement(at: AtDesk, staff_id: StaffId, planned_at: datetime, who: str) -> Agree:
    """The command that agrees a visit to somebody with an officer then."""
    key = at.new_id()
    return Agree(
        visit_id=VisitId(f"visit-{key}"),
        notice_id=NoticeId(at.new_id()),
        reference=f"V{key[-6:]}",
        staff_id=staff_id,
        customer_id=CustomerId(who),
        who_to_see="Mrs Test",
        address="27 Mill Lane, AB1 2PW",
        reason="Damp inspection",
        window_starts_at=planned_at,
        window_ends_at=planned_at + LENGTH,
        planned_at=planned_at,
        duration_minutes=MINUTES,
        agreed_at=at.now(),
    )


def visit(at: AtDesk, visit_id: VisitId) -> HomeVisit | None:
    return asked(at, lambda session: session.get(HomeVisit, visit_id))


@pytest.fixture
def lost(two_desks: TwoDesks) -> Agree:
    """What the second desk agreed with its line cut, while the first took the same time."""
    staff_id, planned_at = a_free_start(two_desks.second)
    two_desks.cut()
    mine = an_agreement(two_desks.second, staff_id, planned_at, two_desks.mine.customer_id)
    two_desks.run(two_desks.second, mine)
    theirs = an_agreement(two_desks.first, staff_id, planned_at, two_desks.theirs.customer_id)
    two_desks.run(two_desks.first, theirs)
    two_desks.sent(two_desks.first)
    return mine


@pytest.fixture
def refused_visit(
    lost: Agree, two_desks: TwoDesks, open_panel: Callable[[AtDesk], AttentionPanel], qtbot: QtBot
) -> AttentionPanel:
    return the_one_refused(two_desks, open_panel, qtbot)


def test_a_visit_whose_time_was_taken_offers_the_officers_nearest_free_times(
    refused_visit: AttentionPanel, lost: Agree
) -> None:
    (card,) = cards(refused_visit)
    assert words(card, "card_headline").startswith("Agree a visit to Mrs Test, ")
    assert "Ask the resident" in words(card, "card_offers")
    assert card.card.offers
    for offer in card.card.offers:
        assert offer.time.staff_id == lost.staff_id
        assert abs(offer.time.starts_at - lost.planned_at) >= timedelta(minutes=15)


def test_one_press_agrees_the_visit_at_a_free_time_with_its_window_and_it_is_shown(
    refused_visit: AttentionPanel, lost: Agree, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    (card,) = cards(refused_visit)
    assert card.card.offers
    starts_at = card.card.offers[0].time.starts_at
    with qtbot.waitSignal(refused_visit.visit_agreed, timeout=LINE_TIMEOUT_MS) as told:
        press(qtbot, card, "offer_0")
    assert told.args == [lost.visit_id]
    qtbot.waitUntil(lambda: cards(refused_visit) == [], timeout=LINE_TIMEOUT_MS)
    agreed = visit(two_desks.second, lost.visit_id)
    assert agreed is not None
    assert agreed.planned_at == starts_at
    assert agreed.window_starts_at <= starts_at < agreed.window_ends_at
    assert agreed.window_ends_at - agreed.window_starts_at == LENGTH
    assert (agreed.reason, agreed.reference) == (lost.reason, lost.reference)
    said = cast(Said, two_desks.second.say)
    assert said.words[-1].startswith("Visit agreed: ")
    assert clock_time(starts_at) in said.words[-1]


def test_a_visit_agreed_from_the_card_can_be_taken_back_and_needs_a_decision_again(
    refused_visit: AttentionPanel, lost: Agree, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    press(qtbot, cards(refused_visit)[0], "offer_0")
    qtbot.waitUntil(lambda: cards(refused_visit) == [], timeout=LINE_TIMEOUT_MS)
    said = cast(Said, two_desks.second.say)
    assert said.undo is not None
    said.undo()
    qtbot.waitUntil(lambda: len(cards(refused_visit)) == 1, timeout=LINE_TIMEOUT_MS)
    assert visit(two_desks.second, lost.visit_id) is None


def test_a_visit_that_was_agreed_anyhow_since_says_so_and_offers_nothing(
    refused_visit: AttentionPanel, lost: Agree, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    offers = cards(refused_visit)[0].card.offers
    assert offers
    at = offers[0].time.starts_at
    again = replace(lost, planned_at=at, window_starts_at=at, window_ends_at=at + LENGTH)
    two_desks.run(two_desks.second, again)
    qtbot.waitUntil(
        lambda: "It is agreed now" in words(cards(refused_visit)[0], "card_why"),
        timeout=LINE_TIMEOUT_MS,
    )
    assert cards(refused_visit)[0].card.offers is None
