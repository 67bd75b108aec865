"""Stretches of time: joined, shared and taken away, checked minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from visits.calendar.spans import Span, common, meets, merged, within, without

BEGIN = datetime(2026, 11, 24, tzinfo=UTC)
MINUTES = 60
MINUTE = timedelta(minutes=1)
minutes = st.integers(min_value=0, max_value=MINUTES)
spans = st.lists(
    st.tuples(minutes, minutes).map(lambda m: (BEGIN + m[0] * MINUTE, BEGIN + m[1] * MINUTE)),
    max_size=5,
)


def moments(given_spans: list[Span]) -> set[int]:
    return {
        minute
        for minute in range(MINUTES)
        if any(begins <= BEGIN + minute * MINUTE < ends for begins, ends in given_spans)
    }


def is_tidy(given_spans: list[Span]) -> bool:
    edges = [edge for span in given_spans for edge in span]
    return all(earlier < later for earlier, later in zip(edges, edges[1:], strict=False))


@given(spans)
def test_merged_spans_are_the_same_time_in_order_and_apart(some: list[Span]) -> None:
    assert moments(merged(some)) == moments(some)
    assert is_tidy(merged(some))


@given(spans, spans)
def test_common_time_is_the_time_that_lies_in_both(some: list[Span], others: list[Span]) -> None:
    assert moments(common(some, others)) == moments(some) & moments(others)


@given(spans, spans)
def test_time_without_what_is_blocked_has_no_moment_of_it(
    some: list[Span], blocked: list[Span]
) -> None:
    left = without(merged(some), merged(blocked))
    assert moments(left) == moments(some) - moments(blocked)
    assert is_tidy(left)


@given(spans, minutes, minutes)
def test_a_time_meets_or_lies_within_spans_as_its_moments_do(
    some: list[Span], from_minute: int, to_minute: int
) -> None:
    asked = set(range(from_minute, to_minute))
    starts_at, ends_at = BEGIN + from_minute * MINUTE, BEGIN + to_minute * MINUTE
    if asked:
        assert within(starts_at, ends_at, merged(some)) == (asked <= moments(some))
        assert meets(starts_at, ends_at, merged(some)) == bool(asked & moments(some))
