"""Every reason a rule may say no, and what is said to the person."""

from __future__ import annotations

from reception_app.desk.saying import REFUSALS
from scripts.reference.reasons import reasons_of
from scripts.reference.table import code, table
from visits.registry import commands

HEAD = """\
# Refusals

A refusal is a value with a name and data. The desk says the words below; what stands in braces
comes with the refusal. A reason without a command comes from the node, before any handler runs.
"""


def page() -> str:
    """The page of all reasons."""
    by_reason: dict[str, list[str]] = {}
    for definition in commands():
        for reason in reasons_of(definition.handler):
            by_reason.setdefault(reason, []).append(definition.name)
    rows = [
        (code(reason), words, ", ".join(map(code, sorted(by_reason.get(reason, ())))))
        for reason, words in sorted(REFUSALS.items())
    ]
    return HEAD + "\n" + table(("reason", "what is said", "commands"), rows)
