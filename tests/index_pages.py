"""The words that stand in the pages of the search index, those of cards that are gone among them.

A page holds its words in order, each as how many letters it begins with of the one before and the
letters that follow, so that none can be sought as text. How a page is laid out is in SQLite's
`fts5_index.c`, "Segment leaf".
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

PAGES = "SELECT id, block FROM customer_search_data WHERE id > 10"
"""What comes before is about the index as a whole."""
SEGMENT_FROM_BIT = 37
FIRST_OF_TOMBSTONES = 1 << 16
"""Pages of segments from here on say which entries are gone."""
LISTS_ACROSS_PAGES_BIT = 36
WHOLE_WORD = b"0"
"""What a word begins with that is not a beginning of one."""


def words_in_pages(connection: Connection) -> set[str]:
    """Every whole word, whether a card has it or not."""
    return {
        word.removeprefix(WHOLE_WORD).decode()
        for page_id, page in connection.exec_driver_sql(PAGES)
        if _has_words(page_id)
        for word in _words(bytes(page))
        if word.startswith(WHOLE_WORD)
    }


def _has_words(page_id: int) -> bool:
    is_list = page_id >> LISTS_ACROSS_PAGES_BIT & 1
    return not is_list and page_id >> SEGMENT_FROM_BIT < FIRST_OF_TOMBSTONES


def _words(page: bytes) -> Iterator[bytes]:
    at_place = int.from_bytes(page[2:4], "big")
    begins, word = 0, b""
    while at_place < len(page):
        further, at_place = _number(page, at_place)
        is_first = begins == 0
        begins += further
        kept, at = (0, begins) if is_first else _number(page, begins)
        letters, at = _number(page, at)
        word = word[:kept] + page[at : at + letters]
        yield word


def _number(page: bytes, at: int) -> tuple[int, int]:
    """A number of SQLite's, seven bits a byte, and where the next thing begins."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | page[place] & 0x7F
        if page[place] < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9
