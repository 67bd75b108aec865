"""A notice is written with its cause and handed over at a desk."""

from __future__ import annotations

import pytest

from sync.record import to_milliseconds
from tests.visits.council import OFFICE, Council
from visits.appointments.records import Appointment
from visits.ids import NoticeId
from visits.notices.commands import HandOver, record_notice
from visits.notices.records import Notice


def a_notice(council: Council) -> NoticeId:
    notice_id = NoticeId(council.new_id("notice"))
    council.take_in(
        "notice",
        {
            "id": notice_id,
            "scope": f"office:{OFFICE}",
            "kind": "confirmation",
            "about_id": "appointment-1",
            "customer_id": "customer-1",
            "channel": "paper",
            "status": "recorded",
            "caused_at": to_milliseconds(council.now),
            "delivered_at": None,
        },
    )
    return notice_id


def test_a_notice_is_recorded_with_what_caused_it(council: Council) -> None:
    with council.node.database.write() as session:
        record_notice(
            session,
            Appointment(id="appointment-1", scope=f"office:{OFFICE}", customer_id="customer-1"),
            notice_id=NoticeId("notice-1"),
            kind="confirmation",
            caused_at=council.now,
        )
    notice = council.row(Notice, "notice-1")
    assert (notice.status, notice.channel, notice.delivered_at) == ("recorded", "paper", None)
    assert (notice.kind, notice.caused_at) == ("confirmation", council.now)


@pytest.mark.parametrize("way", ["printed", "saved"])
def test_a_notice_handed_over_says_how_and_when(council: Council, way: str) -> None:
    notice_id = a_notice(council)
    council.do(HandOver(notice_id=notice_id, way=way, at=council.later(minutes=2)))
    notice = council.row(Notice, notice_id)
    assert (notice.status, notice.delivered_at) == (way, council.now)


def test_a_notice_printed_again_has_its_last_time(council: Council) -> None:
    notice_id = a_notice(council)
    for way in ("printed", "saved"):
        council.do(HandOver(notice_id=notice_id, way=way, at=council.later(minutes=2)))
    assert council.row(Notice, notice_id).delivered_at == council.now


def test_a_notice_is_handed_over_in_a_way_that_there_is(council: Council) -> None:
    by_pigeon = HandOver(notice_id=a_notice(council), way="pigeon", at=council.now)
    assert council.refusal(by_pigeon).reason == "unknown_way"


def test_a_notice_that_is_not_there_is_not_handed_over(council: Council) -> None:
    nothing = HandOver(notice_id=NoticeId("none"), way="printed", at=council.now)
    assert council.refusal(nothing).reason == "not_found"
