"""W2: a device speaks for itself alone, whatever it asks; a relay brings what others issued."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy.orm import Session

from sync.authority import Authority
from sync.proof import Audience
from sync.service.senders import nobody_carries, proven
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from sync.wire import PushCommands, encode
from tests.centres import served
from tests.devices import device_of, proof_of
from tests.sync import shelf
from tests.sync.shelf import a_book

MINE, ANOTHER_S, RELAY = "mine", "another's", "relay"


def carries(session: Session, device: str) -> bool:
    return device == device_of(RELAY)


@pytest.fixture
def http(centre: Authority) -> Iterator[httpx.Client]:
    """A plain client of a centre that asks for proof."""
    checked = proven(centre.node.database, Audience.CENTRE, carries)
    with (
        served(centre, may_speak=checked) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=10) as client,
    ):
        yield client


def a_push(device: str, *, issued_by: str = "") -> bytes:
    """A batch of one command, in the name of a device."""
    desk = shelf.a_desk(open_memory(), "anyone")
    envelope = desk.node.registry.seal(
        a_book(),
        id="c1",
        device=device_of(issued_by or device),
        seq=1,
        actor="sian",
        issued_at=shelf.START,
    )
    return encode(PushCommands(device=device_of(device), epoch=None, commands=[envelope]))


def asked(http: httpx.Client, what: str, device: str, headers: dict[str, str]) -> httpx.Response:
    if what == "commands":
        return http.post("/v1/commands", content=a_push(device), headers=headers)
    params = {"device": device_of(device)} | ({"scope": "shelf:a"} if what == "snapshot" else {})
    # A stream is asked for by its head alone: it does not end.
    method = "HEAD" if what == "events" else "GET"
    return http.request(method, f"/v1/{what}", params=params, headers=headers)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"] if answer.content else ""


EVERY_ROUTE = pytest.mark.parametrize("what", ["commands", "changes", "snapshot", "events"])


@EVERY_ROUTE
def test_w2_a_device_that_proves_itself_is_answered(http: httpx.Client, what: str) -> None:
    assert asked(http, what, MINE, proof_of(MINE)).status_code == 200


@EVERY_ROUTE
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer " + "0" * 64},
        {"authorization": "Basic " + proof_of(MINE)["authorization"].split()[1]},
    ],
)
def test_w2_who_proves_nothing_is_told_how_it_is_done(
    http: httpx.Client, centre: Authority, what: str, headers: dict[str, str]
) -> None:
    answer = asked(http, what, MINE, headers)
    assert said(answer) in ((401, "device_not_proven"), (401, ""))
    assert answer.headers["www-authenticate"] == "Bearer"
    assert nothing_was_decided(centre)


@EVERY_ROUTE
@pytest.mark.parametrize(
    "headers", [proof_of(ANOTHER_S), proof_of(MINE, Audience.RELAY)], ids=["another's", "a relay's"]
)
def test_w2_a_device_cannot_speak_as_another(
    http: httpx.Client, centre: Authority, what: str, headers: dict[str, str]
) -> None:
    assert said(asked(http, what, MINE, headers)) in ((403, "device_not_allowed"), (403, ""))
    assert nothing_was_decided(centre)


def test_w2_a_command_of_another_is_not_taken_among_one_s_own(
    http: httpx.Client, centre: Authority
) -> None:
    smuggled = a_push(MINE, issued_by=ANOTHER_S)
    answer = http.post("/v1/commands", content=smuggled, headers=proof_of(MINE))
    assert said(answer) == (403, "device_not_allowed")
    assert nothing_was_decided(centre)


def test_w2_another_s_outcome_is_not_told_to_who_repeats_its_command(http: httpx.Client) -> None:
    assert asked(http, "commands", MINE, proof_of(MINE)).status_code == 200
    again = asked(http, "commands", MINE, proof_of(ANOTHER_S))
    assert "outcomes" not in json.loads(again.content)


def test_w2_a_relay_brings_what_its_desks_issued(http: httpx.Client) -> None:
    answer = asked(http, "commands", MINE, proof_of(RELAY))
    assert [each["state"] for each in answer.json()["outcomes"]] == ["accepted"]


@pytest.mark.parametrize("what", ["changes", "snapshot", "events"])
def test_w2_a_relay_reads_and_listens_as_itself_alone(http: httpx.Client, what: str) -> None:
    assert said(asked(http, what, MINE, proof_of(RELAY))) in (
        (403, "device_not_allowed"),
        (403, ""),
    )
    assert asked(http, what, RELAY, proof_of(RELAY)).status_code == 200


def test_w2_a_relay_brings_commands_of_one_device_at_a_time(
    http: httpx.Client, centre: Authority
) -> None:
    for device, issued_by in ((MINE, ANOTHER_S), (RELAY, MINE)):
        smuggled = a_push(device, issued_by=issued_by)
        answer = http.post("/v1/commands", content=smuggled, headers=proof_of(RELAY))
        assert said(answer) == (403, "device_not_allowed")
    assert nothing_was_decided(centre)


def test_w2_at_a_relay_each_desk_speaks_for_itself() -> None:
    may_speak = proven(open_memory(), Audience.RELAY, nobody_carries)
    shown = proof_of(MINE, Audience.RELAY)["authorization"].removeprefix("Bearer ")
    assert may_speak(shown, {device_of(MINE)}, True) is None
    assert may_speak(shown, {device_of(ANOTHER_S)}, True) == "device_not_allowed"


def nothing_was_decided(centre: Authority) -> bool:
    with centre.node.database.read() as session:
        return session.execute(command_log.select()).first() is None
