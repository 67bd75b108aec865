"""Names of every kind: found as they are typed, checked without prejudice, shown safely."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.customers.commands import folded_card
from visits.customers.names import (
    NAME_CHARACTERS_MAX,
    birth_date_problem,
    fold,
    name_problem,
    phone_digits,
    phone_problem,
    postcode_problem,
    postcode_written,
    rank,
    search_tokens,
    shown_name,
)

TODAY = date(2026, 11, 24)
names = st.text(min_size=1, max_size=40)


def finds(query: str, name: str) -> bool:
    """As the index does it: every word typed begins a word of the name."""
    words = fold(name).split()
    tokens = search_tokens(query)
    return bool(tokens) and all(any(w.startswith(t) for w in words) for t in tokens)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("obrien", "O'Brien"),
        ("o'brien", "O’Brien"),
        ("O’Brien", "O'Brien"),
        ("OBRIEN", "O\u02bcBrien"),
        ("obrien", "O`Brien"),
        ("obrien", "O\u00b4Brien"),
        ("o´brien", "O'Brien"),
        ("obrien", "O\uff07Brien"),
        ("obrien", "O\u2032Brien"),
        ("brien", "O'Brien"),
        ("o brien", "O'Brien"),
        ("lukasz", "Łukasz"),
        ("Łukasz", "Lukasz"),
        ("nowak", "Nowak-Hall"),
        ("hall", "Nowak-Hall"),
        ("nowakhall", "Nowak-Hall"),
        ("nowak-hall", "Nowak-Hall"),
        ("nowak\u2010hall", "Nowak\u2013Hall"),
        ("nowak hall", "Nowak-Hall"),
        ("hall maria", "Maria Nowak-Hall"),
        ("hall, maria", "Maria Nowak-Hall"),
        ("jose", "José"),
        ("jose", "Jose\u0301"),
        ("sion", "Siôn"),
        ("soren", "Søren"),
        ("ostergard", "Østergård"),
        ("thor", "Þór"),
        ("gudrun", "Guðrún"),
        ("aethelred", "Æthelred"),
        ("jorgen", "Jǿrgen"),
        ("strasse", "Straße"),
        ("isik", "Işık"),
        ("istvan", "İstvan"),
        ("nguyen", "Nguyễn"),
        ("ali", "Ali\u200f"),
        ("mohammadali", "Mohammad\u200cAli"),
        ("annmarie", "Ann\u00admarie"),
        ("محمد", "مُحَمَّد"),
        ("李", "李小龍"),
        ("σοφια", "ΣΟΦΊΑ"),
    ],
)
def test_a_person_is_found_as_their_name_is_typed(query: str, name: str) -> None:
    assert finds(query, name)


@pytest.mark.parametrize(("query", "name"), [("hallam", "Nowak-Hall"), ("smith", "Łukasz")])
def test_another_name_is_not_found(query: str, name: str) -> None:
    assert not finds(query, name)


def test_a_double_name_is_folded_as_one_word_and_as_its_parts() -> None:
    assert fold("Nowak-Hall") == "nowakhall nowak hall"


def test_an_apostrophe_leaves_the_joined_name_and_its_long_part() -> None:
    assert fold("O'Brien") == "obrien brien"


@pytest.mark.parametrize("query", ["", "   ", "-", "'", "\u200b", "…", "🙂"])
def test_a_query_without_a_letter_or_figure_has_no_words(query: str) -> None:
    assert search_tokens(query) == []


@given(names)
def test_every_name_is_found_by_itself(name: str) -> None:
    words = set(fold(name).split())
    assert set(search_tokens(name)) <= words


@given(names)
def test_folding_what_is_folded_changes_nothing(name: str) -> None:
    once = fold(name)
    assert fold(once) == once


@given(names)
def test_capitals_make_no_difference(name: str) -> None:
    assert fold(name.casefold()) == fold(name)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("07700 900 123", "07700900123"),
        ("+44 7700 900123", "07700900123"),
        ("+44 (0)7700 900123", "07700900123"),
        ("0044 7700 900123", "07700900123"),
        ("(01632) 960-001", "01632960001"),
        ("+48 22 555 01 23", "48225550123"),
        ("", ""),
    ],
)
def test_a_phone_number_is_its_digits_as_dialled_here(text: str, digits: str) -> None:
    assert phone_digits(text) == digits


@pytest.mark.parametrize(
    "name",
    [
        "Li",
        "X",
        "O'Brien-Łukaszewicz y Gómez",
        "José María de la Cruz",
        "李小龍",
        "محمد بن سلمان",
        "מֹשֶׁה כהן",
        "🙂 Robin",
        "🙂",
        "👩‍👩‍👧 Sam",
        "Mary (May) Smith, 2nd",
        "N'Golo",
        "A" * NAME_CHARACTERS_MAX,
    ],
)
def test_names_as_people_have_them_are_kept(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\u2068\u2069", "\u00ad \ufeff"])
def test_a_name_of_nothing_to_see_is_asked_for(name: str) -> None:
    assert name_problem(name) == "Enter their full name"


def test_a_name_of_five_hundred_characters_says_how_long_it_may_be() -> None:
    assert name_problem("A" * 500) == "Full name must be 200 characters or less"


@pytest.mark.parametrize("name", ["Ann\nLee", "Ann\tLee", "Ann\x00", "Ann\u2028Lee", "Ann\ud800"])
def test_a_name_with_what_cannot_be_shown_in_a_line_is_refused(name: str) -> None:
    said = name_problem(name)
    assert said is not None
    assert "must not include" in said


@pytest.mark.parametrize("postcode", ["AB1 4QT", "ab14qt", " AB1  4QT ", "M1 1AE", "EC1A 1BB"])
def test_a_postcode_is_taken_however_it_is_spaced(postcode: str) -> None:
    assert postcode_problem(postcode) is None


@pytest.mark.parametrize("typed", ["AB1 4QT", "ab14qt", " ab1  4qt "])
def test_a_postcode_is_found_however_it_was_typed_when_it_was_kept(typed: str) -> None:
    assert postcode_written(typed) == "AB1 4QT"
    words = folded_card("Ann Lee", "", typed, "").split()
    assert {"ab1", "4qt", "ab14qt"} <= set(words)


def test_what_is_no_uk_postcode_is_kept_as_it_is_in_capitals() -> None:
    assert postcode_written(" d04 x4c7 ") == "D04 X4C7"


@pytest.mark.parametrize("postcode", ["", "AB1", "4QT AB1", "AB1 4QTX", "AB١ 4QT", "12345"])
def test_what_is_no_postcode_gets_an_example(postcode: str) -> None:
    assert postcode_problem(postcode) == "Enter a full UK postcode, like AB1 4QT"


@pytest.mark.parametrize(
    "phone", ["07700 900 123", "+44 7700 900123", "(01632) 960-001", "+48 22 555 01 23"]
)
def test_a_number_that_can_be_dialled_is_taken(phone: str) -> None:
    assert phone_problem(phone) is None


@pytest.mark.parametrize(
    "phone", ["", "07700", "07700 900 123 or ask Ann", "٠٧٧٠٠٩٠٠١٢٣", "1" * 16]
)
def test_what_cannot_be_dialled_gets_an_example(phone: str) -> None:
    assert phone_problem(phone) == "Enter a phone number, like 01632 960 001 or 07700 900 982"


@pytest.mark.parametrize("born_on", [TODAY, date(1896, 11, 24), date(2008, 2, 29)])
def test_a_living_person_may_be_born_today_or_130_years_ago(born_on: date) -> None:
    assert birth_date_problem(born_on, today=TODAY) is None


def test_a_date_of_birth_to_come_is_refused() -> None:
    said = birth_date_problem(date(2026, 11, 25), today=TODAY)
    assert said == "Date of birth must be today or in the past"


@pytest.mark.parametrize("born_on", [date(1896, 11, 23), date(1895, 12, 31), date(1000, 1, 1)])
def test_a_date_of_birth_longer_ago_than_anyone_lives_is_refused(born_on: date) -> None:
    said = birth_date_problem(born_on, today=TODAY)
    assert said == "Date of birth must be within the last 130 years"


def test_130_years_ago_is_known_on_the_29th_of_february() -> None:
    assert birth_date_problem(date(1898, 3, 1), today=date(2028, 2, 29)) is None
    assert birth_date_problem(date(1898, 2, 27), today=date(2028, 2, 29)) is not None


def test_the_nearest_name_comes_first_whatever_the_order_of_its_words() -> None:
    people = ["Hallam Nowakowski", "Maria Nowak-Hall", "Hal Nowak"]
    assert rank("hall nowak", people, folded=fold)[0] == "Maria Nowak-Hall"


def test_a_whole_name_comes_before_names_it_begins() -> None:
    assert rank("ann lee", ["Annabel Leeson", "Ann Lee"], folded=fold)[0] == "Ann Lee"


@given(st.lists(names, max_size=8), names)
def test_ranking_keeps_everyone_and_does_not_depend_on_how_they_came(
    people: list[str], query: str
) -> None:
    ranked = rank(query, people, folded=fold)
    assert sorted(ranked) == sorted(people)
    again = rank(query, list(reversed(people)), folded=fold)
    assert [fold(person) for person in ranked] == [fold(person) for person in again]


def test_a_name_is_set_apart_from_the_text_around_it() -> None:
    assert shown_name("محمد") == "\u2068محمد\u2069"


@pytest.mark.parametrize("mark", ["\u2069", "\u2068", "\u202e", "\u202b", "\u2067"])
def test_a_name_cannot_turn_the_text_around_it_about(mark: str) -> None:
    assert shown_name(f"Ann{mark}Lee") == "\u2068AnnLee\u2069"


def test_the_marks_that_a_name_needs_to_be_read_are_kept() -> None:
    assert "\u200c" in shown_name("Mohammad\u200cAli")
    assert "\u200d" in shown_name("👩‍👩‍👧 Sam")
