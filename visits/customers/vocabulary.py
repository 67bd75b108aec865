"""The words of people's names here, for the misspelt: also while a word is still being typed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

NEAR_WORDS_MAX = 12
SHORTEST_MISSPELT = 4
LONG_LETTERS = 7
"""From so many letters on, two slips are one likely name, not several."""
LONGEST_COMPARED = 12
AFTER_ALL_LETTERS = "\U0010ffff"

# A word that holds a figure is a postcode or a reference: those are not misspelt but mistyped.
NAMES = sql("SELECT term FROM customer_word WHERE term NOT GLOB '*[0-9]*'")


class Vocabulary:
    """Words and their beginnings, by length. Loaded off the screen, about 0.5 s for 80,000."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        kept = {word[:LONGEST_COMPARED] for word in words if len(word) >= SHORTEST_MISSPELT - 1}
        self._by_length = {
            length: sorted({word[:length] for word in kept if len(word) >= length})
            for length in range(SHORTEST_MISSPELT - 1, LONGEST_COMPARED + 1)
        }
        self._initials = sorted({word[0] for word in kept})

    @classmethod
    def of(cls, session: Session) -> Vocabulary:
        """Every word of the index that can be misspelt."""
        return cls(word for (word,) in session.execute(NAMES))

    def near(self, token: str) -> list[str]:
        """Beginnings of words one slip away from a token, two for a long one, the nearest first.

        Few get the first letter wrong: when one did, the rest of the word must be right.
        """
        if len(token) < SHORTEST_MISSPELT or not token.isalpha():
            return []
        token = token[:LONGEST_COMPARED]
        return (
            self._within(token, initial=token[0])
            or self._within(token, initial=token[1])
            or self._with_another_initial(token)
        )

    def _within(self, token: str, *, initial: str) -> list[str]:
        # Loaded with the first search: a start has no use for it.
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        slips = 1 if len(token) < LONG_LETTERS else 2
        found: list[tuple[str, float]] = []
        for length in (len(token), len(token) + 1, len(token) - 1):
            words = self._by_length.get(length, [])
            begin, end = (bisect_left(words, at) for at in (initial, initial + AFTER_ALL_LETTERS))
            found += [
                (word, distance)
                for word, distance, _ in process.extract(
                    token,
                    words[begin:end],
                    scorer=OSA.distance,
                    score_cutoff=slips,
                    limit=NEAR_WORDS_MAX,
                )
            ]
        found.sort(key=lambda pair: pair[1])
        return [word for word, _ in found[:NEAR_WORDS_MAX]]

    def _with_another_initial(self, token: str) -> list[str]:
        begun = [initial + rest for initial in self._initials for rest in (token[1:], token)]
        return [word for word in begun if self._begins(word)][:NEAR_WORDS_MAX]

    def _begins(self, beginning: str) -> bool:
        words = self._by_length.get(len(beginning), [])
        place = bisect_left(words, beginning)
        return place < len(words) and words[place] == beginning
