"""The columns of every kind of list in words, for docs/import.md.

`python -m visits.imports.describing docs/import.md` writes them between their marks; a test says
when the page is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from visits.customers.needs import NEEDS
from visits.imports.columns import Column
from visits.imports.kinds import KINDS
from visits.imports.languages import LANGUAGES

BEGINS = "<!-- columns begin -->"
ENDS = "<!-- columns end -->"


def described() -> str:
    """Tables of columns, and the words for needs and languages."""
    return "\n".join(_lines())


def with_columns(page: str) -> str:
    """A page with what stands between its marks made anew. Raises ValueError without marks."""
    before, _, rest = page.partition(BEGINS)
    _, found, after = rest.partition(ENDS)
    if not found:
        raise ValueError("the page has no marks")
    return f"{before}{BEGINS}\n{described()}\n{ENDS}{after}"


def _lines() -> Iterator[str]:
    for name, kind in KINDS.items():
        yield from (
            f"### {name.capitalize()}\n",
            "| Heading | Needed | Also known as |",
            "| --- | --- | --- |",
        )
        yield from (_row(column) for column in kind.columns)
        yield ""
    yield "### Words for access needs\n"
    yield from (f"- {word}" for word in NEEDS.values())
    yield "\n### Languages\n"
    yield ", ".join(f"{word} (`{code}`)" for code, word in LANGUAGES.items()) + "."


def _row(column: Column) -> str:
    also = ", ".join(column.also)
    if column.parts:
        parts = " + ".join(part[0] for part in column.parts)
        also = f"{also}; or in parts: {parts}" if also else f"in parts: {parts}"
    return f"| {column.label} | {'yes' if column.needed else ''} | {also} |"


def main(argv: list[str]) -> int:
    """Write the columns into the page named."""
    path = Path(argv[0])
    path.write_text(with_columns(path.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
