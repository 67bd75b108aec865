"""Every colour and size of the screen comes from the theme."""

from __future__ import annotations

import ast
import re

from tests.house_rules.tree import calls, product, shown_strings

COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}\b")
THEME = "reception_app/theme/"
PAINTED = {"visits/sample/portraits.py": "faces of invented people, drawn as pictures"}
MEASURED_BY_HAND = {
    "setFixedWidth",
    "setFixedHeight",
    "setFixedSize",
    "setMinimumWidth",
    "setMinimumHeight",
    "setMinimumSize",
    "setMaximumWidth",
    "setMaximumHeight",
    "setSpacing",
    "addSpacing",
    "setContentsMargins",
    "setIconSize",
    "setPixelSize",
    "setPointSize",
    "setPointSizeF",
    "setDefaultSectionSize",
    "resizeSection",
    "setColumnWidth",
    "setRowHeight",
    "setGeometry",
}
"""Calls that take pixels: the number is a token, or a constant of the file with `_PX` in its name
that says what it measures."""


def test_no_colour_is_written_outside_the_theme() -> None:
    wrong = [
        f"{source.at(node)} {text}"
        for source in product()
        if not source.path.startswith(THEME) and source.path not in PAINTED
        for text, node in shown_strings(source)
        if COLOUR.fullmatch(text) or re.search(r"\brgba?\(", text)
    ]
    assert wrong == []


def test_no_style_is_written_outside_the_theme() -> None:
    wrong = [
        source.at(call)
        for source in product()
        if not source.path.startswith(THEME)
        for named, call in calls(source)
        if named == "setStyleSheet"
    ]
    assert wrong == []


def test_no_size_is_a_bare_number() -> None:
    wrong = [
        source.at(call)
        for source in product()
        if not source.path.startswith(THEME)
        for named, call in calls(source)
        if named in MEASURED_BY_HAND and any(map(is_bare, call.args))
    ]
    assert wrong == []


def is_bare(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and argument.value not in (0, -1)
