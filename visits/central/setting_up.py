"""What every new centre holds from the start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sync.node import Node
from visits.calendar.bank_holidays import NATIONS, published
from visits.central.issuing import issue_as_centre
from visits.imports.commands import TakeIn
from visits.scopes import COUNCIL


def take_in_bank_holidays(node: Node, *, new_id: Callable[[], str], now: datetime) -> int:
    """Take in the published bank holidays of every nation; says how many days."""
    rows = [
        {
            "id": f"{nation}:{on_date}",
            "scope": COUNCIL,
            "nation": nation,
            "on_date": on_date.isoformat(),
            "title": title,
        }
        for nation in NATIONS
        for on_date, title in sorted(published(nation).items())
    ]
    issue_as_centre(node, TakeIn(tables={"bank_holiday": rows}), new_id=new_id, now=now)
    return len(rows)
