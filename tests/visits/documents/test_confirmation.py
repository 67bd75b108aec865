"""The confirmation, read back from the paper: its words, its size, its pages, its code."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

import pypdfium2
import pytest
import zxingcpp
from msgspec.structs import replace

from visits.codes import CodeKind, read_code, write_code
from visits.customers.names import NAME_CHARACTERS_MAX
from visits.documents.confirmation import Confirmation, confirmation
from visits.documents.lettering import in_drawing_order, joined
from visits.sample.council import SERVICES

CODE = write_code(
    CodeKind.APPOINTMENT, "01931c7e-1f00-7abc-8def-0123456789ab", expires_on=date(2026, 11, 26)
)
PAPER = Confirmation(
    council="Civic Centre",
    customer="Łukasz Nowak",
    service="Housing options",
    starts_at=datetime(2026, 11, 26, 14, 30, tzinfo=UTC),
    duration_minutes=45,
    officer="Róisín Kelly",
    office="Civic Centre",
    address="1 Castle Square, AB1 1AA",
    phone="01632 960 100",
    bring=("Proof of who you are", "Your tenancy agreement"),
    reference="A7K429TXB",
    code=CODE,
    provisional=False,
    large_print=False,
)
QR = zxingcpp.BarcodeFormat.QRCode
NAMES = (
    "Siân Ŵyn Llŷr",
    "Łukasz Żółć-Gęślą",
    "محمد عبد الله",
    "Łukasz محمد Jones",
    "Şükrü Yılmaz",
    "D’Arcy O’Brien",
)


def pages(pdf: bytes) -> list[pypdfium2.PdfPage]:
    return list(pypdfium2.PdfDocument(pdf))


def words(pdf: bytes) -> str:
    """The text as a reader copies it, spaces made one."""
    text = " ".join(page.get_textpage().get_text_range() for page in pages(pdf))
    return " ".join(unicodedata.normalize("NFKC", text).split())


def scanned(pdf: bytes) -> list[str]:
    """Every code on the first page, read as a scanner would at 150 dots an inch."""
    picture = pages(pdf)[0].render(scale=150 / 72).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(picture, formats=QR)]


def smallest_letters_pt(pdf: bytes) -> float:
    """The size of the smallest letters on the paper, in points."""
    sizes = []
    for page in pages(pdf):
        text = page.get_textpage()
        for number in range(text.count_chars()):
            sizes.append(pypdfium2.raw.FPDFText_GetFontSize(text.raw, number))
    return min(size for size in sizes if size > 1)


def test_it_says_what_when_where_with_whom_and_what_to_bring() -> None:
    said = words(confirmation(PAPER))
    for part in (
        "What Housing options",
        "When Thursday 26 November 2026 at 2:30pm, about 45 minutes",
        "Where Civic Centre, 1 Castle Square, AB1 1AA",
        "With Róisín Kelly",
        "Reference A7K429TXB",
        "What to bring • Proof of who you are • Your tenancy agreement",
        "Ring 01632 960 100 and give the reference A7K429TXB.",
        "Łukasz Nowak",
    ):
        assert part in said
    assert "provisional" not in said


def test_it_is_one_a4_page_in_14_point() -> None:
    pdf = confirmation(PAPER)
    (page,) = pages(pdf)
    assert [round(side / 72 * 25.4) for side in page.get_size()] == [210, 297]
    assert smallest_letters_pt(pdf) == pytest.approx(14)


def test_its_code_reads_back_as_the_appointment() -> None:
    assert scanned(confirmation(PAPER)) == [CODE]
    code = read_code(CODE)
    assert (code.kind, code.expires_on) == (CodeKind.APPOINTMENT, date(2026, 11, 26))


def test_a_provisional_one_says_so_first_and_says_what_happens_next() -> None:
    said = words(confirmation(replace(PAPER, provisional=True)))
    assert "Your provisional appointment This appointment is provisional." in said
    assert "We will contact you only if the time is already taken." in said
    assert said.index("provisional") < said.index("What Housing")


def test_large_print_is_18_point_and_loses_nothing() -> None:
    ordinary = confirmation(PAPER)
    large = confirmation(replace(PAPER, large_print=True))
    assert smallest_letters_pt(large) == pytest.approx(18)
    assert set(words(ordinary).split()) <= set(words(large).split())
    assert scanned(large) == [CODE]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_reads_back_as_it_is_written(name: str) -> None:
    assert name in words(confirmation(replace(PAPER, customer=name, officer=name)))


@pytest.mark.parametrize("word", ["Gwen ", "Wilhelmina-Wandsworth ", "محمد "])
def test_a_name_of_200_letters_is_whole_and_the_page_is_still_one(word: str) -> None:
    name = (word * NAME_CHARACTERS_MAX)[:NAME_CHARACTERS_MAX].strip()
    for provisional in (False, True):
        pdf = confirmation(replace(PAPER, customer=name, provisional=provisional))
        assert len(pages(pdf)) == 1
        assert "".join(name.split()) in "".join(words(pdf).split())
        assert scanned(pdf) == [CODE]


def test_a_name_of_one_unbroken_word_stays_on_the_paper() -> None:
    name = "W" * NAME_CHARACTERS_MAX
    pdf = confirmation(replace(PAPER, customer=name))
    assert "".join(words(pdf).split()).count("W" * 100) == 2
    assert scanned(pdf) == [CODE]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service[0])
def test_every_service_fits_its_page_even_when_provisional(service: tuple[str, ...]) -> None:
    _, name, _, _, bring = service
    paper = replace(PAPER, service=name, bring=tuple(bring.split("|")), provisional=True)
    pdf = confirmation(paper)
    assert len(pages(pdf)) == 1
    assert all(item in words(pdf) for item in paper.bring)


def test_a_letter_that_no_font_has_becomes_a_mark_and_not_nothing() -> None:
    assert "Ann \ufffd Lee" in words(confirmation(replace(PAPER, customer="Ann 🙂 Lee")))


def test_equal_papers_are_equal_bytes() -> None:
    assert confirmation(PAPER) == confirmation(PAPER)


def test_arabic_letters_take_the_form_their_neighbours_call_for() -> None:
    # meem initial, hah medial, meem medial, dal final; lam with alef is one letter.
    assert joined("محمد") == "\ufee3\ufea4\ufee4\ufeaa"
    assert joined("لا") == "\ufefb"
    assert joined("د") == "\ufea9"
    assert joined("Jones") == "Jones"


def test_only_what_is_written_from_the_right_is_turned_round() -> None:
    assert in_drawing_order("Ann Lee 12") == "Ann Lee 12"
    assert in_drawing_order("Ann אבג Lee") == "Ann גבא Lee"
    assert in_drawing_order("אב 12 גד") == "דג 12 בא"
