"""W1: what Schemathesis expects of a service that is described as this one is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from hypothesis import settings
from schemathesis import Case

from sync.proof import Audience
from sync.service.openapi import description
from sync.service.routes import STATUS
from sync.service.senders import proven
from tests.centres import served
from tests.databases import centre_database
from tests.devices import proof_of
from tests.sync.service.described import EPOCH, HERE, schema_of
from tests.visits.council import Council
from visits.central.opening import authority_over
from visits.scopes import carries

DRAWN_A_ROUTE = 40
DESCRIBED = schema_of(description("Test centre", STATUS))


@pytest.fixture(scope="module")
def a_centre() -> Iterator[str]:
    """The address of a small council's centre."""
    with centre_database("sqlite") as database:
        authority = authority_over(database)
        authority.found(EPOCH)
        Council(authority.node).found()
        with served(authority, may_speak=proven(database, Audience.CENTRE, carries)) as url:
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
    case.call_and_validate(base_url=a_centre, session=session, headers=proof_of(HERE))
