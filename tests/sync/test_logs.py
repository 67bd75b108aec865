"""M10: no personal datum in a log, an address or a header, whatever goes wrong."""

from __future__ import annotations

import io
import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from msgspec.structs import replace
from sqlalchemy import text

from sync.authority import Authority
from sync.logs import log_to
from sync.service import routes
from sync.storage.sqlite import open_memory
from sync.upstream.http import HttpUpstream
from tests.centres import served
from tests.rounds import drive
from tests.sync import shelf
from tests.sync.service.test_poison import an_envelope, args_of, push

PLANTED = "Amira Okonkwo-Planted"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that this process logs, at the most talkative level."""
    stream = io.StringIO()
    level = logging.getLogger().level
    handler = log_to(stream, logging.DEBUG)
    yield stream
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_m10_a_name_in_a_command_is_in_no_log(logged: io.StringIO) -> None:
    centre = shelf.a_centre(open_memory())
    with served(centre) as url, httpx.Client(base_url=url, trust_env=False) as client:
        push(client, an_envelope(1, args_of(1, title=PLANTED)))
        push(client, an_envelope(2, args_of(2, title=PLANTED, place=PLANTED)))
        push(client, an_envelope(3, args_of(3, title=PLANTED), name="book.put_unchecked"))
        push(client, an_envelope(4, args_of(4, book_id=PLANTED), name="book.break"))
        push(client, an_envelope(2, args_of(9, title=PLANTED)))
        client.get("/v1/snapshot", params={"device": PLANTED, "scope": PLANTED})
        client.get("/v1/" + PLANTED)
    assert PLANTED not in logged.getvalue()


@pytest.fixture
def heads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address and every header that services of this test get and give."""
    found: list[str] = []
    made = routes.application

    def application(service: routes.Service) -> Any:
        inner = made(service)

        async def listened_to(scope: Any, receive: Any, send: Any) -> None:
            async def given(message: Any) -> None:
                found.append(repr(message.get("headers")))
                await send(message)

            asked = [scope.get(part) for part in ("path", "query_string", "headers")]
            found.append(repr(asked))
            await inner(scope, receive, given)

        return listened_to

    monkeypatch.setattr(routes, "application", application)
    return found


def test_m10_what_is_said_of_a_person_is_in_no_address_and_no_header(heads: list[str]) -> None:
    centre, desk, other = (
        shelf.a_centre(open_memory()),
        shelf.a_desk(open_memory(), "desk-1"),
        shelf.a_desk(open_memory(), "desk-2"),
    )
    for device, book_id in ((desk, "planted"), (other, "refused")):
        # Of the same place: the centre refuses the second of them.
        device.issue(replace(shelf.a_book(book_id), title=PLANTED), actor="tom")
    with served(centre) as url:
        for each in (desk, other, desk):
            upstream = HttpUpstream(url, device=each.device)
            drive(each, lambda request, line=upstream: line.send(request, timeout_s=10))
            next(upstream.pokes())
            upstream.close()
    assert PLANTED in str(shelf.books(other.node))
    told = " ".join(heads)
    for place in ("/v1/commands", "/v1/changes", "/v1/snapshot", "/v1/events"):
        assert place in told
    for word in (PLANTED, *PLANTED.split(), quote(PLANTED), b64encode(PLANTED.encode()).decode()):
        assert word not in told


def test_m10_a_bug_at_the_edge_is_logged_with_its_places_and_without_its_words(
    logged: io.StringIO,
) -> None:
    centre = shelf.a_centre(open_memory())

    def allowed(session: object, device: str) -> frozenset[str]:
        raise ValueError(f"no such person: {PLANTED}")

    with served(Authority(centre.node, allowed)) as url:
        answer = httpx.get(f"{url}/v1/changes", params={"device": "d"}, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert PLANTED not in answer.text
    (failed,) = [line for line in lines(logged) if line["event"] == "a request failed"]
    assert failed["level"] == "error"
    assert failed["error"][0]["kind"] == "ValueError"  # type: ignore[index]
    assert any("test_logs" in place for place in failed["error"][0]["places"])  # type: ignore[index]
    assert PLANTED not in logged.getvalue()


def test_m10_a_statement_that_fails_is_logged_without_its_values(logged: io.StringIO) -> None:
    database = open_memory()
    log = logging.getLogger("sync.test")
    try:
        with database.read() as session:
            session.execute(text("SELECT :name FROM nowhere"), {"name": PLANTED})
    except Exception:
        log.exception("it failed for %s", PLANTED)
    assert "nowhere" not in logged.getvalue()
    assert PLANTED not in logged.getvalue()
    (line,) = [line for line in lines(logged) if line["logger"] == "sync.test"]
    assert [error["kind"] for error in line["error"]] == [  # type: ignore[attr-defined]
        "StorageFailed",
        "OperationalError",
        "OperationalError",
    ]
