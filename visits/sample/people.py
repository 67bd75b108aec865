"""Invented people, with every kind of name found in a UK city."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import Struct

from visits.customers.commands import folded_card
from visits.customers.names import phone_digits
from visits.scopes import COUNCIL, of_office

Image = dict[str, object]

GIVEN = {
    "en": "Dorothy Grace Harold Emily Jack Olivia Arthur Lily George Margaret Peter Susan "
    "Wayne Kelly Luke Lucy",
    "cy": "Siân Eluned Angharad Rhys Gwyneth Owain Carys Llŷr Ffion Dafydd Nia Iwan",
    "ga": "Siobhán Niamh Seán Aoife Pádraig Gráinne Ciarán Róisín",
    "pl": "Łukasz Małgorzata Wojciech Agnieszka Paweł Zofia Stanisław Elżbieta",
    "ro": "Ștefan Ioana Mihai Răzvan Bianca Alina",
    "sa": "Mohammed Priya Amira Imran Fatima Harpreet Ayesha Rajesh Meera Zainab",
    "af": "Chukwuemeka Adaeze Oluwaseun Ngozi Kwame Abena Abdi Hodan",
    "zh": "Wei Mei-Ling Jun Xiuying Ka-Yan Ho",
    "tr": "İbrahim Ayşe Özgür Çağla",
}
FAMILY = {
    "en": "Hughes Taylor Walker Green Thompson Clarke Smith Nowell Baker Wood Harrison-Cole Turner",
    "cy": "Bevan Price Griffiths Pugh Llywelyn Bowen Prŷs Rhydderch",
    "ga": "O'Brien Kelly Ó Dálaigh O’Connor McCarthy Ní Bhriain",
    "pl": "Nowak Wójcik Zając Kowalczyk Dąbrowski Nowak-Hall Źdźbło",
    "ro": "Popescu Țîrlea Ionescu Măgureanu",
    "sa": "Hassan Iqbal Nair Singh Begum Khan Patel Mehta",
    "af": "Okafor Adeyemi Mensah Warsame Bello Nwosu-Jones",
    "zh": "Zhang Chan Li Wong",
    "tr": "Yılmaz Şahin Özdemir",
}
WEIGHTS = {"en": 46, "cy": 7, "ga": 5, "pl": 9, "ro": 4, "sa": 15, "af": 7, "zh": 4, "tr": 3}
LANGUAGES = {"pl": "pl", "ro": "ro", "sa": "ur", "af": "so", "zh": "zh", "cy": "cy"}
RARE = (
    ("محمد علي الحسن", "Mohamed"),
    ("Teller", ""),
    ("Maximiliana Aurelia Wilhelmina Featherstonehaugh-Cholmondeley de la Poer Beresford", "Max"),
    ("Nguyễn Thị Minh Khai", "Khai"),
    ("Þórunn Guðmundsdóttir", ""),
)
STREETS = (
    "Larch Close",
    "Mill Lane",
    "Priory Street",
    "Castle View",
    "Chapel Row",
    "Quay Road",
    "Foundry Terrace",
    "Orchard Way",
    "Station Parade",
    "Bridge Street",
)
NEED_CHANCES = (
    ("hearing_loop", 0.03),
    ("large_print", 0.04),
    ("wheelchair", 0.03),
    ("with_child", 0.02),
    ("quiet", 0.01),
    ("bsl", 0.005),
)
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
RARE_EVERY = 400


class Person(Struct, frozen=True):
    """An invented person's rows."""

    card: Image
    details: Image


class Resident(Struct, frozen=True):
    """What the calendar and the morning need of a person."""

    customer_id: str
    full_name: str
    address: str
    access_needs: tuple[str, ...]

    @staticmethod
    def of(person: Person) -> Resident:
        """From a person's rows."""
        needs = person.card["access_needs"]
        return Resident(
            customer_id=str(person.card["id"]),
            full_name=str(person.card["full_name"]),
            address=str(person.details["address"]),
            access_needs=tuple(needs) if isinstance(needs, list) else (),
        )


def people(count: int, *, seed: int, office_ids: list[str], today: date) -> Iterator[Person]:
    """As many people as asked, the same for the same seed."""
    draw = random.Random(f"people {seed}")
    kinds = list(WEIGHTS)
    given = {kind: names.split() for kind, names in GIVEN.items()}
    family = {kind: _family(names) for kind, names in FAMILY.items()}
    for number in range(count):
        kind = draw.choices(kinds, list(WEIGHTS.values()))[0]
        first, last = draw.choice(given[kind]), draw.choice(family[kind])
        name, known_as = f"{first} {last}", ""
        if number % RARE_EVERY == 17:
            name, known_as = RARE[number // RARE_EVERY % len(RARE)]
        elif draw.random() < 0.06:
            name = f"{first} {draw.choice(family[draw.choice(kinds)])}-{last}"
        elif draw.random() < 0.05:
            known_as = first[:3]
        yield _person(draw, number, name, known_as, kind, office_ids, today)


def _family(names: str) -> list[str]:
    joined = names.replace("Ó ", "Ó\u00a0").replace("Ní ", "Ní\u00a0")
    return [name.replace("\u00a0", " ") for name in joined.split(" ")]


def _person(
    draw: random.Random,
    number: int,
    name: str,
    known_as: str,
    kind: str,
    office_ids: list[str],
    today: date,
) -> Person:
    customer_id = f"sample-customer-{number:06d}"
    postcode = (
        f"AB{draw.randint(1, 3)} {draw.randint(1, 9)}{draw.choice(LETTERS)}{draw.choice(LETTERS)}"
    )
    reference = f"C{100000 + number}"
    phone = f"07700 900{draw.randint(0, 999):03d}"
    if draw.random() < 0.4:
        phone = f"01632 960{draw.randint(0, 999):03d}"
    born_on = today - timedelta(days=draw.randint(18 * 365, 95 * 365))
    needs = [need for need, chance in NEED_CHANCES if draw.random() < chance]
    language = LANGUAGES.get(kind, "en") if draw.random() < 0.25 else "en"
    if language in ("pl", "ro", "ur", "so", "zh"):
        needs.append(f"interpreter_{language}")
    card: Image = {
        "id": customer_id,
        "scope": COUNCIL,
        "reference": reference,
        "full_name": name,
        "known_as": known_as,
        "born_on": born_on.isoformat(),
        "postcode": postcode,
        "language": language,
        "access_needs": needs,
        "name_folded": folded_card(name, known_as, postcode, reference),
    }
    details: Image = {
        "id": f"sample-details-{number:06d}",
        "scope": of_office(office_ids[number % len(office_ids)]),
        "customer_id": customer_id,
        "address": f"{draw.randint(1, 140)} {draw.choice(STREETS)}, {postcode}",
        "phone": phone,
        "email": f"{reference.lower()}@example.org",
        "phone_folded": phone_digits(phone),
    }
    return Person(card, details)
