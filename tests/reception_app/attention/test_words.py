"""Nothing a desk may say no to is without words."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import sync
import visits
from reception_app.attention.words import IN_THE_WORDS, MADE_BY_THE_DESK, TYPED, WORDS
from reception_app.desk.saying import REFUSALS, refusal_words
from sync.command import Definition
from visits.appointments.rules import WhyNot
from visits.registry import commands

DEFINITIONS = tuple(commands())
COMPUTED = {
    "problem.value": "a WhyNot",
    "problem": "a WhyNot",
    "refusal.reason": "passed on",
    "outcome.reason": "passed on",
}


def refusals_raised() -> Iterator[tuple[str, ast.Call]]:
    """Every `Refusal(...)` in the code, with where it is."""
    for package in (sync, visits):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                    yield f"{path.name}:{node.lineno}", node


RAISED = tuple(refusals_raised())
NAMED = tuple(
    (where, call.args[0].value, call)
    for where, call in RAISED
    if isinstance(call.args[0], ast.Constant)
)


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_every_command_has_words(definition: Definition) -> None:
    assert definition.name in WORDS


def test_words_are_kept_for_no_command_that_is_gone() -> None:
    assert WORDS.keys() == {definition.name for definition in DEFINITIONS}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_every_field_that_a_person_types_is_shown(definition: Definition) -> None:
    unknown = [
        field.name
        for field in msgspec.structs.fields(definition.arguments)
        if field.name not in TYPED
        and field.name not in MADE_BY_THE_DESK | IN_THE_WORDS
        and not field.name.endswith("_id")
    ]
    assert unknown == []


def test_the_refusals_of_the_code_are_found() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize("reason", sorted({reason for _, reason, _ in NAMED} | set(WhyNot)))
def test_every_refusal_has_words(reason: str) -> None:
    assert str(reason) in REFUSALS


def test_a_refusal_whose_reason_is_computed_takes_it_from_a_table_with_words() -> None:
    computed = {
        ast.unparse(call.args[0])
        for _, call in RAISED
        if not isinstance(call.args[0], ast.Constant)
        and not ast.unparse(call.args[0]).startswith("WhyNot.")
    }
    assert computed <= COMPUTED.keys()


@pytest.mark.parametrize(("where", "reason", "call"), NAMED, ids=[where for where, _, _ in NAMED])
def test_what_the_words_name_is_given_where_the_refusal_is_raised(
    where: str, reason: str, call: ast.Call
) -> None:
    given = {word.arg for word in call.keywords}
    assert placeholders(REFUSALS[reason]) <= given or None in given


def test_no_words_beg_or_blame() -> None:
    for words in REFUSALS.values():
        assert words[-1] in ".}"
        assert not {"please", "invalid", "sorry", "error"} & set(words.casefold().split())


def test_a_reason_from_a_newer_centre_is_named_for_the_service_desk() -> None:
    assert refusal_words("brand_new", {}) == (
        "The centre said no (brand_new). Tell the service desk."
    )
