"""Papers as the resident holds them: what they say, and the text of their code."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import zxingcpp


def words_of(pdf: Path) -> str:
    """All the words of a paper, with single spaces."""
    with pypdfium2.PdfDocument(pdf) as paper:
        return " ".join(page.get_textpage().get_text_range() for page in paper).replace("\r\n", " ")


def code_of(pdf: Path) -> str:
    """The text of the one code on the first page."""
    with pypdfium2.PdfDocument(pdf) as paper:
        (code,) = zxingcpp.read_barcodes(paper[0].render(scale=3).to_pil())
    return code.text
