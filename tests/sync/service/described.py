"""Requests drawn by Schemathesis from a service's own OpenAPI description, and its judgement.

It knows nothing of this service but what is described: what a stranger's client would send, and
what every near miss of that should be answered with.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
import schemathesis
from hypothesis import assume
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth

from tests.sync.service.drawing import CALLERS, HERE, OPEN_ROUTES, Asked

EPOCH = "epoch-1"
ADDRESS = "http://service.example"
"""Of no meaning: only what stands behind it is sent."""


def schema_of(description: dict[str, Any]) -> BaseSchema:
    """A description as Schemathesis reads it, without the streams, which do not end."""
    whole: BaseSchema = schemathesis.openapi.from_dict(description)
    whole.hook("map_body")(lambda context, body: _without_fractions(body))
    for route in OPEN_ROUTES:
        whole = whole.exclude(path=route)
    return whole


def described(description: dict[str, Any]) -> st.SearchStrategy[Asked]:
    """Requests to every route that takes something, as described and nearly as described."""
    operations = [found.ok() for found in schema_of(description).get_all_operations()]
    taking = [each for each in operations if each.query or each.body]
    return st.one_of([_asked(each, mode) for each in taking for mode in GenerationMode])


def _asked(operation: APIOperation, mode: GenerationMode) -> st.SearchStrategy[Asked]:
    cases = operation.as_strategy(generation_mode=mode)
    if mode is GenerationMode.POSITIVE:
        # By chance nobody would be a device that can prove itself.
        cases = st.builds(as_sent_by_a_desk, cases, st.sampled_from(range(10)).map(bool))
    return cases.map(_as_asked)


def as_sent_by_a_desk(case: Case, is_proven: bool = True) -> Case:
    """The same of a device that proves itself, at the epoch that is."""
    if is_proven:
        case.headers.update(CALLERS[HERE])
        known = {"device": HERE, "epoch": EPOCH}
        commands = case.body["commands"] if isinstance(case.body, dict) else []
        for named in (case.query, case.body, *commands):
            if isinstance(named, dict):
                named.update({key: value for key, value in known.items() if key in named})
    return case


def _without_fractions(value: Any) -> Any:
    """JSON Schema calls 2.0 a whole number; here it is none, and no desk writes it."""
    if isinstance(value, dict):
        return {key: _without_fractions(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_fractions(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _as_asked(case: Case) -> Asked:
    wanted = case.as_transport_kwargs(base_url=ADDRESS)
    names = ("method", "url", "params", "headers", "json", "data", "cookies")
    try:
        ready = requests.Request(**{name: wanted.get(name) for name in names}).prepare()
    except (requests.RequestException, UnicodeError):
        # What cannot be put into a request at all.
        assume(False)
    at = urlsplit(ready.url or "")
    body = ready.body.encode() if isinstance(ready.body, str) else ready.body or b""
    headers = {name: _raw(value) for name, value in ready.headers.items()}
    headers.pop("Content-Length", None)
    return Asked(
        ready.method or "GET", at.path, at.query, body, headers, judge=partial(judged, case)
    )


def _raw(value: str | bytes) -> bytes:
    return value.encode("latin-1") if isinstance(value, str) else value


def judged(case: Case, answer: httpx.Response) -> None:
    """Raises AssertionError where an answer is not what the description promises."""
    try:
        # Whether a wrong proof is told from a right one is asked in test_described.
        case.validate_response(answer, excluded_checks=[ignored_auth])
    except BaseExceptionGroup as failures:
        told = "; ".join(str(each) for each in failures.exceptions)
        raise AssertionError(told) from failures
