"""A relay at work: its line to the centre, its service to the desks, its place in the office."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from msgspec import Struct

from sync.command import Envelope
from sync.ids import Clock, IdSource, RandomBits
from sync.proof import Audience, NewDevice
from sync.relay import Relay
from sync.storage.database import Database
from sync.storage.hints import Numbers
from sync.upstream.choosing import Choosing
from sync.upstream.clocks import KeptClock
from sync.upstream.http import HttpUpstream
from sync.upstream.line import Health, Line, LineState, is_cut_off
from visits.ids import OfficeId
from visits.offices.commands import RelayOffice
from visits.offices.queries import OfficeChoice, offices
from visits.offices.records import Relay as Seat
from visits.offices.rejoining import reposting
from visits.registry import node_over
from visits.scopes import allowed
from visits.today_first import TodayFirst

ACTOR = "relay"
ASK_UP_S = 0.25
"""A desk waits 300 ms for a decision; within this the centre's comes, or the relay's stands."""

log = logging.getLogger(__name__)


class NoSuchOffice(Exception):
    """The centre has no office of that name; the text says which there are."""


class PostRefused(Exception):
    """The centre does not take this relay for the office's; the text says why."""


class Stirred:
    """Tells the service of this process that rows of its relay have moved."""

    def __init__(self) -> None:
        self._heard: Callable[[Numbers], None] = lambda numbers: None

    def listen(self, heard: Callable[[Numbers], None]) -> None:
        """Call this when something moves."""
        self._heard = heard

    def stir(self) -> None:
        """Something has moved: let all be looked at."""
        self._heard({})

    def tell(self, numbers: Numbers) -> None:
        """Nobody else writes to a relay's database."""

    def close(self) -> None:
        """No more hints."""
        self._heard = lambda numbers: None


class Post(Struct, frozen=True):
    """Where a relay stands: an office by its id or name, and the address its desks are given."""

    office: str
    address: str


class OfficeRelay:
    """A relay with its line running. `lost` is what makes it useless, once that is known.

    `now` is the time by the centre's clock, as far as the centre's answers have told.
    """

    def __init__(
        self,
        database: Database,
        *,
        upstream: str,
        clock: Clock,
        random_bits: RandomBits,
        new_device: NewDevice,
    ) -> None:
        self.stirred = Stirred()
        self.lost: Exception | None = None
        self._end_service: Callable[[], None] = lambda: None
        self._post: Post | None = None
        self._announced_as = ""
        self._announcement: Future[Envelope] | None = None
        self._health = Health.STARTING
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self.now = KeptClock(clock, database)
        self.relay = Relay(
            node_over(database),
            new_device=new_device,
            clock=self.now,
            new_id=IdSource(self.now, random_bits),
            introduce=reposting,
            allowed=allowed,
            is_cut_off=self.is_cut_off,
            ask_up=self._ask_up,
            moved=self.stirred.stir,
            first=TodayFirst(self.now),
        )
        above = Choosing(
            lambda: (upstream,),
            lambda url: HttpUpstream(
                url, device=self.relay.device, proof=self._proof, clock=self.now
            ),
            device=lambda: self.relay.device,
            proof=lambda url: self._proof(self.relay.device),
        )
        self.line = Line(
            self.relay,
            above.upstream,
            self._writer,
            self.now,
            told=self._told,
            settled=lambda: None,
        )

    def begin(self, post: Post, *, lost: Callable[[], None]) -> None:
        """Take a post: the office is told once the centre is there.

        `lost` is called, from any thread, when that can never be.
        """
        self._post = post
        self._end_service = lost
        self.line.start()

    def end(self) -> None:
        """Stop; what is held stays in the database."""
        self.line.stop()
        self._writer.shutdown(wait=False)

    def is_cut_off(self) -> bool:
        """Whether the centre is known not to answer."""
        return is_cut_off(self.line.state.health)

    def _proof(self, device: str) -> str:
        return self.relay.identities.shown(Audience.CENTRE, device)

    def knows_the_time(self) -> bool:
        """Whether the centre says it: of a relay that is cut off desks would take a wrong one."""
        return self.line.state.health is Health.UP

    def _ask_up(self) -> bool:
        return self.line.round_within(ASK_UP_S)

    def _told(self, state: LineState) -> None:
        if not self.now.is_kept:
            with contextlib.suppress(RuntimeError):
                self._writer.submit(self.now.keep)
        if state.health is not self._health:
            self._health = state.health
            log.info("line to the centre", extra={"state": state.health.value})
        if state.health is Health.UP and self._post is not None:
            try:
                self._check_taken()
                if self._announced_as != self.relay.device:
                    self._announce(self._post)
            except (NoSuchOffice, PostRefused) as error:
                self.lost = error
                self._end_service()

    def _check_taken(self) -> None:
        if self._announcement is None or not self._announcement.done():
            return
        outcome = self.relay.outcome(self._announcement.result().id)
        if outcome is not None:
            self._announcement = None
            if outcome.state == "refused":
                raise PostRefused(f"The centre does not take this relay ({outcome.reason}).")

    def _announce(self, post: Post) -> None:
        """Tell the office where its relay is, unless it knows.

        Once for each identity: another relay may take its place meanwhile.
        """
        with self.relay.node.database.read() as session:
            office_id = _office(offices(session), post.office)
            seat = session.get(Seat, self.relay.device)
            known = seat is not None and (seat.office_id, seat.address) == (office_id, post.address)
        self._announced_as = self.relay.device
        if not known:
            command = RelayOffice(office_id=office_id, address=post.address)
            self._announcement = self._writer.submit(self.relay.issue, command, actor=ACTOR)
            self.line.wake()


def _office(there: tuple[OfficeChoice, ...], wanted: str) -> OfficeId:
    for office in there:
        if wanted in (office.office_id, office.name):
            return office.office_id
    names = ", ".join(office.name for office in there)
    raise NoSuchOffice(f"There is no office {wanted!r} at this centre. It has: {names or 'none'}.")
