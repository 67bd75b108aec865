"""What an import says of itself: counts, lines, fields and reasons, never a person.

Nothing here knows a cell of the list, so nothing here can show one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from visits.imports.plan import Plan, Verdict

LINES_SHOWN_MAX = 500
"""Rows named one by one; the reasons of the others are counted."""

WOULD = {
    Verdict.ADDED: "would be added",
    Verdict.CHANGED: "would be changed",
    Verdict.LEFT: "would be left as is",
    Verdict.REFUSED: "would be refused",
}
DONE = {
    Verdict.ADDED: "added",
    Verdict.CHANGED: "changed",
    Verdict.LEFT: "left as is",
    Verdict.REFUSED: "refused",
}


def report(plan: Plan) -> list[str]:
    """The lines for the console."""
    if plan.refused_whole is not None:
        return [f"Nothing was taken in. {plan.refused_whole}"]
    return [
        f"{plan.kind.capitalize()}: read {_counted(plan.rows, 'row')}"
        f" as {plan.encoding} with {plan.separator}.",
        *_unused(plan),
        *_counts(plan),
        *_changed(plan),
        *_refused(plan),
        *_ending(plan),
    ]


def _unused(plan: Plan) -> Iterator[str]:
    if plan.unused:
        yield f"Not used, because the heading is not known: {', '.join(plan.unused)}."


def _counts(plan: Plan) -> Iterator[str]:
    words = WOULD if plan.dry_run else DONE
    for verdict in Verdict:
        yield f"{plan.counts[verdict]:>9,} {words[verdict]}"


def _changed(plan: Plan) -> Iterator[str]:
    if plan.changed:
        yield "Would change:" if plan.dry_run else "Changed:"
    rows = sorted(plan.changed, key=lambda row: row.lines.first)
    for row in rows[:LINES_SHOWN_MAX]:
        yield f"  {row.lines}: {', '.join(row.fields) or 'how it is found'}"
    yield from _more(len(rows))


def _refused(plan: Plan) -> Iterator[str]:
    if plan.refused:
        yield "Would be refused:" if plan.dry_run else "Refused:"
    rows = sorted(plan.refused, key=lambda row: row.lines.first)
    for row in rows[:LINES_SHOWN_MAX]:
        for problem in row.problems:
            yield f"  {row.lines}: {problem.field}: {problem.reason}"
    yield from _more(len(rows))
    if len(rows) > LINES_SHOWN_MAX:
        others = rows[LINES_SHOWN_MAX:]
        yield from _by_reason(f"{p.field}: {p.reason}" for row in others for p in row.problems)


def _more(count: int) -> Iterator[str]:
    if count > LINES_SHOWN_MAX:
        yield f"  and {_counted(count - LINES_SHOWN_MAX, 'more row')}"


def _by_reason(reasons: Iterable[str]) -> Iterator[str]:
    for reason, count in Counter(reasons).most_common(LINES_SHOWN_MAX):
        yield f"    {_counted(count, 'time')}: {reason}"


def _ending(plan: Plan) -> Iterator[str]:
    if plan.dry_run:
        yield "This was a dry run: nothing was written."
    if plan.stopped is not None:
        yield f"Stopped before the end. {plan.stopped}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
