"""A centre of the shelves behind real sockets, once on each database."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sync.authority import Authority
from tests.centres import served


@pytest.fixture
def address(centre: Authority) -> Iterator[str]:
    """Where the centre listens."""
    with served(centre) as url:
        yield url


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    """A plain client of the centre."""
    with httpx.Client(base_url=address, trust_env=False, timeout=10) as client:
        yield client
