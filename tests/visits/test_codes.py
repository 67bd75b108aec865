"""The codes on papers: written, read back, misread, of another kind, and no code at all."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.codes import Code, CodeKind, NotOurCode, looks_like_code, read_code, write_code

ID = "01931c7e-1f00-7abc-8def-0123456789ab"
CODE = write_code(CodeKind.APPOINTMENT, ID, expires_on=date(2026, 11, 26))

ids = st.uuids().map(str)
days = st.one_of(st.none(), st.dates(min_value=date(2000, 1, 1)))


@given(st.sampled_from(CodeKind), ids, days)
def test_a_code_reads_back_as_it_was_written(
    kind: CodeKind, id: str, expires_on: date | None
) -> None:
    text = write_code(kind, id, expires_on=expires_on)
    assert read_code(text) == Code(kind, id, expires_on)
    assert looks_like_code(text)
    # Only what a QR code packs tightest: capitals, figures and a few signs.
    assert re.fullmatch(r"[A-Z0-9:-]+", text)


@pytest.mark.parametrize("around", ["{}", " {} ", "{}\r\n", "\t{}"])
def test_what_a_scanner_adds_around_a_code_is_left_out(around: str) -> None:
    assert read_code(around.format(CODE)).id == ID
    assert read_code(around.format(CODE.lower())).id == ID


def test_the_kinds_are_told_apart() -> None:
    read = {read_code(write_code(kind, ID)).kind for kind in CodeKind}
    assert read == set(CodeKind)


@given(st.data())
def test_a_single_letter_misread_is_noticed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(CODE) - 1))
    other = data.draw(st.sampled_from("ABCDEF0123456789-"))
    misread = CODE[:place] + other + CODE[place + 1 :]
    if misread == CODE:
        return
    with pytest.raises(NotOurCode):
        read_code(misread)


@given(st.integers(0, len(CODE) - 1))
def test_a_code_that_was_cut_off_is_noticed(length: int) -> None:
    with pytest.raises(NotOurCode):
        read_code(CODE[:length])


@given(st.integers(0, len(CODE) - 2))
def test_two_letters_changed_about_are_noticed(place: int) -> None:
    turned = CODE[:place] + CODE[place + 1] + CODE[place] + CODE[place + 2 :]
    if turned == CODE:
        return
    with pytest.raises(NotOurCode):
        read_code(turned)


@pytest.mark.parametrize("day", ["20261301", "20260230", "2026", "ABCDEFGH", "00000101"])
def test_a_date_that_is_none_is_not_read_even_with_a_right_check(day: str) -> None:
    with pytest.raises(NotOurCode, match="not read whole"):
        read_code(with_right_check(f"RC1:A:{ID.upper()}:{day}"))


def with_right_check(body: str) -> str:
    import zlib

    return (
        f"{body}:{zlib.crc32(body.encode()):08X}"[: len(body) + 1]
        + (f"{zlib.crc32(body.encode()):08X}"[-4:])
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dorothy Hughes",
        "https://example.org/check?id=1",
        "WIFI:S:Guest;T:WPA;P:secret;;",
        "BEGIN:VCARD",
        "5901234123457",
        "RC2:A:1::0000",
        "RC1:Q:1::0000",
        ":::::",
    ],
)
def test_other_codes_are_not_ours_and_it_says_what_to_do(text: str) -> None:
    with pytest.raises(NotOurCode, match="Choose the person by name instead"):
        read_code(text)


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        code = read_code(text)
    except NotOurCode as problem:
        assert str(problem).endswith(".")
    else:
        assert write_code(code.kind, code.id, expires_on=code.expires_on)


@pytest.mark.parametrize("text", ["Hughes", "O'Brien-Quill", "AB1 4QT", "14/3/1988", "A7K429TXB"])
def test_what_people_type_is_not_taken_for_a_code(text: str) -> None:
    assert not looks_like_code(text)
