"""Which refusals a handler can end in, read from its code and from what it calls."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import FunctionType, ModuleType
from typing import Any

from visits.appointments.rules import WhyNot

DOMAIN = "visits."


def reasons_of(handler: Any) -> frozenset[str]:
    """The reasons of every refusal that a handler, or a function of the domain it calls, makes."""
    seen: set[Any] = set()
    found: set[str] = set()
    to_read = [handler]
    while to_read:
        function = to_read.pop()
        if function in seen:
            continue
        seen.add(function)
        for call in _calls(function):
            if getattr(call.func, "id", "") == "Refusal":
                found |= _reasons(call.args[0])
            called = _called(call.func, function.__globals__)
            if isinstance(called, FunctionType) and called.__module__.startswith(DOMAIN):
                to_read.append(called)
    return frozenset(found)


def _calls(function: Any) -> list[ast.Call]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _reasons(first: ast.expr) -> set[str]:
    if isinstance(first, ast.Constant):
        return {str(first.value)}
    if isinstance(first, ast.Attribute) and getattr(first.value, "id", "") == "WhyNot":
        return {WhyNot[first.attr].value}
    # A reason that is computed is what the rule of free times answered.
    return {reason.value for reason in WhyNot}


def _called(func: ast.expr, names: dict[str, Any]) -> object:
    if isinstance(func, ast.Name):
        return names.get(func.id)
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        owner = names.get(func.value.id)
        return getattr(owner, func.attr, None) if isinstance(owner, ModuleType) else None
    return None
