"""W1: a short run of the flood, on both databases; the long one is a command of its own."""

from __future__ import annotations

import pytest

from tests.sync.service.flood import Drawing, flood

REQUESTS = 250


@pytest.mark.parametrize("drawing", Drawing)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_w1_drawn_requests_break_no_promise(kind: str, drawing: Drawing) -> None:
    flooded = flood(kind, REQUESTS, drawing=drawing, seed=1)
    assert flooded.answers.total() >= REQUESTS
    assert flooded.answers["200"] > REQUESTS / 20
    assert len(flooded.answers) > 6
