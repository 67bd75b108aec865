"""C5: a command that can never be done gets a stored refusal, and what stands behind it goes on."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from sync.authority import Authority
from sync.tables import command_log
from tests.sync.shelf import books

PUT_AT = "2026-11-24T09:00:00Z"


def an_envelope(number: int, args: str, **other: Any) -> str:
    """A command as JSON text, so that its arguments may be anything at all."""
    fields = {
        "id": f"poison-{number}",
        "device": "desk-1",
        "seq": number,
        "actor": "sian",
        "name": "book.put",
        "version": 1,
        "issued_at": PUT_AT,
    } | other
    return json.dumps(fields)[:-1] + f', "args": {args}}}'


def args_of(seq: int, **other: Any) -> str:
    fields = {
        "book_id": f"b{seq}",
        "shelf": "shelf:a",
        "place": seq,
        "title": "A book",
        "put_at": PUT_AT,
    } | other
    return json.dumps(fields)


def push(http: httpx.Client, *envelopes: str | bytes) -> httpx.Response:
    body = b",".join(e.encode() if isinstance(e, str) else e for e in envelopes)
    return http.post(
        "/v1/commands",
        content=b'{"wire":2,"device":"desk-1","epoch":null,"commands":[' + body + b"]}",
    )


def kept(centre: Authority) -> int:
    with centre.node.database.read() as session:
        return session.scalar(select(func.count()).select_from(command_log)) or 0


BAD_ARGUMENTS = {
    "not an object": "17",
    "null": "null",
    "an unknown field": args_of(1, colour="red"),
    "a field missing": "{}",
    "text for a number": args_of(1, place="first"),
    "a number beyond any column": args_of(1, place=10**30),
    "a number beyond 64 bits": args_of(1, place=2**63),
    "NUL in a text": args_of(1, title="a\0b"),
    "NUL in an id": args_of(1, book_id="b\0"),
    "NUL in a list": args_of(1, tags=["a\0"]),
    "half a surrogate pair": args_of(1).replace("A book", "\\ud800 x"),
    "no zone": args_of(1, put_at="2026-11-24T09:00:00"),
    "a number with an exponent beyond floats": args_of(1).replace(
        '"place": 1', '"place": 1e999999'
    ),
    "a scope of nobody": args_of(1, shelf="\0"),
    "bytes that are not UTF-8": args_of(1).encode().replace(b"A book", b"\xff\xfe"),
}


@pytest.mark.parametrize("bad", BAD_ARGUMENTS)
def test_c5_bad_arguments_never_block_what_stands_behind(
    http: httpx.Client, centre: Authority, bad: str
) -> None:
    args = BAD_ARGUMENTS[bad]
    poison = an_envelope(1, "ARGS").encode()
    poison = poison.replace(b"ARGS", args if isinstance(args, bytes) else args.encode())
    answer = push(http, poison, an_envelope(2, args_of(2)))
    if answer.status_code == 400:
        # The whole body is not JSON: no desk can have made it, and nothing was kept.
        assert answer.json()["code"] == "unreadable"
        assert kept(centre) == 0
        return
    assert answer.status_code == 200
    first, second = answer.json()["outcomes"]
    assert (first["state"], second["state"]) == ("refused", "accepted")
    assert [book["id"] for book in books(centre.node)] == ["b2"]
    assert push(http, poison).json()["outcomes"] == [first]


@pytest.mark.parametrize("place", [2**31, -(2**31) - 1])
def test_c5_a_number_beyond_the_column_is_decided_on_both_databases(
    http: httpx.Client, centre: Authority, place: int
) -> None:
    answer = push(http, an_envelope(1, args_of(1, place=place)), an_envelope(2, args_of(2)))
    states = [outcome["state"] for outcome in answer.json()["outcomes"]]
    assert states == ["accepted" if centre.node.database.is_sqlite else "refused", "accepted"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("book.break", "bug"),
        ("book.burst", "bug"),
        ("book.write_in_bulk", "bug"),
        ("book.put_unchecked", "bug"),
        ("book.fly", "unknown_command"),
    ],
)
def test_c5_a_handler_with_a_fault_is_refused_and_the_queue_moves_on(
    http: httpx.Client, centre: Authority, name: str, reason: str
) -> None:
    push(http, an_envelope(1, args_of(1)))
    args = {"book.write_in_bulk": '{"title": "x"}', "book.put_unchecked": args_of(1, book_id="b9")}
    poison = an_envelope(2, args.get(name, '{"book_id": "b1"}'), name=name)
    answer = push(http, poison, an_envelope(3, args_of(3)))
    assert answer.status_code == 200
    refused, accepted = answer.json()["outcomes"]
    assert (refused["state"], refused["reason"]) == ("refused", reason)
    assert accepted["state"] == "accepted"
    assert [book["id"] for book in books(centre.node)] == ["b1", "b3"]


def test_c5_a_deep_argument_is_refused_whole(http: httpx.Client, centre: Authority) -> None:
    answer = push(http, an_envelope(1, "[" * 200_000 + "]" * 200_000))
    assert answer.status_code == 400
    assert answer.json()["code"] == "unreadable"
    assert kept(centre) == 0
    assert push(http, an_envelope(1, args_of(1))).status_code == 200


BAD_ENVELOPES = {
    "no zone": {"issued_at": "2026-11-24T09:00:00"},
    "NUL in the id": {"id": "a\0"},
    "an id of 10,000 characters": {"id": "x" * 10_000},
    "an empty id": {"id": ""},
    "NUL in the device": {"device": "\0"},
    "NUL in the actor": {"actor": "\0"},
    "a name of 10,000 characters": {"name": "x" * 10_000},
    "a number of nought": {"seq": 0},
    "a number below nought": {"seq": -1},
    "a number beyond 64 bits": {"seq": 2**70},
    "a version below nought": {"version": -3},
    "a number as text": {"seq": "1"},
}


@pytest.mark.parametrize("bad", BAD_ENVELOPES)
def test_w1_an_envelope_that_no_desk_makes_is_refused_and_nothing_is_kept(
    http: httpx.Client, centre: Authority, bad: str
) -> None:
    answer = push(http, an_envelope(1, args_of(1), **BAD_ENVELOPES[bad]))
    assert answer.status_code == 400
    assert answer.json()["code"] == "unreadable"
    assert kept(centre) == 0


def test_o1_a_number_out_of_order_says_which_is_expected(http: httpx.Client) -> None:
    answer = push(http, an_envelope(7, args_of(1)))
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["expected"]) == ("out_of_order", 1)
