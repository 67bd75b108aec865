"""M10: no personal datum in a log, whatever goes wrong."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from sync.authority import Authority
from sync.logs import log_to
from sync.storage.sqlite import open_memory
from tests.centres import served
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
