"""Sets a line of any script we ship a font for: a font for each run, Arabic joined and in order.

A page reads from left to right, so an Arabic name in it is turned round and its letters are given
the form their neighbours call for. The forms come from the Unicode tables that Python carries.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

PRESENTATION_FORMS = ((0xFB50, 0xFBFF), (0xFE70, 0xFEFC))
TATWEEL = "\u0640"
RIGHT_TO_LEFT = frozenset({"R", "AL"})
FIGURES = frozenset({"EN", "AN"})

FontOf = Callable[[str], str]


class Run(NamedTuple):
    """Letters of one font, in the order they are drawn."""

    font: str
    letters: str


def runs(text: str, font_of: FontOf) -> tuple[Run, ...]:
    """A line as it is drawn from left to right. `font_of` names the font of a letter."""
    drawn = in_drawing_order(joined(text))
    return tuple(
        Run(font, "".join(letters)) for font, letters in groupby(drawn, key=_settled(font_of))
    )


def _settled(font_of: FontOf) -> FontOf:
    """Spaces and marks stay in the font of what stands before them."""
    last: list[str] = []

    def font(letter: str) -> str:
        if last and (letter == " " or unicodedata.combining(letter)):
            return last[-1]
        last[:] = [font_of(letter)]
        return last[-1]

    return font


def in_drawing_order(text: str) -> str:
    """Text as it stands on a page that reads from left to right."""
    clusters = list(_clusters(text))
    kinds = [unicodedata.bidirectional(cluster[0]) for cluster in clusters]
    drawn: list[str] = []
    at = 0
    while at < len(clusters):
        end = _end_of_turned(kinds, at)
        if end == at:
            drawn.append(clusters[at])
            at += 1
        else:
            drawn += _turned(clusters[at:end], kinds[at:end])
            at = end
    return "".join(drawn)


def _clusters(text: str) -> Iterator[str]:
    """Letters, each with the marks that belong to it."""
    cluster = ""
    for letter in text:
        if cluster and not unicodedata.combining(letter):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def _end_of_turned(kinds: Sequence[str], start: int) -> int:
    """Where the stretch ends that begins and ends with a letter written from the right."""
    end = start
    if kinds[start] not in RIGHT_TO_LEFT:
        return end
    for at in range(start, len(kinds)):
        if kinds[at] == "L":
            break
        if kinds[at] in RIGHT_TO_LEFT:
            end = at + 1
    return end


def _turned(clusters: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """The other way round, except that figures keep their order."""
    turned: list[str] = []
    for is_figure, group in groupby(
        reversed(list(zip(clusters, kinds, strict=True))), key=lambda pair: pair[1] in FIGURES
    ):
        letters = [cluster for cluster, _ in group]
        turned += reversed(letters) if is_figure else letters
    return turned


def joined(text: str) -> str:
    """Arabic letters in the forms their neighbours call for; everything else as it is."""
    forms, ligatures = _forms()
    shaped: list[str] = []
    at = 0
    while at < len(text):
        letter, before, after = text[at], _neighbour(text, at, -1), _neighbour(text, at, 1)
        from_before = _joins_on(before, forms) and "final" in forms.get(letter, {})
        pair = ligatures.get(text[at : at + 2])
        if pair is not None:
            shaped.append(pair["final" if from_before else "isolated"])
            at += 2
            continue
        to_after = _joins_on(letter, forms) and (
            after == TATWEEL or "final" in forms.get(after, {})
        )
        kind = {(True, True): "medial", (True, False): "final", (False, True): "initial"}.get(
            (from_before, to_after), "isolated"
        )
        shaped.append(forms.get(letter, {}).get(kind, letter))
        at += 1
    return "".join(shaped)


def _neighbour(text: str, at: int, step: int) -> str:
    """The next letter that is no mark, or nothing."""
    at += step
    while 0 <= at < len(text) and unicodedata.combining(text[at]):
        at += step
    return text[at] if 0 <= at < len(text) else ""


Forms = dict[str, dict[str, str]]


def _joins_on(letter: str, forms: Forms) -> bool:
    return letter == TATWEEL or "initial" in forms.get(letter, {})


@cache
def _forms() -> tuple[Forms, Forms]:
    """The forms of single letters, and of lam with alef."""
    single: Forms = defaultdict(dict)
    pairs: Forms = defaultdict(dict)
    for first, last in PRESENTATION_FORMS:
        for code in range(first, last + 1):
            kind, *base = unicodedata.decomposition(chr(code)).split()[:4] or [""]
            letters = "".join(chr(int(part, 16)) for part in base)
            if len(letters) == 1:
                single[letters].setdefault(kind.strip("<>"), chr(code))
            elif (
                len(letters) == 2
                and letters[0] == "\u0644"
                and letters[1] in "\u0622\u0623\u0625\u0627"
            ):
                pairs[letters].setdefault(kind.strip("<>"), chr(code))
    return dict(single), dict(pairs)
