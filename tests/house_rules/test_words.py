"""The words of reception on the screen, and what may stand nowhere in the tree.

Patterns are written so that they do not find themselves.
"""

from __future__ import annotations

import re

import pytest

from tests.house_rules.tree import product, shown_strings, written_here

SAY_INSTEAD = {
    r"clients?": "customer, person or resident",
    r"users?": "person, or who they are: receptionist, officer",
    r"booking ids?": "reference",
    r"items?": "what it is: change, paper, room",
    r"process(es|ed|ing)?": "what is done: send, book, check in",
    r"queue numbers?": "ticket",
    r"meeting rooms?": "private room or room",
    r"dropdown|checkbox|popup": "what it is for",
    r"invalid|illegal|incorrect": "what to type instead",
    r"please|sorry|oops": "nothing: say what to do next",
    r"log ?in|login|log ?out|logout": "sign in, sign out",
    r"synchroni[sz](e|ed|ing|ation)": "send and fetch",
    r"null|none found|n/a": "what is not there, in words",
}
"""A word that the field does not use, and what it says."""
SAID_TO_A_TECHNICIAN = {
    ("reception_app/desk/folder.py", "process"): "names the program that holds the desk's folder"
}
STYLES = "reception_app/theme/"
"""Qt's words for what it draws are no words of ours."""
LEFT_BEHIND = {
    "the number of a ticket of work": r"(?i)\bissue\s?#|\b(fixes|closes|refs?) #\d",
    "a mark to come back": r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b",
    "a path of one machine": r"(?<![\w.])/(home|roo[t]|wor[k]|Users)/\w",
    "how a text was made": r"(?i)\bco-authored-b[y]|\blanguage mode[l]|\b(?-i:A[I])\b",
    "a merge that was not finished": r"(?m)^(<{7}|>{7}) ",
}
TELEPHONE = re.compile(
    r"(?<![\w.+-])(?:\+44[ -]?(?:\(0\))?|0)[1237]\d(?:[ -]?\d){8}(?![\w-])(?!\.\d)"
)
FOR_DRAMA = re.compile(r"0?(?:1632960\d{3}|7700900\d{3}|2079460\d{3})$")
"""Ranges that the regulator keeps for drama: nobody can be rung by a number of this project."""


def test_the_screen_speaks_the_words_of_reception() -> None:
    rules = [(re.compile(rf"(?i)\b({word})\b"), say) for word, say in SAY_INSTEAD.items()]
    wrong = [
        f"{source.at(node)} {found.group()!r}: say {say}"
        for source in product()
        if source.path.startswith("reception_app/") and not source.path.startswith(STYLES)
        for text, node in shown_strings(source)
        if is_sentence(text)
        for rule, say in rules
        if (found := rule.search(text))
        and (source.path, found.group().casefold()) not in SAID_TO_A_TECHNICIAN
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", LEFT_BEHIND)
def test_nothing_of_how_it_was_made_is_left_in_the_tree(kind: str) -> None:
    rule = re.compile(LEFT_BEHIND[kind])
    wrong = [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1} {found.group()!r}"
        for path, text in written_here()
        for found in rule.finditer(text)
    ]
    assert wrong == []


def test_every_telephone_number_is_one_kept_for_drama() -> None:
    wrong = [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1} {found.group()!r}"
        for path, text in written_here()
        for found in TELEPHONE.finditer(text)
        if not FOR_DRAMA.match(figures(found.group()))
    ]
    assert wrong == []


def test_telephone_numbers_are_found_in_the_ways_people_write_them() -> None:
    ways = ("01632 " + "960123", "+44 7700 " + "900123", "020 7946 " + "0123", "(01632) 960 456")
    assert all(TELEPHONE.search(way.replace("(", "").replace(")", "")) for way in ways)
    assert all(FOR_DRAMA.match(figures(way)) for way in ways)
    assert not FOR_DRAMA.match(figures("0161 " + "4960000"))


def is_sentence(text: str) -> bool:
    return " " in text.strip() or text[:1].isupper()


def figures(number: str) -> str:
    return re.sub(r"\D", "", re.sub(r"^\+44", "", number))
