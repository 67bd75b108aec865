"""What a change costs on the line: pages of a morning's changes, as the service packs them."""

from __future__ import annotations

import statistics
from itertools import islice
from pathlib import Path

import httpx
import msgspec

from sync.desk import Desk
from sync.wire import ChangesPage
from tests import centres
from tests.benchmarks.council import Council, open_desk
from tests.benchmarks.figures import Figure
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.visitors import visitors
from tests.devices import device_of, proof_of
from visits.scopes import of_office

LIMIT_BYTES = 200
CHANGES_A_PAGE = 100
SCOPE = of_office(centres.OFFICE)


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure: the bytes of a page as they come over the line, by its changes."""
    clock = centres.SetClock()
    centre = centres.open_centre(centres.copied(council.centre / "centre.db", scratch))
    desk = open_desk(centres.copied(council.desk("desk-1") / "desk.db", scratch), clock)
    acts = visitors(desk, clock)
    pages = []
    with centres.served(centre, clock=clock) as address, _client(address) as client:
        # In the first page nearly all come and few are called yet: it is not counted.
        for _ in range(1 + sizes.pages):
            for act in islice(acts, CHANGES_A_PAGE):
                desk.issue(act, actor=centres.PERSON)
            reached = _reached(desk)
            centres.sync(desk, centre)
            pages.append(_page(client, reached))
    desk.node.database.close()
    centre.node.database.close()
    each = [packed / CHANGES_A_PAGE for packed, _ in pages[1:]]
    plain = statistics.mean(plain / CHANGES_A_PAGE for _, plain in pages[1:])
    figure = Figure(
        name="wire_bytes",
        value=round(statistics.mean(each), 1),
        unit="bytes",
        limit=LIMIT_BYTES,
        note=f"a change, in pages of {CHANGES_A_PAGE}; {min(each):.0f} to {max(each):.0f} over "
        f"{len(each)} pages, {plain:.0f} before they are packed",
    )
    return [figure]


def _client(address: str) -> httpx.Client:
    return httpx.Client(
        base_url=address, headers={"accept-encoding": "deflate"}, trust_env=False, timeout=30
    )


def _reached(desk: Desk) -> int:
    return desk.position()[1][SCOPE]


def _page(client: httpx.Client, after: int) -> tuple[int, int]:
    """The bytes of a body on the line, and unpacked."""
    asked = {"device": device_of("desk-2"), "after": f"{SCOPE}.{after}"}
    answer = client.get("/v1/changes", params=asked, headers=proof_of("desk-2")).raise_for_status()
    page = msgspec.json.decode(answer.content, type=ChangesPage)
    if len(page.changes) != CHANGES_A_PAGE:
        raise RuntimeError(f"the page has {len(page.changes)} changes")
    return answer.num_bytes_downloaded, len(answer.content)
