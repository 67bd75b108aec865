"""A desk without a window, at work without a pause: `python -m tests.faults.desk_process`.

It tells on standard output, a line of JSON each, what a person would have been told: every act that
is kept here, and while it rests how it stands. On standard input it hears `rest`, `checkpoint` and
`stand`, upon which it says once how it stands.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import random
import secrets
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sync.desk import Desk
from sync.errors import Refusal, StorageFailed
from sync.held import is_of_rows
from sync.ids import IdSource
from sync.logs import log_to
from sync.proof import Audience, new_identity
from sync.standing import standing
from sync.storage.sqlite import open_file
from sync.upstream.choosing import Choosing
from sync.upstream.clocks import RightedClock
from sync.upstream.http import HttpUpstream
from sync.upstream.line import Line
from tests.centres import KEY, OFFICE, PERSON
from tests.end_to_end.clocks import CLOCK_FILE, clock_in
from visits.calendar.local_time import local_date
from visits.ids import ServiceId, StretchId, TicketId
from visits.migrations.steps import migrate
from visits.offices.queries import relay_address
from visits.offices.records import Service
from visits.offices.rejoining import reintroduction
from visits.queue.commands import Call, CheckIn, Leave, NoShow
from visits.queue.queries import number_for
from visits.queue.records import Ticket
from visits.registry import node_over

ASK_WITHIN_S = 0.3
BETWEEN_S = 0.15
"""Some twenty acts a second at three desks: more than any office, less than a relay can bear."""
RESTING_S = 0.2
CHECKPOINTS_S = 0.3


class Worker:
    """The one who works at this desk."""

    def __init__(self, file: Path, central: str, clock: Any) -> None:
        database = open_file(file, key=KEY)
        migrate(database)
        self.node = node_over(database)
        self.clock = clock
        self.new_id = IdSource(clock, secrets.randbits)
        self.desk = Desk(
            self.node,
            new_device=lambda: new_identity(secrets.randbits),
            clock=clock,
            new_id=self.new_id,
            introduce=reintroduction,
        )
        self.central = central
        self.draw = random.Random(secrets.randbits(64))
        self.writer = ThreadPoolExecutor(1)
        righted = RightedClock(clock)
        choosing = Choosing(
            self._addresses,
            lambda url: HttpUpstream(
                url, device=self.desk.device, proof=self._proof_at(url), clock=righted
            ),
            device=lambda: self.desk.device,
            proof=lambda url: self._proof_at(url)(self.desk.device),
            found=lambda: self.line.wake(),
        )
        self.line = Line(
            self.desk,
            choosing.upstream,
            self.writer,
            righted,
            told=lambda state: None,
            settled=lambda: None,
            failed=choosing.failed,
        )
        self.rests = threading.Event()

    def _addresses(self) -> tuple[str, ...]:
        with self.node.database.read() as session:
            return relay_address(session, self.desk.device), self.central

    def _proof_at(self, address: str) -> Callable[[str], str]:
        audience = Audience.CENTRE if address == self.central else Audience.RELAY
        return partial(self.desk.identities.shown, audience)

    def work(self) -> None:
        """Act after act; while resting, say how all stands.

        What nobody foresaw is said and ends it: a log on a full disk would not have it.
        """
        self.line.start()
        try:
            self._work_on()
        except Exception:
            tell(broke=traceback.format_exc())

    def _work_on(self) -> None:
        while True:
            try:
                if self.rests.is_set():
                    self.say_how_it_stands()
                    time.sleep(RESTING_S)
                else:
                    self._act()
                    time.sleep(BETWEEN_S)
            except Refusal:
                continue
            except StorageFailed as failed:
                tell(kept_not=failed.cause)
                time.sleep(BETWEEN_S)

    def say_how_it_stands(self) -> None:
        """What a screen would say: what waits, how the line is and how old what it shows is."""
        with self.node.database.read() as session:
            stands = standing(session)
        _, cursor = self.desk.position()
        reached = {scope: n for scope, n in cursor.items() if is_of_rows(scope)}
        complete_at = stands.complete_at or datetime.min.replace(tzinfo=UTC)
        tell(
            waiting=stands.waiting,
            line=self.line.state.health.value,
            complete_before_s=(self._now() - complete_at).total_seconds(),
            reached=reached,
        )

    def _act(self) -> None:
        with self.node.database.read() as session:
            waiting = session.scalars(select(Ticket.id).where(Ticket.state == "waiting")).all()
        chance = self.draw.random()
        if chance < 0.5 or not waiting:
            self._keep(self._check_in())
            return
        ticket_id = TicketId(self.draw.choice(waiting[:4]))
        about = {"ticket_id": ticket_id, "at": self._now()}
        if chance < 0.7:
            self._keep(Leave(stretch_id=StretchId(self.new_id()), **about))
        elif self._ask(Call(stretch_id=StretchId(self.new_id()), **about)):
            self._keep(NoShow(stretch_id=StretchId(self.new_id()), **about))

    def _check_in(self) -> CheckIn:
        now = self._now()
        with self.node.database.read() as session:
            services = session.scalars(select(Service.id).order_by(Service.id)).all()
            number = number_for(session, self.desk.device, local_date(now))
        return CheckIn(
            ticket_id=TicketId(self.new_id()),
            stretch_id=StretchId(self.new_id()),
            office_id=OFFICE,
            number=number,
            number_on=local_date(now),
            service_id=ServiceId(self.draw.choice(services)),
            arrived_at=now,
        )

    def _now(self) -> datetime:
        now: datetime = self.clock()
        return now

    def _keep(self, arguments: Any) -> None:
        envelope = self.writer.submit(self.desk.issue, arguments, actor=PERSON).result()
        self.line.wake()
        tell(kept=envelope.id)

    def _ask(self, arguments: Any) -> bool:
        envelope = self.writer.submit(self.desk.ask, arguments, actor=PERSON).result()
        tell(kept=envelope.id)
        self.line.round_within(ASK_WITHIN_S)
        outcome = self.desk.outcome(envelope.id)
        if outcome is None:
            try:
                return bool(self.writer.submit(self.desk.act_alone, envelope.id).result())
            except Refusal:
                tell(told_at_once=envelope.id)
                return False
        return outcome.state == "accepted"

    def checkpoint(self) -> None:
        """Move what the log holds into the file, again and again for a moment."""
        ends = time.monotonic() + CHECKPOINTS_S
        while time.monotonic() < ends:
            with self.node.database.engine.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def tell(**facts: object) -> None:
    """Say something to whoever started this."""
    # In one piece: two threads may have something to say.
    sys.stdout.write(f"{json.dumps(facts)}\n")
    sys.stdout.flush()


def opened(file: Path, central: str, clock: Any) -> Worker:
    """The worker at a desk that may have no room on its disk when it starts, and tries again."""
    while True:
        try:
            return Worker(file, central, clock)
        except StorageFailed as failed:
            tell(does_not_start=failed.cause)
            time.sleep(BETWEEN_S)


def main() -> int:
    """Work until killed, or until standard input ends."""
    log_to(sys.stderr, logging.INFO)
    faulthandler.register(signal.SIGUSR1)
    worker = opened(Path(sys.argv[1]), sys.argv[2], clock_in(Path(os.environ[CLOCK_FILE])))
    threading.Thread(target=worker.work, daemon=True).start()
    heard: dict[str, Callable[[], None]] = {
        "rest": worker.rests.set,
        "checkpoint": worker.checkpoint,
        "stand": worker.say_how_it_stands,
    }
    for line in sys.stdin:
        heard[line.strip()]()
    worker.line.stop()
    worker.writer.shutdown()
    worker.node.database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
