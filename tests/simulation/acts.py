"""Draws commands from the registry, each argument by its declared type.

Nothing here names a command, so one added later is simulated from the day it exists. Ids come
mostly from rows that the acting desk holds, and from few of them, so that desks contend.
"""

from __future__ import annotations

import enum
import random
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import combinations
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

import msgspec

from sync.command import Arguments, Definition
from sync.record import Image, from_milliseconds
from visits.calendar.local_time import local_date

Lookup = Callable[[str], Sequence[Image]]
"""The rows of a table that the acting node holds, hottest first, as images."""

TABLE_OF = {"staff": "staff_member", "visit": "home_visit"}
"""Ids whose name is not that of their table."""
LISTS = (
    "room",
    "customer_details",
    "office",
    "service",
    "team",
    "staff_member",
    "working_hours",
    "opening_hours",
    "room",
    "customer",
    "customer_details",
)
"""Tables that the centre takes lists into, those of several scopes twice.

What commands decide among each other is not there.
"""
JUST_NOW = re.compile(r"(^|_)(at|\w+ed_at|from_at|seen_at)$")
SEEN = "seen_"
"""Begins the name of what a row had when an act upon it was decided."""
NOT_NOW = re.compile(r"(start|end|plan|due|until)\w*_at$")
WORDS: dict[str, tuple[str, ...]] = {
    "address": ("http://relay", "http://another", "2 Mill Lane"),
    "way": ("printed", "saved"),
    "scope": ("council", "office:civic", "team:care", "archive:council"),
    "source": ("walk_in", "phone", "kiosk"),
    "postcode": ("", "AB1 1AA", "ab2 3ng"),
    "phone": ("", "01632 960 123", "07700 900 456"),
    "full_name": ("Mary O’Brien", "Zoë Ångström", "Nguyễn Văn An", "محمد علي", "Anne-Marie d'Arcy"),
    "access_needs": ("wheelchair", "interpreter", "large_print"),
}
FREE_TEXT = ("", "bring papers", "ring first", "🙂 — “quoted”", "x" * 60)


State = tuple[tuple[str, Any], ...]
"""What state a row is in, as far as that can be told without knowing its table."""


def state_of(row: Image) -> State:
    """Its columns that name a state, and which instants and links of it are set."""
    return tuple(
        (name, value if name in ("state", "status") else value is None)
        for name, value in row.items()
        if name in ("state", "status") or (name.endswith(("_at", "_id")) and name != "scope")
    )


def named(state: State) -> State:
    """What is named of a state, whatever its instants and links."""
    return tuple((name, value) for name, value in state if name in ("state", "status"))


@dataclass(frozen=True, slots=True)
class Draft:
    """Arguments drawn, which of the ids are new, and the states of the rows they are of.

    It is promising when there was a row in a state in which this mostly worked for each other id.
    """

    arguments: Arguments
    fresh: frozenset[str]
    states: tuple[tuple[str, State], ...]
    is_promising: bool = True

    @property
    def ids(self) -> list[str]:
        """The ids among the arguments."""
        given = [getattr(self.arguments, name) for name in ids_of(type(self.arguments))]
        return [value for value in given if isinstance(value, str)]


@dataclass(slots=True)
class Habit:
    """How a command is drawn so that it mostly works: learnt from what was accepted."""

    accepted: dict[frozenset[str], int] = field(default_factory=dict)
    states: dict[tuple[str, State], list[int]] = field(default_factory=dict)
    tried: int = 0
    not_allowed: bool = False
    """Whether this node may not issue it at all."""

    @property
    def works(self) -> float:
        """The share of tries that were accepted."""
        return sum(self.accepted.values()) / self.tried if self.tried else 0.0

    def learn(self, draft: Draft, *, worked: bool) -> None:
        """Note how a draft fared."""
        self.tried += 1
        if worked:
            self.accepted[draft.fresh] = self.accepted.get(draft.fresh, 0) + 1
        for name, state in draft.states:
            for place in ((name, state), (name, named(state))):
                fared = self.states.setdefault(place, [0, 0])
                fared[not worked] += 1

    def promises(self, name: str, row: Image) -> bool:
        """Whether a row's state is one in which this mostly worked, or that was never tried.

        A state whose instants were never met goes by its name.
        """
        state = state_of(row)
        fared = self.states.get((name, state)) or self.states.get((name, named(state)), (1, 0))
        worked, failed = fared
        return worked > 0 and worked * 2 >= failed

    def copy(self) -> Habit:
        """One that learns for itself."""
        states = {place: list(fared) for place, fared in self.states.items()}
        return Habit(dict(self.accepted), states, self.tried)


class Hand:
    """Draws arguments for one act of one node."""

    def __init__(
        self,
        draw: random.Random,
        *,
        now: datetime,
        device: str,
        new_id: Callable[[], str],
        look: Lookup,
        contention: float = 0.6,
    ) -> None:
        self._draw = draw
        self._now = now
        self._device = device
        self._new_id = new_id
        self._look = look
        self._contention = contention
        self._near: list[Image] = []
        self._given: dict[str, Any] = {}
        self._made: set[str] = set()
        self._chosen: dict[str, Image] = {}
        self._habit = Habit()
        self._is_promising = True

    def draft(self, definition: Definition, habit: Habit) -> Draft:
        """Arguments of a command, as its habit has them mostly work."""
        return self.with_new(definition, habit, self._which_are_new(definition.arguments, habit))

    def with_new(self, definition: Definition, habit: Habit, wanted: frozenset[str]) -> Draft:
        """Arguments of a command whose ids named in `wanted` are new.

        An id of a table without rows is new whatever is wanted.
        """
        self._habit = habit
        hints = _hints(definition.arguments)
        self._near, self._given, self._made, self._chosen = [], {}, set(), {}
        self._is_promising = True
        for item in msgspec.structs.fields(definition.arguments):
            if not item.required and self._draw.random() < 0.3:
                continue
            self._given[item.name] = self._value(item.name, hints[item.name], item.name in wanted)
        states = tuple((name, state_of(row)) for name, row in self._chosen.items())
        arguments = definition.arguments(**self._given)
        return Draft(arguments, frozenset(self._made), states, self._is_promising)

    def _which_are_new(self, arguments: type[Arguments], habit: Habit) -> frozenset[str]:
        choices = sorted(habit.accepted, key=sorted)
        if not choices or self._draw.random() < 0.08:
            return self._draw.choice(choices_of_new_ids(arguments, 2))
        weights = [habit.accepted[choice] for choice in choices]
        return self._draw.choices(choices, weights)[0]

    def _value(self, name: str, kind: Any, is_new: bool) -> Any:
        kind = _bare(kind)
        table = table_of(name, kind)
        if table is not None:
            return self._id(name, kind, table, is_new)
        origin, inner = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            if type(None) in inner and self._draw.random() < 0.5:
                return None
            chosen = [item for item in inner if item is not type(None)]
            return self._value(name, self._draw.choice(chosen), is_new)
        if origin is Literal:
            return self._draw.choice(inner)
        if origin in (list, tuple, frozenset, set):
            count = self._draw.choice((0, 1, 1, 2))
            return origin(self._value(name, inner[0], is_new) for _ in range(count))
        if origin is dict:
            return self._mapping(name, inner[1])
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return self._draw.choice(list(kind))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            hints = _hints(kind)
            return kind(**{n: self._value(n, hints[n], is_new) for n in hints})
        return self._plain(name, kind)

    def _plain(self, name: str, kind: Any) -> Any:
        if kind is bool:
            return self._draw.random() < 0.5
        if kind is int:
            return self._draw.choice((5, 15, 30, 45, 60) if "minute" in name else (0, 1, 2, 3))
        if kind is float:
            return self._draw.choice((0.0, 0.5, 1.0))
        if kind is datetime:
            return self._instant(name)
        if kind is date:
            return self._date(name)
        if kind is time:
            return time(self._draw.choice((9, 11, 14)), 0)
        if kind is str:
            return self._text(name)
        raise TypeError(f"no way to draw {kind!r} for {name!r}: teach tests/simulation/acts.py")

    def _id(self, name: str, kind: Any, table: str, is_new: bool) -> Any:
        if get_origin(kind) in (Union, types.UnionType) and self._draw.random() < 0.5:
            return None
        if is_new:
            return self._make(name)
        pointed = [row[name] for row in self._near if row.get(name)]
        if pointed and self._draw.random() < 0.8:
            return pointed[-1]
        rows = list(self._look(table))
        for fits in (self._agrees, lambda row: self._habit.promises(name, row)):
            fitting = [row for row in rows if fits(row)]
            self._is_promising &= bool(fitting)
            if fitting and self._draw.random() < 0.9:
                rows = fitting
        if not rows:
            return self._make(name)
        row = self._chosen[name] = self._hot(rows)
        self._near.append(row)
        return row["id"]

    def _make(self, name: str) -> str:
        self._made.add(name)
        return self._new_id()

    def _agrees(self, row: Image) -> bool:
        shared = [name for name in self._given if name.endswith("_id") and name in row]
        return all(row[name] == self._given[name] for name in shared)

    def _hot(self, items: Sequence[Any]) -> Any:
        if self._draw.random() < self._contention:
            items = items[:3]
        return self._draw.choice(items)

    def _instant(self, name: str) -> datetime:
        if name.startswith(SEEN) and self._draw.random() < 0.8:
            seen = [at for row in self._near if (at := row.get(name.removeprefix(SEEN)))]
            return from_milliseconds(seen[-1]) if seen else self._now
        is_now = bool(JUST_NOW.search(name)) and not NOT_NOW.search(name)
        if is_now or self._draw.random() < 0.05:
            return self._now
        choices = slots(self._now)
        before = [at for at in self._given.values() if at in choices]
        if before and "end" in name:
            choices = [at for at in choices if at > before[0]] or choices
        elif before and self._draw.random() < 0.5:
            return before[0]  # type: ignore[no-any-return]
        return self._hot(choices)  # type: ignore[no-any-return]

    def _date(self, name: str) -> date:
        if name.startswith("born"):
            return date(1950 + self._draw.randrange(50), 1 + self._draw.randrange(12), 7)
        return local_date(self._now)

    def _text(self, name: str) -> str:
        if name == "number":
            return self._number()
        if name == "reference":
            return f"R{self._draw.randrange(10**6):06d}"
        return self._draw.choice(WORDS.get(name, FREE_TEXT))

    def _number(self) -> str:
        """A ticket number: the desk's own next one, or one that others use too."""
        letters = [row["letter"] for row in self._look("desk") if row["id"] == self._device]
        letter = letters[0] if letters else "A"
        used = [t["number"] for t in self._look("ticket") if t["number"].startswith(letter)]
        if self._draw.random() < 0.85:
            last = max((int(n[1:]) for n in used if n[1:].isdigit()), default=0)
            return f"{letter}{last + 1:02d}"
        return f"{self._draw.choice('AB')}{self._draw.randrange(1, 30):02d}"

    def _mapping(self, name: str, inner: Any) -> dict[str, Any]:
        if get_origin(inner) is list and get_origin(get_args(inner)[0]) is dict:
            return self._list_of_rows()
        return {word: self._value(name, inner, False) for word in FREE_TEXT[1:3]}

    def _list_of_rows(self) -> dict[str, Any]:
        """Rows as images, one column of one of them changed to what another row has there."""
        table = self._draw.choice(LISTS)
        rows = list(self._look(table))
        if not rows:
            return {}
        row = dict(self._draw.choice(rows))
        elsewhere = [other for other in rows if other["scope"] != row["scope"]]
        other = self._draw.choice(elsewhere or rows)
        column = self._draw.choice([name for name in row if name != "id"])
        if other["scope"] != row["scope"] and self._draw.random() < 0.5:
            column = "scope"
        row[column] = other[column]
        if self._draw.random() < 0.15:
            row["id"] = self._new_id()
        return {table: [row]}


@cache
def _hints(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


@cache
def ids_of(arguments: type[Arguments]) -> tuple[str, ...]:
    """The arguments of a command that are ids."""
    return tuple(
        name for name, kind in _hints(arguments).items() if table_of(name, kind) is not None
    )


@cache
def choices_of_new_ids(arguments: type[Arguments], most: int) -> list[frozenset[str]]:
    """Which ids of a command may be new: few before many, made-up ones before those of lists."""
    hints = _hints(arguments)
    tables = {name: table_of(name, hints[name]) for name in ids_of(arguments)}
    ids = list(tables)
    sizes = range(min(most, len(ids)) + 1)
    choices = [frozenset(some) for size in sizes for some in combinations(ids, size)]
    return sorted(choices, key=lambda some: sum(tables[name] in LISTS for name in some))


def slots(now: datetime) -> list[datetime]:
    """The few times that everybody wants: the next quarters of the hour, and tomorrow morning."""
    quarter = now.replace(minute=0, second=0, microsecond=0)
    quarter += timedelta(minutes=15 * (now.minute // 15 + 2))
    tomorrow = now.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return [quarter, quarter + timedelta(minutes=15), quarter + timedelta(minutes=45), tomorrow]


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def table_of(name: str, kind: Any) -> str | None:
    """The table that an argument's ids are of, by its type or by its name; None for other values.

    A text that ends in `_id` and names no table is an id of something to be made: "".
    """
    kind = _bare(kind)
    inner = [item for item in get_args(kind) if item is not type(None)]
    if get_origin(kind) in (Union, types.UnionType) and len(inner) == 1:
        kind = _bare(inner[0])
    if isinstance(kind, NewType) and kind.__name__.endswith("Id"):
        return _table(re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__[:-2]).lower())
    if kind is str and name.endswith("_id"):
        return _table(name.removesuffix("_id"))
    return None


def _table(noun: str) -> str:
    from visits.registry import tables

    noun = TABLE_OF.get(noun, noun)
    names = list(tables().tables)
    if noun in names:
        return noun
    return next((name for name in names if name.endswith(f"_{noun}")), "")
