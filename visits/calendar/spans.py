"""Stretches of time as pairs of instants: from the first, up to but without the second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in order, with nothing empty: what touches or overlaps is one span."""
    whole: list[Span] = []
    for begins, ends in sorted(spans):
        if begins >= ends:
            continue
        if whole and begins <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(whole[-1][1], ends)
        else:
            whole.append((begins, ends))
    return whole


def common(one: Iterable[Span], other: Sequence[Span]) -> list[Span]:
    """The time that lies in both."""
    return merged(
        (max(begins, from_at), min(ends, to_at)) for begins, ends in one for from_at, to_at in other
    )


def without(spans: Sequence[Span], blocked: Iterable[Span]) -> list[Span]:
    """The time of `spans` that lies in nothing `blocked`. Both are merged."""
    left = list(spans)
    for from_at, to_at in blocked:
        pieces = []
        for begins, ends in left:
            if to_at <= begins or ends <= from_at:
                pieces.append((begins, ends))
                continue
            if begins < from_at:
                pieces.append((begins, from_at))
            if to_at < ends:
                pieces.append((to_at, ends))
        left = pieces
    return left


def within(starts_at: datetime, ends_at: datetime, spans: Iterable[Span]) -> bool:
    """Whether a time lies in one of the spans as a whole."""
    return any(begins <= starts_at and ends_at <= ends for begins, ends in spans)


def meets(starts_at: datetime, ends_at: datetime, spans: Iterable[Span]) -> bool:
    """Whether a time and one of the spans share any moment."""
    return any(begins < ends_at and starts_at < ends for begins, ends in spans)
