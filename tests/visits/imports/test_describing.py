"""The page that a council reads says what the program does."""

from __future__ import annotations

from tests.visits.imports.conftest import EXAMPLES
from visits.imports.describing import with_columns
from visits.imports.kinds import KINDS

PAGE = EXAMPLES.parents[1] / "docs" / "import.md"


def test_the_page_lists_the_columns_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_columns(page)


def test_every_kind_of_list_is_on_the_page_and_has_an_example() -> None:
    page = PAGE.read_text("utf-8")
    for kind in KINDS:
        assert f"`{kind}`" in page
        assert (EXAMPLES / f"{kind}.csv").is_file()
