"""W1: whatever is sent is answered as described, never with 5xx, and nothing of it is kept."""

from __future__ import annotations

import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from sync.authority import Authority
from sync.service import bodies
from sync.service.routes import STATUS
from sync.storage.sqlite import open_memory
from tests.centres import served
from tests.sync import shelf
from tests.sync.service.test_poison import an_envelope, args_of, kept


def batched(body: bytes, size: int) -> Iterator[bytes]:
    """A body in pieces."""
    return (body[start : start + size] for start in range(0, len(body), size))


QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PATHS = ("/v1/commands", "/v1/changes", "/v1/snapshot", "/v1/health", "/v1/openapi.json")


@pytest.fixture(scope="module")
def lone_centre() -> Iterator[Authority]:
    """One centre for many requests, none of which is kept."""
    database = open_memory()
    yield shelf.a_centre(database)
    database.close()


@pytest.fixture(scope="module")
def client(lone_centre: Authority) -> Iterator[httpx.Client]:
    with served(lone_centre) as url, httpx.Client(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    return client.get("/v1/openapi.json").json()  # type: ignore[no-any-return]


def is_as_described(answer: httpx.Response, description: dict[str, Any]) -> None:
    """The status is one the description gives for this route, and the body fits its schema."""
    route = description["paths"][answer.request.url.path]
    given = route[answer.request.method.lower()]["responses"]
    assert str(answer.status_code) in given, answer.text
    schema = given[str(answer.status_code)]["content"]["application/json"]["schema"]
    whole = {"components": description["components"], **schema}
    OAS31Validator(whole).validate(answer.json())


def test_the_description_is_valid_openapi(description: dict[str, Any]) -> None:
    validate(description)


def test_every_failure_has_its_code_in_the_description(description: dict[str, Any]) -> None:
    text = json.dumps(description)
    assert all(code in text for code in STATUS)


@QUICK
@given(body=st.binary(max_size=300), path=st.sampled_from(PATHS))
def test_w1_any_bytes_to_any_route_are_answered_with_4xx_and_kept_nowhere(
    client: httpx.Client,
    lone_centre: Authority,
    description: dict[str, Any],
    body: bytes,
    path: str,
) -> None:
    answer = client.post(path, content=body)
    assert 400 <= answer.status_code < 500
    assert STATUS[answer.json()["code"]] == answer.status_code
    assert kept(lone_centre) == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
FIELDS = ("id", "device", "seq", "actor", "name", "version", "args")
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "wire": JSON | st.just(2),
        "device": JSON | st.just("desk-1"),
        "epoch": JSON | st.none(),
        "commands": st.lists(
            st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)), max_size=3
        ),
    },
)


@QUICK
@given(body=NEARLY)
def test_w1_bodies_that_are_nearly_right_are_answered_as_described(
    client: httpx.Client, lone_centre: Authority, description: dict[str, Any], body: Any
) -> None:
    answer = client.post("/v1/commands", content=json.dumps(body))
    assert answer.status_code < 500
    is_as_described(answer, description)
    assert kept(lone_centre) == 0


@QUICK
@given(
    path=st.sampled_from(["/v1/changes", "/v1/snapshot"]),
    asked=st.lists(
        st.tuples(
            st.sampled_from(["wire", "device", "epoch", "after", "scope", "other"]),
            st.text(max_size=30) | st.sampled_from(["1", "shelf:a", "shelf:a.0", "epoch-1", "d"]),
        ),
        max_size=6,
    ),
)
def test_w1_any_query_is_answered_as_described(
    client: httpx.Client, description: dict[str, Any], path: str, asked: list[tuple[str, str]]
) -> None:
    try:
        answer = client.get(path, params=asked)
    except UnicodeEncodeError:
        # Half a surrogate pair cannot be put into a URL at all.
        return
    assert answer.status_code < 500
    is_as_described(answer, description)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nowhere", 404, "no_such_route"),
        ("GET", "/", 404, "no_such_route"),
        ("GET", "/v1/commands", 405, "method_not_allowed"),
        ("DELETE", "/v1/changes", 405, "method_not_allowed"),
        ("GET", "/v1/changes", 400, "unreadable"),
        ("GET", "/v1/changes?device=d&after=x", 400, "unreadable"),
        ("GET", "/v1/changes?device=d&after=x.-1", 400, "unreadable"),
        ("GET", "/v1/changes?device=d&after=x.99999999999999999999", 400, "unreadable"),
        ("GET", "/v1/changes?device=d&wire=3", 409, "other_version"),
        ("GET", "/v1/changes?device=d&epoch=another", 409, "other_epoch"),
        ("GET", "/v1/changes?device=%00", 400, "unreadable"),
        ("GET", "/v1/changes?device=" + "d" * 201, 400, "unreadable"),
        ("GET", "/v1/changes?device=d" + "&after=x.1" * 101, 400, "unreadable"),
        ("GET", "/v1/snapshot?device=d", 400, "unreadable"),
        ("GET", "/v1/snapshot?device=d&scope=shelf:z", 403, "scope_not_allowed"),
        ("GET", "/v1/events", 400, "unreadable"),
        ("GET", "/v1/events?device=%00", 400, "unreadable"),
    ],
)
def test_each_failure_has_its_status_and_code(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_body_of_a_later_version_is_told_so_whatever_its_shape(client: httpx.Client) -> None:
    answer = client.post("/v1/commands", content=b'{"wire": 3, "batch": {"is": "otherwise"}}')
    assert (answer.status_code, answer.json()["code"]) == (409, "other_version")


def test_fields_that_a_later_version_adds_are_let_pass(
    client: httpx.Client, lone_centre: Authority
) -> None:
    body = b'{"wire": 2, "device": "d", "epoch": null, "commands": [], "priority": 3}'
    assert client.post("/v1/commands", content=body).status_code == 200


def test_a_batch_has_at_most_a_hundred_commands(
    client: httpx.Client, lone_centre: Authority
) -> None:
    commands = ",".join(an_envelope(n, args_of(n)) for n in range(1, 102))
    body = f'{{"device": "desk-1", "epoch": null, "commands": [{commands}]}}'
    answer = client.post("/v1/commands", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
    assert kept(lone_centre) == 0


@pytest.mark.parametrize("size", [bodies.BODY_BYTES_MAX + 1, 100_000_000])
def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_its_length(
    client: httpx.Client, lone_centre: Authority, size: int
) -> None:
    large = b" " * size
    told = client.post("/v1/commands", content=large)
    untold = client.post("/v1/commands", content=batched(large, 1_000_000))
    for answer in (told, untold):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("packing", "body", "status", "code"),
    [
        ("deflate", zlib.compress(b" " * 200_000_000, 9), 413, "too_large"),
        ("deflate", b"not packed at all", 400, "unreadable"),
        ("deflate", zlib.compress(b"{}" * 1_000)[:-9], 400, "unreadable"),
        ("gzip", b"{}", 415, "unsupported_encoding"),
        ("deflate, deflate", b"{}", 415, "unsupported_encoding"),
    ],
    ids=["a bomb", "not packed", "cut short", "gzip", "twice"],
)
def test_a_packed_body_is_unpacked_within_limits(
    client: httpx.Client, packing: str, body: bytes, status: int, code: str
) -> None:
    headers = {"content-encoding": packing}
    answer = client.post("/v1/commands", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_packed_batch_is_decided_like_a_plain_one(http: httpx.Client, centre: Authority) -> None:
    body = f'{{"device": "desk-1", "epoch": null, "commands": [{an_envelope(1, args_of(1))}]}}'
    packed = zlib.compress(body.encode())
    answer = http.post("/v1/commands", content=packed, headers={"content-encoding": "deflate"})
    assert answer.json()["outcomes"][0]["state"] == "accepted"
    assert http.post("/v1/commands", content=body).json() == answer.json()


def test_a_body_that_does_not_come_is_given_up(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_TIME_MAX_S", 0.2)
    at = urlsplit(str(client.base_url))
    with socket.create_connection((at.hostname, at.port), timeout=5) as line:
        line.sendall(b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        began = time.monotonic()
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"too_slow" in answer
        assert time.monotonic() - began < 3


RAW = {
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
    "a header without end": b"GET /v1/changes HTTP/1.1\r\nX: " + b"y" * 200_000,
    "a length below nought": b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
    b"Content-Length: 3\r\n\r\n{}",
    "a chunk that is none": b"POST /v1/commands HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
}


@pytest.mark.parametrize("raw", RAW)
def test_w1_what_is_not_http_is_answered_with_4xx_and_the_service_goes_on(
    client: httpx.Client, raw: str
) -> None:
    at = urlsplit(str(client.base_url))
    with socket.create_connection((at.hostname, at.port), timeout=10) as line:
        line.sendall(RAW[raw])
        assert line.recv(65_536).startswith(b"HTTP/1.1 4")
    assert client.get("/v1/health").json()["up"] is True


def test_a_head_of_the_events_ends_at_once(client: httpx.Client) -> None:
    answer = client.head("/v1/events", params={"device": "d"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_no_desk_may_speak_as_the_centre_itself(lone_centre: Authority) -> None:
    body = {
        "device": "desk-1",
        "epoch": None,
        "commands": [json.loads(an_envelope(1, args_of(1), device="centre"))],
    }
    with served(lone_centre, reserved=frozenset({"centre"})) as url:
        answer = httpx.post(f"{url}/v1/commands", json=body, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "device_not_allowed")
    assert kept(lone_centre) == 0
