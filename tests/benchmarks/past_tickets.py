"""Years of past tickets, put straight into a desk's database as its commands would have left them.

Each day of the office has the same mixture: most were finished, some left, some were not there when
called, and a few were still in the queue when the doors closed.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import sqlcipher3.dbapi2 as driver

from tests import centres
from visits.calendar.local_time import local_date
from visits.scopes import of_office

TICKETS_A_DAY = 1_200
DAY_MS = 24 * 60 * 60 * 1_000
OPEN_MS = 8 * 60 * 60 * 1_000
OPENS = time(9, tzinfo=UTC)
AT_ONCE = 300_000
"""Tickets a statement: each is a transaction without a journal."""

LIVES = {
    "finished": (("waiting", 0), ("called", 12), ("serving", 13), ("finished", 28)),
    "left": (("waiting", 0), ("left", 21)),
    "no_show": (("waiting", 0), ("called", 15), ("no_show", 18)),
    "waiting": (("waiting", 0),),
}
"""The states of a past ticket, and after how many minutes it came to each."""
STATE = """CASE
    WHEN k % 100 = 7 THEN 'waiting' WHEN k % 25 = 1 THEN 'no_show' WHEN k % 10 = 0 THEN 'left'
    ELSE 'finished' END"""
ID = "printf('%08x-%04x-7%03x-8%03x-%012x', at >> 16, at & 65535, {n}, k % 4096, k)"
"""As the ids that desks make: by time."""

PAST = f"""WITH RECURSIVE
    n(k) AS (SELECT :first UNION ALL SELECT k + 1 FROM n WHERE k + 1 < :until),
    dated AS (SELECT k, k % {TICKETS_A_DAY} AS nth, :days - 1 - k / {TICKETS_A_DAY} AS back FROM n),
    timed AS (
        SELECT k, nth, :newest_at - (back / 5 * 7 + back % 5) * {DAY_MS}
            + nth * {OPEN_MS} / {TICKETS_A_DAY} AS at
        FROM dated
    ),
    past AS (SELECT k, nth, at, {STATE} AS life FROM timed)
"""
STRETCHES = f"""{PAST}
    INSERT INTO stretch (id, scope, office_id, ticket_id, state, from_at, to_at, before_id,
        service_id, staff_id, desk_id, reason, undone)
    SELECT {ID.format(n="nr")}, :scope, :office, {ID.format(n=4095)}, life_step.state,
        at + from_ms, at + to_ms, CASE WHEN nr THEN {ID.format(n="nr - 1")} END,
        service.id, CASE WHEN nr THEN staff.id END, CASE WHEN nr THEN desk.id END, '', 0
    FROM past JOIN life_step USING (life)
    JOIN some_id AS service ON service.kind = 'service' AND service.nth = k % :services
    JOIN some_id AS staff ON staff.kind = 'staff_member' AND staff.nth = k % :officers
    JOIN some_id AS desk ON desk.kind = 'desk' AND desk.nth = k % :desks
"""
TICKETS = f"""{PAST}
    INSERT INTO ticket (id, scope, office_id, number, number_on, source, state, customer_id,
        service_id, appointment_id, staff_id, desk_id, priority, wants_private, access_needs, note,
        arrived_at, clock_from_at, first_called_at, stretch_id)
    SELECT {ID.format(n=4095)}, :scope, :office, 'A' || (past.nth + 1),
        date(at / 1000, 'unixepoch'), 'walk_in', life, customer.id, service.id, NULL,
        CASE WHEN last_nr THEN staff.id END, CASE WHEN last_nr THEN desk.id END,
        0, 0, '[]', '', at, at, at + called_ms, {ID.format(n="last_nr")}
    FROM past JOIN life_end USING (life)
    JOIN some_id AS customer ON customer.kind = 'customer' AND customer.nth = k % :customers
    JOIN some_id AS service ON service.kind = 'service' AND service.nth = k % :services
    JOIN some_id AS staff ON staff.kind = 'staff_member' AND staff.nth = k % :officers
    JOIN some_id AS desk ON desk.kind = 'desk' AND desk.nth = k % :desks
"""


def add_past_tickets(desk_file: Path, count: int) -> None:
    """Put so many tickets of the days before today into a desk's closed database."""
    raw = _opened(desk_file)
    given = _ids(raw) | _lives(raw) | _days(count)
    for first in range(0, count, AT_ONCE):
        part = given | {"first": first, "until": min(count, first + AT_ONCE)}
        raw.execute(TICKETS, part)
        raw.execute(STRETCHES, part)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.close()


def _opened(path: Path) -> driver.Connection:
    """Nothing of it need survive a power cut while it is filled."""
    raw = driver.connect(str(path), isolation_level=None)
    for pragma in (
        f"key = \"x'{centres.KEY.hex()}'\"",
        "journal_mode = OFF",
        "synchronous = OFF",
        "temp_store = MEMORY",
        "cache_size = -200000",
    ):
        raw.execute(f"PRAGMA {pragma}")
    return raw


def _ids(raw: driver.Connection) -> dict[str, int]:
    """Who and what past tickets were of; says how many of each."""
    raw.execute("CREATE TEMP TABLE some_id (kind, nth, id, PRIMARY KEY (kind, nth)) WITHOUT ROWID")
    counts = {}
    for given, kind in (
        ("services", "service"),
        ("officers", "staff_member"),
        ("desks", "desk"),
        ("customers", "customer"),
    ):
        where = f"WHERE office_id = '{centres.OFFICE}'" if kind == "desk" else ""
        found = raw.execute(f"SELECT id FROM {kind} {where} ORDER BY id").fetchall()
        rows = [(kind, nth, row_id) for nth, (row_id,) in enumerate(found)]
        raw.executemany("INSERT INTO some_id VALUES (?, ?, ?)", rows)
        counts[given] = len(rows)
    return counts


def _lives(raw: driver.Connection) -> dict[str, str]:
    raw.execute("CREATE TEMP TABLE life_step (life, nr, state, from_ms, to_ms)")
    raw.execute("CREATE TEMP TABLE life_end (life PRIMARY KEY, last_nr, called_ms)")
    for life, steps in LIVES.items():
        begins = [minutes * 60_000 for _, minutes in steps]
        called = next(
            (ms for (state, _), ms in zip(steps, begins, strict=True) if state == "called"), None
        )
        raw.execute("INSERT INTO life_end VALUES (?, ?, ?)", (life, len(steps) - 1, called))
        for nr, (state, _) in enumerate(steps):
            ends = begins[nr + 1] if nr + 1 < len(steps) else None
            row = (life, nr, state, begins[nr], ends)
            raw.execute("INSERT INTO life_step VALUES (?, ?, ?, ?, ?)", row)
    return {"scope": of_office(centres.OFFICE), "office": centres.OFFICE}


def _days(count: int) -> dict[str, int]:
    """Working days up to the Friday before today."""
    today = local_date(centres.MORNING)
    friday = today - timedelta(days=(today.weekday() + 3) % 7 or 7)
    newest_at = datetime.combine(friday, OPENS)
    return {"days": -(-count // TICKETS_A_DAY), "newest_at": int(newest_at.timestamp()) * 1_000}
