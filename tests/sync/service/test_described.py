"""W1: what Schemathesis expects of a service that is described as this one is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from hypothesis import settings
from schemathesis import Case

from sync.service.openapi import description
from sync.service.routes import STATUS
from tests.sync.service.described import schema_of
from tests.sync.service.drawing import CALLERS, HERE
from tests.sync.service.flood import small_centre

DRAWN_A_ROUTE = 40
DESCRIBED = schema_of(description("Test centre", STATUS))


@pytest.fixture(scope="module")
def a_centre() -> Iterator[str]:
    """The address of a small council's centre."""
    with small_centre("sqlite") as (_, url):
        yield url


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@DESCRIBED.parametrize()
@settings(max_examples=DRAWN_A_ROUTE, deadline=None)
def test_w1_every_route_answers_as_it_is_described(
    case: Case, a_centre: str, session: requests.Session
) -> None:
    case.call_and_validate(base_url=a_centre, session=session, headers=CALLERS[HERE])
