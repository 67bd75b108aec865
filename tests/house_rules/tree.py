"""The files of the project as the rules read them: text, syntax tree, and where strings stand."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("sync", "visits", "reception_app")
WRITTEN_HERE = (".py", ".md", ".toml", ".csv", ".sh", ".mako", "")
"""Endings of what people of this project write; the last are `run`, `check` and their like."""
NOT_OURS = frozenset({".git", ".venv", "build", "dist", "sample-data", "node_modules"})


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file."""

    path: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        """Where a node is, as a person follows it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def product() -> tuple[Source, ...]:
    """Every Python file that is shipped."""
    return tuple(source for top in PRODUCT for source in python_under(top))


@cache
def python_under(top: str) -> tuple[Source, ...]:
    """Every Python file below a folder."""
    found = []
    for path in sorted((ROOT / top).rglob("*.py")):
        text = path.read_text("utf-8")
        found.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


@cache
def written_here() -> tuple[tuple[str, str], ...]:
    """Path and text of every file that people of this project write."""
    found = []
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(name for name in below if _is_ours(name))
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix in WRITTEN_HERE and not name.startswith(("LICEN", ".")):
                found.append((path.relative_to(ROOT).as_posix(), path.read_text("utf-8")))
    return tuple(found)


def _is_ours(name: str) -> bool:
    hidden = name.startswith(".") and name != ".ci"
    return not hidden and name not in NOT_OURS and not name.endswith((".egg-info", "__pycache__"))


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, inner ones too."""
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a file with the last part of what is called: `tr` of `self.tr(...)`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            named = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            yield str(named), node


def imports(source: Source) -> Iterator[tuple[str, ast.AST]]:
    """Every module that a file imports, by its full name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node


def shown_strings(source: Source) -> Iterator[tuple[str, ast.Constant]]:
    """Every string of a file that may reach a person: not a docstring, not for a log."""
    unseen = {id(node) for node in _unseen(source.tree)}
    for node in ast.walk(source.tree):
        if id(node) in unseen or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str):
            yield node.value, node


def _unseen(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Call) and _is_log(node):
            yield from ast.walk(node)


def _is_log(call: ast.Call) -> bool:
    owner = getattr(call.func, "value", None)
    return isinstance(owner, ast.Name) and owner.id == "log"
