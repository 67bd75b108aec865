"""What helps a person: one list, the same words on screen and paper."""

from __future__ import annotations

NEEDS: dict[str, str] = {
    "hearing_loop": "Hearing loop",
    "bsl": "British Sign Language",
    "large_print": "Large print",
    "wheelchair": "Wheelchair space",
    "seat": "A seat near the counter",
    "quiet": "Quiet place",
    "with_child": "With a child",
    "assistance_dog": "Assistance dog",
    "easy_words": "Plain words, more time",
    "interpreter_pl": "Polish interpreter",
    "interpreter_ur": "Urdu interpreter",
    "interpreter_ro": "Romanian interpreter",
    "interpreter_ar": "Arabic interpreter",
    "interpreter_so": "Somali interpreter",
    "interpreter_zh": "Cantonese interpreter",
    "cy": "Welsh",
}


def words(need: str) -> str:
    """A need in words; one that is not on the list is shown as it was typed."""
    return NEEDS.get(need, need)
