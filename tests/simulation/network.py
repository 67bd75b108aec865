"""A network that loses, delays, repeats, reorders and truncates, requests and answers alike.

Bodies are bytes, encoded and decoded by the shipped wire, so that a cut body is really cut.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from sync.wire import (
    Answer,
    Failure,
    PullChanges,
    PushCommands,
    Request,
    TakeSnapshot,
    decode_answer,
    encode,
)

KINDS: dict[str, type[Request]] = {
    "push": PushCommands,
    "pull": PullChanges,
    "snapshot": TakeSnapshot,
}
OLD_ANSWERS_KEPT = 3
SOON_MS = 150
"""As late as a message is that is not held up."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Chances, each for every single message, and how late one may be."""

    lost: float = 0.0
    repeated: float = 0.0
    cut_short: float = 0.0
    late: float = 0.0
    late_ms_max: int = 0
    answered_from_store: float = 0.0
    """A proxy that hands out an earlier answer to the very same request."""


CALM = Weather()


def weather_of(draw: random.Random) -> Weather:
    """The weather of one history; some are calm, some are foul in one way, some in all."""
    foul = Weather(
        lost=draw.choice((0.0, 0.05, 0.2)),
        repeated=draw.choice((0.0, 0.1, 0.3)),
        cut_short=draw.choice((0.0, 0.0, 0.1)),
        late=draw.choice((0.0, 0.1, 0.3)),
        late_ms_max=draw.choice((3_000, 20_000)),
        answered_from_store=draw.choice((0.0, 0.0, 0.05)),
    )
    return CALM if draw.random() < 0.1 else foul


def kind_of(request: Request) -> str:
    """The name of a request's kind."""
    return next(name for name, kind in KINDS.items() if isinstance(request, kind))


def read_request(kind: str, body: bytes) -> Request:
    """What the centre's service makes of a body. Raises msgspec.DecodeError."""
    return msgspec.json.decode(body, type=KINDS[kind])


def read_answer(body: bytes, status: int, request: Request) -> Answer:
    """What a desk makes of an answer, as the HTTP client does. Raises UnreadableAnswer."""
    if status == 200:
        return decode_answer(body, request)
    try:
        return msgspec.json.decode(body, type=Failure)
    except msgspec.DecodeError:
        return Failure(code="line_down", detail=f"status {status}")


Later = Callable[[int, Callable[[], None]], None]
"""Does something so many milliseconds from now."""
Reply = Callable[[int, bytes], None]
"""Gets the status and the body of an answer."""
Told = Callable[[int, bytes, datetime | None], None]
"""Gets them at a desk, with the time that the answer states, to the second."""
States = Callable[[str], datetime | None]
"""What time whoever is at an address takes it to be; None when they do not say."""
Serve = Callable[[str, str, bytes, Reply], None]
"""Takes a request to whom it is sent: its kind, its body, and what to do with the answer."""
Answered = tuple[int, bytes, datetime | None]
CENTRE = "centre"


class Network:
    """Carries bodies from desks to the centre and back."""

    def __init__(
        self,
        draw: random.Random,
        later: Later,
        serve: Serve,
        states: States,
        say: Callable[[str], None],
    ) -> None:
        self.weather = CALM
        self.cut_off: set[str] = set()
        self._draw = draw
        self._later = later
        self._serve = serve
        self._states = states
        self._say = say
        self._store: dict[tuple[str, str, bytes], list[Answered]] = {}
        self.has_given_old_answers = False
        self._is_waited_for = False

    @contextmanager
    def waited_for(self) -> Iterator[None]:
        """Somebody stands still for what goes on the line: it comes at once, or later as it would,
        or never."""
        self._is_waited_for = True
        try:
            yield
        finally:
            self._is_waited_for = False

    def calm_down(self) -> None:
        """Every fault ends; what is under way arrives or not as it was decided."""
        self.weather = CALM
        self.cut_off.clear()

    def carry(self, who: str, request: Request, reply: Told, *, to: str = CENTRE) -> bool:
        """Send a request; `reply` may be called never, once or several times, at any time.

        Says whether it gets an answer that was given before.
        """
        kind, body = kind_of(request), encode(request)
        stored = self._store.get((to, kind, body), [])
        if stored and self._draw.random() < self.weather.answered_from_store:
            self._say(f"{who} gets an old answer to {kind}")
            self.has_given_old_answers = True
            self._back((who, to), self._draw.choice(stored), reply)
            return True
        for _ in range(2 if self._draw.random() < self.weather.repeated else 1):
            self._there((who, to), kind, body, reply)
        return False

    def _there(self, way: tuple[str, str], kind: str, body: bytes, reply: Told) -> None:
        who, to = way
        sent = self._faulty(f"{who} {kind}", way, body)
        if sent is None:
            return

        def answered(status: int, answer: bytes) -> None:
            stated_at = self._states(to)
            told = (status, answer, stated_at and stated_at.replace(microsecond=0))
            kept = self._store.setdefault((to, kind, body), [])
            kept.append(told)
            del kept[:-OLD_ANSWERS_KEPT]
            self._back(way, told, reply)

        self._soon(lambda: self._serve(to, kind, sent, answered))

    def _back(self, way: tuple[str, str], answer: Answered, reply: Told) -> None:
        status, body, stated_at = answer
        got = self._faulty(f"answer to {way[0]}", way, body)
        if got is not None:
            self._soon(lambda: reply(status, got, stated_at))

    def _faulty(self, what: str, way: tuple[str, str], body: bytes) -> bytes | None:
        if self.cut_off.intersection(way) or self._draw.random() < self.weather.lost:
            self._say(f"lost: {what}")
            return None
        if self._draw.random() < self.weather.cut_short:
            self._say(f"cut short: {what}")
            return body[: self._draw.randrange(len(body))]
        return body

    def _soon(self, act: Callable[[], None]) -> None:
        delay_ms = self._delay_ms()
        if self._is_waited_for and delay_ms < SOON_MS:
            act()
        else:
            self._later(delay_ms, act)

    def _delay_ms(self) -> int:
        if self._draw.random() < self.weather.late:
            return self._draw.randrange(self.weather.late_ms_max)
        return self._draw.randrange(5, SOON_MS)


def foul_again(weather: Weather, draw: random.Random) -> Weather:
    """The weather a while later."""
    return weather_of(draw) if draw.random() < 0.5 else replace(weather, lost=0.0)
