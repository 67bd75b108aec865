"""The line as a person meets it: cut, joined, misunderstood; work goes on and nothing is lost."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.runtime import ASK_BUDGET_S, Runtime, open_node
from reception_app.queue.view import ReceptionPage
from sync.authority import Authority
from sync.errors import Refusal
from sync.node import Node
from sync.standing import standing
from sync.upstream.clocks import clock_behind
from sync.upstream.line import Health
from sync.upstream.pace import POLL_DEAF_S
from tests import centres
from tests.centres import MORNING, OFFICE, SetClock, served
from tests.reception_app.conftest import OFFICER
from tests.sync.upstream.answering import Talk, answering, http, saying
from visits.ids import StretchId
from visits.offices.commands import JoinOffice
from visits.queue.commands import Call
from visits.queue.queries import queue_of
from visits.queue.records import Ticket
from visits.queue.rules import OrderPolicy

NewAt = Callable[..., AtDesk]


@pytest.fixture
def centre(sample_files: dict[str, Path], tmp_path: Path) -> Any:
    centre = centres.open_centre(centres.copied(sample_files["centre"], tmp_path / "centre"))
    yield centre
    centre.node.database.close()


def up(at: AtDesk, qtbot: QtBot) -> None:
    at.runtime.start()
    qtbot.waitUntil(at.runtime.is_up, timeout=10_000)


def waiting(at: AtDesk) -> int:
    with at.runtime.node.database.read() as session:
        return standing(session).waiting


def rename(at: AtDesk, words: str) -> None:
    """A small act that changes something other desks see."""
    at.runtime.run(JoinOffice(office_id=OFFICE, counter_name=words), lambda _: None, at.failed)


def counter_name(session: Session, desk: str) -> str | None:
    from visits.offices.records import Desk

    return session.scalar(select(Desk.counter_name).where(Desk.id == desk))


def a_call(at: AtDesk) -> Call:
    """Call the one whom this desk takes to be next."""
    with at.runtime.node.database.read() as session:
        queue = queue_of(session, OFFICE, now=at.now(), policy=OrderPolicy())
    assert queue.next_call is not None
    return Call(
        ticket_id=queue.next_call.ticket_id,
        stretch_id=StretchId(at.new_id()),
        at=at.now(),
        staff_id=OFFICER,
    )


def test_work_goes_on_with_the_line_cut_and_all_goes_up_when_it_is_joined(
    new_at: NewAt, centre: Authority, qtbot: QtBot
) -> None:
    with served(centre) as address:
        port = int(address.rpartition(":")[2])
        at = new_at("desk-1", central=address)
        up(at, qtbot)
    qtbot.waitUntil(lambda: at.runtime.line_state.health is Health.DOWN, timeout=10_000)
    for number in range(3):
        rename(at, f"Counter {number}")
    qtbot.waitUntil(lambda: waiting(at) == 3)
    with served(centre, port=port):
        qtbot.waitUntil(lambda: waiting(at) == 0 and at.runtime.is_up(), timeout=10_000)
    with centre.node.database.read() as session:
        assert counter_name(session, "desk-1") == "Counter 2"


@pytest.mark.parametrize(
    ("talk", "health"),
    [
        (saying(http(b"<html>Sign in to the network</html>", kind="text/html")), "not_understood"),
        (saying(http(b'{"wire":2,"epoch":')), "not_understood"),
        (saying(http(b"oh no", status="502 Bad Gateway", kind="text/html")), "down"),
        (saying(http(b'{"wire":3}')), "update_needed"),
        (saying(http(b'{"code":"other_version"}', status="409 Conflict")), "update_needed"),
    ],
    ids=["a sign-in page", "half an answer", "a proxy", "a later wire", "told to update"],
)
def test_a_strange_answer_is_said_and_heals_by_itself(
    new_at: NewAt, centre: Authority, qtbot: QtBot, talk: Talk, health: str
) -> None:
    with answering(talk) as address:
        port = int(address.rpartition(":")[2])
        at = new_at("desk-1", central=address)
        at.runtime.start()
        qtbot.waitUntil(lambda: at.runtime.line_state.health == health, timeout=10_000)
        rename(at, "While it was strange")
        qtbot.waitUntil(lambda: waiting(at) == 1)
        with at.runtime.node.database.read() as session:
            assert counter_name(session, "desk-1") == "While it was strange"
    with served(centre, port=port):
        qtbot.waitUntil(lambda: waiting(at) == 0 and at.runtime.is_up(), timeout=15_000)


def test_t1_a_clock_three_hours_slow_is_put_right_and_kept_and_work_goes_on(
    new_at: NewAt, centre: Authority, clock: SetClock, qtbot: QtBot
) -> None:
    clock.now = MORNING - timedelta(hours=3)
    centre_clock = SetClock()
    with served(centre, clock=centre_clock) as address:
        at = new_at("desk-1", central=address)
        up(at, qtbot)
        for each in (clock, centre_clock):
            each.now += timedelta(seconds=2)
        qtbot.waitUntil(lambda: at.now() == centre_clock(), timeout=10_000)
        rename(at, "Slow clock")
        qtbot.waitUntil(lambda: waiting(at) == 0, timeout=10_000)
        node = at.runtime.node
        qtbot.waitUntil(lambda: kept_difference(node) == timedelta(hours=3), timeout=10_000)


def kept_difference(node: Node) -> timedelta:
    with node.database.read() as session:
        return clock_behind(session)


@pytest.mark.usefixtures("decided_in_any_time")
def test_two_desks_calling_the_same_person_at_once_are_told_apart(
    new_at: NewAt, centre_address: str, qtbot: QtBot
) -> None:
    desks = [new_at(name, central=centre_address) for name in ("desk-1", "desk-2")]
    for at in desks:
        up(at, qtbot)
    calls = [a_call(at) for at in desks]
    assert calls[0].ticket_id == calls[1].ticket_id
    done: list[Any] = []
    for at, call in zip(desks, calls, strict=True):
        at.runtime.ask(call, done.append, done.append)
    qtbot.waitUntil(lambda: len(done) == 2, timeout=10_000)
    (refusal,) = [end for end in done if isinstance(end, Refusal)]
    assert refusal.reason == "already_called"
    assert [end.state for end in done if not isinstance(end, Refusal)] == ["accepted"]


@pytest.mark.usefixtures("decided_in_any_time")
def test_two_desks_pressing_call_next_at_once_get_two_people(
    new_at: NewAt, centre_address: str, qtbot: QtBot
) -> None:
    desks = [new_at(name, central=centre_address) for name in ("desk-1", "desk-2")]
    pages = []
    for at in desks:
        up(at, qtbot)
        page = ReceptionPage(at)
        qtbot.addWidget(page)
        page.show()
        pages.append(page)
    qtbot.waitUntil(lambda: all(page.counter.next_call is not None for page in pages))
    for page in pages:
        page.counter.call_next_act.trigger()

    def called(at: AtDesk) -> dict[str, str]:
        with at.runtime.node.database.read() as session:
            found = session.execute(
                select(Ticket.desk_id, Ticket.id).where(
                    Ticket.state == "called", Ticket.desk_id.in_(("desk-1", "desk-2"))
                )
            )
            return {row.desk_id: row.id for row in found}

    qtbot.waitUntil(
        lambda: len(called(desks[0])) == 2 and called(desks[0]) == called(desks[1]), timeout=15_000
    )
    assert len(set(called(desks[0]).values())) == 2


def test_asking_waits_no_longer_than_its_budget_and_then_acts_alone(
    new_at: NewAt, centre: Authority, qtbot: QtBot
) -> None:
    is_stuck, go_on = threading.Event(), threading.Event()

    def allowed(session: Session, device: str) -> frozenset[str]:
        if is_stuck.is_set():
            go_on.wait(10)
        return centre.allowed(session, device)  # type: ignore[return-value]

    with served(Authority(centre.node, allowed)) as address:
        at = new_at("desk-1", central=address)
        up(at, qtbot)
        is_stuck.set()
        done: list[Any] = []
        began = time.monotonic()
        call = a_call(at)
        at.runtime.ask(call, done.append, done.append)
        qtbot.waitUntil(lambda: bool(done), timeout=5_000)
        took_s = time.monotonic() - began
        assert done == [None]
        assert took_s < ASK_BUDGET_S + 0.5
        assert waiting(at) == 1
        with at.runtime.node.database.read() as session:
            ticket = session.get(Ticket, call.ticket_id)
            assert ticket is not None
            assert ticket.state == "called"
        go_on.set()
        qtbot.waitUntil(lambda: waiting(at) == 0, timeout=10_000)


def test_asking_with_the_line_cut_acts_alone_at_once(at: AtDesk, qtbot: QtBot) -> None:
    at.runtime.start()
    qtbot.waitUntil(lambda: at.runtime.line_state.health is Health.DOWN, timeout=10_000)
    done: list[Any] = []
    at.runtime.ask(a_call(at), done.append, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=5_000)
    assert done == [None]
    assert waiting(at) == 1


def test_another_desk_hears_of_a_change_by_a_poke_long_before_it_would_look(
    new_at: NewAt, centre_address: str, qtbot: QtBot
) -> None:
    one, two = (new_at(name, central=centre_address) for name in ("desk-1", "desk-2"))
    for at in (one, two):
        up(at, qtbot)
        qtbot.waitUntil(at.runtime.line.hears, timeout=10_000)
    took_ms = []
    for number in range(20):
        name = f"Counter {number}"
        with qtbot.waitSignal(two.runtime.rows_changed, timeout=POLL_DEAF_S * 900):
            began = time.perf_counter()
            rename(one, name)
        took_ms.append((time.perf_counter() - began) * 1_000)
        with two.runtime.node.database.read() as session:
            assert counter_name(session, "desk-1") == name
    print(f"poke to rows_changed: p50 {statistics.median(took_ms):.0f} ms, {max(took_ms):.0f} max")
    assert statistics.median(took_ms) < 1_000


def test_an_own_change_is_not_fetched_again(
    new_at: NewAt, centre_address: str, qtbot: QtBot
) -> None:
    at = new_at("desk-1", central=centre_address)
    up(at, qtbot)
    qtbot.waitUntil(at.runtime.line.hears, timeout=10_000)
    told: list[Any] = []
    at.runtime.line_changed.connect(told.append)
    for number in range(5):
        rename(at, f"Counter {number}")
        qtbot.waitUntil(lambda: waiting(at) == 0, timeout=10_000)
    # A poke of each came back too; a round of its own for it would be one more each.
    with qtbot.waitSignal(at.runtime.line_changed, timeout=10_000):
        at.runtime.line.wake()
    assert len(told) < 5 * 2


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(minutes=-55)])
def test_t1_a_desk_whose_clock_is_wrong_acts_at_the_time_of_the_centre(
    sample_files: dict[str, Path], tmp_path: Path, centre: Authority, off: timedelta, qtbot: QtBot
) -> None:
    node = open_node(centres.copied(sample_files["desk-1"], tmp_path), centres.KEY)
    began = time.monotonic()

    def right() -> datetime:
        return MORNING + timedelta(seconds=time.monotonic() - began)

    with served(centre, clock=right) as address:
        runtime = Runtime(
            node, central=lambda: address, actor=lambda: OFFICER, clock=lambda: right() + off
        )
        assert abs(runtime.now() - right() - off) < timedelta(seconds=1)
        runtime.start()
        qtbot.waitUntil(
            lambda: abs(runtime.now() - right()) <= timedelta(seconds=5), timeout=10_000
        )
        qtbot.waitUntil(runtime.is_up)
        runtime.close()
    with node.database.read() as session:
        complete_at = standing(session).complete_at
    assert complete_at is not None
