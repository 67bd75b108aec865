"""What every command of the registry has beside its handler."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from reception_app.desk.saying import REFUSALS
from reception_app.desk_window import BELONGS_TO
from scripts.reference.reasons import reasons_of
from sync.command import Definition
from tests.house_rules.tree import calls, python_under
from visits.appointments.commands import book
from visits.queue.commands import call
from visits.registry import commands

ALL = tuple(commands())
REFUSED = re.compile(r"Refused.*", re.DOTALL)
REASON = re.compile(r"`([a-z_]+)`")
DECIDED_BY_THE_NODE = {"bug", "unknown_command", "not_of_the_staff"}
"""A handler broke, a command of a later version was offered, or who acts may not: no handler's."""
NOT_ASKED_AT_A_DESK = {"imports", "archive", "erasure"}
"""Ideas whose commands only the centre issues; no place of the rail has them."""


@pytest.fixture(scope="module")
def tests_text() -> str:
    return "\n".join(s.text for s in python_under("tests") if "/house_rules/" not in s.path)


@pytest.mark.parametrize("definition", ALL, ids=lambda d: d.name)
def test_every_command_is_named_by_a_test(definition: Definition, tests_text: str) -> None:
    names = (re.escape(definition.name), rf"\b{definition.arguments.__name__}\b")
    assert re.search("|".join(names), tests_text)


@pytest.mark.parametrize("definition", ALL, ids=lambda d: d.name)
def test_every_handler_and_its_arguments_say_what_they_are(definition: Definition) -> None:
    assert definition.handler.__doc__
    assert definition.arguments.__doc__


@pytest.mark.parametrize("definition", ALL, ids=lambda d: d.name)
def test_every_refusal_that_a_handler_names_can_happen(definition: Definition) -> None:
    named = {
        name
        for told in REFUSED.findall(inspect.getdoc(definition.handler) or "")
        for name in REASON.findall(told)
    } & REFUSALS.keys()
    assert named <= reasons_of(definition.handler)


def test_every_refusal_that_has_words_can_happen() -> None:
    by_handlers = {reason for definition in ALL for reason in reasons_of(definition.handler)}
    by_the_node = {
        call.args[0].value
        for source in python_under("sync")
        for name, call in calls(source)
        if name == "Refusal" and isinstance(call.args[0], ast.Constant)
    }
    assert REFUSALS.keys() - by_handlers - by_the_node - DECIDED_BY_THE_NODE == set()


def test_a_handler_s_refusals_are_found_in_what_it_calls() -> None:
    assert "not_from_here" in reasons_of(call)
    assert "slot_taken" in reasons_of(book)


def test_every_idea_with_commands_has_a_place_that_counts_what_was_refused() -> None:
    ideas = {definition.name.partition(".")[0] for definition in ALL}
    assert ideas - NOT_ASKED_AT_A_DESK == BELONGS_TO.keys()
