"""Fills an empty centre with the invented council, by the same command that takes in lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice

from sync.node import Node
from visits.calendar.bank_holidays import published
from visits.calendar.local_time import local_date
from visits.central.issuing import issue_as_centre
from visits.imports.commands import ROWS_A_BATCH_MAX, TakeIn
from visits.sample.calendar import calendar
from visits.sample.council import OFFICES, office_id, reference
from visits.sample.morning import morning
from visits.sample.people import Image, Resident, people

Piece = tuple[str, Image]
RESIDENTS_MET_MAX = 5_000
"""Of all the people there are, so many have appointments and visits."""


class SampleRefused(RuntimeError):
    """The centre refused its own sample: a defect of the generator."""


def fill_with_sample(
    node: Node, *, customers: int, seed: int, new_id: Callable[[], str], now: datetime
) -> None:
    """Take in the invented council. `now` is the moment its morning is in progress."""
    for batch in _batches(sample(seed, customers=customers, now=now)):
        outcome = issue_as_centre(node, TakeIn(tables=batch), new_id=new_id, now=now)
        if outcome.state != "accepted":
            raise SampleRefused(f"{outcome.reason}: {dict(outcome.data)}")


def sample(seed: int, *, customers: int, now: datetime) -> Iterator[Piece]:
    """Every row of the sample with its table, in an order in which they can be taken in."""
    offices = [office_id(key) for key, *_ in OFFICES]
    yield from _pieces(reference(seed, now))
    residents: list[Resident] = []
    for person in people(customers, seed=seed, office_ids=offices, today=local_date(now)):
        yield "customer", person.card
        yield "customer_details", person.details
        if len(residents) < RESIDENTS_MET_MAX:
            residents.append(Resident.of(person))
    closed = frozenset(published("england-and-wales"))
    for day in calendar(seed, now=now, residents=residents, closed=closed):
        yield from _pieces(day)
    for office in offices:
        yield from _pieces(morning(seed, office, now=now, residents=residents, closed=closed))


def _pieces(rows: dict[str, list[Image]]) -> Iterator[Piece]:
    for table, images in rows.items():
        for image in images:
            yield table, image


def _batches(pieces: Iterable[Piece]) -> Iterator[dict[str, list[dict[str, object]]]]:
    remaining = iter(pieces)
    while batch := list(islice(remaining, ROWS_A_BATCH_MAX)):
        tables: dict[str, list[dict[str, object]]] = {}
        for table, image in batch:
            tables.setdefault(table, []).append(image)
        yield tables
