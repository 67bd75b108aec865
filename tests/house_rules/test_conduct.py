"""What code may not do: swallow what went wrong, read a clock anywhere, speak past the screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house_rules.tree import Source, calls, imports, product

COMMAND_LINES = {
    "visits/central/main.py",
    "visits/central/serving.py",
    "visits/relay/main.py",
    "reception_app/main.py",
    "reception_app/start/running.py",
    "reception_app/start/no_screen.py",
}
"""Where a person reads what is printed."""
CLOCKS = {
    "visits/central/main.py": "the root of the centre",
    "visits/relay/main.py": "the root of a relay",
    "reception_app/start/running.py": "the root of the desk",
    "reception_app/desk/runtime.py": "the clock that the root of the desk hands in",
}
"""Where time may be read; everywhere else it is handed in, so that a test can set it."""
READS_A_CLOCK = {("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow")} | {
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
CATCHES_ALL = {"Exception", "BaseException"}
BULK = {"insert", "update", "delete", "text"}
"""Statements that would change rows past the journal."""


def test_nothing_that_went_wrong_is_swallowed() -> None:
    wrong = [
        source.at(node)
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node.type) and is_silent(node.body)
    ]
    assert wrong + [where for source in product() for where in suppressed(source)] == []


def test_nothing_but_a_command_line_prints() -> None:
    wrong = [
        source.at(call)
        for source in product()
        if source.path not in COMMAND_LINES
        for named, call in calls(source)
        if named == "print" and isinstance(call.func, ast.Name)
    ]
    assert wrong == []


def test_only_the_composition_roots_read_a_clock() -> None:
    found = {
        source.path
        for source in product()
        for _, call in calls(source)
        if (owner_of(call), getattr(call.func, "attr", "")) in READS_A_CLOCK
    }
    assert found == CLOCKS.keys()


def test_no_handler_changes_rows_past_the_journal() -> None:
    wrong = [
        f"{source.at(node)} {alias.name}"
        for source in product()
        if source.path.startswith("visits/") and "/migrations/" not in source.path
        for module, node in imports(source)
        if module == "sqlalchemy" and isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in BULK - reads_by_hand(source)
    ]
    assert wrong == []


def reads_by_hand(source: Source) -> set[str]:
    """The search of a desk asks SQLite's full-text index in its own words, and only reads."""
    in_search = source.path in {"visits/customers/search.py", "visits/customers/vocabulary.py"}
    return {"text"} if in_search else set()


def catches_all(kind: ast.expr | None) -> bool:
    return kind is None or bool(CATCHES_ALL & {getattr(n, "id", "") for n in ast.walk(kind)})


def is_silent(body: list[ast.stmt]) -> bool:
    return all(isinstance(part, (ast.Pass, ast.Continue, ast.Break)) for part in body)


def suppressed(source: Source) -> Iterator[str]:
    for named, call in calls(source):
        if named == "suppress" and any(catches_all(kind) for kind in call.args):
            yield source.at(call)


def owner_of(call: ast.Call) -> str:
    owner = getattr(call.func, "value", None)
    return str(getattr(owner, "id", None) or getattr(owner, "attr", ""))
