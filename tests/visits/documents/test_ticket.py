"""The ticket, read back from the paper: its words, its code, and what it does not say."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, date, datetime

import pypdfium2
import pytest
import zxingcpp
from msgspec.structs import fields, replace

from visits.codes import CodeKind, read_code, write_code
from visits.documents.sheet import LARGE_PT, REGULAR, STRONG, width_of, wrapped
from visits.documents.ticket import HEIGHT, LINE_WIDTH, WIDTH, TicketPaper, ticket

TICKET_ID = "01931c7e-1f00-7abc-8def-0123456789ab"
CODE = write_code(CodeKind.TICKET, TICKET_ID, expires_on=date(2026, 11, 24))
PAPER = TicketPaper(
    number="B07",
    office="Civic Centre",
    service="Housing options",
    arrived_at=datetime(2026, 11, 24, 10, 42, tzinfo=UTC),
    code=CODE,
)
LONG_SERVICE = (
    "Housing options, homelessness prevention, adaptations and supported living enquiries"
)


def page(paper: TicketPaper) -> pypdfium2.PdfPage:
    document = pypdfium2.PdfDocument(ticket(paper))
    assert len(document) == 1
    return document[0]


def words(paper: TicketPaper) -> str:
    return " ".join(page(paper).get_textpage().get_text_range().split())


def test_it_says_the_number_the_office_the_service_and_when_they_came() -> None:
    assert words(PAPER) == "Civic Centre B07 Housing options Arrived at 10:42am"


def test_the_time_is_that_of_the_clock_on_the_wall() -> None:
    in_summer = replace(PAPER, arrived_at=datetime(2026, 7, 1, 10, 42, tzinfo=UTC))
    assert "Arrived at 11:42am" in words(in_summer)


@pytest.mark.parametrize("dots_an_inch", [150, 203])
def test_its_code_reads_back_as_the_ticket(dots_an_inch: int) -> None:
    picture = page(PAPER).render(scale=dots_an_inch / 72).to_pil()
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert [read_code(each.text) for each in found] == [read_code(CODE)]
    assert read_code(CODE).id == TICKET_ID


def test_it_has_no_place_for_a_name() -> None:
    assert {field.name for field in fields(TicketPaper)} == {
        "number",
        "office",
        "service",
        "arrived_at",
        "code",
    }
    assert "name" not in inspect.signature(ticket).parameters


@pytest.mark.parametrize(
    "long", [{"service": LONG_SERVICE}, {"office": LONG_SERVICE}, {"number": "BB1000"}]
)
def test_what_is_long_stays_on_the_paper_and_off_the_code(long: dict[str, str]) -> None:
    paper = replace(PAPER, **long)
    text = page(paper).get_textpage()
    boxes = [text.get_charbox(n) for n in range(text.count_chars())]
    drawn = [box for box in boxes if box[2] > box[0]]
    assert min(left for left, *_ in drawn) >= 0
    assert max(right for _, _, right, _ in drawn) <= WIDTH
    assert max(top for *_, top in drawn) <= HEIGHT
    assert "Arrived at 10:42am" in words(paper)
    picture = page(paper).render(scale=203 / 72).to_pil()
    assert [each.text for each in zxingcpp.read_barcodes(picture)] == [CODE]


def test_a_service_that_does_not_fit_two_lines_is_cut_with_a_sign() -> None:
    said = words(replace(PAPER, service=LONG_SERVICE))
    assert "Housing options" in said
    assert "…" in said


def test_an_office_with_a_name_in_arabic_is_printed() -> None:
    assert "B07" in words(replace(PAPER, office="مركز الخدمات"))


def test_its_fonts_are_embedded_and_equal_tickets_are_equal_bytes() -> None:
    pdf = ticket(PAPER)
    assert pdf == ticket(PAPER)
    fonts = re.findall(rb"/BaseFont\s*/(\S+)", pdf)
    assert len(fonts) == 2
    assert all(re.fullmatch(rb"[A-Z0-9]+\+NotoSans[A-Za-z-]*", font) for font in fonts), fonts
    assert pdf.count(b"/FontFile2") == len(fonts)


@pytest.mark.parametrize("text", [LONG_SERVICE * 9, "W" * 900, "م" * 900])
def test_a_cut_line_is_no_wider_than_any_other(text: str) -> None:
    lines = wrapped(text, STRONG, LARGE_PT, LINE_WIDTH)
    assert lines[-1].endswith("…")
    assert all(width_of(line, STRONG, LARGE_PT) <= LINE_WIDTH for line in lines)


def test_a_short_text_is_not_cut() -> None:
    assert wrapped("Housing options", REGULAR, 12, LINE_WIDTH) == ["Housing options"]
