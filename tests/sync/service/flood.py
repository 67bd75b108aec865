"""`python -m tests.sync.service.flood`: 100,000 drawn requests to the running centre.

No 500, no hang, every answer as described, and nothing written by a request that was refused.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from sqlalchemy import func, select

from sync.authority import Authority
from sync.command import Registry
from sync.proof import Audience
from sync.service.routes import STATUS
from sync.service.senders import proven
from sync.storage.database import Database
from sync.storage.sqlite import open_file
from sync.sums import sum_of_scope
from sync.tables import command_log, device, scope_counter
from tests.centres import served
from tests.databases import centre_database
from tests.sync.service.described import EPOCH, described
from tests.sync.service.drawing import Asked, requests
from tests.visits.council import Council
from visits.access.rules import CENTRE
from visits.central.opening import authority_over
from visits.scopes import carries

PART = 2_500
"""Requests drawn by one run of Hypothesis, which remembers what it drew."""
HANG_S = 20.0


class Drawing(StrEnum):
    """Who draws the requests."""

    OWN = "own"
    """Commands that this service knows, and bytes that are wild."""
    SCHEMATHESIS = "schemathesis"
    """From the description alone, by what a stranger would expect of it."""


Draws = Callable[[dict[str, Any], Registry], st.SearchStrategy[Asked]]
DRAWINGS: dict[Drawing, Draws] = {
    Drawing.OWN: requests,
    Drawing.SCHEMATHESIS: lambda description, registry: described(description),
}


class Flood:
    """A centre of a small council, a client of it, and what was answered so far."""

    def __init__(self, authority: Authority, client: httpx.Client) -> None:
        self._authority = authority
        self._client = client
        self.description: dict[str, Any] = client.get("/v1/openapi.json").json()
        self.answers: Counter[str] = Counter()
        self.longest_s = 0.0
        self._validators: dict[str, OAS31Validator] = {}

    def run(self, count: int, *, drawing: Drawing, seed: int) -> None:
        """Send so many drawn requests. Raises AssertionError at the first that breaks a promise."""
        drawn = DRAWINGS[drawing](self.description, self._authority.node.registry)

        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(asked=drawn)
        def each(asked: Asked) -> None:
            self.ask(asked)

        seeded(seed)(each)()
        self.check_rows()

    def check_rows(self) -> None:
        """No row has changed but by what was decided, and nobody is noted who has done nothing."""
        node = self._authority.node
        with node.database.read() as session:
            told = session.execute(select(scope_counter.c.scope, scope_counter.c.sum)).all()
            for scope, total in told:
                assert sum_of_scope(node, session, scope) == total, f"rows of {scope} have changed"
            noted = set(session.scalars(select(device.c.device)))
            issued = set(session.scalars(select(command_log.c.device)))
        assert noted <= issued

    def ask(self, asked: Asked) -> None:
        """Send one request and check its answer."""
        before = self._written()
        began = time.monotonic()
        try:
            answer = self._client.request(
                asked.method,
                asked.path,
                params=asked.query,
                content=asked.body or None,
                headers=asked.headers,
            )
        except (UnicodeEncodeError, httpx.LocalProtocolError, httpx.InvalidURL):
            # Half a surrogate pair and 64 KiB fit into no URL, a line's end fits into no header.
            self.answers["not sent"] += 1
            return
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        self._check(asked, answer, written=self._written() - before)

    def _check(self, asked: Asked, answer: httpx.Response, *, written: int) -> None:
        name = f"{asked.method} {asked.path}"
        assert answer.status_code < 500, f"{name}: {answer.status_code} {answer.text[:300]}"
        if answer.status_code >= 400:
            assert written == 0, f"{name}: {answer.status_code} and {written} rows written"
            code = answer.json()["code"] if asked.method != "HEAD" and answer.content else "-"
            assert code == "-" or STATUS[code] == answer.status_code, name
            self.answers[f"{answer.status_code} {code}"] += 1
        else:
            self.answers[str(answer.status_code)] += 1
        self._check_described(asked, answer)
        asked.judge(answer)

    def _check_described(self, asked: Asked, answer: httpx.Response) -> None:
        route = self.description["paths"].get(asked.path, {}).get(asked.method.lower())
        if route is None:
            return
        given = route["responses"].get(str(answer.status_code))
        assert given, f"{asked.method} {asked.path}: {answer.status_code} is not described"
        shown = given["content"].get("application/json")
        if shown:
            self._validator(shown["schema"]).validate(answer.json())

    def _validator(self, schema: dict[str, Any]) -> OAS31Validator:
        key = str(schema)
        if key not in self._validators:
            whole = {"components": self.description["components"], **schema}
            self._validators[key] = OAS31Validator(whole)
        return self._validators[key]

    def _written(self) -> int:
        with self._authority.node.database.read() as session:
            decided = session.scalar(select(func.max(command_log.c.position))) or 0
            changed = session.scalar(select(func.sum(scope_counter.c.number))) or 0
            return decided + int(changed)


def utc_now() -> datetime:
    """Now: which devices were seen is written down as time goes on."""
    return datetime.now(UTC)


@contextmanager
def _database(kind: str) -> Iterator[Database]:
    """Of several connections: a service that watches reads while it decides."""
    if kind != "sqlite":
        with centre_database(kind) as database:
            yield database
        return
    with tempfile.TemporaryDirectory(prefix="flood-") as folder:
        database = open_file(Path(folder) / "centre.db", key=bytes(32))
        yield database
        database.close()


@contextmanager
def small_centre(kind: str) -> Iterator[tuple[Authority, str]]:
    """A small council's centre on `sqlite` or `postgresql` that asks for proof, and its address."""
    with _database(kind) as database:
        authority = authority_over(database)
        authority.found(EPOCH)
        Council(authority.node).found()
        checked = proven(database, Audience.CENTRE, carries)
        with served(
            authority,
            may_speak=checked,
            reserved=frozenset({CENTRE}),
            clock=utc_now,
            is_watching=True,
            tells_metrics=True,
        ) as url:
            yield authority, url


def flood(kind: str, count: int, *, drawing: Drawing, seed: int) -> Flood:
    """Flood a centre on `sqlite` or `postgresql`; gives what was answered."""
    with small_centre(kind) as (authority, url):
        with httpx.Client(base_url=url, trust_env=False, timeout=HANG_S) as client:
            flooded = Flood(authority, client)
            for part, sent in enumerate(range(0, count, PART)):
                flooded.run(min(PART, count - sent), drawing=drawing, seed=seed + part)
                print(f"{flooded.answers.total():,} requests", file=sys.stderr, flush=True)
            assert client.get("/v1/health").json()["up"] is True
    return flooded


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when a promise broke; the request that broke it is shown by Hypothesis."""
    parser = argparse.ArgumentParser(prog="python -m tests.sync.service.flood", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="default 100,000")
    parser.add_argument(
        "--drawn-by", type=Drawing, choices=list(Drawing), default=Drawing.OWN, help="default own"
    )
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn; default 1")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    args = parser.parse_args(argv)
    began = time.monotonic()
    flooded = flood(args.database, args.requests, drawing=args.drawn_by, seed=args.seed)
    took_s = time.monotonic() - began
    print(f"{flooded.answers.total():,} requests in {took_s:.0f} s, none broke a promise.")
    print(f"The longest took {flooded.longest_s:.2f} s.")
    for answer, number in flooded.answers.most_common():
        print(f"  {number:>8,}  {answer}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
