"""How long files and functions may be, what they may be called, and that they say what they are."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

from tests.house_rules.tree import Source, functions, product

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
LONG_FOR_A_REASON = {
    "reception_app/theme/style.py:style_sheet": "one style sheet, read from top to bottom"
}
WRITTEN_ONCE = "visits/migrations/versions/"
"""Steps of the schema are never edited once they are released; they are long lists."""
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "base", "misc", "manager", "common"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    wrong = [
        source.path
        for source in product()
        if NAMES_THAT_SAY_NOTHING & set(PurePosixPath(source.path).with_suffix("").parts)
    ]
    assert wrong == []


def test_no_file_is_longer_than_400_lines() -> None:
    long = [s.path for s in product() if s.text.count("\n") > FILE_LINES_MAX]
    assert [path for path in long if not path.startswith(WRITTEN_ONCE)] == []


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{source.path}:{function.name}"
        for source in product()
        if not source.path.startswith(WRITTEN_ONCE)
        for function in functions(source)
        if lines(function) > FUNCTION_LINES_MAX
    ]
    assert set(long) <= LONG_FOR_A_REASON.keys()


def test_every_exception_for_a_long_function_is_still_needed() -> None:
    known = {
        f"{source.path}:{function.name}": lines(function)
        for source in product()
        for function in functions(source)
    }
    assert all(known.get(name, 0) > FUNCTION_LINES_MAX for name in LONG_FOR_A_REASON)


def test_every_public_module_class_and_function_says_what_it_is() -> None:
    assert [where for source in product() for where in silent(source)] == []


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def silent(source: Source) -> Iterator[str]:
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield source.path
    if source.path.startswith(WRITTEN_ONCE):
        return
    for node in public(source.tree):
        if not ast.get_docstring(node):
            yield f"{source.at(node)} {node.name}"
        if isinstance(node, ast.ClassDef):
            yield from silent_methods(source, node)


def silent_methods(source: Source, owner: ast.ClassDef) -> Iterator[str]:
    for node in public(owner):
        if not ast.get_docstring(node) and not is_told_elsewhere(source, owner, node):
            yield f"{source.at(node)} {owner.name}.{node.name}"


def public(parent: ast.Module | ast.ClassDef) -> Iterator[Any]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in parent.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node


def is_told_elsewhere(source: Source, owner: ast.ClassDef, node: Any) -> bool:
    """A fact that a protocol names, or a method that a base class has documented already."""
    if all(isinstance(part, ast.Expr) and is_dots(part) for part in node.body):
        return True
    kind = getattr(module_of(source), owner.name)
    return any(node.name in vars(base) for base in inspect.getmro(kind)[1:])


def is_dots(part: ast.Expr) -> bool:
    return isinstance(part.value, ast.Constant) and part.value.value is ...


def module_of(source: Source) -> ModuleType:
    dotted = PurePosixPath(source.path).with_suffix("").as_posix().replace("/", ".")
    return importlib.import_module(dotted.removesuffix(".__init__"))
