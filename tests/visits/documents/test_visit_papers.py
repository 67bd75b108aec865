"""An officer's day and the notice to a resident, read back from the paper."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pytest
import zxingcpp
from msgspec.structs import replace

from visits.codes import CodeKind, read_code, write_code
from visits.documents.day_schedule import DaySchedule, OfficerCard, Stop, day_schedule
from visits.documents.visit_notice import VisitNotice, visit_notice
from visits.sample.portraits import portrait

TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)
CODE = write_code(
    CodeKind.VISIT, "01931c7e-1f00-7abc-8def-0123456789ab", expires_on=date(2026, 11, 24)
)
CARD = OfficerCard(
    full_name="Siân Llywelyn",
    role="Housing officer",
    card_number="40213",
    photo=portrait("1 0"),
    team="Housing team",
    number_to_ring="01632 960 310",
)
NOTICE = VisitNotice(
    council="Civic Centre",
    customer="Łukasz Wójcik",
    address="Flat 3, 27 Mill Lane, AB1 2PW",
    reason="Damp inspection",
    window_starts_at=TEN,
    window_ends_at=TEN + timedelta(hours=2),
    planned_at=TEN + timedelta(minutes=20),
    officer=CARD,
    details_withheld=False,
    reference="VK7429TXB",
    code=CODE,
)
STOP = Stop(
    planned_at=TEN + timedelta(minutes=20),
    window_starts_at=TEN,
    window_ends_at=TEN + timedelta(hours=2),
    customer="Łukasz Wójcik",
    who_to_see="Łukasz Wójcik",
    address="Flat 3, 27 Mill Lane, AB1 2PW",
    reason="Damp inspection",
    bring=("Damp meter", "Form HS4"),
    needs=("Polish interpreter",),
    reference="VK7429TXB",
    phone="07700 900 123",
)
DAY = DaySchedule(council="Civic Centre", on_date=date(2026, 11, 24), officer=CARD, stops=(STOP,))
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


def page_words(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage().get_text_range()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def words(pdf: bytes) -> str:
    """The text as a reader copies it, spaces made one."""
    return " ".join(page_words(page) for page in pages(pdf))


def scanned(pdf: bytes) -> list[str]:
    """Every code on the first page, read as a scanner would at 150 dots an inch."""
    picture = pages(pdf)[0].render(scale=150 / 72).to_pil()
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in found]


def pictures(pdf: bytes) -> int:
    """How many photographs are on the paper."""
    kind = pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    return sum(len(list(page.get_objects(filter=[kind]))) for page in pages(pdf))


def letters_pt(pdf: bytes) -> float:
    """The size of the smallest letters, in points."""
    sizes = []
    for page in pages(pdf):
        text = page.get_textpage()
        for number in range(text.count_chars()):
            sizes.append(pypdfium2.raw.FPDFText_GetFontSize(text.raw, number))
    return min(size for size in sizes if size > 1)


def test_a_notice_says_when_why_who_comes_and_how_to_check() -> None:
    pdf = visit_notice(NOTICE)
    said = words(pdf)
    for part in (
        "We will visit you at home",
        "When Tuesday 24 November 2026, 10am to midday",
        "Why Damp inspection",
        "Who will come Siân Llywelyn Housing officer, Housing team ID card number 40213",
        "Ring 01632 960 310 to check. Compare this number with your council tax bill; never use a "
        "number that the visitor gives you.",
        "If the time does not suit you, ring 01632 960 310.",
    ):
        assert part in said
    assert pictures(pdf) == 1


def test_a_notice_s_code_reads_back_as_the_visit() -> None:
    assert scanned(visit_notice(NOTICE)) == [CODE]
    assert read_code(CODE).kind is CodeKind.VISIT


def test_with_details_withheld_the_team_and_its_number_stand_for_the_officer() -> None:
    pdf = visit_notice(replace(NOTICE, details_withheld=True))
    said = words(pdf)
    assert "An officer of the Housing team. They carry an ID card." in said
    assert "Ring 01632 960 310 to check." in said
    for kept_back in ("Siân", "Llywelyn", "40213", "Housing officer"):
        assert kept_back not in said
    assert pictures(pdf) == 0


def test_a_delay_tells_the_new_time() -> None:
    said = words(visit_notice(replace(NOTICE, delay_minutes=15)))
    assert "Our visit is delayed" in said
    assert "Now About 10:35am, 15 minutes late" in said


def test_a_card_left_says_that_nobody_answered_and_how_to_agree_another_time() -> None:
    called_at = TEN + timedelta(minutes=22)
    said = words(visit_notice(replace(NOTICE, called_at=called_at, delay_minutes=15)))
    assert "We called and nobody answered" in said
    assert "Called Tuesday 24 November 2026 at 10:22am" in said
    assert "To agree another time, ring 01632 960 310" in said
    assert "late" not in said
    assert "Check before you open" not in said


def test_a_provisional_visit_says_so_on_the_notice_and_on_the_schedule() -> None:
    assert "This visit is provisional." in words(visit_notice(replace(NOTICE, provisional=True)))
    stop = replace(STOP, provisional=True)
    assert "has not confirmed this visit yet" in words(day_schedule(replace(DAY, stops=(stop,))))
    assert "rovisional" not in words(visit_notice(NOTICE)) + words(day_schedule(DAY))


def test_a_notice_is_one_page_in_14_point_and_large_print_18_with_nothing_lost() -> None:
    ordinary = visit_notice(NOTICE)
    large = visit_notice(replace(NOTICE, large_print=True))
    assert len(pages(ordinary)) == 1
    assert letters_pt(ordinary) == pytest.approx(14)
    assert letters_pt(large) == pytest.approx(18)
    assert set(words(ordinary).split()) <= set(words(large).split())
    assert "…" not in words(large)
    assert scanned(large) == [CODE]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_reads_back_as_it_is_written(name: str) -> None:
    card = replace(CARD, full_name=name)
    notice = words(visit_notice(replace(NOTICE, customer=name, officer=card)))
    assert notice.count(name) == 2
    stop = replace(STOP, customer=name, who_to_see=name)
    assert words(day_schedule(replace(DAY, officer=card, stops=(stop,)))).count(name) >= 2


def test_the_schedule_tells_all_that_the_officer_needs_at_a_home() -> None:
    pdf = day_schedule(DAY)
    said = words(pdf)
    for part in (
        "Visits on Tuesday 24 November 2026",
        "10:20am Łukasz Wójcik",
        "Where Flat 3, 27 Mill Lane, AB1 2PW",
        "Window 10am to midday agreed",
        "Why Damp inspection",
        "Needs Polish interpreter",
        "Bring Damp meter, Form HS4",
        "Phone 07700 900 123",
        "Reference VK7429TXB",
        "ID card 40213",
        "Residents ring 01632 960 310 to check",
    ):
        assert part in said
    assert "Late" not in said
    assert pictures(pdf) == 1


def test_the_schedule_names_who_to_see_where_it_is_somebody_else() -> None:
    stop = replace(STOP, who_to_see="Her son, Marek")
    assert "See Her son, Marek" in words(day_schedule(replace(DAY, stops=(stop,))))
    assert " See " not in words(day_schedule(DAY))


def test_the_schedule_tells_of_a_delay() -> None:
    stop = replace(STOP, delay_minutes=25)
    said = words(day_schedule(replace(DAY, stops=(stop,))))
    assert "Late 25 minutes, about 10:45am" in said


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("with_resident", "State With resident, 10:50am"),
        ("finished", "State Finished 10:50am"),
        ("no_answer", "State No answer 10:50am"),
    ],
)
def test_the_schedule_tells_what_came_of_a_visit_and_no_longer_when_to_expect_it(
    state: str, told: str
) -> None:
    stop = replace(
        STOP, delay_minutes=25, state=state, changed_at=STOP.planned_at + timedelta(minutes=30)
    )
    said = words(day_schedule(replace(DAY, stops=(stop,))))
    assert told in said
    assert "Late" not in said


def test_a_long_day_goes_over_several_pages_and_no_home_is_torn_in_two() -> None:
    stops = tuple(
        replace(
            STOP,
            planned_at=TEN + timedelta(minutes=30 * number),
            customer=f"Resident {number:02d}.",
            who_to_see=f"Resident {number:02d}.",
            reference=f"V{number:02d}TXB",
        )
        for number in range(14)
    )
    paper = pages(day_schedule(replace(DAY, stops=stops)))
    assert len(paper) > 2
    texts = [page_words(page) for page in paper]
    for number in range(14):
        (on,) = [text for text in texts if f"Resident {number:02d}." in text]
        assert f"V{number:02d}TXB" in on
    for number, text in enumerate(texts, start=1):
        assert text.count(f"page {number}") == 1


@pytest.mark.parametrize("photo", ["", "bm90IGEgcGljdHVyZQ==", "%%%"])
def test_a_card_without_a_picture_that_can_be_read_still_makes_both_papers(photo: str) -> None:
    card = replace(CARD, photo=photo)
    for pdf in (
        visit_notice(replace(NOTICE, officer=card)),
        day_schedule(replace(DAY, officer=card)),
    ):
        assert "Siân Llywelyn" in words(pdf)
        assert pictures(pdf) == 0


def test_equal_papers_are_equal_bytes() -> None:
    assert visit_notice(NOTICE) == visit_notice(NOTICE)
    assert day_schedule(DAY) == day_schedule(DAY)
