"""The lists of docs/reference say what the code does."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from scripts.reference.pages import FOLDER, PAGES


@pytest.fixture(autouse=True)
def collected_on_the_window_s_thread() -> Iterator[None]:
    """As in the app: no worker thread collects widgets."""
    gc.disable()
    yield
    gc.collect()


@pytest.mark.parametrize(("name", "make"), PAGES.items(), ids=PAGES.keys())
def test_the_reference_is_up_to_date(
    name: str, make: Callable[[], str], qapp: QApplication
) -> None:
    kept = (FOLDER / f"{name}.md").read_text("utf-8")
    assert kept == make(), (
        f"docs/reference/{name}.md is stale: run `python -m scripts.reference` and commit it"
    )


def test_no_page_of_the_reference_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == PAGES.keys()
