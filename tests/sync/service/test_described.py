"""W1: what Schemathesis expects of a service that is described as this one is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from hypothesis import settings
from schemathesis import Case

from sync.service.bodies import COMPRESS_FROM_BYTES
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


@pytest.mark.parametrize(
    "asked", ["/v1/changes?wire=2&device={}", "/v1/snapshot?wire=2&device={}&scope=council"]
)
def test_what_is_more_than_a_little_comes_deflated_to_who_takes_that(
    asked: str, a_centre: str, session: requests.Session
) -> None:
    url = a_centre + asked.format(HERE)
    headers = CALLERS[HERE] | {"accept-encoding": "deflate"}
    packed = session.get(url, headers=headers)
    plain = session.get(url, headers=headers | {"accept-encoding": "identity"})
    assert packed.status_code == plain.status_code == 200, plain.text
    assert "content-encoding" not in plain.headers
    assert packed.json().keys() == plain.json().keys()
    is_little = len(plain.content) < COMPRESS_FROM_BYTES
    assert ("content-encoding" in packed.headers) is not is_little
    assert packed.headers.get("content-encoding", "deflate") == "deflate"
    # Rows of a council are more than a little.
    assert is_little is ("changes" in asked)


@DESCRIBED.parametrize()
@settings(max_examples=DRAWN_A_ROUTE, deadline=None)
def test_w1_every_route_answers_as_it_is_described(
    case: Case, a_centre: str, session: requests.Session
) -> None:
    case.call_and_validate(base_url=a_centre, session=session, headers=CALLERS[HERE])
