"""Finding a person as people type: among 3,000 invented ones and some with names of their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from sync.node import Node
from sync.storage.sqlite import open_memory
from tests.visits.council import Council
from visits.customers.commands import folded_card
from visits.customers.names import phone_digits
from visits.customers.search import SHOWN_MAX, Found, Vocabulary, find_customers, person_by_id
from visits.ids import CustomerId
from visits.migrations.steps import migrate
from visits.registry import node_over
from visits.sample.people import people

TODAY = date(2026, 11, 24)
OWN = (
    # name, known as, born, postcode, phone
    ("Dorothy Hathersage", "", date(1947, 3, 14), "AB1 4QT", "01632 960 001"),
    ("Siobhán O'Brien-Quill", "", date(1988, 3, 14), "AB2 9ZZ", "07700 900 982"),
    ("Łukasz Źdźbłowski", "Luke", date(1990, 12, 1), "AB3 1AA", "07700 900 111"),
    ("Bartholomew Kershaw", "Barry", None, "AB1 1ZZ", "01632 960 777"),
    ("Jo Ho", "", date(2001, 2, 28), "AB2 2LL", "07700 900 222"),
    ("Joanna Hollingberry", "", None, "AB2 2LM", "07700 900 223"),
    ("X", "", None, "AB9 9XX", "07700 900 224"),
    ("محمد علي الحسنات", "Mohamed", date(1970, 1, 1), "AB1 9RL", "07700 900 225"),
    ("Nguyễn Thị Minh Tuyết", "", None, "AB1 9RM", "07700 900 226"),
    ("Çağla Özbeyoğlu", "", None, "AB1 9RN", "07700 900 227"),
    ("Anne-Marie Ó Súilleabháin", "", None, "AB1 9RP", "07700 900 228"),
)


@pytest.fixture(scope="module")
def desk() -> Iterator[Node]:
    database = open_memory()
    migrate(database)
    node = node_over(database)
    with database.write() as session:
        for table, rows in _rows(node).items():
            session.connection().execute(insert(node.imaging.tables[table]), rows)
    yield node
    database.close()


def _rows(node: Node) -> dict[str, list[dict[str, object]]]:
    cards, details = [], []
    for person in people(3_000, seed=1, office_ids=["office-civic"], today=TODAY):
        cards.append(node.imaging.values("customer", person.card))
        details.append(node.imaging.values("customer_details", person.details))
    for number, (name, known_as, born_on, postcode, phone) in enumerate(OWN):
        reference = f"CX{number:05d}"
        own = {
            "id": f"own-{number}",
            "reference": reference,
            "full_name": name,
            "known_as": known_as,
            "born_on": born_on,
            "postcode": postcode,
            "name_folded": folded_card(name, known_as, postcode, reference),
        }
        cards.append(cards[0] | own)
        own = {"id": f"own-details-{number}", "customer_id": f"own-{number}", "phone": phone}
        details.append(details[0] | own | {"phone_folded": phone_digits(phone)})
    return {"customer": cards, "customer_details": details}


@pytest.fixture(scope="module")
def vocabulary(desk: Node) -> Vocabulary:
    with desk.database.read() as session:
        return Vocabulary.of(session)


def found(desk: Node, vocabulary: Vocabulary, query: str) -> tuple[Found, ...]:
    with desk.database.read() as session:
        return find_customers(session, query, vocabulary)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("hathersage", "Dorothy Hathersage"),
        ("hathers", "Dorothy Hathersage"),
        ("HATHERSAGE", "Dorothy Hathersage"),
        ("hathersage dorothy", "Dorothy Hathersage"),
        ("Hathersage, Dorothy", "Dorothy Hathersage"),
        ("dor hath", "Dorothy Hathersage"),
        ("d hathersage", "Dorothy Hathersage"),
        ("hathersege", "Dorothy Hathersage"),
        ("hatehrsage", "Dorothy Hathersage"),
        ("hathrsage", "Dorothy Hathersage"),
        ("athersage", "Dorothy Hathersage"),
        ("hatehrs", "Dorothy Hathersage"),
        ("doroty hathersage", "Dorothy Hathersage"),
        ("AB1 4QT hathersage", "Dorothy Hathersage"),
        ("14/3/1947", "Dorothy Hathersage"),
        ("14 Mar 1947 hathersage", "Dorothy Hathersage"),
        ("hathersage 01632 960001", "Dorothy Hathersage"),
        ("o'brien-quill", "Siobhán O'Brien-Quill"),
        ("obrienquill", "Siobhán O'Brien-Quill"),
        ("o\u2019brien quill", "Siobhán O'Brien-Quill"),
        ("siobhan quill", "Siobhán O'Brien-Quill"),
        ("Siobhán Quill", "Siobhán O'Brien-Quill"),
        ("+44 7700 900982 quill", "Siobhán O'Brien-Quill"),
        ("siob 07700900982", "Siobhán O'Brien-Quill"),
        ("lukasz zdzblowski", "Łukasz Źdźbłowski"),
        ("Łukasz Źdźbłowski", "Łukasz Źdźbłowski"),
        ("luke zdzb", "Łukasz Źdźbłowski"),
        ("barry kershaw", "Bartholomew Kershaw"),
        ("ab11zz", "Bartholomew Kershaw"),
        ("AB1 1ZZ", "Bartholomew Kershaw"),
        ("ab1 1z kersh", "Bartholomew Kershaw"),
        ("cx00003", "Bartholomew Kershaw"),
        ("jo ho", "Jo Ho"),
        ("ho jo", "Jo Ho"),
        ("joanna h", "Joanna Hollingberry"),
        ("x", "X"),
        ("محمد علي الحسنات", "محمد علي الحسنات"),
        ("الحسنات", "محمد علي الحسنات"),
        ("minh tuyet", "Nguyễn Thị Minh Tuyết"),
        ("ozbeyoglu", "Çağla Özbeyoğlu"),
        ("annemarie osuilleabhain", "Anne-Marie Ó Súilleabháin"),
        ("anne marie suilleabhain", "Anne-Marie Ó Súilleabháin"),
        ("suileabhain", "Anne-Marie Ó Súilleabháin"),
    ],
)
def test_the_obvious_person_comes_first(
    desk: Node, vocabulary: Vocabulary, query: str, name: str
) -> None:
    people = found(desk, vocabulary, query)
    assert people, "nobody found"
    assert people[0].full_name == name


@pytest.mark.parametrize(
    "typed", ["14/3/1988", "14/03/88", "14.3.1988", "14-3-1988", "1988-03-14", "14 Mar 1988"]
)
def test_a_date_of_birth_finds_those_born_on_it(
    desk: Node, vocabulary: Vocabulary, typed: str
) -> None:
    people = found(desk, vocabulary, typed)
    assert "Siobhán O'Brien-Quill" in [person.full_name for person in people]
    assert {person.born_on for person in people} == {date(1988, 3, 14)}


@pytest.mark.parametrize("typed", ["14th March 1988", "14 march 1988 quill", "quill 14 Mar. 1988"])
def test_a_date_of_birth_is_read_as_people_write_it(
    desk: Node, vocabulary: Vocabulary, typed: str
) -> None:
    assert "own-1" in [person.customer_id for person in found(desk, vocabulary, typed)]


def test_a_date_that_is_none_finds_nobody_and_breaks_nothing(
    desk: Node, vocabulary: Vocabulary
) -> None:
    assert found(desk, vocabulary, "31/2/1988") == ()


@pytest.mark.parametrize("nothing", ["", "   ", "'", "-", "*", '"', "()", "\u200b", "😀", "😀 👍"])
def test_nothing_to_look_for_finds_nobody(desk: Node, vocabulary: Vocabulary, nothing: str) -> None:
    assert found(desk, vocabulary, nothing) == ()


@pytest.mark.parametrize(
    "query",
    [
        'hathersage"',
        '"hathersage"',
        "hathersage*",
        "hathersage AND",
        "(hathersage",
        "hathersage^2",
        "-hathersage",
        "words:hathersage",
        "%hathersage_",
        "hathersage; DROP TABLE customer",
        "hathersage 😀",
        "\u202ehathersage",
        "hathersage\x00",
    ],
)
def test_signs_and_operators_are_harmless(desk: Node, vocabulary: Vocabulary, query: str) -> None:
    people = found(desk, vocabulary, query)
    assert all("Hathersage" in person.full_name for person in people)
    with desk.database.read() as session:
        assert person_by_id(session, CustomerId("own-0")) is not None


@given(st.text(max_size=60))
@example('" AND OR NEAR * ( ) - ^')
@example("NEAR(a b, 2)")
@example("a" * 500)
@example("mohammed " * 60)
@example("\ud800 lone")
@example("𞤀𞤣𞤤𞤢𞤥 a_b")
@example("हिन्दी नाम")
@example("0" * 40)
@example("½ ² ⅷ Ⅷ")
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_typed_is_answered(desk: Node, vocabulary: Vocabulary, query: str) -> None:
    assert len(found(desk, vocabulary, query)) <= SHOWN_MAX


def test_one_letter_shows_people_and_no_more_than_fit(desk: Node, vocabulary: Vocabulary) -> None:
    people = found(desk, vocabulary, "h")
    assert len(people) == SHOWN_MAX
    assert all(
        any(word.startswith("h") for word in f"{p.full_name} {p.known_as}".lower().split())
        for p in people
    )


def test_every_further_letter_keeps_the_person_meant(desk: Node, vocabulary: Vocabulary) -> None:
    name = "Bartholomew Kershaw"
    shown = [
        name in [person.full_name for person in found(desk, vocabulary, "kershaw"[:letters])]
        for letters in range(1, 8)
    ]
    # One or two letters fit thousands; from then on the person stays on the list.
    first = shown.index(True)
    assert first <= 4
    assert all(shown[first:])


def test_part_of_a_phone_number_finds_those_it_begins(desk: Node, vocabulary: Vocabulary) -> None:
    assert len(found(desk, vocabulary, "01632 960")) == SHOWN_MAX
    numbers = [person.customer_id for person in found(desk, vocabulary, "07700 900982")]
    assert "own-1" in numbers


def test_a_person_is_found_by_id_as_a_scanned_code_gives_it(desk: Node) -> None:
    with desk.database.read() as session:
        person = person_by_id(session, CustomerId("own-4"))
        assert person is not None
        assert (person.full_name, person.postcode) == ("Jo Ho", "AB2 2LL")
        assert person_by_id(session, CustomerId("nobody")) is None


def test_the_words_of_a_card_are_found_as_soon_as_it_is_kept(council: Council) -> None:
    nobody = Vocabulary()
    customer_id = council.a_customer(
        "Dorothy Hathersage", born_on=date(1947, 3, 14), phone="01632 960 001"
    )
    other = council.a_customer("Wei Zhang", phone="07700 900 002")
    with council.node.database.read() as session:
        for query in ("hathers", "dorothy h", "01632 960001", "14/3/1947"):
            people = find_customers(session, query, nobody)
            assert [person.customer_id for person in people] == [customer_id], query
        assert [p.customer_id for p in find_customers(session, "zhang", nobody)] == [other]
        assert find_customers(session, "zhang 14/3/1947", nobody) == ()


def test_a_card_that_changes_is_found_by_its_new_words_alone(desk_council: Council) -> None:
    customer_id = desk_council.a_customer("Dorothy Hathersage")
    card = desk_council.everything()["customer"][0]
    renamed = card | {"name_folded": "dorothy quill", "full_name": "Dorothy Quill"}
    desk_council.take_in("customer", renamed)
    with desk_council.node.database.read() as session:
        assert find_customers(session, "hathersage", Vocabulary()) == ()
        people = find_customers(session, "quill", Vocabulary())
    assert [person.customer_id for person in people] == [customer_id]


def test_a_slip_is_forgiven_while_the_word_is_still_being_typed() -> None:
    words = Vocabulary(["kowalczyk", "hughes", "siobhan", "ng"])
    for typed, meant in (
        ("kowlaczyk", "kowalczyk"),
        ("kowlacz", "kowalczy"),
        ("huhes", "hughes"),
        ("hugghes", "hughes"),
        ("siobahn", "siobhan"),
        ("siobah", "siobha"),
        ("iughes", "hughes"),
        ("uhghes", "hughes"),
        ("ughes", "hughes"),
    ):
        assert any(meant.startswith(near) for near in words.near(typed)), typed
    assert words.near("zzzz") == []
    assert words.near("ngg") == []
    assert words.near("ab12pw") == []
