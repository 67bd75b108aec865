"""A figure, its floor and its limit; the statistics they are made of."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured promise. `limit` is of `ratio` where there is a floor, else of `value`."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    limit: float | None = None
    note: str = ""

    @property
    def is_within(self) -> bool:
        """Whether the promise is kept; a figure without a limit only tells."""
        measured = self.value if self.floor is None else self.ratio
        return self.limit is None or measured is None or measured <= self.limit

    def as_json(self) -> dict[str, Any]:
        """The figure as the JSON file has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same work done by the product and by its floor, one right after the other."""

    ours: float
    bare: float


def in_turns(
    ours: Callable[[], float], bare: Callable[[], float], *, pairs: int, warm_up: int
) -> list[Pair]:
    """Measure both in turns, each first as often as the other, so that drift cancels."""
    measured = []
    for number in range(warm_up + pairs):
        if number % 2:
            floor = bare()
            measured.append(Pair(ours(), floor))
        else:
            value = ours()
            measured.append(Pair(value, bare()))
    return measured[warm_up:]


def beside_its_floor(
    name: str, pairs: Sequence[Pair], *, unit: str, limit: float, note: str = ""
) -> Figure:
    """The medians of both sides and of the ratio of each pair, with its middle half as spread."""
    ratios = [pair.ours / pair.bare for pair in pairs]
    spread = f"middle half {at(ratios, 25):.2f} to {at(ratios, 75):.2f} x, {len(pairs)} pairs"
    return Figure(
        name=name,
        value=round(statistics.median(pair.ours for pair in pairs), 3),
        unit=unit,
        floor=round(statistics.median(pair.bare for pair in pairs), 3),
        ratio=round(statistics.median(ratios), 2),
        limit=limit,
        note=f"{spread}; {note}" if note else spread,
    )


def at(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of the values do not exceed."""
    in_order = sorted(values)
    return in_order[min(len(in_order) - 1, int(len(in_order) * percent / 100))]


def milliseconds(act: Callable[[], object]) -> float:
    """How long an act takes."""
    began = perf_counter()
    act()
    return (perf_counter() - began) * 1_000


def table(figures: Sequence[Figure]) -> str:
    """The figures for a person: what was measured, against what, within what."""
    lines = [f"{'figure':28}{'value':>12}{'floor':>12}{'ratio':>9}{'limit':>9}"]
    for figure in figures:
        floor = "" if figure.floor is None else f"{figure.floor:.2f} {figure.unit}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} x"
        sign = figure.unit if figure.floor is None else "x"
        limit = "" if figure.limit is None else f"{figure.limit:g} {sign}"
        verdict = "" if figure.limit is None else ("" if figure.is_within else "  BEYOND")
        value = f"{figure.value:.2f} {figure.unit}"
        lines.append(f"{figure.name:28}{value:>12}{floor:>12}{ratio:>9}{limit:>9}{verdict}")
        lines.append(f"    {figure.note}")
    return "\n".join(lines)
